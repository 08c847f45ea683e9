// The objects of GraphQL, made of what REST tells. Properties that are functions are asked when a query wants them.
import { connection, missing } from './graphql.mjs';

const upper = (word) => (word == null ? null : String(word).toUpperCase());
const byId = (item) => item.node_id;
const headline = (message) => message.split('\n', 1)[0];

export function user(found) {
  if (!found) return null;
  const isTeam = 'slug' in found;
  if (isTeam) return { __typename: 'Team', id: found.node_id, databaseId: found.id, slug: found.slug, name: found.name, url: found.html_url };
  return {
    __typename: found.type === 'Organization' ? 'Organization' : 'User',
    id: found.node_id,
    databaseId: found.id,
    login: found.login,
    name: found.name ?? null,
    email: found.email ?? '',
    url: found.html_url,
    resourcePath: `/${found.login}`,
    avatarUrl: () => found.avatar_url,
    isBot: false,
  };
}

const label = (found) => ({ id: found.node_id, name: found.name, color: found.color, description: found.description ?? null, isDefault: found.default, url: found.url });

const milestone = (found) => found && {
  id: found.node_id,
  number: found.number,
  title: found.title,
  description: found.description,
  state: upper(found.state),
  dueOn: found.due_on,
  closedAt: found.closed_at,
  createdAt: found.created_at,
  updatedAt: found.updated_at,
  url: found.html_url,
};

