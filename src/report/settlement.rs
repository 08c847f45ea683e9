//! What happens to an effect of which nobody knows whether it was done, because its tick died: the table of
//! `orch explain effects`.

/// One kind of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    pub kind: &'static str,
    /// What tells whether it was done.
    pub told_by: &'static str,
    /// What follows.
    pub then: &'static str,
}

const fn row(kind: &'static str, told_by: &'static str, then: &'static str) -> Settlement {
    Settlement { kind, told_by, then }
}

/// Every kind of effect, in the order shown.
pub const SETTLEMENTS: &[Settlement] = &[
    row(
        "run (commands)",
        "nothing: a command may have done anything; it can compare ORCH_KEY, which is the same at every attempt",
        "the step's `on_lost`: retry does it again (at least once); fail fails the step, ask waits for a person (at most once, also where its timeout or a signal ended it)",
    ),
    row(
        "http.request",
        "the target, by the header Idempotency-Key, which is the same at every attempt",
        "`on_lost`, as for commands; a target that knows the key does it once",
    ),
    row(
        "github.check, github.merge, github.pull_request, github.rerun, github.status",
        "GitHub, by what is there: the check by our key, the pull request by its branches, the status by its name, the run by its attempt",
        "done again: it looks first, and writes only what is not there",
    ),
    row(
        "github.dispatch",
        "with `key: true`, a run whose title holds our key (the workflow puts `inputs.orch_key` into its `run-name`); else nothing",
        "`on_lost`, as for commands; with a key it looks first, and a start that it finds is not repeated",
    ),
    row(
        "steps with `runs_on`",
        "the lease of the runner on the state's branch; and for the sending, a run whose title holds our key",
        "once the lease has run out, `on_lost` of the step; a runner that comes twice finds it taken or done",
    ),
    row(
        "notify",
        "the receiver, by the key that stands in the message",
        "`on_lost`: the message may come twice, and is known as the same by its key",
    ),
    row(
        "files.*",
        "the manifest: what each file was, and where it goes; new content is written aside and renamed",
        "done again: what was done already is left alone, and what changed meanwhile is left alone and told",
    ),
    row(
        "data.*, report.render",
        "nothing is needed: the same input gives the same file, written aside and renamed",
        "done again",
    ),
    row(
        "task.*, agent.*, state.set, metric.record, workflow.run",
        "nothing is needed: it is no effect, but a part of the commit",
        "happened once, or not at all",
    ),
    row(
        "wait, approve",
        "nothing is needed: nobody does anything",
        "goes on when its time or its answer comes",
    ),
];
