//! What starts a workflow, and the keys by which the state remembers it.

use std::fmt::Write;

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use crate::check::declared::digest;
use crate::check::raw::{
    RawCommits, RawEvents, RawFiles, RawGithub, RawManualWord, RawMetric, RawTrigger, Text,
};
use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::{Change, Duration, FileWatch, GithubFilter, On, TaskMatch, Threshold, Trigger};

use super::schedule;
use super::workflow::{Builder, duration, maybe, texts};

/// Longer keys are cut, and told apart by the hash of what was cut.
const KEY_LENGTH: usize = 120;

type Texts = Option<Spanned<OneOrMany<Spanned<Text>>>>;

impl Builder<'_> {
    pub(super) fn triggers(&self) -> Option<Vec<Trigger>> {
        let mut triggers: Vec<Trigger> = Vec::new();
        let mut said = FxHashMap::default();
        for raw in self.item.value.raw.on.iter() {
            let mut trigger = match &raw.value {
                ShortOr::Short(_) => Trigger {
                    key: "manual".into(),
                    on: On::Manual,
                    condition: None,
                    origin: self.origin(raw.span),
                },
                ShortOr::Long(long) => self.trigger(raw, long)?,
            };
            // What is said twice fires twice, and each of the two looks for itself.
            let same: &mut usize = said.entry(trigger.key.clone()).or_default();
            *same += 1;
            if *same > 1 {
                trigger.key = format_smolstr!("{} #{same}", trigger.key);
            }
            triggers.push(trigger);
        }
        Some(triggers)
    }

    fn trigger(
        &self,
        raw: &Spanned<ShortOr<RawManualWord, RawTrigger>>,
        long: &RawTrigger,
    ) -> Option<Trigger> {
        let (key, on) = self.on(long)?;
        Some(Trigger {
            key: short(key),
            on,
            condition: maybe(long.condition.as_ref(), |raw| self.guard(raw))?,
            origin: self.origin(raw.span),
        })
    }

    fn on(&self, raw: &RawTrigger) -> Option<(String, On)> {
        if let Some(raw) = &raw.schedule {
            let schedule = schedule::schedule(raw, self.zone)?;
            return Some((schedule::key(&schedule), On::Schedule(schedule)));
        }
        if let Some(raw) = &raw.event {
            return Some(events(raw));
        }
        if let Some(raw) = &raw.metric {
            let threshold = threshold(raw)?;
            return Some((metric_key(&threshold), On::Metric(threshold)));
        }
        if let Some(raw) = &raw.files {
            let watch = watch(raw);
            let mut key = format!("files {}", watch.files.join(" "));
            for change in &watch.changes {
                key.push_str(match change {
                    Change::Created => " created",
                    Change::Changed => " changed",
                    Change::Deleted => " deleted",
                });
            }
            key.push_str(if watch.each { " each" } else { "" });
            return Some((key, On::Files(watch)));
        }
        if let Some(raw) = &raw.webhook {
            let (name, files) = (raw.name.0.clone(), texts(&raw.files));
            let secret = raw.secret.as_ref().map(|secret| secret.0.clone());
            let signed = if secret.is_some() { " signed" } else { "" };
            let key = format!("webhook {name} {}{signed}", files.join(" "));
            return Some((key, On::Webhook { name, files, secret }));
        }
        if let Some(raw) = &raw.commits {
            return Some(commits(raw));
        }
        if let Some(raw) = &raw.github {
            return Some(github(raw));
        }
        raw.manual.is_some().then(|| ("manual".to_owned(), On::Manual))
    }
}

fn events(raw: &ShortOr<OneOrMany<Spanned<Text>>, RawEvents>) -> (String, On) {
    let (types, matching, workflows) = match raw {
        ShortOr::Short(types) => (texts(types), TaskMatch::default(), Vec::new()),
        ShortOr::Long(raw) => (
            texts(&raw.types),
            super::task_match(raw.matching.as_ref()),
            raw.workflows.as_ref().map(|workflows| super::names(workflows)).unwrap_or_default(),
        ),
    };
    let mut key = format!("event {}", types.join(" "));
    if !workflows.is_empty() {
        let _ = write!(key, " of {}", workflows.join(" "));
    }
    (key, On::Event { types, matching, workflows })
}

fn threshold(raw: &RawMetric) -> Option<Threshold> {
    Some(Threshold {
        metric: raw.name.0.clone(),
        above: raw.above.as_ref().map(|limit| limit.value),
        below: raw.below.as_ref().map(|limit| limit.value),
        held_for: duration(raw.held_for.as_ref(), Duration::ZERO)?,
    })
}

fn metric_key(threshold: &Threshold) -> String {
    let mut key = format!("metric {}", threshold.metric);
    for (word, limit) in [("above", threshold.above), ("below", threshold.below)] {
        if let Some(limit) = limit {
            let _ = write!(key, " {word} {limit}");
        }
    }
    if threshold.held_for > Duration::ZERO {
        let _ = write!(key, " for {}", threshold.held_for);
    }
    key
}

fn watch(raw: &RawFiles) -> FileWatch {
    const ALL: [Change; 3] = [Change::Created, Change::Changed, Change::Deleted];
    let mut changes = match &raw.changes {
        Some(changes) => changes.iter().map(|change| change.to_model()).collect(),
        None => ALL.to_vec(),
    };
    changes.sort_unstable();
    changes.dedup();
    FileWatch { files: texts(&raw.files), changes, each: raw.each.unwrap_or(false) }
}

fn commits(raw: &RawCommits) -> (String, On) {
    let list = |list: &Texts| list.as_ref().map(|list| texts(list)).unwrap_or_default();
    let branch = raw.branch.as_ref().map(|branch| branch.value.0.clone());
    let (paths, authors, trailers) = (list(&raw.paths), list(&raw.authors), list(&raw.trailers));
    let mut key = format!("commits {}", branch.as_deref().unwrap_or("HEAD"));
    for (word, list) in [("in", &paths), ("by", &authors), ("with", &trailers)] {
        if !list.is_empty() {
            let _ = write!(key, " {word} {}", list.join(" "));
        }
    }
    (key, On::Commits { branch, paths, authors, trailers })
}

fn github(raw: &RawGithub) -> (String, On) {
    let filters: Vec<GithubFilter> = match raw {
        ShortOr::Short(events) => {
            texts(events).into_iter().map(|event| GithubFilter { event, actions: Vec::new() }).collect()
        }
        ShortOr::Long(events) => events
            .iter()
            .map(|(event, actions)| GithubFilter { event: event.clone(), actions: texts(actions) })
            .collect(),
    };
    let word = |filter: &GithubFilter| match filter.actions.as_slice() {
        [] => filter.event.to_string(),
        actions => format!("{}: {}", filter.event, actions.join(" ")),
    };
    let words: Vec<String> = filters.iter().map(word).collect();
    (format!("github {}", words.join(", ")), On::Github(filters))
}

fn short(key: String) -> SmolStr {
    if key.len() <= KEY_LENGTH {
        return key.into();
    }
    let end = key.floor_char_boundary(KEY_LENGTH);
    format_smolstr!("{}… {}", &key[..end], digest(key.as_bytes()))
}
