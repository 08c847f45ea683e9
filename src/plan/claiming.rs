//! Claims: one holder, a token that grows, an end that everybody sees.

use super::testing::{Team, add, at, code, content, follows, route, team};
use super::{Inputs, PlanError, Planned, Refusal, plan};
use crate::model::{
    Ask, Claim, Code, Config, Duration, Event, Fact, Fence, FlowAsk, Name, NewTask, Priority, Request,
    Strategy, TaskStatus, Time,
};
use crate::state::State;

const HOUR: Duration = Duration::from_minutes(60);

/// A team whose tweets wait until `content` or `community` claims them.
fn pulls() -> Config {
    let mut config = team();
    config.routing.routes = vec![route("tweets", "tweet", &["content", "community"], Strategy::Claim)];
    config
}

fn world() -> Team {
    let mut team = Team::new(pulls());
    team.ask(at("09:00"), "boss", add("T-1", content("one", "tweet", 3)));
    team
}

fn claim(task: &str) -> Ask {
    Ask::Claim { task: code(task), agent: None, ttl: HOUR }
}

fn next(agent: &str) -> Ask {
    Ask::Next { agent: Some(agent.into()), ttl: HOUR }
}

fn complete(task: &str) -> Ask {
    Ask::Complete { task: code(task), output: None }
}

fn under(actor: &str, ask: Ask, token: u64) -> Request {
    Request { fence: Fence { token: Some(token), overrides: false }, ..Request::new(actor, ask) }
}

fn over(actor: &str, ask: Ask) -> Request {
    Request { fence: Fence { token: None, overrides: true }, ..Request::new(actor, ask) }
}

impl Team {
    fn make(&self, now: Time, request: Request) -> Result<Planned, Refusal> {
        let requests = [request];
        let inputs = Inputs::new(now, self.config_id.as_str().into(), &requests);
        match plan(&self.config, self.state.clone(), &inputs) {
            Ok(planned) => {
                follows(&self.config, self.state.clone(), &inputs, &planned);
                Ok(planned)
            }
            Err(PlanError::Refused { refusal, .. }) => Err(*refusal),
            Err(other) => panic!("{other}"),
        }
    }

    fn done(&mut self, now: Time, request: Request) -> Vec<String> {
        let planned = self.make(now, request).unwrap();
        let kinds = planned.plan.events.iter().map(|event| event.fact.kind().to_owned()).collect();
        self.state = Some(planned.state);
        kinds
    }

    fn refused(&self, now: Time, request: Request) -> String {
        let refusal = self.make(now, request).unwrap_err();
        assert!(refusal.hint().is_some(), "{refusal} has no hint");
        refusal.to_string()
    }

    fn claim_of(&self, task: &str) -> Option<Claim> {
        self.state().task(&code(task)).unwrap().claim.as_deref().cloned()
    }
}

/// Goes back to a state of the past, as `orch rollback` does.
fn roll_back(team: &mut Team, now: Time, past: State) {
    let mut state = past.restored_after(team.state());
    let fact = Fact::StateRolledBack { to: "c0ffee".into(), serial: 1, reason: None };
    state.apply(&Event { at: now, actor: "boss".into(), cause: None, asked: None, fact }).unwrap();
    team.state = Some(state);
}

fn resume() -> Ask {
    Ask::Flow(FlowAsk::Resume { workflow: None })
}

