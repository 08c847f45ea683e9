//! A GitHub that answers from a script and keeps what it was asked, and a clock that moves by waiting alone.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Budget, Client};
use crate::model::{Duration as Length, Time};
use crate::ports::{Answer, Call, Clock, Dice, Forge, ForgeError};

/// What was asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Asked {
    Rest(Call),
    Graphql { query: String, variables: Map<String, Value> },
}

type Respond = Box<dyn Fn(&Asked) -> Result<Answer, ForgeError> + Send + Sync>;

/// Answers one request after the other.
pub(crate) struct FakeForge {
    script: Mutex<VecDeque<Result<Answer, ForgeError>>>,
    respond: Option<Respond>,
    asked: Mutex<Vec<Asked>>,
}

impl FakeForge {
    /// These answers in this order; a request more than that fails the test.
    pub(crate) fn scripted(answers: impl IntoIterator<Item = Result<Answer, ForgeError>>) -> Self {
        let script = Mutex::new(answers.into_iter().collect());
        Self { script, respond: None, asked: Mutex::default() }
    }

    /// Answers by what is asked.
    pub(crate) fn by(respond: impl Fn(&Asked) -> Result<Answer, ForgeError> + Send + Sync + 'static) -> Self {
        Self { respond: Some(Box::new(respond)), ..Self::scripted([]) }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn answer(&self, asked: Asked) -> Result<Answer, ForgeError> {
        self.asked.lock().unwrap().push(asked.clone());
        match &self.respond {
            Some(respond) => respond(&asked),
            None => {
                self.script.lock().unwrap().pop_front().unwrap_or_else(|| panic!("one too many: {asked:?}"))
            }
        }
    }
}

impl Forge for FakeForge {
    fn call(&self, call: &Call) -> Result<Answer, ForgeError> {
        self.answer(Asked::Rest(call.clone()))
    }

    fn graphql(&self, query: &str, variables: &Map<String, Value>) -> Result<Answer, ForgeError> {
        self.answer(Asked::Graphql { query: query.to_owned(), variables: variables.clone() })
    }
}

/// Starts at [`START`] and keeps how long was waited.
#[derive(Debug, Default)]
pub(crate) struct FakeClock {
    pub(crate) waits: Mutex<Vec<Duration>>,
}

/// 2026-01-05T08:00:00Z.
pub(crate) const START: i64 = 1_767_600_000;

impl Clock for FakeClock {
    fn now(&self) -> Time {
        Time::from_second(START) + Length::from_seconds(self.elapsed().as_secs())
    }

    fn elapsed(&self) -> Duration {
        self.waits.lock().unwrap().iter().sum()
    }

    fn pause(&self, length: Duration) {
        self.waits.lock().unwrap().push(length);
    }

    fn stands_still(&self) -> bool {
        false
    }
}

/// Always the largest number.
#[derive(Debug)]
pub(crate) struct Sixes;

impl Dice for Sixes {
    fn any(&self) -> u64 {
        u64::MAX
    }

    fn below(&self, end: u64) -> u64 {
        end - 1
    }
}

/// All that a client needs.
pub(crate) struct Desk {
    pub(crate) forge: FakeForge,
    pub(crate) clock: FakeClock,
}

impl Desk {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<Answer, ForgeError>>) -> Self {
        Self::with(FakeForge::scripted(answers))
    }

    pub(crate) fn with(forge: FakeForge) -> Self {
        Self { forge, clock: FakeClock::default() }
    }

    pub(crate) fn client(&self) -> Client<'_> {
        self.client_within(Budget::default())
    }

    pub(crate) fn client_within(&self, budget: Budget) -> Client<'_> {
        Client::new(&self.forge, &self.clock, &Sixes, budget)
    }

    /// What was asked, `POST /repos/o/r/issues` and `graphql`, without queries.
    pub(crate) fn asked(&self) -> Vec<String> {
        let word = |asked: Asked| match asked {
            Asked::Rest(call) => {
                format!("{} {}", call.method.name(), call.path.split('?').next().unwrap_or_default())
            }
            Asked::Graphql { .. } => "graphql".to_owned(),
        };
        self.forge.asked().into_iter().map(word).collect()
    }

    /// The bodies that were sent.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        let body = |asked| match asked {
            Asked::Rest(call) => call.body,
            Asked::Graphql { .. } => None,
        };
        self.forge.asked().into_iter().filter_map(body).collect()
    }

    /// How long was waited, in milliseconds each.
    pub(crate) fn waits(&self) -> Vec<u128> {
        self.clock.waits.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

/// A success.
pub(crate) fn answer(body: &Value) -> Answer {
    status(200, body)
}

pub(crate) fn status(status: u16, body: &Value) -> Answer {
    Answer { status, body: body.clone(), ..Answer::default() }
}
