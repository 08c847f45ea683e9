//! The table of commands: one file each, with its arguments and what it does.

mod agent;
mod apply;
mod approve;
mod compact;
mod completions;
mod doctor;
mod event;
mod explain;
mod export;
mod fsck;
mod import;
mod init;
mod log;
mod metric;
mod next;
mod pause;
mod plan;
mod review;
mod rollback;
mod run;
mod runs;
mod schema;
mod sla;
mod status;
mod task;
mod tick;
mod validate;
mod verify;
mod work;
mod workflow;

use clap::Subcommand;

pub(super) use init::{InTheWay, NoRevision};

use super::{Cx, Exit};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::InitArgs),
    Validate(validate::ValidateArgs),
    Plan(plan::PlanArgs),
    Import(import::ImportArgs),
    Apply(apply::ApplyArgs),
    Tick(tick::TickArgs),
    Work(work::WorkArgs),
    Next(next::NextArgs),
    #[command(subcommand)]
    Task(task::TaskCommand),
    #[command(subcommand)]
    Review(review::ReviewCommand),
    Run(run::RunArgs),
    #[command(subcommand)]
    Runs(runs::RunsCommand),
    Approve(approve::ApproveArgs),
    Deny(approve::DenyArgs),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    #[command(subcommand)]
    Workflow(workflow::WorkflowCommand),
    #[command(subcommand)]
    Metric(metric::MetricCommand),
    Status(status::StatusArgs),
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    #[command(subcommand)]
    Sla(sla::SlaCommand),
    #[command(subcommand)]
    Event(event::EventCommand),
    Explain(explain::ExplainArgs),
    Doctor(doctor::DoctorArgs),
    Fsck(fsck::FsckArgs),
    Verify(verify::VerifyArgs),
    Log(log::LogArgs),
    Rollback(rollback::RollbackArgs),
    Compact(compact::CompactArgs),
    Export(export::ExportArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
}

impl Command {
    pub(crate) fn run(self, cx: &mut Cx) -> anyhow::Result<Exit> {
        match self {
            Self::Init(args) => init::run(args, cx),
            Self::Validate(args) => validate::run(args, cx),
            Self::Plan(args) => plan::run(args, cx),
            Self::Import(args) => import::run(args, cx),
            Self::Apply(args) => apply::run(args, cx),
            Self::Tick(args) => tick::run(args, cx),
            Self::Work(args) => work::run(args, cx),
            Self::Next(args) => next::run(args, cx),
            Self::Task(command) => task::run(command, cx),
            Self::Review(command) => review::run(command, cx),
            Self::Run(args) => run::run(args, cx),
            Self::Runs(command) => runs::run(command, cx),
            Self::Approve(args) => approve::approve(args, cx),
            Self::Deny(args) => approve::deny(args, cx),
            Self::Pause(args) => pause::pause(args, cx),
            Self::Resume(args) => pause::resume(args, cx),
            Self::Workflow(command) => workflow::run(command, cx),
            Self::Metric(command) => metric::run(command, cx),
            Self::Status(args) => status::run(args, cx),
            Self::Agent(command) => agent::run(command, cx),
            Self::Sla(command) => sla::run(command, cx),
            Self::Event(command) => event::run(command, cx),
            Self::Explain(args) => explain::run(args, cx),
            Self::Doctor(args) => doctor::run(args, cx),
            Self::Fsck(args) => fsck::run(args, cx),
            Self::Verify(args) => verify::run(args, cx),
            Self::Log(args) => log::run(args, cx),
            Self::Rollback(args) => rollback::run(args, cx),
            Self::Compact(args) => compact::run(args, cx),
            Self::Export(args) => export::run(args, cx),
            Self::Schema(args) => schema::run(args, cx),
            Self::Completions(args) => completions::run(args, cx),
        }
    }
}
