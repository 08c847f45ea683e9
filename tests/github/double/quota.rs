//! GitHub's limits: so many requests an hour for REST, and so many points for GraphQL.

use super::wire::Response;

/// What is left of the hour.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds since 1970.
    pub reset: i64,
}

pub struct Quotas {
    pub core: Quota,
    pub graphql: Quota,
}

impl Quotas {
    pub fn whole() -> Self {
        Self { core: Quota::whole(), graphql: Quota::whole() }
    }
}

impl Quota {
    pub fn whole() -> Self {
        Self { limit: 5_000, remaining: 5_000, reset: jiff::Timestamp::now().as_second() + 3_600 }
    }

    /// False: nothing is left.
    pub fn take(&mut self, cost: u32) -> bool {
        if jiff::Timestamp::now().as_second() >= self.reset {
            *self = Self::whole();
        }
        let is_left = self.remaining > 0;
        self.remaining = self.remaining.saturating_sub(cost);
        is_left
    }
}

/// A response with what is left.
pub fn counted(mut response: Response, quota: Quota, resource: &str) -> Response {
    let numbers = [
        ("limit", quota.limit.to_string()),
        ("remaining", quota.remaining.to_string()),
        ("used", (quota.limit - quota.remaining.min(quota.limit)).to_string()),
        ("reset", quota.reset.to_string()),
        ("resource", resource.to_owned()),
    ];
    response.headers.extend(numbers.map(|(name, value)| (format!("x-ratelimit-{name}"), value)));
    response
}