#[test]
fn a_rollback_gives_no_token_twice_and_revives_no_lost_claim() {
    let mut team = world();
    let empty = Team::new(pulls());
    team.ask(at("09:01"), "boss", add("T-2", content("two", "tweet", 3)));
    team.ask(at("09:02"), "content", claim("T-1"));
    team.ask(at("09:03"), "community", claim("T-2"));
    let past = team.state().clone();
    team.ask(at("09:10"), "content", Ask::Release { task: code("T-1") });
    team.ask(at("09:11"), "content", claim("T-1"));
    team.ask(at("09:12"), "content", Ask::Release { task: code("T-1") });
    team.ask(at("09:13"), "community", claim("T-2"));

    roll_back(&mut team, at("09:20"), past);
    assert_eq!(team.claim_of("T-1"), None, "token 1 was lost, and 2 given");
    assert_eq!(team.claim_of("T-2").unwrap().until, at("10:13"), "never lost: as it was renewed");
    team.ask(at("09:21"), "boss", resume());
    assert!(team.refused(at("09:22"), under("boss", complete("T-1"), 1)).contains("token 1"));
    team.ask(at("09:22"), "content", claim("T-1"));
    assert_eq!(team.claim_of("T-1").unwrap().token, 3);

    // Back to before there were tasks: who had one of them must not take the new one of that name for it.
    let before = empty.state.unwrap_or_default();
    roll_back(&mut team, at("09:30"), before);
    team.ask(at("09:31"), "boss", resume());
    team.ask(at("09:32"), "boss", add("T-1", content("another", "tweet", 3)));
    team.ask(at("09:33"), "community", claim("T-1"));
    assert_eq!(team.claim_of("T-1").unwrap().token, 4);
}

#[test]
fn nobody_claims_while_the_state_is_held_and_no_claim_ends() {
    let mut team = world();
    team.ask(at("09:00"), "content", claim("T-1"));
    let now = team.state().clone();
    roll_back(&mut team, at("09:10"), now);
    for ask in [claim("T-1"), next("community"), Ask::Release { task: code("T-1") }, complete("T-1")] {
        let said = team.refused(at("09:20"), Request::new("community", ask));
        assert!(said.contains("held since"), "{said}");
    }
    assert!(team.tick(at("12:00")).is_empty(), "its time was up, but nothing is decided");
    // What ran out is over before anybody else asks, in the same breath.
    let done = team.try_ask(at("12:01"), "community", vec![resume(), claim("T-1")]).unwrap();
    let kinds: Vec<_> = done.plan.events.iter().map(|event| event.fact.kind()).collect();
    assert_eq!(kinds[..3], ["workflow.resumed", "task.claim_expired", "task.claimed"], "{kinds:?}");
}

#[test]
fn one_gets_it_and_the_others_are_told_who() {
    let mut team = world();
    assert_eq!(team.state().task(&code("T-1")).unwrap().agent, None, "nobody gets it unasked");
    assert_eq!(team.ask(at("09:00"), "content", claim("T-1")), ["task.claimed T-1"]);
    let until = at("10:00");
    assert_eq!(team.claim_of("T-1"), Some(Claim { holder: "content".into(), token: 1, until }));
    for ask in [claim("T-1"), complete("T-1"), Ask::Start { task: code("T-1") }] {
        assert_eq!(
            team.refused(at("09:30"), Request::new("community", ask)),
            "task `T-1` is claimed by `content` until 2026-01-09T10:00:00Z"
        );
    }
    // To the very end of the claim, and of the time by which clocks may differ.
    assert!(team.refused(at("10:04"), Request::new("community", claim("T-1"))).contains("is claimed by"));
    assert_eq!(
        team.done(at("10:05"), Request::new("community", claim("T-1"))),
        ["task.claim_expired", "task.claimed"]
    );
    assert_eq!(team.claim_of("T-1").unwrap().token, 2);
}

#[test]
fn the_holder_renews_and_keeps_its_token() {
    let mut team = world();
    team.ask(at("09:00"), "content", claim("T-1"));
    assert_eq!(team.ask(at("09:50"), "content", claim("T-1")), ["task.claim_renewed T-1"]);
    let renewed = team.claim_of("T-1").unwrap();
    assert_eq!((renewed.token, renewed.until), (1, at("10:50")));
    assert_eq!(team.done(at("10:50"), under("content", claim("T-1"), 1)), ["task.claim_renewed"]);
    assert_eq!(
        team.done(at("11:00"), under("content", complete("T-1"), 1)).first().unwrap(),
        "task.delivered"
    );
    assert_eq!(team.claim_of("T-1"), None, "who has delivered holds it no more");
}

