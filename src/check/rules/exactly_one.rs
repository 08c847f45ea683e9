//! Mappings of which exactly one of several keys must be there: what a step does, what triggers,
//! what limits.

use std::sync::Arc;

use crate::check::flow::StepView;
use crate::check::raw::{RawCall, RawCondition, RawRollback, RawTrigger};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::load::{ShortOr, Spanned};

use super::Context;

/// The keys that are there, and where their values stand.
type Given<'a> = Vec<(&'a str, Span)>;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let raw = &view.item.value.raw;
        let mut choice = Choice { file: view.file(), diagnostics };
        for trigger in raw.on.iter() {
            if let ShortOr::Long(long) = &trigger.value {
                choice.trigger(long, trigger.span);
            }
        }
        choice.condition(raw.condition.as_ref());
        for step in &view.steps {
            choice.step(step);
        }
    }
    for channel in &context.declared.channels {
        let raw = &channel.value;
        let given =
            given(&[("console", span(raw.console.as_ref())), ("webhook", span(raw.webhook.as_ref()))]);
        let name = literal(&raw.name.value);
        Choice { file: &channel.file, diagnostics }.judge(
            &given,
            channel.span,
            &format!("channel {name} goes"),
            &[
                ("nowhere", "add `webhook: { url: … }` or `console: {}`"),
                ("to several places", "keep one of them, and make another channel for the other"),
            ],
        );
    }
}

struct Choice<'a> {
    file: &'a Arc<str>,
    diagnostics: &'a mut Diagnostics,
}

