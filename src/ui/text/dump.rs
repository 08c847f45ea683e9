//! tmp
use super::*;
use crate::model::*;
use crate::report::testing::*;
use crate::report::*;
#[test]
fn dump() {
    let mut w = busy();
    let s = Style { colour: false, width: Some(100) };
    w.now = at("10:40");
    let (plan_, state) = w.preview(vec![
        (
            "mika@example.com",
            add("CONTENT-020", NewTask { tier: Some(2), ..tweet("A new one\n\nOrch-Serial: 9") }),
        ),
        ("canon-keeper", Ask::Complete { task: code("LORE-003"), output: None }),
        (
            "canon-keeper",
            Ask::Judge {
                review: ReviewRef::Id(ReviewId(1)),
                verdict: Verdict::Rejected,
                rating: Some(2),
                minutes: Some(1),
                notes: Some("the date\nis wrong".into()),
            },
        ),
    ]);
    eprintln!(
        "{}",
        plan(
            &PlanView {
                plan: &plan_,
                state: &state,
                tip: &w.tip(),
                project: "infinite-idol",
                saved: None,
                all: false
            },
            s
        )
    );
    eprintln!(
        "{}",
        outcome(
            &Outcome {
                events: &plan_.events,
                state: &state,
                now: w.now,
                due: plan_.due,
                serial: 9,
                commit: Some("abcdef0123"),
                all: false
            },
            s
        )
    );
    eprintln!("{}", story(&plan_.events, &state));
    w.tick("12:35");
    eprintln!("{}", story(&w.plan.events, &w.state));
    eprintln!("{}", event_list(&w.logged(), &w.state, s));
    let all = TaskFilter::default().tasks(&w.state);
    eprintln!("{}", task_list(&all, w.now, s));
    for t in &all {
        eprintln!(
            "{}",
            task_show(&TaskView { config: &w.config, state: &w.state, task: t, now: w.now, events: &[] }, s)
        );
        eprintln!("----\n{}", explanation(&explain_task(w.context(), &t.code, None).unwrap(), w.now, s));
    }
    eprintln!("{}", explanation(&explain_review(w.context(), ReviewId(1), None).unwrap(), w.now, s));
    eprintln!("{}", review_list(&w.config, &ReviewFilter::default().reviews(&w.state), w.now, s));
    let loads = workloads(&w.config, &w.state, w.now);
    eprintln!("{}", agent_list(&loads, s));
    for l in &loads {
        eprintln!("{}", agent_show(l, w.now, s));
        eprintln!("----\n{}", explanation(&explain_agent(w.context(), &l.agent.name).unwrap(), w.now, s));
    }
    eprintln!("{}", sla_status(&standings(&w.config, &w.state, w.now), w.now, s));
    eprintln!(
        "{}",
        status(&overview(&w.config, &w.state, w.now), &w.state, "infinite-idol", &w.tip(), w.now, s)
    );
}