#[test]
fn who_lost_a_claim_can_do_nothing_under_it() {
    let mut team = world();
    team.ask(at("09:00"), "content", claim("T-1"));
    let gone = "token 1 is not the one of a claim on task `T-1` any more";
    let asks = || {
        let block = Ask::Block { task: code("T-1"), reason: "x".to_owned() };
        let cancel = Ask::Cancel { task: code("T-1"), reason: None };
        let reassign = Ask::Reassign { task: code("T-1"), to: "lore".into() };
        let release = Ask::Release { task: code("T-1") };
        let start = Ask::Start { task: code("T-1") };
        [start, complete("T-1"), block, cancel, reassign, release, claim("T-1")]
    };
    for ask in asks() {
        assert_eq!(
            team.refused(at("10:05"), under("content", ask, 1)),
            format!("{gone}, and nobody holds it")
        );
    }
    team.ask(at("10:05"), "community", claim("T-1"));
    for (ask, actor) in asks().into_iter().flat_map(|ask| [(ask.clone(), "content"), (ask, "boss")]) {
        let told = team.refused(at("10:06"), under(actor, ask, 1));
        let claims = "task `T-1` is claimed by `community` until 2026-01-09T11:05:00Z";
        let holds = format!("{gone}: `community` holds it until 2026-01-09T11:05:00Z");
        assert!(told == holds || told == claims || told.contains("only agents claim"), "{told}");
    }
    // Nor with a token that somebody guesses or reads: an agent acts for itself.
    assert!(team.refused(at("10:06"), under("content", complete("T-1"), 2)).contains("is claimed by"));
    assert!(team.refused(at("10:06"), under("community", complete("T-1"), 3)).contains("token 3 is not"));
    assert!(team.done(at("10:06"), under("boss", complete("T-1"), 2)).contains(&"task.delivered".to_owned()));
}

#[test]
fn tokens_are_never_given_twice() {
    let mut team = world();
    let mut last = 0;
    for round in 0..6u32 {
        let now = at("09:00") + Duration::from_minutes(u64::from(round) * 70);
        team.ask(now, "content", claim("T-1"));
        let token = team.claim_of("T-1").unwrap().token;
        assert_eq!(token, last + 1);
        last = token;
        match round % 3 {
            0 => drop(team.ask(now, "content", Ask::Release { task: code("T-1") })),
            1 => {
                team.done(now, over("boss", Ask::Block { task: code("T-1"), reason: "x".to_owned() }));
                team.ask(now, "boss", Ask::Unblock { task: code("T-1") });
            }
            // Left to run out.
            _ => {}
        }
        // A snapshot keeps the count.
        let state = team.state.take().unwrap();
        let tasks: Vec<_> = state.tasks().map(|task| serde_json::to_value(task).unwrap()).collect();
        let mut read = State::with_capacity(state.meta.clone(), state.archive.clone(), 4);
        for task in tasks {
            assert!(read.insert(serde_json::from_value(task).unwrap()));
        }
        assert_eq!(read, state);
        team.state = Some(read);
    }
}

#[test]
fn others_go_over_a_claim_only_when_they_say_so() {
    let mut team = world();
    team.ask(at("09:00"), "content", claim("T-1"));
    let cancel = || Ask::Cancel { task: code("T-1"), reason: None };
    assert!(team.refused(at("09:01"), Request::new("boss", cancel())).contains("is claimed by `content`"));
    assert!(team.refused(at("09:01"), over("boss", claim("T-1"))).contains("only agents claim"));
    assert!(team.refused(at("09:01"), over("lore", claim("T-1"))).contains("is claimed by `content`"));
    let planned = team.make(at("09:01"), over("boss", cancel())).unwrap();
    assert!(planned.plan.events[0].asked.as_ref().unwrap().overrides, "it is recorded");
    assert_eq!(
        team.done(at("09:01"), over("boss", Ask::Release { task: code("T-1") })),
        ["task.claim_released"]
    );
    let task = team.state().task(&code("T-1")).unwrap();
    assert!(task.is_queued() && task.claim.is_none() && task.claims == 1);
}

