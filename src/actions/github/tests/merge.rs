//! When `github.merge` merges: approvals are of what is merged, and what is not known yet is waited for.

use serde_json::{Value, json};

use super::*;

const OLDER: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// A fork whose author pushes something after the approval.
#[test]
fn approvals_are_of_the_last_commit() {
    let merge = |commit: Value| {
        let forge = FakeForge::by(move |asked| {
            let Asked::Rest(call) = asked else { panic!("{asked:?}") };
            match call.path.split('?').next().unwrap().trim_start_matches("/repos/acme/app/") {
                "pulls/7" => ok(&pull(|pull| pull["head"]["repo"] = json!({ "id": 6 }))),
                "pulls/7/reviews" => {
                    let ben = json!({ "id": 4, "login": "ben" });
                    ok(&json!([{ "user": ben, "state": "APPROVED", "commit_id": commit }]))
                }
                "collaborators/ben/permission" => ok(&json!({ "permission": "write" })),
                "pulls/7/merge" => ok(&json!({ "sha": "abc", "merged": true })),
                other => panic!("{other}"),
            }
        });
        let (told, writes) = run("github.merge", &json!({ "number": 7, "approvals": 1 }), forge);
        (told.unwrap()["why"].clone(), writes.len())
    };
    let left = |of: &str| {
        let why = format!("it has 0 of 1 approvals of its last commit (0123456); `ben` approved of {of}");
        (json!([why]), 0)
    };
    assert_eq!(merge(json!(OLDER)), left("fedcba9"));
    assert_eq!(merge(Value::Null), left("a commit that is gone"));
    assert_eq!(merge(json!(SHA)), (json!([]), 1));
}

fn mergeable(mergeable: Value) -> Reply {
    ok(&pull(|pull| pull["mergeable"] = mergeable))
}

#[test]
fn whether_it_conflicts_is_waited_for() {
    let args = json!({ "number": 7 });
    let null = || mergeable(Value::Null);
    let merged = ok(&json!({ "sha": "abc", "merged": true }));
    let desk = Desk::new([null(), null(), mergeable(json!(true)), merged]);
    assert_eq!(perform(&workplace(&desk), "github.merge", &args).unwrap()["merged"], true);
    assert_eq!((desk.waits(), writes(&desk).len()), (vec![1000, 2000], 1));

    let (told, writes) = act("github.merge", &args, [null(), mergeable(json!(false))]);
    assert_eq!((&told.unwrap()["why"], writes.len()), (&json!(["it conflicts with `main`"]), 0));
    // Not without end, and not what was not judged.
    let pushed = ok(&pull(|pull| pull["head"]["sha"] = json!(OLDER)));
    for (answers, why) in [
        (vec![null(), null(), null(), null(), null()], "GitHub has not worked out yet whether it conflicts"),
        (vec![null(), pushed], "it has changed while it was judged"),
    ] {
        let (told, writes) = act("github.merge", &args, answers);
        let failure = told.unwrap_err();
        assert!(failure.message.contains(why) && failure.outputs["why"] == json!([why]), "{failure}");
        assert!(!failure.is_final && !failure.is_unknown && writes.is_empty(), "{failure:?}");
    }
}

#[test]
fn what_github_refuses_for_now_is_worth_another_attempt() {
    for (code, message) in [
        (405, "Base branch was modified. Review and try the merge again."),
        (405, "Merge already in progress"),
        (409, "Head branch was modified. Review and try the merge again."),
    ] {
        let refused = Ok(refusal(code, &json!({ "message": message })));
        let (told, writes) = act("github.merge", &json!({ "number": 7 }), [mergeable(json!(true)), refused]);
        let failure = told.unwrap_err();
        assert!(!failure.is_final && !failure.is_unknown && failure.message.contains(message), "{failure:?}");
        assert_eq!((&failure.outputs["merged"], writes.len()), (&json!(false), 1));
    }
}
