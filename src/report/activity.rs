//! What each agent did in a time: tasks and reviews of `orch`, pull requests, reviews and commits on GitHub, how fast it
//! answered, and whether it kept to its branches. Read off the log, from which it is told again at any time.

use rustc_hash::FxHashMap;
use serde_json::Value;
use smol_str::SmolStr;

use super::{Logged, one_line};
use crate::model::{
    Agent, Branches, Code, Config, Duration, Event, Fact, FlowFact, GithubEvent, Name, ReviewId, Time,
    Verdict,
};
use crate::state::State;

/// What one agent did.
#[derive(Debug, Clone)]
pub struct Activity<'a> {
    pub agent: &'a Agent,
    /// Tasks that it was given, began, delivered, got back and completed.
    pub assigned: usize,
    pub started: usize,
    pub delivered: usize,
    pub returned: usize,
    pub completed: usize,
    /// Reviews that it gave, and those of them that were no approval.
    pub reviews: usize,
    pub objections: usize,
    /// From each task that it was given to its start or claim.
    pub answers: Vec<Duration>,
    /// From each request for a review to the review, here and on GitHub.
    pub review_times: Vec<Duration>,
    pub github: OnGithub,
    /// All of it, in the order in which it happened.
    pub deeds: Vec<Deed>,
}

/// What it did on GitHub, as far as that was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnGithub {
    pub opened: usize,
    pub merged: usize,
    /// Pull requests of its own that were closed otherwise.
    pub closed: usize,
    /// Reviews of the pull requests of others.
    pub reviews: usize,
    /// How often commits were added to a pull request of its own.
    pub pushes: usize,
    /// Commits in pushes that GitHub told of.
    pub commits: usize,
    pub comments: usize,
    /// Of the pull requests that it opened, those on a branch of its own; none where it has none.
    pub on_own: Option<usize>,
}

/// One thing that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub at: Time,
    pub what: String,
}

impl Activity<'_> {
    /// The length in the middle of all.
    pub fn median(times: &[Duration]) -> Option<Duration> {
        let mut sorted: Vec<u64> = times.iter().map(|time| time.as_seconds()).collect();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        let seconds = match sorted.len() {
            0 => return None,
            length if length % 2 == 0 => u64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        };
        Some(Duration::from_seconds(seconds))
    }

    /// What was brought to an end: tasks completed, pull requests merged, reviews given.
    pub const fn finished(&self) -> usize {
        self.completed + self.github.merged + self.reviews + self.github.reviews
    }

    /// How much of that on a day, to a hundredth.
    pub fn per_day(&self, days: f64) -> f64 {
        let finished = f64::from(u32::try_from(self.finished()).unwrap_or(u32::MAX));
        (finished / days * 100.0).round() / 100.0
    }

    /// How many days a time has: a part of one counts as such, and none as a second.
    pub fn days(since: Time, until: Time) -> f64 {
        const DAY: f64 = 86_400.0;
        let seconds = u32::try_from(until.since(since).as_seconds().max(1)).unwrap_or(u32::MAX);
        f64::from(seconds) / DAY
    }

    /// Whether there is anything to tell.
    pub const fn is_idle(&self) -> bool {
        self.assigned == 0 && self.returned == 0 && self.deeds.is_empty()
    }
}

/// What each agent did, in the order of their declaration. What is counted lies within the log that is given, and so
/// do both ends of each time.
pub fn activities<'a, 'l>(
    config: &'a Config,
    state: &State,
    log: impl IntoIterator<Item = Logged<'l>>,
) -> Vec<Activity<'a>> {
    let mut reader = Reader::new(config, state);
    for logged in log {
        reader.read(logged.event);
    }
    reader.found
}

