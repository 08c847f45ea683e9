//! What a tick did and could not commit, as a file that another clone can take in: a line that says what it is
//! and whose, then one line for each fact. It holds how attempts began and ended and nothing else, so that
//! nobody can tell a state anything else by it.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::{Actor, FlowFact, Time};
use crate::plan::{Told, fnv};

/// The format that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;
const KIND: &str = "orch recovery";

/// What is known of the steps that a tick carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// The state that it is about.
    pub lineage: SmolStr,
    /// The name of the tick, which is no more.
    pub holder: SmolStr,
    pub at: Time,
    pub facts: Vec<FlowFact>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct HeaderV1 {
    kind: String,
    format_version: u32,
    lineage: SmolStr,
    holder: SmolStr,
    at: Time,
    version_of_orch: String,
    /// How many lines follow, and what they come to.
    facts: usize,
    sum: String,
}

/// What is read before the rest, which a newer format may have changed.
#[derive(Deserialize)]
struct Kind {
    kind: String,
    format_version: u32,
}

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    #[error("it is not a recovery file of orch")]
    Other,
    #[error("it has format {found}, and this orch reads format {FORMAT}")]
    Format { found: u32 },
    #[error("it is damaged: {why}")]
    Damaged { why: String },
    #[error("there is no state here that the recovery file could be about")]
    NoState,
    #[error("the recovery file belongs to another state (lineage `{found}`, expected `{expected}`)")]
    Foreign { expected: SmolStr, found: SmolStr },
    #[error("the tick `{holder}` that the recovery file is of has gone on since then")]
    GoneOn { holder: SmolStr },
}

impl RecoveryError {
    /// What the user can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Other => "give the file that a failed tick named: `.git/orch/recovery/NAME.jsonl`",
            Self::Format { .. } => "use the orch that wrote it",
            Self::Damaged { .. } => {
                "nothing was taken in; copy it again from where it was written, whole and as it is"
            }
            Self::GoneOn { .. } => {
                "nothing was taken in; the state has what that tick did, or that tick still goes on: see `orch runs list`"
            }
            Self::NoState | Self::Foreign { .. } => {
                "nothing was taken in; run this in a clone of the project that it comes from, with `--push` if the \
                 state is on the remote only"
            }
        }
    }
}

impl Recovery {
    /// Of facts, those that it tells; none if there are none.
    pub fn of(
        lineage: SmolStr,
        holder: SmolStr,
        at: Time,
        facts: impl IntoIterator<Item = FlowFact>,
    ) -> Option<Self> {
        let facts: Vec<_> = facts.into_iter().filter(is_told).collect();
        (!facts.is_empty()).then_some(Self { lineage, holder, at, facts })
    }

