//! Everything the files of a project declare, put together, with the places it came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use crate::diag::{Diagnostics, Span};
use crate::load::{Kind, Node, SourceFile, Sources, Spanned};
use crate::model::{Name, SHOW_TASKS, fnv};

use super::activation;
use super::raw::{
    RawAgent, RawAgents, RawChannel, RawChannels, RawName, RawObjective, RawOrch, RawRequirement,
    RawReviewType, RawReviews, RawRole, RawRoles, RawRoute, RawRouting, RawSla, RawTask, RawTasks, RawTier,
    RawWorkflow,
};
use super::read::{declared_names, is_unreadable, read, read_with_tree};

/// A declared thing, the file it stands in, and where.
#[derive(Debug, Clone)]
pub(super) struct Item<T> {
    pub(super) file: Arc<str>,
    pub(super) span: Span,
    pub(super) value: T,
}

/// A workflow, as its file declares it.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    /// The name of its file without the ending.
    pub(super) id: Name,
    pub(super) raw: RawWorkflow,
    /// What the raw form was read from, for the places of what it does not keep itself.
    pub(super) tree: Node,
    /// Of the file's bytes, or of the part of it that the workflow is.
    pub(super) digest: SmolStr,
    /// The agent whose `activate` it is.
    pub(super) activates: Option<Name>,
}

/// Names that something may refer to, also those of items too broken to be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    known: BTreeSet<String>,
    /// A file could not be read, so that any name may stand in it.
    open: bool,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.open || self.known.contains(name)
    }

    /// What is declared, for finding the nearest.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    fn add(&mut self, tree: Option<&Node>, list: &str, key: &str) {
        self.open |= is_unreadable(tree, list);
        self.known.extend(tree.map(|tree| declared_names(tree, list, key)).unwrap_or_default());
    }
}

/// All that was declared.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) project: Option<Item<RawOrch>>,
    pub(super) agents: Vec<Item<RawAgent>>,
    pub(super) routes: Vec<Item<RawRoute>>,
    pub(super) fallback: Option<Item<RawName>>,
    pub(super) types: Vec<Item<RawReviewType>>,
    pub(super) tiers: Vec<Item<RawTier>>,
    pub(super) required: Vec<Item<RawRequirement>>,
    pub(super) objectives: Vec<Item<RawObjective>>,
    pub(super) tasks: Vec<Item<RawTask>>,
    pub(super) workflows: Vec<Item<Flow>>,
    pub(super) channels: Vec<Item<RawChannel>>,
    /// None: there is no such file.
    pub(super) roles: Option<Vec<Item<RawRole>>>,
    pub(super) agent_names: Names,
    pub(super) type_names: Names,
    pub(super) tier_names: Names,
    pub(super) codes: Names,
    pub(super) workflow_names: Names,
    pub(super) channel_names: Names,
    pub(super) role_names: Names,
    pub(super) secret_names: Names,
    /// Some file could not be read whole, so that what is not there may only not be seen.
    pub(super) is_partial: bool,
}

impl Declared {
    /// Reads all files, and reports what is wrong with each of them by itself.
    pub(super) fn read(sources: &Sources, diagnostics: &mut Diagnostics) -> Self {
        let mut declared = Self::default();
        // A file that was refused unread may have declared anything.
        if sources.diagnostics.has_errors() {
            for names in [
                &mut declared.agent_names,
                &mut declared.type_names,
                &mut declared.tier_names,
                &mut declared.codes,
                &mut declared.workflow_names,
                &mut declared.channel_names,
                &mut declared.role_names,
                &mut declared.secret_names,
            ] {
                names.open = true;
            }
        }
        for file in &sources.files {
            declared.add(file, diagnostics);
        }
        declared.add_built_in(diagnostics);
        declared.is_partial = sources.diagnostics.has_errors() || diagnostics.has_errors();
        declared
    }

