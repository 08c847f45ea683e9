//! Calls to GitHub within a tick: what fits is sent, what does not is put off with words for it.
//!
//! Reads are tried again (full jitter). Writes are sent once, one after the other and a second apart; what became of one
//! without an answer is [`ClientError::Unknown`], and [`Client::write_once`] looks. After one of GitHub's limits nothing
//! more is sent until it is over.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::budget::{Budget, PutOff, Standing, limit};
use super::error::{ClientError, Refused, name, shorten};
use crate::ports::{Answer, Call, Clock, Dice, Forge, ForgeError, Quota};

/// The longest wait before the first of the further tries of a read; each further one may be twice as long.
const WAIT: Duration = Duration::from_secs(1);

/// GitHub, as one tick uses it. May be shared by threads.
pub struct Client<'a> {
    pub(super) forge: &'a dyn Forge,
    pub(super) clock: &'a dyn Clock,
    dice: &'a (dyn Dice + Sync),
    budget: Budget,
    limits: Limits,
}

/// What is known of GitHub's limits, and what was sent: one for all clients of a tick.
#[derive(Debug, Clone, Default)]
pub struct Limits(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    standing: Mutex<Standing>,
    /// When the last write ended, by [`Clock::elapsed`]. Held while one is under way.
    last_write: Mutex<Option<Duration>>,
}

impl std::fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({:?}, {:?})", self.budget, self.limits)
    }
}

/// Sends a request to one of GitHub's two interfaces.
pub(super) type Send<'s> = &'s dyn Fn() -> Result<Answer, ForgeError>;

impl<'a> Client<'a> {
    pub fn new(
        forge: &'a dyn Forge,
        clock: &'a dyn Clock,
        dice: &'a (dyn Dice + Sync),
        budget: Budget,
    ) -> Self {
        Self { forge, clock, dice, budget, limits: Limits::default() }
    }

    /// Counts what it sends together with others.
    pub fn within(self, limits: &Limits) -> Self {
        Self { limits: limits.clone(), ..self }
    }

    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// How many requests were sent.
    pub fn sent(&self) -> u32 {
        self.standing().sent
    }

    /// The limit that holds everything up.
    #[cfg(test)]
    fn put_off(&self) -> Option<PutOff> {
        self.standing().put_off.clone()
    }

    /// What GitHub last said of `core`, `graphql` or `search`.
    pub fn quota(&self, resource: &str) -> Option<Quota> {
        self.standing().quota(resource).cloned()
    }

    /// Reads: the answer has status 2xx, or 304 where [`Call::known`] is given.
    pub fn read(&self, call: &Call) -> Result<Answer, ClientError> {
        if !call.is_read() {
            return Err(ForgeError::Invalid(format!("`{}` is no read", name(call))).into());
        }
        let resource = if call.path.starts_with("/search/") { "search" } else { "core" };
        self.retried(call, resource, &|| self.forge.call(call))
    }

    /// Sends a write once.
    ///
    /// # Errors
    /// [`ClientError::Unknown`] if it may have been done nevertheless; with all others it surely was not.
    pub fn write(&self, call: &Call) -> Result<Answer, ClientError> {
        self.once(call, "core", &|| self.forge.call(call))
    }

    pub(super) fn retried(&self, call: &Call, resource: &str, send: Send<'_>) -> Result<Answer, ClientError> {
        let tries = self.budget.tries.max(1);
        let mut attempt = 1;
        loop {
            self.admit(resource)?;
            let (failure, wait) = match send() {
                Ok(answer) => match self.sort(call, resource, answer)? {
                    Sorted::Good(answer) => return Ok(answer),
                    Sorted::Limited(put_off, Some(wait))
                        if attempt < tries && wait <= self.budget.patience =>
                    {
                        (ClientError::PutOff(put_off), wait)
                    }
                    Sorted::Limited(put_off, _) => return Err(self.stop(put_off)),
                    Sorted::Failed(answer) => (failed(call, &answer), self.jitter(attempt)),
                },
                Err(error) if is_passing(&error) => (error.into(), self.jitter(attempt)),
                Err(error) => return Err(error.into()),
            };
            if attempt >= tries {
                return Err(failure);
            }
            self.clock.pause(wait);
            attempt += 1;
        }
    }

    pub(super) fn once(&self, call: &Call, resource: &str, send: Send<'_>) -> Result<Answer, ClientError> {
        // One after the other, whoever they come from.
        let mut last = self.limits.0.last_write.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // What does not fit need not wait for its turn.
        self.admit(resource)?;
        if let Some(ended) = *last {
            let passed = self.clock.elapsed().saturating_sub(ended);
            if let Some(rest) = self.budget.spacing.checked_sub(passed).filter(|rest| !rest.is_zero()) {
                self.clock.pause(rest);
            }
        }
        let result = send();
        *last = Some(self.clock.elapsed());
        let unknown = |why: String| ClientError::Unknown { call: name(call), why };
        let answer = match result {
            Ok(answer) => answer,
            Err(error) if error.may_have_arrived() => return Err(unknown(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        match self.sort(call, resource, answer)? {
            Sorted::Good(answer) => Ok(answer),
            Sorted::Limited(put_off, _) => Err(self.stop(put_off)),
            Sorted::Failed(answer) => Err(unknown(format!("status {}: {}", answer.status, said(&answer)))),
        }
    }

    /// What an answer means; what it says of limits is kept.
    fn sort(&self, call: &Call, resource: &str, answer: Answer) -> Result<Sorted, ClientError> {
        self.standing().note(answer.quota.as_ref());
        if let Some(put_off) = limit(&answer, resource, self.clock.now()) {
            return Ok(Sorted::Limited(put_off, answer.retry_after));
        }
        match answer.status {
            200..300 => Ok(Sorted::Good(answer)),
            304 if call.known.is_some() => Ok(Sorted::Good(answer)),
            500.. => Ok(Sorted::Failed(answer)),
            _ => Err(ClientError::Refused(Box::new(Refused::new(call, &answer)))),
        }
    }

    /// Sends nothing more until it is over.
    fn stop(&self, put_off: PutOff) -> ClientError {
        self.standing().put_off = Some(put_off.clone());
        ClientError::PutOff(put_off)
    }

    fn admit(&self, resource: &str) -> Result<(), ClientError> {
        let now = self.clock.now();
        self.standing().admit(&self.budget, resource, now).map_err(ClientError::PutOff)
    }

    /// Full jitter: anything up to a length that doubles.
    fn jitter(&self, attempt: u32) -> Duration {
        let longest = WAIT * 2u32.saturating_pow((attempt - 1).min(6));
        let milliseconds = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.dice.below(milliseconds.saturating_add(1)))
    }

    fn standing(&self) -> std::sync::MutexGuard<'_, Standing> {
        self.limits.0.standing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What an answer means that is no refusal.
enum Sorted {
    Good(Answer),
    /// Not carried out; and how long GitHub wants to be left alone, where it says so.
    Limited(PutOff, Option<Duration>),
    Failed(Answer),
}

/// Whether the next try may bring what this one did not.
fn is_passing(error: &ForgeError) -> bool {
    matches!(error, ForgeError::Unreachable { .. } | ForgeError::TimedOut(_) | ForgeError::Broken(_))
}

fn failed(call: &Call, answer: &Answer) -> ClientError {
    ClientError::Failed { call: name(call), status: answer.status, message: said(answer) }
}

fn said(answer: &Answer) -> String {
    let message = answer.body.get("message").or(Some(&answer.body)).and_then(serde_json::Value::as_str);
    shorten(message.unwrap_or("no reason given"))
}