#[test]
fn whom_routing_would_not_give_it_does_not_get_it() {
    let mut team = world();
    assert_eq!(
        team.refused(at("09:01"), Request::new("lore", claim("T-1"))),
        "routing does not give task `T-1` to `lore`"
    );
    assert!(
        team.refused(at("09:01"), Request::new("boss", claim("T-1"))).contains("is not a declared agent")
    );
    let for_another = Ask::Claim { task: code("T-1"), agent: Some("content".into()), ttl: HOUR };
    assert!(
        team.refused(at("09:01"), Request::new("lore", for_another.clone())).contains("for itself alone")
    );
    team.ask(at("09:01"), "boss", for_another);
    assert_eq!(team.claim_of("T-1").unwrap().holder, "content");
    // Its two places are taken then.
    for task in ["T-2", "T-3"] {
        team.ask(at("09:01"), "boss", add(task, content("more", "tweet", 3)));
    }
    team.ask(at("09:02"), "content", claim("T-2"));
    assert_eq!(
        team.refused(at("09:02"), Request::new("content", claim("T-3"))),
        "agent `content` holds 2 of 2 tasks"
    );
    for ttl in [Duration::ZERO, Duration::from_minutes(60 * 24 * 31)] {
        let ask = Ask::Claim { task: code("T-3"), agent: None, ttl };
        assert!(team.refused(at("09:02"), Request::new("community", ask)).contains("cannot last"));
    }
    // What no route takes anybody may have.
    team.config.routing.fallback = None;
    team.ask(at("09:03"), "boss", add("T-9", content("poem", "poem", 3)));
    assert_eq!(team.ask(at("09:03"), "lore", claim("T-9")), ["task.claimed T-9"]);
}

#[test]
fn the_next_task_is_the_most_urgent_one_that_is_ready() {
    let mut team = Team::new(pulls());
    let tweet = |priority, deadline: Option<&str>| NewTask {
        priority,
        deadline: deadline.map(at),
        ..content("x", "tweet", 3)
    };
    let tasks = [
        ("T-1", tweet(Priority::P2, None)),
        ("T-2", tweet(Priority::P1, Some("20:00"))),
        ("T-3", tweet(Priority::P1, Some("12:00"))),
        ("T-4", NewTask { depends_on: vec![code("T-1")], ..tweet(Priority::P0, None) }),
        ("T-5", NewTask { content_type: Some("poem".into()), ..tweet(Priority::P0, None) }),
    ];
    for (name, spec) in tasks {
        team.ask(at("09:00"), "boss", add(name, spec));
    }
    let mut take = |agent: &str| team.ask(at("09:10"), agent, next(agent));
    assert_eq!(take("content"), ["task.claimed T-3"]);
    assert_eq!(take("community"), ["task.claimed T-2"]);
    assert_eq!(take("community"), ["task.claimed T-1"]);
    assert_eq!(take("community"), Vec::<String>::new(), "nothing is left that is not blocked");
    assert_eq!(take("coordinator"), ["task.claimed T-5"], "the fallback had it, and claims it");
    assert_eq!(take("lore"), Vec::<String>::new());
}

#[test]
fn the_clock_says_when_a_claim_ends_and_a_slow_one_makes_none() {
    let mut team = world();
    let planned = team.make(at("09:00"), Request::new("content", claim("T-1"))).unwrap();
    assert_eq!(planned.plan.due, Some(at("10:05")));
    team.state = Some(planned.state);
    assert_eq!(team.tick(at("10:04")), Vec::<String>::new());
    assert_eq!(team.tick(at("10:05")), ["task.claim_expired T-1"]);
    assert_eq!(team.tick(at("10:06")), Vec::<String>::new());
    let slow = team.refused(at("09:59"), Request::new("content", claim("T-1")));
    assert!(slow.starts_with("the clock says 2026-01-09T09:59:00Z"), "{slow}");
    team.make(at("10:00"), Request::new("content", claim("T-1"))).unwrap();
}