    fn add(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        match file.kind {
            Kind::Orch => self.add_project(file, diagnostics),
            Kind::Agents => self.add_agents(file, diagnostics),
            Kind::Routing => self.add_routing(file, diagnostics),
            Kind::Reviews => self.add_reviews(file, diagnostics),
            Kind::Sla => {
                let sla = read::<RawSla>(file, diagnostics).value;
                self.objectives = sla.map(|sla| items(file, sla.objectives)).unwrap_or_default();
            }
            Kind::Channels => {
                let reading = read::<RawChannels>(file, diagnostics);
                self.channel_names.add(reading.tree.as_ref(), "channels", "name");
                self.channels = reading.value.map(|raw| items(file, raw.channels)).unwrap_or_default();
            }
            Kind::Roles => {
                let reading = read::<RawRoles>(file, diagnostics);
                self.role_names.add(reading.tree.as_ref(), "roles", "name");
                self.roles = Some(reading.value.map(|raw| items(file, raw.roles)).unwrap_or_default());
            }
            Kind::Workflows => self.add_workflow(file, diagnostics),
            Kind::Tasks => {
                let reading = read::<RawTasks>(file, diagnostics);
                self.codes.add(reading.tree.as_ref(), "tasks", "code");
                let tasks = reading.value.map(|tasks| items(file, tasks.tasks));
                self.tasks.extend(tasks.unwrap_or_default());
            }
        }
    }

    fn add_project(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        let reading = read::<RawOrch>(file, diagnostics);
        self.secret_names.open |= is_unreadable(reading.tree.as_ref(), "secrets");
        let written = reading.tree.as_ref().and_then(|tree| tree.get("secrets")).and_then(Node::items);
        let written = written.unwrap_or_default().iter().filter_map(Node::text).map(str::to_owned);
        self.secret_names.known.extend(written);
        let span = reading.tree.map(|tree| tree.span).unwrap_or_default();
        self.project = reading.value.map(|value| Item { file: file.path.clone(), span, value });
    }

    fn add_workflow(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        let id = stem(&file.path);
        self.workflow_names.known.insert(id.to_owned());
        let reading = read_with_tree::<RawWorkflow>(file, diagnostics);
        let Some((raw, tree)) = reading else { return };
        let flow = Flow { id: id.into(), raw, tree, digest: digest(&file.bytes), activates: None };
        self.workflows.push(Item { file: file.path.clone(), span: flow.tree.span, value: flow });
    }

    /// The workflow that shows tasks on issues, where tasks stand for issues and nobody wrote another one.
    fn add_built_in(&mut self, diagnostics: &mut Diagnostics) {
        let github = self.project.as_ref().and_then(|project| project.value.github.as_ref());
        let makes_tasks = github.is_some_and(|github| github.tasks.is_some());
        let has_issues = makes_tasks || self.tasks.iter().any(|task| task.value.issue.is_some());
        if has_issues && !self.workflow_names.has(SHOW_TASKS) {
            let bytes = include_bytes!("show-tasks-on-issues.yaml");
            let path = format!("{SHOW_TASKS}.yaml (built in)").into();
            self.add_workflow(
                &SourceFile { path, kind: Kind::Workflows, bytes: bytes.to_vec() },
                diagnostics,
            );
        }
    }

    fn add_agents(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        let reading = read::<RawAgents>(file, diagnostics);
        self.agent_names.add(reading.tree.as_ref(), "agents", "name");
        for flow in reading.sound().map(activation::flows).unwrap_or_default() {
            self.workflow_names.known.insert(flow.id.to_string());
            self.workflows.push(Item { file: file.path.clone(), span: flow.tree.span, value: flow });
        }
        self.agents = reading.value.map(|agents| items(file, agents.agents)).unwrap_or_default();
    }

    fn add_routing(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        let Some(routing) = read::<RawRouting>(file, diagnostics).value else { return };
        self.routes = items(file, routing.routes);
        self.fallback = routing.fallback.map(|name| item(file, name));
    }

    fn add_reviews(&mut self, file: &SourceFile, diagnostics: &mut Diagnostics) {
        let reading = read::<RawReviews>(file, diagnostics);
        self.type_names.add(reading.tree.as_ref(), "types", "name");
        self.tier_names.add(reading.tree.as_ref(), "tiers", "tier");
        let Some(reviews) = reading.value else { return };
        self.types = items(file, reviews.types);
        self.tiers = items(file, reviews.tiers);
        self.required = items(file, reviews.required);
    }
}

/// The name of a file without folder and ending.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// In 16 hexadecimal digits: enough to notice that a file has changed.
pub(super) fn digest(bytes: &[u8]) -> SmolStr {
    format_smolstr!("{:016x}", fnv(bytes))
}

fn item<T>(file: &SourceFile, value: Spanned<T>) -> Item<T> {
    Item { file: file.path.clone(), span: value.span, value: value.value }
}

fn items<T>(file: &SourceFile, values: Vec<Spanned<T>>) -> Vec<Item<T>> {
    values.into_iter().map(|value| item(file, value)).collect()
}
