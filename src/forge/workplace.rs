//! A repository as the steps of a tick work on it.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::client::Client;
use super::error::ClientError;
use super::marker::{Markers, Us};
use super::repo::Repository;
use crate::ports::Call;

/// What steps work on GitHub with. May be shared by threads; what it finds out about itself it asks for once.
#[derive(Debug)]
pub struct Workplace<'a> {
    pub client: Client<'a>,
    pub repository: Repository,
    pub markers: Markers,
    us: Mutex<Option<(Us, Option<String>)>>,
    id: Mutex<Option<String>>,
}

impl<'a> Workplace<'a> {
    pub fn new(client: Client<'a>, repository: Repository, markers: Markers) -> Self {
        Self { client, repository, markers, us: Mutex::default(), id: Mutex::default() }
    }

    /// The accounts by which we write.
    pub fn us(&self) -> Result<Us, ClientError> {
        self.us_and_login().map(|(us, _)| us)
    }

    /// The same, with the name that goes with it now, where GitHub tells it.
    pub fn us_and_login(&self) -> Result<(Us, Option<String>), ClientError> {
        let mut us = self.us.lock().unwrap_or_else(PoisonError::into_inner);
        match us.as_ref() {
            Some(us) => Ok(us.clone()),
            None => Ok(us.insert(Us::ask_with_login(&self.client)?).clone()),
        }
    }

    /// An id with which a write of ours came back.
    pub fn learn(&self, author: u64) {
        let mut us = self.us.lock().unwrap_or_else(PoisonError::into_inner);
        us.get_or_insert_default().0.learn(author);
    }

    /// The repository's number, which stays when it is renamed: what markers stand on.
    pub fn id(&self) -> Result<String, ClientError> {
        let mut id = self.id.lock().unwrap_or_else(PoisonError::into_inner);
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