    /// The file.
    pub fn encode(&self) -> String {
        let line = |fact| serde_json::to_string(fact).expect("a fact is plain JSON") + "\n";
        let lines: String = self.facts.iter().map(line).collect();
        let header = HeaderV1 {
            kind: KIND.to_owned(),
            format_version: FORMAT,
            lineage: self.lineage.clone(),
            holder: self.holder.clone(),
            at: self.at,
            version_of_orch: env!("CARGO_PKG_VERSION").to_owned(),
            facts: self.facts.len(),
            sum: sum(&lines),
        };
        serde_json::to_string(&header).expect("the header is plain JSON") + "\n" + &lines
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it is no such file, or not as it was written.
    pub fn decode(text: &str) -> Result<Self, RecoveryError> {
        let (first, lines) = text.split_once('\n').unwrap_or((text, ""));
        let Kind { kind, format_version } = serde_json::from_str(first).map_err(|_| RecoveryError::Other)?;
        if kind != KIND {
            return Err(RecoveryError::Other);
        }
        if format_version != FORMAT {
            return Err(RecoveryError::Format { found: format_version });
        }
        let damaged = |why: String| RecoveryError::Damaged { why };
        let header: HeaderV1 =
            serde_json::from_str(first).map_err(|error| damaged(format!("its first line: {error}")))?;
        if header.sum != sum(lines) || header.facts != lines.lines().count() {
            return Err(damaged("its lines are not those that were written".to_owned()));
        }
        let facts = lines.lines().enumerate().map(|(index, line)| {
            let at = |why: &str| damaged(format!("line {}: {why}", index + 2));
            let fact: FlowFact = serde_json::from_str(line).map_err(|error| at(&error.to_string()))?;
            if is_told(&fact) { Ok(fact) } else { Err(at("it is not about how a step went")) }
        });
        let facts = facts.collect::<Result<_, _>>()?;
        Ok(Self { lineage: header.lineage, holder: header.holder, at: header.at, facts })
    }

    /// What `by` tells with it.
    pub fn told(self, by: Actor) -> Told {
        Told { by, holder: self.holder, at: self.at, facts: self.facts }
    }

    /// Whether it is about the state of this lineage.
    ///
    /// # Errors
    /// When it is about another one.
    pub fn check(&self, lineage: &SmolStr) -> Result<(), RecoveryError> {
        if self.lineage == *lineage {
            return Ok(());
        }
        if lineage.is_empty() {
            return Err(RecoveryError::NoState);
        }
        Err(RecoveryError::Foreign { expected: lineage.clone(), found: self.lineage.clone() })
    }
}

fn is_told(fact: &FlowFact) -> bool {
    matches!(fact, FlowFact::StepStarted { .. } | FlowFact::StepFinished { .. })
}

fn sum(lines: &str) -> String {
    format!("{:016x}", fnv(lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ended, Outcome, RunId};

    fn recovery() -> Recovery {
        let (run, step) = (RunId("w#1".into()), SmolStr::new("a"));
        let started = FlowFact::StepStarted {
            run: run.clone(),
            step: step.clone(),
            attempt: 1,
            by: None,
            manifest: None,
        };
        let leased = FlowFact::RunLeased { run: run.clone(), lease: None, by: None };
        let mut outcome = Outcome::of(Ended::Failed);
        outcome.error = Some("two\nlines".to_owned());
        let finished = FlowFact::StepFinished { run, step, attempt: 1, by: None, outcome };
        let at = Time::from_second(1_800_000_000);
        Recovery::of("demo-1".into(), "4f2a".into(), at, [started, leased, finished]).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_only_that() {
        let recovery = recovery();
        assert_eq!(recovery.facts.len(), 2, "leases are nobody's business elsewhere");
        let text = recovery.encode();
        assert_eq!(Recovery::decode(&text).unwrap(), recovery);
        assert!(Recovery::of("demo-1".into(), "4f2a".into(), recovery.at, []).is_none());
    }

    #[test]
    fn every_damage_is_noticed() {
        let text = recovery().encode();
        for cut in 0..text.len() {
            assert!(Recovery::decode(&text[..cut]).is_err(), "cut at {cut}");
        }
        let changes =
            [("\"attempt\":1", "\"attempt\":2"), ("failed", "succeeded"), ("\"facts\":2", "\"facts\":3")];
        for (from, to) in changes {
            let error = Recovery::decode(&text.replacen(from, to, 1)).unwrap_err();
            assert!(matches!(error, RecoveryError::Damaged { .. }), "{from}: {error}");
        }
        assert!(matches!(Recovery::decode("{}\n"), Err(RecoveryError::Other)));
        let newer = text.replacen("\"format_version\":1", "\"format_version\":2", 1);
        assert!(matches!(Recovery::decode(&newer), Err(RecoveryError::Format { found: 2 })));
    }

    #[test]
    fn nothing_else_can_be_told_by_it() {
        let metric = FlowFact::MetricRecorded { metric: "load".into(), value: 1.0 };
        let forged = Recovery { facts: vec![metric], ..recovery() }.encode();
        let error = Recovery::decode(&forged).unwrap_err();
        assert_eq!(error.to_string(), "it is damaged: line 2: it is not about how a step went");
        assert!(matches!(recovery().check(&"".into()), Err(RecoveryError::NoState)));
        assert!(matches!(recovery().check(&"demo-2".into()), Err(RecoveryError::Foreign { .. })));
        assert!(recovery().check(&"demo-1".into()).is_ok());
    }
}
