//! What a tick did and could not commit, as a file that another clone can take in: a line that says what it is
//! and whose, then one line for each fact. It holds how attempts began and ended and nothing else, and the tick has
//! signed it: nobody, not even who has the file, can tell a state anything else by it.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Seal;
use super::seal::Signed;
use crate::model::{Actor, FlowFact};
use crate::plan::Told;

/// The format that this version writes, and the only one that it reads.
const FORMAT: u32 = 2;
const KIND: &str = "orch recovery";

/// What is known of the steps that a tick carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// The state that it is about.
    pub lineage: SmolStr,
    /// The name of the tick, which is no more.
    pub holder: SmolStr,
    pub facts: Vec<FlowFact>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct HeaderV2 {
    kind: String,
    format_version: u32,
    lineage: SmolStr,
    version_of_orch: String,
    /// Of the lineage and the lines that follow.
    key: String,
    signature: String,
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
            Self::NoState | Self::Foreign { .. } => {
                "nothing was taken in; run this in a clone of the project that it comes from, with `--push` if the \
                 state is on the remote only"
            }
        }
    }
}

impl Recovery {
    /// Of what the tick with this name knows, what it tells of its own; none if there is nothing.
    pub fn of(lineage: SmolStr, holder: SmolStr, facts: impl IntoIterator<Item = FlowFact>) -> Option<Self> {
        let facts: Vec<_> = facts.into_iter().filter(|fact| is_of(fact, &holder)).collect();
        (!facts.is_empty()).then_some(Self { lineage, holder, facts })
    }

    /// The file, signed by the tick.
    pub fn encode(&self, seal: &Seal) -> String {
        let line = |fact| serde_json::to_string(fact).expect("a fact is plain JSON") + "\n";
        let lines: String = self.facts.iter().map(line).collect();
        let Signed { key, signature } = seal.sign(&signed(&self.lineage, &lines));
        let header = HeaderV2 {
            kind: KIND.to_owned(),
            format_version: FORMAT,
            lineage: self.lineage.clone(),
            version_of_orch: env!("CARGO_PKG_VERSION").to_owned(),
            key,
            signature,
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
        let HeaderV2 { lineage, key, signature, .. } =
            serde_json::from_str(first).map_err(|error| damaged(format!("its first line: {error}")))?;
        let holder = Signed { key, signature }
            .by(&signed(&lineage, lines))
            .ok_or_else(|| damaged("it is not what a tick wrote and signed".to_owned()))?;
        let facts = lines.lines().enumerate().map(|(index, line)| {
            let at = |why: &str| damaged(format!("line {}: {why}", index + 2));
            let fact: FlowFact = serde_json::from_str(line).map_err(|error| at(&error.to_string()))?;
            if is_of(&fact, &holder) { Ok(fact) } else { Err(at("it is not about a step of that tick")) }
        });
        let facts = facts.collect::<Result<_, _>>()?;
        Ok(Self { lineage, holder, facts })
    }

    /// What `by` tells with it.
    pub fn told(self, by: Actor) -> Told {
        Told { by, holder: self.holder, facts: self.facts }
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

/// Whether a fact says how an attempt of this tick began or ended.
fn is_of(fact: &FlowFact, holder: &SmolStr) -> bool {
    matches!(fact, FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } if by.as_ref() == Some(holder))
}

/// What is signed: nothing of it can be said of another state.
fn signed(lineage: &str, lines: &str) -> String {
    format!("{KIND} {FORMAT} {lineage}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ended, Outcome, RunId};

    fn seal() -> Seal {
        Seal::new([4, 3, 2, 1])
    }

    fn recovery() -> Recovery {
        let seal = seal();
        let (run, step) = (RunId("w#1".into()), SmolStr::new("a"));
        let by = Some(seal.name().clone());
        let started = FlowFact::StepStarted {
            run: run.clone(),
            step: step.clone(),
            attempt: 1,
            by: by.clone(),
            manifest: None,
        };
        let leased = FlowFact::RunLeased { run: run.clone(), lease: None, by: None };
        let mut outcome = Outcome::of(Ended::Failed);
        outcome.error = Some("two\nlines".to_owned());
        let finished = FlowFact::StepFinished { run, step, attempt: 1, by, outcome };
        Recovery::of("demo-1".into(), seal.name().clone(), [started, leased, finished]).unwrap()
    }

    #[test]
    fn what_is_written_is_read_and_only_that() {
        let recovery = recovery();
        assert_eq!(recovery.facts.len(), 2, "leases are nobody's business elsewhere");
        let text = recovery.encode(&seal());
        assert_eq!(Recovery::decode(&text).unwrap(), recovery);
        assert!(Recovery::of("demo-1".into(), "4f2a".into(), recovery.facts).is_none(), "of another tick");
    }

    #[test]
    fn every_damage_is_noticed() {
        let text = recovery().encode(&seal());
        for cut in 0..text.len() {
            assert!(Recovery::decode(&text[..cut]).is_err(), "cut at {cut}");
        }
        let changes = [("\"attempt\":1", "\"attempt\":2"), ("failed", "succeeded"), ("demo-1", "demo-2")];
        for (from, to) in changes {
            let error = Recovery::decode(&text.replacen(from, to, 1)).unwrap_err();
            assert!(matches!(error, RecoveryError::Damaged { .. }), "{from}: {error}");
        }
        assert!(matches!(Recovery::decode("{}\n"), Err(RecoveryError::Other)));
        let newer = text.replacen("\"format_version\":2", "\"format_version\":3", 1);
        assert!(matches!(Recovery::decode(&newer), Err(RecoveryError::Format { found: 3 })));
    }

    #[test]
    fn nothing_else_can_be_told_by_it() {
        let metric = FlowFact::MetricRecorded { metric: "load".into(), value: 1.0 };
        // Whoever has a key of their own is a tick of their own.
        let forger = Seal::new([0; 4]);
        for (recovery, seal) in
            [(Recovery { facts: vec![metric], ..recovery() }, seal()), (recovery(), forger)]
        {
            let error = Recovery::decode(&recovery.encode(&seal)).unwrap_err();
            assert_eq!(error.to_string(), "it is damaged: line 2: it is not about a step of that tick");
        }
        assert!(matches!(recovery().check(&"".into()), Err(RecoveryError::NoState)));
        assert!(matches!(recovery().check(&"demo-2".into()), Err(RecoveryError::Foreign { .. })));
        assert!(recovery().check(&"demo-1".into()).is_ok());
    }
}
