//! What may still be sent: our own budget of calls, GitHub's limits, and what remains for others.
//!
//! Limits: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
//! <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api>.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use crate::model::{Duration as Length, Time};
use crate::ports::{Answer, Quota};

/// What one tick may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests, of whatever kind, each try counted.
    pub calls: u32,
    /// What is left of an hour's quota for whoever else uses the token; of a small quota, at most a fourth.
    pub reserve: u32,
    /// How often a read is sent at most.
    pub tries: u32,
    /// The longest `Retry-After` of a read that is waited for.
    pub patience: Duration,
    /// Between the end of a write and the next. GitHub asks for at least a second.
    pub spacing: Duration,
    /// How many pages of a list are read at most.
    pub pages: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            calls: 300,
            reserve: 100,
            tries: 3,
            patience: Duration::from_secs(5),
            spacing: Duration::from_secs(1),
            pages: 10,
        }
    }
}

/// Nothing was sent, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOff {
    /// When it may be sent; without one, by the next tick.
    pub until: Option<Time>,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The calls of this tick are used up.
    Budget { calls: u32 },
    /// What remains of the quota is left to others.
    Reserve { resource: SmolStr, remaining: u32, limit: u32 },
    /// The quota is used up.
    Primary { resource: SmolStr },
    /// Too much in too short a time.
    Secondary,
}

impl fmt::Display for PutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until {
            Some(until) => write!(f, "put off until {until}: ")?,
            None => write!(f, "put off until the next tick: ")?,
        }
        match &self.why {
            Why::Budget { calls } => write!(f, "the {calls} calls to GitHub of this tick are used up"),
            Why::Reserve { resource, remaining, limit } => write!(
                f,
                "{remaining} of {limit} calls an hour remain for this token (`{resource}`), and they are left to \
                 its other users"
            ),
            Why::Primary { resource } => {
                write!(f, "the calls an hour of this token are used up (`{resource}`)")
            }
            Why::Secondary => {
                write!(f, "GitHub wants fewer requests at a time from this token (secondary rate limit)")
            }
        }
    }
}

/// How long to send nothing after a secondary limit that says nothing about it.
const UNTOLD: Length = Length::from_minutes(1);

/// What is known of the limits.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) sent: u32,
    /// After one of GitHub's limits, for everything.
    pub(super) put_off: Option<PutOff>,
    quotas: BTreeMap<SmolStr, Quota>,
}

impl Standing {
    /// Whether a call fits, which is then counted.
    pub(super) fn admit(&mut self, budget: &Budget, resource: &str, now: Time) -> Result<(), PutOff> {
        self.put_off = self.put_off.take().filter(|put_off| put_off.until.is_none_or(|until| now < until));
        if let Some(put_off) = &self.put_off {
            return Err(put_off.clone());
        }
        if self.sent >= budget.calls {
            return Err(PutOff { until: None, why: Why::Budget { calls: budget.calls } });
        }
        if let Some(quota) = self.quotas.get(resource).filter(|quota| now < quota.reset) {
            let Quota { remaining, limit, reset, .. } = *quota;
            let why = match remaining {
                0 => Some(Why::Primary { resource: resource.into() }),
                _ if remaining <= budget.reserve.min(limit / 4) => {
                    Some(Why::Reserve { resource: resource.into(), remaining, limit })
                }
                _ => None,
            };
            if let Some(why) = why {
                return Err(PutOff { until: Some(reset), why });
            }
        }
        self.sent += 1;
        Ok(())
    }

    pub(super) fn note(&mut self, quota: Option<&Quota>) {
        if let Some(quota) = quota {
            self.quotas.insert(quota.resource.clone(), quota.clone());
        }
    }

    pub(super) fn quota(&self, resource: &str) -> Option<&Quota> {
        self.quotas.get(resource)
    }
}

/// Whether an answer is one of GitHub's limits; the request was not carried out then.
pub(super) fn limit(answer: &Answer, resource: &str, now: Time) -> Option<PutOff> {
    let told = words(&answer.body);
    let says = |word: &str| told.contains(word);
    let is_graphql = resource == "graphql" && (says("rate_limit") || says("secondary rate limit"));
    let is_refusal = matches!(answer.status, 403 | 429);
    let is_secondary = says("secondary rate limit") || says("abuse detection") || says("abuse-rate-limits");
    let empty = answer.quota.as_ref().filter(|quota| quota.remaining == 0);
    let until = answer.retry_after.map(|wait| now + seconds_of(wait));
    if is_graphql && answer.status == 200 || is_refusal {
        if is_secondary || answer.retry_after.is_some() {
            return Some(PutOff { until: Some(until.unwrap_or(now + UNTOLD)), why: Why::Secondary });
        }
        if let Some(quota) = empty {
            let why = Why::Primary { resource: quota.resource.clone() };
            return Some(PutOff { until: Some(quota.reset.max(now)), why });
        }
        if answer.status == 429 || is_graphql || says("rate limit exceeded") {
            return Some(PutOff { until: Some(now + UNTOLD), why: Why::Secondary });
        }
    }
    None
}

fn seconds_of(wait: Duration) -> Length {
    Length::from_seconds(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

/// What a failure says, in lower case: its message, where it leads for help, and of GraphQL its errors.
fn words(body: &Value) -> String {
    let mut words = String::new();
    let mut add = |value: Option<&Value>| {
        if let Some(text) = value.and_then(Value::as_str) {
            words.push_str(&text.to_ascii_lowercase());
            words.push('\n');
        }
    };
    add(Some(body));
    add(body.get("message"));
    add(body.get("documentation_url"));
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten().take(10) {
        add(error.get("type"));
        add(error.get("message"));
    }
    words
}
