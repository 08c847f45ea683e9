//! A repository as the steps of a tick work on it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::client::Client;
use super::error::{ClientError, RefusedKind};
use super::marker::{Markers, Us};
use super::pages::{Cache, Pages};
use super::pulls::Loads;
use super::repo::Repository;
use crate::ports::Call;

/// What steps work on GitHub with. May be shared by threads; what it finds out about itself it asks for once.
#[derive(Debug)]
pub struct Workplace<'a> {
    pub client: Client<'a>,
    pub repository: Repository,
    pub markers: Markers,
    /// Who has how many reviews to give.
    pub loads: Loads,
    us: Mutex<Option<(Us, Option<String>)>>,
    id: Mutex<Option<String>>,
    /// What was read of lists.
    lists: Mutex<Cache>,
    /// Which teams were asked to review which pull requests: not every token sees that they were.
    teams: Mutex<BTreeSet<(u64, String)>>,
}

impl<'a> Workplace<'a> {
    pub fn new(client: Client<'a>, repository: Repository, markers: Markers) -> Self {
        Self {
            client,
            repository,
            markers,
            loads: Loads::default(),
            us: Mutex::default(),
            id: Mutex::default(),
            lists: Mutex::default(),
            teams: Mutex::default(),
        }
    }

    /// Reads a list as [`Client::pages`] does. Pages that were read before in this tick, and have not changed since, are
    /// not sent again, and count against no limit of GitHub's.
    pub fn pages(&self, path: &str, field: Option<&str>) -> Result<Pages, ClientError> {
        // A copy, so that nobody waits for what others read.
        let mut lists = lock(&self.lists).of(path);
        let pages = self.client.pages(path, field, &mut lists)?;
        lock(&self.lists).answers.append(&mut lists.answers);
        Ok(pages)
    }

    /// That a list could not be read to its end, so that what `orch` wrote may be there without being seen.
    pub fn unread(&self, path: &str, what_to_do: &str) -> ClientError {
        ClientError::Strange {
            call: format!("GET {}", path.split('?').next().unwrap_or_default()),
            why: format!(
                "it has more than {} pages, and what `orch` wrote is not among them; nothing is written, since it may \
                 be there already; {what_to_do}",
                self.client.budget().pages
            ),
        }
    }

    /// What names the repository in keys: its number, which stays when it is renamed. Where the token may not read that,
    /// its name.
    pub fn lasting_name(&self) -> Result<String, ClientError> {
        match self.id() {
            Err(ClientError::Refused(refused))
                if matches!(refused.kind, RefusedKind::Permission | RefusedKind::NotFound) =>
            {
                Ok(self.repository.to_string())
            }
            other => other,
        }
    }

    /// Waits, before GitHub is asked for something again that it is still working on.
    pub fn pause(&self, length: Duration) {
        self.client.clock.pause(length);
    }

    /// Those of the teams that were not asked in this tick to review a pull request.
    pub fn teams_not_asked(&self, pull: u64, teams: Vec<String>) -> Vec<String> {
        let asked = lock(&self.teams);
        teams.into_iter().filter(|team| !asked.contains(&(pull, team.to_lowercase()))).collect()
    }

    /// Teams were asked to review a pull request.
    pub fn note_teams(&self, pull: u64, teams: &[String]) {
        lock(&self.teams).extend(teams.iter().map(|team| (pull, team.to_lowercase())));
    }

    /// The accounts by which we write.
    pub fn us(&self) -> Result<Us, ClientError> {
        self.us_and_login().map(|(us, _)| us)
    }

    /// The same, with the name that goes with it now, where GitHub tells it.
    pub fn us_and_login(&self) -> Result<(Us, Option<String>), ClientError> {
        let mut us = lock(&self.us);
        match us.as_ref() {
            Some(us) => Ok(us.clone()),
            None => Ok(us.insert(Us::ask_with_login(&self.client)?).clone()),
        }
    }

    /// An id with which a write of ours came back.
    pub fn learn(&self, author: u64) {
        let mut us = lock(&self.us);
        us.get_or_insert_default().0.learn(author);
    }

    /// The repository's number, which stays when it is renamed: what markers stand on.
    pub fn id(&self) -> Result<String, ClientError> {
        let mut id = lock(&self.id);
        if let Some(id) = id.as_ref() {
            return Ok(id.clone());
        }
        let call = Call::get(self.repository.path());
        let answer = self.client.read(&call)?;
        let found = answer.body.get("id").and_then(Value::as_u64).ok_or_else(|| ClientError::Strange {
            call: super::error::name(&call),
            why: "a repository without an `id`".to_owned(),
        })?;
        Ok(id.insert(found.to_string()).clone())
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