export function repository(world, found) {
  const at = `/repos/${found.full_name}`;
  const branch = async (name) => {
    const ref = await world.get(`${at}/branches/${name}`);
    return ref ? reference(world, found, `refs/heads/${name}`, ref.commit.sha) : null;
  };
  const pull = async (number) => pullRequest(world, found, await world.get(`${at}/pulls/${number}`));
  return {
    __typename: 'Repository',
    id: found.node_id,
    databaseId: found.id,
    name: found.name,
    nameWithOwner: found.full_name,
    owner: user(found.owner),
    description: found.description,
    url: found.html_url,
    visibility: upper(found.visibility),
    isPrivate: found.private,
    isArchived: found.archived,
    isFork: found.fork,
    isDisabled: found.disabled,
    isTemplate: found.is_template,
    hasIssuesEnabled: found.has_issues,
    mergeCommitAllowed: found.allow_merge_commit,
    squashMergeAllowed: found.allow_squash_merge,
    rebaseMergeAllowed: found.allow_rebase_merge,
    autoMergeAllowed: found.allow_auto_merge,
    deleteBranchOnMerge: found.delete_branch_on_merge,
    createdAt: found.created_at,
    updatedAt: found.updated_at,
    pushedAt: found.pushed_at,
    defaultBranchRef: () => branch(found.default_branch),
    ref: ({ qualifiedName }) => branch(qualifiedName.replace(/^refs\/heads\//, '')),
    object: ({ oid, expression }) => commit(world, found, oid ?? expression),
    pullRequests: async (args) => {
      const order = args.orderBy ?? { field: 'CREATED_AT', direction: 'ASC' };
      const all = ordered(await world.all(`${at}/pulls?state=all`), order).filter((one) =>
        has(args.states, pullState(one)) && among(args.labels, one.labels) && (!args.baseRefName || one.base.ref === args.baseRefName) && (!args.headRefName || one.head.ref === args.headRefName));
      return connection(all, args, (one) => pullRequest(world, found, one), byId);
    },
    pullRequest: async ({ number }) => {
      const one = await world.get(`${at}/pulls/${number}`);
      if (!one) throw missing(`Could not resolve to a PullRequest with the number of ${number}.`);
      return pullRequest(world, found, one);
    },
    issues: async (args) => {
      const order = args.orderBy ?? { field: 'CREATED_AT', direction: 'ASC' };
      const by = args.filterBy ?? {};
      const all = ordered(await world.all(`${at}/issues?state=all`), order).filter((one) =>
        !one.pull_request && has(args.states ?? by.states, upper(one.state)) && among(args.labels, one.labels) && among(by.labels, one.labels) &&
        (!by.since || one.updated_at >= by.since) && (!by.assignee || one.assignees.some((who) => who.login === by.assignee)) && (!by.createdBy || one.user?.login === by.createdBy));
      return connection(all, args, (one) => issue(world, found, one), byId);
    },
    issue: async ({ number }) => {
      const one = await world.get(`${at}/issues/${number}`);
      if (!one || one.pull_request) throw missing(`Could not resolve to an Issue with the number of ${number}.`);
      return issue(world, found, one);
    },
    issueOrPullRequest: async ({ number }) => {
      const one = await world.get(`${at}/issues/${number}`);
      if (!one) throw missing(`Could not resolve to an issue or pull request with the number of ${number}.`);
      return one.pull_request ? pull(number) : issue(world, found, one);
    },
    labels: async (args) => connection(await world.all(`${at}/labels`), args, label, byId),
    label: async ({ name }) => {
      const one = await world.get(`${at}/labels/${encodeURIComponent(name)}`);
      return one ? label(one) : null;
    },
    milestones: async (args) => connection(await world.all(`${at}/milestones?state=all`), args, milestone, byId),
    milestone: async ({ number }) => milestone(await world.get(`${at}/milestones/${number}`)) ?? null,
    deployments: (args) => {
      const all = world.tables.deployments.filter((one) => one.repository === found.full_name && has(args.environments, one.environment));
      return connection(all, args, (one) => deployment(world, found, one), byId);
    },
  };
}

const has = (wanted, value) => !wanted || wanted.includes(value);
const among = (wanted, labels) => !wanted || labels.some((one) => wanted.includes(one.name));
const pullState = (one) => (one.merged_at ? 'MERGED' : upper(one.state));

function ordered(list, { field, direction }) {
  const of = { CREATED_AT: (one) => one.created_at, UPDATED_AT: (one) => one.updated_at, COMMENTS: (one) => one.comments }[field];
  const sign = direction === 'DESC' ? -1 : 1;
  const compare = (a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : a.number - b.number);
  return [...list].sort((a, b) => sign * compare(a, b));
}

const reference = (world, repo, name, sha) => ({
  id: Buffer.from(`${repo.node_id}:${name}`).toString('base64'),
  name: name.replace(/^refs\/(heads|tags)\//, ''),
  prefix: name.startsWith('refs/tags/') ? 'refs/tags/' : 'refs/heads/',
  target: () => commit(world, repo, sha),
});

/** What issues and pull requests share. */
function discussed(world, repo, one) {
  const at = `/repos/${repo.full_name}/issues/${one.number}`;
  return {
    id: one.node_id,
    databaseId: one.id,
    fullDatabaseId: String(one.id),
    number: one.number,
    title: one.title,
    body: one.body ?? '',
    bodyText: one.body ?? '',
    url: one.html_url,
    locked: one.locked,
    createdAt: one.created_at,
    updatedAt: one.updated_at,
    closedAt: one.closed_at,
    closed: one.state === 'closed',
    author: user(one.user),
    authorAssociation: one.author_association,
    repository: () => repository(world, repo),
    milestone: () => milestone(one.milestone),
    labels: (args) => connection(one.labels, args, label, byId),
    assignees: (args) => connection(one.assignees, args, user, byId),
    comments: async (args) => connection(await world.all(`${at}/comments`), args, comment, byId),
  };
}

const comment = (one) => ({
  __typename: 'IssueComment',
  id: one.node_id,
  databaseId: one.id,
  fullDatabaseId: String(one.id),
  body: one.body,
  bodyText: one.body,
  url: one.html_url,
  createdAt: one.created_at,
  updatedAt: one.updated_at,
  author: user(one.user),
  authorAssociation: one.author_association,
  isMinimized: false,
});

const issue = (world, repo, one) => ({
  ...discussed(world, repo, one),
  __typename: 'Issue',
  state: upper(one.state),
  stateReason: upper(one.state_reason),
});

function pullRequest(world, repo, one) {
  const at = `/repos/${repo.full_name}`;
  const reviews = async () => (await world.all(`${at}/pulls/${one.number}/reviews`)).map((review) => ({ ...review, state: upper(review.state) }));
  const compared = async () => (await world.get(`${at}/compare/${one.base.sha}...${one.head.sha}`)) ?? { files: [], commits: [] };
  const sum = (key) => async () => (await compared()).files.reduce((total, each) => total + each[key], 0);
  return {
    ...discussed(world, repo, one),
    __typename: 'PullRequest',
    state: pullState(one),
    permalink: one.html_url,
    resourcePath: `/${repo.full_name}/pull/${one.number}`,
    isDraft: one.draft,
    merged: one.merged_at != null,
    mergedAt: one.merged_at,
    mergedBy: async () => user((await world.get(`${at}/pulls/${one.number}`)).merged_by),
    mergeCommit: () => (one.merge_commit_sha && one.merged_at ? commit(world, repo, one.merge_commit_sha) : null),
    mergeable: one.mergeable === false ? 'CONFLICTING' : one.mergeable ? 'MERGEABLE' : 'UNKNOWN',
    mergeStateStatus: one.draft ? 'DRAFT' : upper(one.mergeable_state),
    maintainerCanModify: false,
    autoMergeRequest: null,
    isCrossRepository: one.head.repo?.id !== one.base.repo?.id,
    headRefName: one.head.ref,
    headRefOid: one.head.sha,
    baseRefName: one.base.ref,
    baseRefOid: one.base.sha,
    headRepository: () => one.head.repo && repository(world, one.head.repo),
    headRepositoryOwner: user(one.head.user),
    baseRepository: () => repository(world, repo),
    additions: sum('additions'),
    deletions: sum('deletions'),
    changedFiles: async () => (await compared()).files.length,
    files: async (args) => connection((await compared()).files, args, file, (each) => each.filename),
    commits: async (args) => {
      const all = (await compared()).commits;
      const url = (each) => `${one.html_url}/commits/${each.sha}`;
      return connection(all, args, (each) => ({ id: `${one.node_id}:${each.sha}`, url: url(each), resourcePath: url(each), commit: () => commitOf(world, repo, each) }), (each) => each.sha);
    },
    reviewRequests: (args) => {
      const all = [...one.requested_reviewers, ...one.requested_teams];
      return connection(all, args, (each) => ({ id: `${one.node_id}:${each.node_id}`, databaseId: each.id, asCodeOwner: false, requestedReviewer: user(each) }), byId);
    },
    reviews: async (args) => {
      const all = (await reviews()).filter((each) => has(args.states, each.state) && (!args.author || each.user?.login === args.author));
      return connection(all, args, (each) => review(world, repo, each), byId);
    },
    latestReviews: async (args) => connection(latest(await reviews(), () => true), args, (each) => review(world, repo, each), byId),
    latestOpinionatedReviews: async (args) => connection(latest(await reviews(), opinionated), args, (each) => review(world, repo, each), byId),
    reviewDecision: async () => {
      const protection = await world.get(`${at}/branches/${one.base.ref}/protection`);
      const needed = protection?.required_pull_request_reviews?.required_approving_review_count;
      if (!needed) return null;
      const states = latest(await reviews(), opinionated).map((each) => each.state);
      if (states.includes('CHANGES_REQUESTED')) return 'CHANGES_REQUESTED';
      return states.filter((state) => state === 'APPROVED').length >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
    },
    statusCheckRollup: () => rollup(world, repo, one.head.sha),
  };
}

const opinionated = (review) => ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(review.state);

function latest(reviews, counts) {
  const found = new Map();
  for (const review of reviews.filter((one) => one.state !== 'PENDING' && counts(one))) found.set(review.user.login, review);
  return [...found.values()];
}

const review = (world, repo, one) => ({
  __typename: 'PullRequestReview',
  id: one.node_id,
  databaseId: one.id,
  fullDatabaseId: String(one.id),
  state: one.state,
  body: one.body,
  bodyText: one.body,
  url: one.html_url,
  submittedAt: one.submitted_at,
  createdAt: one.created_at,
  updatedAt: one.updated_at,
  author: user(one.user),
  authorAssociation: one.author_association,
  commit: () => commit(world, repo, one.commit_id),
});

const CHANGES = { added: 'ADDED', removed: 'DELETED', modified: 'MODIFIED', renamed: 'RENAMED', copied: 'COPIED', changed: 'CHANGED' };
const file = (one) => ({ path: one.filename, additions: one.additions, deletions: one.deletions, changeType: CHANGES[one.status] ?? 'CHANGED' });

async function commit(world, repo, sha) {
  const found = await world.get(`/repos/${repo.full_name}/commits/${sha}`);
  return found ? commitOf(world, repo, found) : null;
}

/** A commit as lists have it; how much it changed is asked when a query wants it. */
function commitOf(world, repo, found) {
  const at = `/repos/${repo.full_name}`;
  const whole = () => world.get(`${at}/commits/${found.sha}`);
  const actor = (each) => each && { name: each.name, email: each.email, date: each.date, user: null };
  const [, ...body] = found.commit.message.split('\n\n');
  return {
    __typename: 'Commit',
    id: found.node_id,
    oid: found.sha,
    abbreviatedOid: found.sha.slice(0, 7),
    url: found.html_url,
    message: found.commit.message,
    messageHeadline: headline(found.commit.message),
    messageBody: body.join('\n\n'),
    authoredDate: found.commit.author.date,
    committedDate: found.commit.committer.date,
    author: actor(found.commit.author),
    committer: actor(found.commit.committer),
    additions: async () => (await whole()).stats.additions,
    deletions: async () => (await whole()).stats.deletions,
    changedFilesIfAvailable: async () => (await whole()).files.length,
    parents: (args) => connection(found.parents, args, (each) => commit(world, repo, each.sha), (each) => each.sha),
    history: async (args) => {
      const query = new URLSearchParams({ sha: found.sha });
      for (const key of ['since', 'until', 'path']) if (args[key]) query.set(key, args[key]);
      return connection(await world.all(`${at}/commits?${query}`), args, (each) => commitOf(world, repo, each), (each) => each.sha);
    },
    statusCheckRollup: () => rollup(world, repo, found.sha),
    status: () => {
      const all = statuses(world, repo, found.sha);
      if (!all.length) return null;
      return { id: `status:${found.sha}`, state: together(all.map((one) => upper(one.state))), contexts: all.map(statusContext) };
    },
  };
}

/** The newest status of each context. */
function statuses(world, repo, sha) {
  const found = new Map();
  for (const one of world.tables.statuses.filter((one) => one.repository === repo.full_name && one.sha === sha)) found.set(one.context, one);
  return [...found.values()];
}

async function rollup(world, repo, sha) {
  const runs = (await world.get(`/repos/${repo.full_name}/commits/${sha}/check-runs?per_page=100`))?.check_runs ?? [];
  const told = statuses(world, repo, sha);
  if (!runs.length && !told.length) return null;
  const all = [...runs, ...told];
  const state = together([...runs.map(ofRun), ...told.map((one) => upper(one.state))]);
  return {
    id: `rollup:${sha}`,
    state,
    commit: () => commit(world, repo, sha),
    contexts: (args) => connection(all, args, (one) => ('context' in one ? statusContext(one) : checkRun(world, one)), byId),
  };
}

function ofRun(run) {
  if (run.status !== 'completed') return 'PENDING';
  return ['success', 'neutral', 'skipped'].includes(run.conclusion) ? 'SUCCESS' : 'FAILURE';
}

function together(states) {
  for (const state of ['ERROR', 'FAILURE', 'PENDING', 'EXPECTED']) if (states.includes(state)) return state;
  return 'SUCCESS';
}

const statusContext = (one) => ({
  __typename: 'StatusContext',
  id: one.node_id,
  context: one.context,
  state: upper(one.state),
  description: one.description,
  targetUrl: one.target_url,
  createdAt: one.created_at,
  creator: user(one.creator),
  isRequired: () => false,
});

/** The suite of a job of a workflow has the number of its run. */
function checkSuite(world, one) {
  const run = world.tables.runs.find((each) => each.id === one.check_suite?.id);
  const app = { id: 'app:actions', databaseId: 15368, name: 'GitHub Actions', slug: 'github-actions', url: 'https://github.com/apps/github-actions' };
  return {
    id: `suite:${one.check_suite?.id}`,
    databaseId: one.check_suite?.id,
    status: upper(one.status),
    conclusion: upper(one.conclusion),
    app: run ? app : null,
    workflowRun: run
      ? {
          id: `run:${run.id}`,
          databaseId: run.id,
          runNumber: run.number,
          event: run.event,
          createdAt: run.created_at,
          updatedAt: run.updated_at,
          workflow: { id: `workflow:${run.workflow}`, name: run.workflow },
        }
      : null,
  };
}

const checkRun = (world, one) => ({
  __typename: 'CheckRun',
  id: one.node_id,
  databaseId: one.id,
  fullDatabaseId: String(one.id),
  name: one.name,
  status: upper(one.status),
  conclusion: upper(one.conclusion),
  startedAt: one.started_at,
  completedAt: one.completed_at,
  detailsUrl: one.details_url,
  externalId: one.external_id,
  url: one.html_url,
  permalink: one.html_url,
  title: one.output?.title ?? null,
  summary: one.output?.summary ?? null,
  text: one.output?.text ?? null,
  checkSuite: () => checkSuite(world, one),
  isRequired: () => false,
});

const deployment = (world, repo, one) => ({
  id: one.node_id,
  databaseId: one.id,
  environment: one.environment,
  description: one.description,
  task: one.task,
  payload: JSON.stringify(one.payload),
  commitOid: one.sha,
  ref: () => (one.ref === one.sha ? null : { name: one.ref, prefix: 'refs/heads/' }),
  createdAt: one.created_at,
  updatedAt: one.updated_at,
  creator: user(one.creator),
  commit: () => commit(world, repo, one.sha),
  state: one.statuses.length ? upper(one.statuses.at(-1).state) : 'PENDING',
  latestStatus: () => (one.statuses.length ? deploymentStatus(one.statuses.at(-1)) : null),
  statuses: (args) => connection([...one.statuses].reverse(), args, deploymentStatus, byId),
});

const deploymentStatus = (one) => ({
  id: one.node_id,
  state: upper(one.state),
  description: one.description,
  environment: one.environment,
  environmentUrl: one.environment_url || null,
  logUrl: one.log_url || null,
  createdAt: one.created_at,
  updatedAt: one.updated_at,
  creator: user(one.creator),
});