struct Reader<'a, 's> {
    config: &'a Config,
    state: &'s State,
    found: Vec<Activity<'a>>,
    branches: Vec<Branches>,
    /// Who was given a task that was not begun since, and when.
    given: FxHashMap<Code, (Name, Time)>,
    /// Who delivered a task last.
    delivered: FxHashMap<Code, Name>,
    /// Who is to give a review, and since when.
    asked: FxHashMap<ReviewId, (Option<Name>, Time)>,
    /// Since when somebody is asked to review a pull request.
    asked_there: FxHashMap<(u64, SmolStr), Time>,
}

impl<'a, 's> Reader<'a, 's> {
    fn new(config: &'a Config, state: &'s State) -> Self {
        let found = config.agents.values().map(|agent| Activity {
            agent,
            assigned: 0,
            started: 0,
            delivered: 0,
            returned: 0,
            completed: 0,
            reviews: 0,
            objections: 0,
            answers: Vec::new(),
            review_times: Vec::new(),
            github: OnGithub { on_own: (!agent.branches.is_empty()).then_some(0), ..OnGithub::default() },
            deeds: Vec::new(),
        });
        Self {
            config,
            state,
            found: found.collect(),
            branches: config.agents.values().map(|agent| Branches::new(&agent.branches)).collect(),
            given: FxHashMap::default(),
            delivered: FxHashMap::default(),
            asked: FxHashMap::default(),
            asked_there: FxHashMap::default(),
        }
    }

