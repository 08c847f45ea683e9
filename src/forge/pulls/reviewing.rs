//! Who reviews what: those who take part in one pull request, and how many reviews everybody has to give.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;
use smol_str::SmolStr;

use super::{Account, ChangedFile, PullState, Requested, fields, more_files, raw};
use crate::forge::client::Client;
use crate::forge::error::ClientError;
use crate::forge::repo::Repository;

const REVIEW: &str = include_str!("../queries/pull_review.graphql");
const REQUESTS: &str = include_str!("../queries/review_requests.graphql");

/// A pull request as its reviews stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewing {
    pub number: u64,
    pub state: PullState,
    /// The commit at its head.
    pub head: SmolStr,
    pub author: Option<Account>,
    /// Who is asked for a review and has not given it since.
    pub requested: Vec<Requested>,
    /// The authors of its reviews.
    pub reviewers: Vec<Account>,
    /// The first 100; the rest is read with [`Self::rest_of_files`].
    pub files: Vec<ChangedFile>,
    pub(super) more_files: Option<String>,
}

impl Reviewing {
    /// Reads one pull request, which may be closed. None: there is none of this number.
    pub fn read(client: &Client<'_>, of: &Repository, number: u64) -> Result<Option<Self>, ClientError> {
        let variables = fields(json!({ "owner": of.owner, "name": of.name, "number": number }));
        raw::reviewing(client.query(REVIEW, &variables)?.data, number)
    }

    /// Adds the files that one request did not hold, up to [`crate::forge::Budget::pages`] more pages.
    pub fn rest_of_files(&mut self, client: &Client<'_>, of: &Repository) -> Result<(), ClientError> {
        more_files(client, of, (self.number, &self.head), &mut self.files, &mut self.more_files)
    }
}

/// On how many open pull requests somebody is asked for a review, by login in small letters.
pub type Counts = BTreeMap<String, usize>;

/// The counts of one tick: read when they are first needed, and kept up with whom we ask. May be shared by threads.
#[derive(Debug, Default)]
pub struct Loads(Mutex<Option<Counts>>);

impl Loads {
    /// Chooses by the counts. Whoever is chosen counts as asked at once, so that others do not choose the same.
    pub fn choose(
        &self,
        client: &Client<'_>,
        of: &Repository,
        choose: impl FnOnce(&Counts) -> Vec<String>,
    ) -> Result<Vec<String>, ClientError> {
        let mut counts = self.lock();
        let counts = match counts.as_mut() {
            Some(counts) => counts,
            None => counts.insert(count(client, of)?),
        };
        let chosen = choose(counts);
        add(counts, &chosen);
        Ok(chosen)
    }

    /// These were asked without a look at the counts.
    pub fn add(&self, logins: &[String]) {
        if let Some(counts) = self.lock().as_mut() {
            add(counts, logins);
        }
    }

    /// These were not asked after all.
    pub fn take_back(&self, logins: &[String]) {
        if let Some(counts) = self.lock().as_mut() {
            for login in logins {
                counts.entry(login.to_lowercase()).and_modify(|count| *count = count.saturating_sub(1));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Counts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counts: &mut Counts, logins: &[String]) {
    for login in logins {
        *counts.entry(login.to_lowercase()).or_default() += 1;
    }
}

/// Of more pages than are read, the latest pull requests count.
fn count(client: &Client<'_>, of: &Repository) -> Result<Counts, ClientError> {
    let (mut counts, mut seen) = (Counts::new(), std::collections::BTreeSet::new());
    let mut after: Option<String> = None;
    for _ in 0..client.budget().pages.max(1) {
        let variables = fields(json!({ "owner": of.owner, "name": of.name, "after": after }));
        let (pulls, next) = raw::requests(client.query(REQUESTS, &variables)?.data)?;
        // What is opened while we read may come twice.
        for (_, requested) in pulls.into_iter().filter(|(number, _)| seen.insert(*number)) {
            let logins = requested.into_iter().filter_map(|requested| match requested {
                Requested::Account(account) => Some(account.login.to_string()),
                Requested::Team(_) => None,
            });
            add(&mut counts, &logins.collect::<Vec<_>>());
        }
        match next {
            Some(next) if Some(&next) != after.as_ref() => after = Some(next),
            _ => break,
        }
    }
    Ok(counts)
}
