//! `orch`: Terraform for the work that people and AI agents do together.
//!
//! You declare in YAML who works, which task goes to whom, what is reviewed by whom and how long
//! things may take. `orch` checks that, plans what would happen now, does it, and commits the
//! resulting state to a branch of the same git repository. No server, no database.
//!
//! # One road
//!
//! Data flows one way. Each stage is a module, takes what the stage before made, and cannot be
//! called without it:
//!
//! ```text
//! YAML files ──load──▶ Sources ──check──▶ Config ┐
//! git branch ──commit (read)────────────▶ State ─┼─plan──▶ Plan ──commit (write)──▶ git branch ──push──▶ remote
//! people, files, ──observe──▶ Requests, facts ───┤          │ effects
//! commits                      outcomes (facts) ◀┴──apply───┘
//! ```
//!
//! - [`load`] finds the files and reads them into trees in which every value knows its place.
//! - [`check`] turns [`load::Sources`] into a [`model::Config`], or into everything that is wrong
//!   with them, as [`diag`] diagnostics. The JSON Schemas come from the same types.
//! - [`state`] is the fold of all events so far: [`state::State::apply`] is the only thing that
//!   changes it, and it reads no configuration.
//! - [`observe`] reads what comes from outside into [`model::Request`]s, and compares the files and commits that
//!   workflows watch with what the state remembers of them: what is news becomes [`model::FlowFact`]s.
//! - [`plan`] is the pure function `(Config, State, Requests, now) → Plan`. A request is admitted,
//!   and becomes an event, or is refused. Rules ([`plan::rules`]) answer events with events until
//!   nothing new follows. The same input gives the same plan, byte for byte; planning again after
//!   applying gives nothing.
//!   What must be done to the world becomes an [`plan::Effect`], with everything filled in.
//! - [`apply`] carries effects out and reports how each ended; the outcome is a fact that is planned on.
//!   [`forge`] is GitHub for those who observe and act there: what may be sent, and what was answered, in our own words.
//!   [`actions`] are the built-in ones of workflow steps; [`expr`] is what stands between `{{` and `}}`.
//! - [`commit`] keeps the state on its branch as a log with a snapshot. A tick is one commit; the
//!   branch moves by compare-and-swap only, here and on the remote. Whoever loses reads the new tip
//!   and plans again, so that any number of writers gives one line of history.
//! - [`report`] says what there is to say, [`ui`] how it looks: text, JSON, SARIF, annotations.
//! - [`cli`] is the only place where the stages are chained.
//!
//! # What holds
//!
//! - **Pure**: `model diag check state plan report` and the parsing half of `load`. Time
//!   is an input; there is no randomness and no environment in them.
//! - **Through [`ports`]**: `load`, `observe`, `forge` and `commit` ask the world by small traits.
//! - **The world itself**: only [`adapters`], and `cli` for arguments and environment. `clippy.toml`
//!   bans the rest, and a test reads the `use crate::` lines and fails on an arrow that points back.
//! - **Events are the truth.** What people did has no cause; what a rule did names the rule, the
//!   line of YAML and the event it answered. The snapshot is a cache that `orch fsck` compares with
//!   the fold of the whole log.
//! - **What was decided can be decided again.** The header of a segment says what its tick was given besides the
//!   events ([`model::Given`]); [`plan::rederive`] is the planner against the record, and `orch verify` does that for
//!   the whole history. A rollback is a tick whose fold is an old state; nothing is decided until it is released.
//! - **Effects happen once, or as their step says.** A run is leased on the branch before anything of it is
//!   done. Outcomes go into a journal in the git directory as they come, and onto the branch in batches; a
//!   step that must not be repeated is on the branch before it begins. The next tick takes over what a dead
//!   one left: its journal, its lease, its processes. Who tells of a step says which tick did it: once another one has
//!   the run, an earlier one is not believed any more. Of a tick on a machine that is gone, a person tells
//!   ([`plan::Told`]) by a file that the tick has signed: its name is a digest of the key.
//! - **One machine is not all there is.** A step with `runs_on` becomes a run of its own, a part of the one that it is a step of,
//!   which no tick carries out but one that is told to do exactly that: [`plan::Inputs::only`] names it. Other ticks only
//!   send for runners, an effect like any other. So a step elsewhere has what every run has: a lease on the branch, a journal,
//!   retries, and whoever comes second finds it taken.
//! - **What `orch` does by itself is a workflow, too.** That an agent is called, and that a task is shown on its issue, is a
//!   workflow that [`check`] makes of the configuration: its steps have the keys, journal, retries and limits of all others.
//! - **Nothing to do is cheap.** The head of the state holds its configuration's tree id and the time
//!   when the clock alone will change something next. A tick that finds both unmoved reads nothing else.
//! - **Finished work leaves.** A fold retires finished tasks from the snapshot; their codes stay as
//!   bits, their records in the commit of the fold, which the head leads to. The history is the
//!   archive, and the cost of a tick follows what is active. When the history itself is to leave, a last tick
//!   closes its branch and names the one on which the state goes on; everybody follows, and nobody forces.
//!
//! # Where to add things
//!
//! An action: a file in `actions` and a row of [`actions::ACTIONS`]. A rule: a file in `plan/rules` and a row of [`plan::rules::RULES`]. A command: a file in
//! `cli/commands` and a row of its table. A check: a file in `check/rules`, a row of its table, and
//! a code in the table of [`diag`]. A kind of event: a variant of [`model::Fact`], what it changes
//! in `state/fold.rs`, and its sentence in `report/narrate.rs`; about workflows, of [`model::FlowFact`]. A question to GitHub: a
//! file in `forge`, and where it is GraphQL, one in `forge/queries`.

pub mod actions;
pub mod adapters;
pub mod apply;
pub mod check;
pub mod cli;
pub mod commit;
pub mod diag;
pub mod expr;
pub mod forge;
pub mod load;
pub mod model;
pub mod observe;
pub mod plan;
pub mod ports;
pub mod report;
pub mod state;
pub mod template;
pub mod ui;

/// What the fuzzer calls, for `tests/fuzz` alone.
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[path = "../tests/fuzz/entries/mod.rs"]
pub mod fuzzing;

#[cfg(test)]
#[path = "../tests/support/seeds.rs"]
mod seeds;