    fn of(&mut self, agent: &str) -> Option<&mut Activity<'a>> {
        self.found.iter_mut().find(|activity| activity.agent.name == agent)
    }

    /// The agent with a login, by its place.
    fn of_login(&self, login: Option<&str>) -> Option<usize> {
        let login = login?;
        self.config.agents.values().position(|agent| agent.has_login(login))
    }

    fn read(&mut self, event: &Event) {
        let at = event.at;
        match &event.fact {
            Fact::TaskAssigned { task, agent, .. } => {
                self.given.insert(task.clone(), (agent.clone(), at));
                if let Some(activity) = self.of(agent) {
                    activity.assigned += 1;
                }
            }
            Fact::TaskUnassigned { task, .. }
            | Fact::TaskUnblocked { task }
            | Fact::TaskBlocked { task, .. } => {
                self.given.remove(task);
            }
            Fact::TaskStarted { task, agent } => {
                self.answered(task, agent, at);
                self.did(agent, at, format!("started {task}"), |activity| activity.started += 1);
            }
            Fact::TaskClaimed { task, agent, .. } => {
                self.answered(task, agent, at);
                self.did(agent, at, format!("claimed {task}"), |_| {});
            }
            Fact::TaskDelivered { task, agent, .. } => {
                self.answered(task, agent, at);
                self.delivered.insert(task.clone(), agent.clone());
                self.did(agent, at, format!("delivered {task}"), |activity| activity.delivered += 1);
            }
            Fact::TaskReturned { author: Some(author), .. } => {
                if let Some(activity) = self.of(author) {
                    activity.returned += 1;
                }
            }
            Fact::TaskCompleted { task } => {
                let author = || self.state.task(task).and_then(|task| task.author.clone());
                if let Some(agent) = self.delivered.get(task).cloned().or_else(author) {
                    self.did(&agent, at, format!("completed {task}"), |activity| activity.completed += 1);
                }
            }
            Fact::ReviewRequested { review, reviewer, .. }
            | Fact::ReviewReassigned { review, reviewer, .. } => {
                self.asked.insert(*review, (reviewer.clone(), at));
            }
            Fact::ReviewCompleted { task, review, verdict, .. } => {
                self.reviewed(event, task, *review, *verdict);
            }
            Fact::Flow(fact) => {
                if let FlowFact::GithubSeen { events, .. } = fact.as_ref() {
                    for told in events {
                        self.on_github(at, told);
                    }
                }
            }
            _ => {}
        }
    }

    fn did(&mut self, agent: &str, at: Time, what: String, count: impl FnOnce(&mut Activity<'a>)) {
        if let Some(activity) = self.of(agent) {
            count(activity);
            activity.deeds.push(Deed { at, what });
        }
    }

    fn answered(&mut self, task: &Code, agent: &str, at: Time) {
        if let Some((_, since)) = self.given.remove(task).filter(|(given, _)| given == agent)
            && let Some(activity) = self.of(agent)
        {
            activity.answers.push(at.since(since));
        }
    }

    fn reviewed(&mut self, event: &Event, task: &Code, review: ReviewId, verdict: Verdict) {
        let asked = self.asked.remove(&review);
        let of_state = || self.state.task(task)?.review(review)?.reviewer.clone();
        // Somebody else may give it than was asked.
        let reviewer = match self.config.agent(&event.actor) {
            Some(agent) => Some(agent.name.clone()),
            None => asked.as_ref().and_then(|(reviewer, _)| reviewer.clone()).or_else(of_state),
        };
        let Some(reviewer) = reviewer else { return };
        let word = match verdict {
            Verdict::Approved => "approved",
            Verdict::Rejected => "rejected",
            Verdict::ChangesRequested => "asked for changes in",
        };
        self.did(&reviewer, event.at, format!("{word} {task} ({review})"), |activity| {
            activity.reviews += 1;
            activity.objections += usize::from(verdict != Verdict::Approved);
            activity.review_times.extend(asked.map(|(_, since)| event.at.since(since)));
        });
    }

    fn on_github(&mut self, at: Time, told: &GithubEvent) {
        let text = |path: &str| told.payload.pointer(path).and_then(Value::as_str);
        let number = told
            .payload
            .pointer("/pull_request/number")
            .or_else(|| told.payload.pointer("/issue/number"))
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let title =
            text("/pull_request/title").map(|title| format!(": {}", one_line(title))).unwrap_or_default();
        let author = self.of_login(text("/pull_request/user/login"));
        match (told.event.as_str(), told.action.as_deref()) {
            ("pull_request", Some("opened")) => {
                let Some(index) = author else { return };
                let is_own =
                    text("/pull_request/head/ref").is_some_and(|head| self.branches[index].has(head));
                self.did_there(index, at, format!("opened pull request {number}{title}"), |github| {
                    github.opened += 1;
                    github.on_own = github.on_own.map(|own| own + usize::from(is_own));
                });
            }
            ("pull_request", Some("closed")) => {
                let Some(index) = author else { return };
                let is_merged = told.payload.pointer("/pull_request/merged") == Some(&Value::Bool(true));
                let word = if is_merged { "merged" } else { "closed" };
                self.did_there(index, at, format!("pull request {number} {word}{title}"), |github| {
                    *(if is_merged { &mut github.merged } else { &mut github.closed }) += 1;
                });
            }
            ("pull_request", Some("synchronize")) => {
                let Some(index) = author else { return };
                self.did_there(index, at, format!("pushed to pull request {number}"), |github| {
                    github.pushes += 1;
                });
            }
            ("pull_request", Some("review_requested")) => {
                if let Some(login) = text("/requested_reviewer/login") {
                    self.asked_there.insert((number, login.to_ascii_lowercase().into()), at);
                }
            }
            ("pull_request_review", Some("submitted")) => {
                let login = text("/review/user/login");
                let Some(index) = self.of_login(login).filter(|index| Some(*index) != author) else { return };
                let word = text("/review/state").unwrap_or("reviewed").to_ascii_lowercase().replace('_', " ");
                let key = (number, SmolStr::from(login.unwrap_or_default().to_ascii_lowercase()));
                let asked = self.asked_there.remove(&key);
                let what = format!("reviewed pull request {number} ({})", one_line(&word));
                self.did_there(index, at, what, |github| github.reviews += 1);
                self.found[index].review_times.extend(asked.map(|since| at.since(since)));
            }
            ("issue_comment", Some("created")) => {
                let Some(index) = self.of_login(text("/comment/user/login")) else { return };
                self.did_there(index, at, format!("commented on {number}"), |github| github.comments += 1);
            }
            ("push", None) => {
                let commits = told.payload.get("commits").and_then(Value::as_array).map(Vec::as_slice);
                for commit in commits.unwrap_or_default() {
                    let login = commit.pointer("/author/username").and_then(Value::as_str);
                    let Some(index) = self.of_login(login) else { continue };
                    let message = commit.get("message").and_then(Value::as_str).unwrap_or_default();
                    let subject = message.lines().next().unwrap_or_default();
                    let what = format!("committed: {}", one_line(subject));
                    self.did_there(index, at, what, |github| github.commits += 1);
                }
            }
            _ => {}
        }
    }

    fn did_there(&mut self, index: usize, at: Time, what: String, count: impl FnOnce(&mut OnGithub)) {
        let activity = &mut self.found[index];
        count(&mut activity.github);
        activity.deeds.push(Deed { at, what });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{GithubItem, ORCH};
    use crate::report::testing::{at, busy};

    fn event(minute: &str, actor: &str, fact: impl Into<Fact>) -> Event {
        Event { at: at(minute), actor: actor.into(), cause: None, asked: None, fact: fact.into() }
    }

    fn told(minute: &str, name: &str, payload: Value) -> Event {
        let (event_name, action) =
            name.split_once('.').map_or((name, None), |(name, action)| (name, Some(action)));
        let told = GithubEvent { event: event_name.into(), action: action.map(Into::into), payload };
        let item = GithubItem::Delivery(minute.into());
        event(minute, ORCH, FlowFact::GithubSeen { item, events: vec![told], delivered: true })
    }

    fn code(number: u64) -> Code {
        format!("CONTENT-{number:03}").parse().unwrap()
    }

    #[test]
    fn what_is_done_is_counted_and_timed() {
        let mut world = busy();
        let agent = world.config.agents.get_mut("content-strategist").unwrap();
        (agent.github, agent.branches) = (Some("ada".into()), vec!["content/**".into()]);
        world.config.agents.get_mut("canon-keeper").unwrap().github = Some("ben".into());
        let pull = |number: u64, head: &str, merged: bool| json!({ "number": number, "title": "Fix", "user": { "login": "Ada" }, "head": { "ref": head }, "merged": merged });
        let give = |task: u64, agent: &str| Fact::TaskAssigned {
            task: code(task),
            agent: agent.into(),
            route: None,
        };
        let start = |task: u64, agent: &str| Fact::TaskStarted { task: code(task), agent: agent.into() };
        let review = ReviewId(901);
        let log = [
            event("09:00", ORCH, give(901, "content-strategist")),
            event("09:00", ORCH, give(902, "content-strategist")),
            event("09:00", ORCH, give(903, "canon-keeper")),
            event("09:02", "content-strategist", start(901, "content-strategist")),
            event("09:10", "content-strategist", start(902, "content-strategist")),
            // Somebody else takes it: whose answer that is, nobody can say.
            event("09:20", "content-strategist", start(903, "content-strategist")),
            event(
                "09:30",
                "content-strategist",
                Fact::TaskDelivered { task: code(901), agent: "content-strategist".into(), output: None },
            ),
            event(
                "09:30",
                ORCH,
                Fact::ReviewRequested {
                    task: code(901),
                    review,
                    kind: "canon".into(),
                    reviewer: Some("canon-keeper".into()),
                    round: 1,
                    stage: 1,
                },
            ),
            event(
                "09:45",
                "somebody@example.org",
                Fact::ReviewCompleted {
                    task: code(901),
                    review,
                    verdict: Verdict::Rejected,
                    rating: None,
                    minutes: None,
                    notes: None,
                },
            ),
            event(
                "09:45",
                ORCH,
                Fact::TaskReturned { task: code(901), author: Some("content-strategist".into()) },
            ),
            event("09:50", ORCH, Fact::TaskCompleted { task: code(901) }),
            told("10:00", "pull_request.opened", json!({ "pull_request": pull(1, "content/x", false) })),
            told("10:01", "pull_request.opened", json!({ "pull_request": pull(2, "fix", false) })),
            told(
                "10:02",
                "pull_request.review_requested",
                json!({ "pull_request": pull(1, "content/x", false), "requested_reviewer": { "login": "ben" } }),
            ),
            told("10:03", "pull_request.synchronize", json!({ "pull_request": pull(1, "content/x", false) })),
            told(
                "10:07",
                "pull_request_review.submitted",
                json!({ "pull_request": pull(1, "content/x", false), "review": { "state": "APPROVED", "user": { "login": "ben" } } }),
            ),
            // One's own is none.
            told(
                "10:08",
                "pull_request_review.submitted",
                json!({ "pull_request": pull(1, "content/x", false), "review": { "state": "commented", "user": { "login": "ada" } } }),
            ),
            told("10:09", "pull_request.closed", json!({ "pull_request": pull(1, "content/x", true) })),
            told("10:10", "pull_request.closed", json!({ "pull_request": pull(2, "fix", false) })),
            told(
                "10:11",
                "push",
                json!({ "commits": [{ "message": "Fix it\n\nx", "author": { "username": "ada" } }, { "author": { "username": "zed" } }, 5] }),
            ),
            told(
                "10:12",
                "issue_comment.created",
                json!({ "issue": { "number": 3 }, "comment": { "user": { "login": "ben" } } }),
            ),
        ];
        let found = activities(&world.config, &world.state, Logged::tick(900, &log));
        let of = |name: &str| found.iter().find(|one| one.agent.name == name).unwrap();
        let author = of("content-strategist");
        assert_eq!(
            (author.assigned, author.started, author.delivered, author.returned, author.completed),
            (2, 3, 1, 1, 1)
        );
        assert_eq!(author.answers, [Duration::from_minutes(2), Duration::from_minutes(10)]);
        assert_eq!(Activity::median(&author.answers), Some(Duration::from_minutes(6)));
        assert_eq!(
            author.github,
            OnGithub {
                opened: 2,
                merged: 1,
                closed: 1,
                reviews: 0,
                pushes: 1,
                commits: 1,
                comments: 0,
                on_own: Some(1)
            }
        );
        assert_eq!(author.finished(), 2);
        let reviewer = of("canon-keeper");
        assert_eq!((reviewer.reviews, reviewer.objections, reviewer.github.reviews), (1, 1, 1));
        assert_eq!(reviewer.review_times, [Duration::from_minutes(15), Duration::from_minutes(5)]);
        assert_eq!((reviewer.github.comments, reviewer.answers.len()), (1, 0));
        let deeds: Vec<&str> = reviewer.deeds.iter().map(|deed| deed.what.as_str()).collect();
        assert_eq!(
            deeds,
            ["rejected CONTENT-901 (REVIEW-901)", "reviewed pull request 1 (approved)", "commented on 3"]
        );
        assert_eq!(author.deeds.last().unwrap().what, "committed: Fix it");
        assert!(of("coordinator").is_idle());
        let day = Activity::days(at("09:00"), at("09:00") + Duration::from_minutes(24 * 60 * 4));
        assert!((author.per_day(day) - 0.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_median_of_nothing_is_none_and_of_many_the_one_in_the_middle() {
        let of = |minutes: &[u64]| {
            let times: Vec<Duration> = minutes.iter().map(|minute| Duration::from_minutes(*minute)).collect();
            Activity::median(&times).map(|time| time.as_seconds() / 60)
        };
        assert_eq!((of(&[]), of(&[3]), of(&[9, 1, 5]), of(&[1, 3])), (None, Some(3), Some(5), Some(2)));
    }
}