impl Choice<'_> {
    /// `words` says what is wrong and what to do if there is none, and if there are several.
    fn judge(&mut self, given: &Given<'_>, at: Span, subject: &str, words: &[(&str, &str); 2]) {
        let diagnostic = match given.as_slice() {
            [_] => return,
            [] => {
                let (what, help) = words[0];
                Diagnostic::new(Issue::ExactlyOne, self.file, at, format!("{subject} {what}")).help(help)
            }
            [(_, first), others @ ..] => {
                let (what, help) = words[1];
                let names: Vec<String> = given.iter().map(|(name, _)| literal(name)).collect();
                let message = format!("{subject} {what}: {}", names.join(", "));
                let diagnostic = Diagnostic::new(Issue::ExactlyOne, self.file, others[0].1, message);
                diagnostic.label(self.file, *first, "the first one").help(help)
            }
        };
        self.diagnostics.push(diagnostic);
    }

    fn trigger(&mut self, raw: &RawTrigger, at: Span) {
        let given = given(&[
            ("schedule", span(raw.schedule.as_ref())),
            ("event", span(raw.event.as_ref())),
            ("metric", span(raw.metric.as_ref())),
            ("files", span(raw.files.as_ref())),
            ("webhook", span(raw.webhook.as_ref())),
            ("commits", span(raw.commits.as_ref())),
            ("github", span(raw.github.as_ref())),
            ("manual", span(raw.manual.as_ref())),
        ]);
        self.judge(
            &given,
            at,
            "the trigger",
            &[
                (
                    "names nothing that triggers",
                    "add `schedule`, `event`, `metric`, `files`, `webhook`, `commits`, `github` or `manual`",
                ),
                ("is several at once", "begin a new item of the list for each"),
            ],
        );
        if let Some(schedule) = &raw.schedule {
            let raw = &schedule.value;
            let given = self::given(&[
                ("cron", span(raw.cron.as_ref())),
                ("every", span(raw.every.as_ref())),
                ("at", span(raw.at.as_ref())),
            ]);
            self.judge(
                &given,
                schedule.span,
                "the schedule",
                &[
                    (
                        "does not say when",
                        "add `cron: \"0 2 * * *\"`, `every: 15m` or `at: 2026-12-01T09:00:00Z`",
                    ),
                    ("says when in several ways", "keep one of them, and make another trigger for the other"),
                ],
            );
        }
        if let Some(metric) = &raw.metric {
            let given = self::given(&[
                ("above", span(metric.above.as_ref())),
                ("below", span(metric.below.as_ref())),
            ]);
            self.judge(
                &given,
                metric.span,
                "the metric",
                &[
                    ("has no limit", "add `above: 80` or `below: 20`"),
                    ("has two limits", "keep one of them, and make another trigger for the other"),
                ],
            );
        }
        self.condition(raw.condition.as_ref());
    }

    fn step(&mut self, step: &StepView<'_>) {
        let keys = &step.raw.keys;
        let mut given = given(&[
            ("run", span(keys.run.as_ref())),
            ("wait", span(keys.wait.as_ref())),
            ("approve", span(keys.approve.as_ref())),
        ]);
        given.extend(step.raw.calls.iter().map(called));
        self.judge(
            &given,
            step.span,
            &format!("step {}", literal(&step.id)),
            &[
                ("does nothing", "add `run: …`, `wait: …`, `approve: …` or a built-in action"),
                ("does several things", "make a step of each, the later with `needs` of the earlier"),
            ],
        );
        self.condition(keys.condition.as_ref());
        if let Some(retry) = keys.retry.as_ref().and_then(|retry| retry.long()) {
            self.retry(retry);
        }
        if let Some(rollback) = &keys.rollback {
            self.rollback(rollback, &step.id);
        }
    }

    fn rollback(&mut self, rollback: &Spanned<RawRollback>, id: &str) {
        let mut given = given(&[("run", span(rollback.keys.run.as_ref()))]);
        given.extend(rollback.calls.iter().map(called));
        self.judge(
            &given,
            rollback.span,
            &format!("the rollback of step {}", literal(id)),
            &[
                ("does nothing", "add `run: …` or a built-in action"),
                ("does several things", "keep one of them"),
            ],
        );
        if let Some(retry) = rollback.keys.retry.as_ref().and_then(|retry| retry.long()) {
            self.retry(retry);
        }
    }

    fn retry(&mut self, raw: &crate::check::raw::RawRetry) {
        let given =
            given(&[("exit_codes", span(raw.exit_codes.as_ref())), ("if", span(raw.condition.as_ref()))]);
        if let [_, (_, at)] = given.as_slice() {
            self.judge(
                &given,
                *at,
                "the retry",
                &[
                    ("", ""),
                    (
                        "is limited in two ways",
                        "keep one of them; `if: failure.exit_code in [1, 2]` says both",
                    ),
                ],
            );
        }
        self.condition(raw.condition.as_ref());
    }

    fn condition(&mut self, raw: Option<&Spanned<RawCondition>>) {
        let Some(Spanned { value: ShortOr::Long(raw), span: at }) = raw else { return };
        let comparison = given(&[
            ("field", span(raw.field.as_ref())),
            ("operator", span(raw.operator.as_ref())),
            ("value", span(raw.value.as_ref())),
        ]);
        let mut given = given(&[
            ("all", span(raw.all.as_ref())),
            ("any", span(raw.any.as_ref())),
            ("not", span(raw.not.as_ref())),
        ]);
        given.extend(comparison.first());
        self.judge(
            &given,
            *at,
            "the condition",
            &[
                ("says nothing", "add `all`, `any`, `not`, or `field`, `operator` and `value`"),
                ("is several at once", "put them into the list of an `all` or `any`"),
            ],
        );
        if (1..3).contains(&comparison.len()) {
            let message = "a comparison needs `field`, `operator` and `value`";
            let diagnostic = Diagnostic::new(Issue::MissingKey, self.file, *at, message)
                .help("write `{ field: inputs.count, operator: gt, value: 3 }`");
            self.diagnostics.push(diagnostic);
        }
        for part in raw.all.iter().chain(&raw.any).flat_map(|list| list.iter()) {
            self.condition(Some(part));
        }
        if let Some(not) = &raw.not {
            let not = Spanned { value: (*not.value).clone(), span: not.span };
            self.condition(Some(&not));
        }
    }
}

fn called(call: &RawCall) -> (&'static str, Span) {
    (call.action.name(), call.args.span)
}

fn span<T>(value: Option<&Spanned<T>>) -> Option<Span> {
    value.map(|value| value.span)
}

fn given<'a>(keys: &[(&'a str, Option<Span>)]) -> Given<'a> {
    keys.iter().filter_map(|(key, span)| Some((*key, (*span)?))).collect()
}