/// A hundred agents, one task, one line of commits: two plans on the same state cannot both be committed.
/// What follows is what the real program does with commits for states.
mod race {
    use super::*;
    use std::sync::Mutex;

    struct Branch {
        serial: u64,
        team: Team,
    }

    /// Asks until the answer stands on the tip.
    fn ask(branch: &Mutex<Branch>, now: Time, request: &Request) -> Result<Vec<Fact>, String> {
        loop {
            let (serial, config, state) = {
                let tip = branch.lock().unwrap();
                (tip.serial, tip.team.config.clone(), tip.team.state.clone())
            };
            let requests = [request.clone()];
            let planned = plan(&config, state, &Inputs::new(now, "c0ffee".into(), &requests))
                .map_err(|error| error.to_string())?;
            std::thread::yield_now();
            let mut tip = branch.lock().unwrap();
            if tip.serial == serial {
                tip.serial += 1;
                tip.team.state = Some(planned.state);
                return Ok(planned.plan.events.into_iter().map(|event| event.fact).collect());
            }
        }
    }

    #[test]
    fn a_hundred_claimers_of_one_task_for_two_hundred_rounds() {
        const CLAIMERS: usize = 100;
        const ROUNDS: u64 = 200;
        let names: Vec<Name> = (0..CLAIMERS).map(|number| Name::from(format!("agent-{number}"))).collect();
        let mut config = team();
        config.agents = names.iter().map(|name| crate::plan::testing::agent(name, 1)).collect();
        config.routing.fallback = None;
        let candidates: Vec<&str> = names.iter().map(Name::as_str).collect();
        config.routing.routes = vec![route("tweets", "tweet", &candidates, Strategy::Claim)];
        config.reviews.required.clear();
        let mut team = Team::new(config);
        team.ask(at("09:00"), "boss", add("T-1", content("one", "tweet", 3)));
        let branch = Mutex::new(Branch { serial: 0, team });
        let task: Code = code("T-1");
        let mut lost: Vec<(Name, u64)> = Vec::new();
        for round in 0..ROUNDS {
            let now = at("09:00") + Duration::from_minutes(round * 66);
            let won: Vec<Result<Vec<Fact>, String>> = std::thread::scope(|scope| {
                let one = |name: &Name| ask(&branch, now, &Request::new(name.clone(), claim("T-1")));
                let all: Vec<_> = names.iter().map(|name| scope.spawn(move || one(name))).collect();
                all.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let holders: Vec<&Name> =
                won.iter().zip(&names).filter(|(won, _)| won.is_ok()).map(|(_, name)| name).collect();
            let [holder] = holders.as_slice() else { panic!("round {round}: {holders:?}") };
            let told = format!("task `T-1` is claimed by `{holder}` until ");
            let others = won.iter().filter_map(|won| won.as_ref().err());
            assert!(others.into_iter().all(|other| other.starts_with(&told)), "round {round}");
            let held = branch.lock().unwrap().team.claim_of("T-1").unwrap();
            assert_eq!((&held.holder, held.token), (*holder, round + 1));
            // Everybody who ever lost a claim comes late.
            for (name, token) in &lost {
                let late = under(name, complete("T-1"), *token);
                ask(&branch, now, &late).unwrap_err();
            }
            lost.push(((*holder).clone(), held.token));
        }
        let (name, token) = lost.pop().unwrap();
        let now = at("09:00") + Duration::from_minutes((ROUNDS - 1) * 66);
        ask(&branch, now, &under(&name, complete("T-1"), token)).unwrap();
        let tip = branch.into_inner().unwrap();
        assert_eq!(tip.team.state().task(&task).unwrap().status, TaskStatus::Complete);
    }
}
