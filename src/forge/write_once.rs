//! Writes that are done once although answers get lost: look, write, and look again.

use std::time::Duration;

use serde_json::Value;

use super::client::Client;
use super::error::ClientError;
use crate::ports::{Answer, Call, ForgeError};

/// Before looking for what may have been done. GitHub's lists may lag behind its writes for a moment.
const SETTLE: Duration = Duration::from_secs(2);

/// What a look sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Everything that was done before it, so that what it does not see is not there: one object by its number or name.
    Strong,
    /// Perhaps not yet what was done just now: search, and lists.
    Eventual,
}

/// How what was wanted came to be there.
#[derive(Debug, Clone, PartialEq)]
pub enum Written<T> {
    /// It was there; nothing was sent.
    Already(T),
    /// The write was answered.
    Done(Box<Answer>),
    /// The write was not answered, and then it was there.
    Found(T),
}

impl Written<Value> {
    /// What is there, however it came to be there.
    pub fn body(self) -> Value {
        match self {
            Self::Already(value) | Self::Found(value) => value,
            Self::Done(answer) => answer.body,
        }
    }
}

impl Client<'_> {
    /// The same as [`Client::write_once`] for what a look has just not seen: looks only if the answer is lost.
    pub fn write_unseen<T>(
        &self,
        consistency: Consistency,
        look: &mut dyn FnMut() -> Result<Option<T>, ClientError>,
        call: &Call,
    ) -> Result<Written<T>, ClientError> {
        let mut has_looked = true;
        let mut look = || if std::mem::take(&mut has_looked) { Ok(None) } else { look() };
        self.write_once(consistency, &mut look, call)
    }

    /// Does what is not done yet. `look` says whether it is: of a comment, the one with our marker; of labels, whether
    /// they are there. It is sent a second time in one case only: the first time surely did not arrive, and a look
    /// that cannot miss it did not see it.
    ///
    /// # Errors
    /// As [`Client::write`]; what `look` fails with before anything was sent.
    pub fn write_once<T>(
        &self,
        consistency: Consistency,
        look: &mut dyn FnMut() -> Result<Option<T>, ClientError>,
        call: &Call,
    ) -> Result<Written<T>, ClientError> {
        if let Some(there) = look()? {
            return Ok(Written::Already(there));
        }
        let mut may_repeat = consistency == Consistency::Strong;
        loop {
            let error = match self.write(call) {
                Ok(answer) => return Ok(Written::Done(Box::new(answer))),
                Err(error) => error,
            };
            let is_unknown = matches!(error, ClientError::Unknown { .. });
            let is_unsent = matches!(&error, ClientError::Unsent(ForgeError::Unreachable { .. }));
            if !is_unknown && !is_unsent {
                return Err(error);
            }
            self.clock.pause(SETTLE);
            match look() {
                Ok(Some(there)) => return Ok(Written::Found(there)),
                Ok(None) if is_unsent && may_repeat => may_repeat = false,
                // Why the look failed is not what matters now.
                Ok(None) | Err(_) => return Err(error),
            }
        }
    }
}
