// GitHub's GraphQL API, on GitHub's own schema: what a query asks for is read from the emulator's REST API, and from the
// tables of whoever stands before it. A field that is not served here is an error that says so, never a silent null.
import { bill, graphql, problems, schema } from './schema.mjs';
import { repository, user } from './objects.mjs';

const { GraphQLError } = graphql;
const NODES = 500_000;

export class Double {
  constructor() {
    this.version = undefined;
    this.kept = new Map();
  }

  /** One query: `{query, variables, login, version, base, tables, quota}` gives what GitHub would, and `invalid`. */
  async answer({ query, variables, login, version, base, tables, quota }) {
    // What was read holds until something is written.
    if (version !== this.version) this.kept = new Map();
    this.version = version;
    this.base = base;
    const invalid = problems(query);
    if (invalid.length) return { invalid, reply: { errors: invalid.map((message) => ({ message })) } };
    const document = graphql.parse(query);
    const { nodes: most, cost } = bill(document, variables ?? {});
    if (most > NODES) {
      const message = `This query requests up to ${most.toLocaleString('en')} possible nodes which exceeds the maximum limit of 500,000.`;
      return { invalid: [message], reply: { errors: [{ type: 'MAX_NODE_LIMIT_EXCEEDED', message }] } };
    }
    const world = new World(this, login, tables, { ...quota, cost, nodeCount: most });
    const result = await graphql.execute({
      schema: schema(),
      document,
      rootValue: root(world),
      contextValue: world,
      variableValues: variables ?? {},
      fieldResolver: field,
    });
    const errors = result.errors?.map(shown);
    // Not to be found is an answer; everything else is the query's fault, or a gap of this double.
    const wrong = (result.errors ?? []).filter((error) => error.extensions?.type !== 'NOT_FOUND').map((error) => `${error.path?.join('.') ?? ''}: ${error.message}`);
    return { invalid: wrong, cost, reply: { data: result.data, ...(errors ? { errors } : {}) } };
  }

  /** What the front serves, which puts right what the emulator does otherwise than GitHub. */
  async get(path) {
    if (!this.kept.has(path)) {
      this.kept.set(path, fetch(this.base + path, { headers: { 'x-double': 'graphql' } }).then(async (response) => {
        if (response.status === 404) return undefined;
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
        return response.json();
      }));
    }
    return this.kept.get(path);
  }
}

class World {
  constructor(double, login, tables, quota) {
    Object.assign(this, { double, login, tables, quota });
  }

  get(path) {
    return this.double.get(path);
  }

  /** All pages of a list. */
  async all(path) {
    const found = [];
    for (let page = 1; ; page++) {
      const some = await this.get(`${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`);
      found.push(...(some ?? []));
      if ((some ?? []).length < 100) return found;
    }
  }
}

function root(world) {
  return {
    __typename: 'Query',
    repository: async ({ owner, name }) => {
      const found = await world.get(`/repos/${owner}/${name}`);
      if (!found) throw missing(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return repository(world, found);
    },
    viewer: async () => user(await world.get(`/users/${world.login}`)),
    rateLimit: () => ({
      limit: world.quota.limit,
      remaining: Math.max(0, world.quota.remaining - world.quota.cost),
      used: Math.min(world.quota.limit, world.quota.limit - world.quota.remaining + world.quota.cost),
      resetAt: world.quota.reset,
      cost: world.quota.cost,
      nodeCount: world.quota.nodeCount,
    }),
  };
}

function field(source, args, context, info) {
  const value = source[info.fieldName];
  if (value === undefined) {
    throw new GraphQLError(`\`${info.parentType.name}.${info.fieldName}\` is not served by this double of GitHub`);
  }
  return typeof value === 'function' ? value(args) : value;
}

export function missing(message) {
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } });
}

function shown(error) {
  const { extensions, ...rest } = error.toJSON();
  return { ...(extensions?.type ? { type: extensions.type } : {}), ...rest };
}

/** A connection over a list; cursors are opaque, and stay with what they point at. */
export function connection(list, { first, last, after, before }, make, keyOf) {
  const cursor = (item) => Buffer.from(`cursor:${keyOf(item)}`).toString('base64');
  for (const [name, value] of [['first', first], ['last', last]]) {
    if (value != null && (value < 1 || value > 100)) {
      throw new GraphQLError(`Requesting ${value} records exceeds the \`${name}\` limit of 100 records.`);
    }
  }
  const place = (given) => {
    const at = list.findIndex((item) => cursor(item) === given);
    if (at < 0) throw new GraphQLError(`\`${given}\` does not appear to be a valid cursor.`);
    return at;
  };
  let from = after == null ? 0 : place(after) + 1;
  let to = before == null ? list.length : place(before);
  if (first != null) to = Math.min(to, from + first);
  if (last != null) from = Math.max(from, to - last);
  const shown = list.slice(from, to);
  let made;
  const nodes = () => (made ??= shown.map(make));
  return {
    nodes,
    edges: () => shown.map((item, i) => ({ cursor: cursor(item), node: () => nodes()[i] })),
    totalCount: list.length,
    pageInfo: {
      hasNextPage: to < list.length,
      hasPreviousPage: from > 0,
      startCursor: shown.length ? cursor(shown[0]) : null,
      endCursor: shown.length ? cursor(shown.at(-1)) : null,
    },
  };
}
