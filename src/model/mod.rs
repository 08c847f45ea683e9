//! The nouns: what people declare (agents, routes, review policy, objectives) and what
//! happens to it (tasks, reviews, facts), as plain values without behaviour of the world.

mod activation;
mod actor;
mod agent;
mod automation;
mod claim;
mod code;
mod config;
mod deployment;
mod duration;
mod event;
mod event_fields;
mod flow;
mod fnv;
mod github;
mod github_events;
mod given;
pub mod hex;
mod isolation;
mod manifest;
mod matching;
mod objective;
mod origin;
mod priority;
mod request;
mod review;
mod role;
mod route;
mod run;
mod schedule;
mod steps;
mod tag;
mod task;
mod time;
mod workflow;

pub use activation::{Activate, Activation, Called};
pub use actor::{Actor, Asked, Source};
pub use agent::{Agent, AgentKind, Branches};
pub use automation::{
    FileChange, Held, MetricValue, PastRun, SeenCommit, StoredValue, Switch, TriggerProblem, Watermark,
    WorkflowRecord,
};
pub use claim::{Claim, Fence, SKEW};
pub use code::{Code, InvalidCode};
pub use config::{Config, DeclaredTask, GithubResult, IssueTasks, Project};
pub use deployment::{DEPLOYMENT_STATUSES, Deployment, DeploymentStatus};
pub use duration::{Duration, InvalidDuration};
pub use event::{Cause, Event, Fact, ORCH};
pub use event_fields::{
    COMMIT_FIELDS, EVENT_FIELDS, EVENT_TYPE, EventFields, event_fields, fields_of_events,
};
pub use flow::{FlowAsk, FlowFact};
pub use fnv::fnv;
pub use github::{
    Account, Build, Check, Github, GithubEvent, GithubItem, GithubKind, GithubMark, GithubThing, Issue,
    IssueLink, Pull, PullReview, PullState, SHOW_TASKS, ShownReview, ShownTask,
};
pub use github_events::{GITHUB_EVENTS, LOOKED_AT, github_actions};
pub use given::{Given, Round};
pub use isolation::{
    BreachKind, ISOLATION_BROKEN, ISOLATION_JUDGED, ISOLATION_RESTORED, Isolation, IsolationBreach,
    IsolationVerdict,
};
pub use manifest::{Manifest, ManifestFile};
pub use matching::TaskMatch;
pub use objective::{Calendar, Level, Objective, Subject};
pub use origin::Origin;
pub use priority::Priority;
pub use request::{Ask, Request, ReviewRef};
pub use review::{
    Requirement, Review, ReviewId, ReviewPolicy, ReviewStatus, ReviewType, Stage, Tier, Verdict,
};
pub use role::{Channel, ChannelKind, Freeze, Right, Role, Scope};
pub use route::{Route, Routing, Strategy};
pub use run::{
    ApprovalState, ApprovalVerdict, Chain, Ended, Lease, Outcome, Phase, Run, RunFailure, RunId, RunStatus,
    Started, StepRun, StepStatus,
};
pub use schedule::{
    CatchUp, ClockChange, Cron, CronError, Due, Missed, Schedule, Slots, Timing, UnknownZone, Zone,
};
pub use steps::Steps;
pub use tag::{NAME_LENGTH, TAG_PATTERN, is_tag};
pub use task::{Hold, Mark, NewTask, Task, TaskEdit, TaskStatus};
pub use time::{InvalidTime, Time};
pub use workflow::{
    Act, Approval, Breaker, Change, Command, Compensation, Criticality, FileWatch, ForEach, GithubFilter,
    Guard, Input, InputKind, On, OnLost, Overlap, Permissions, Retry, RetryOn, RunsOn, Step, Threshold,
    Trigger, Workflow,
};

/// A kebab-case name of something people declare: an agent, a route, a review type.
pub type Name = smol_str::SmolStr;
