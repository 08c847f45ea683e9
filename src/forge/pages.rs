//! Lists of many pages, and answers that are kept so that they need not be sent again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use smol_str::SmolStr;

use super::client::Client;
use super::error::{ClientError, name};
use crate::ports::Call;

/// What the pages of a list hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Pages {
    pub items: Vec<Value>,
    /// There are more pages than are read.
    pub is_cut: bool,
    /// How many pages were not sent again, since nothing had changed.
    pub unchanged: u32,
}

/// An answer that may be asked for again under the condition that it changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cached {
    pub etag: SmolStr,
    pub body: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Answers by their path. Plain data: the caller may keep it from one tick to the next, or not.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cache {
    pub answers: BTreeMap<String, Cached>,
}

impl Cache {
    /// What is known of one list: its first page and those that follow.
    pub fn of(&self, path: &str) -> Self {
        let mut list = Self::default();
        let mut next = Some(path);
        while let Some((path, page)) = next.and_then(|path| self.answers.get_key_value(path)) {
            if list.answers.insert(path.clone(), page.clone()).is_some() {
                break;
            }
            next = page.next.as_deref();
        }
        list
    }
}

impl Client<'_> {
    /// Reads one answer, which comes out of the cache where GitHub says that nothing changed (then `true`).
    pub fn read_known(&self, path: &str, cache: &mut Cache) -> Result<(Cached, bool), ClientError> {
        let known = cache.answers.get(path).map(|known| known.etag.clone());
        let call = Call { known, ..Call::get(path) };
        let answer = self.read(&call)?;
        if answer.status == 304
            && let Some(kept) = cache.answers.get(path)
        {
            return Ok((kept.clone(), true));
        }
        let etag = answer.etag.clone().unwrap_or_default();
        let fresh = Cached { etag, body: answer.body, next: answer.next };
        if fresh.etag.is_empty() {
            cache.answers.remove(path);
        } else {
            cache.answers.insert(path.to_owned(), fresh.clone());
        }
        Ok((fresh, false))
    }

    /// Reads a list, page after page, up to [`super::Budget::pages`]. `field` is where its items are if the answer is not
    /// the list itself: `check_runs`.
    pub fn pages(&self, path: &str, field: Option<&str>, cache: &mut Cache) -> Result<Pages, ClientError> {
        let mut pages = Pages { items: Vec::new(), is_cut: false, unchanged: 0 };
        let mut path = path.to_owned();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..self.budget().pages.max(1) {
            let (page, is_known) = self.read_known(&path, cache)?;
            pages.unchanged += u32::from(is_known);
            let items = field.map_or(Some(&page.body), |field| page.body.get(field));
            let Some(items) = items.and_then(Value::as_array) else {
                let why = field.map_or_else(|| "no list".to_owned(), |field| format!("no list `{field}`"));
                return Err(ClientError::Strange { call: name(&Call::get(path)), why });
            };
            pages.items.extend_from_slice(items);
            seen.insert(path);
            match page.next {
                // A page that leads back would never end.
                Some(next) if !seen.contains(&next) => path = next,
                _ => return Ok(pages),
            }
        }
        pages.is_cut = true;
        Ok(pages)
    }
}
