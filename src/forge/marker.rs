//! By which comments and issues on GitHub are known again as ours: a hidden, signed last line.
//!
//! `<!-- orch:key=review%2F12;sig=9f… -->`. The signature is an HMAC-SHA-256 over what it stands on, so that a line copied
//! to another issue or repository is none. Whoever reads the state branch can make one unless a secret is configured
//! (`ORCH_MARKER_SECRET`); so it counts only where the author is ourselves, too. It is the last line that counts: above it
//! may stand what others wrote.

use std::collections::BTreeSet;
use std::fmt::Write;

use ring::hmac::{HMAC_SHA256, Key, sign, verify};
use serde_json::{Map, Value};

use super::client::Client;
use super::error::{ClientError, RefusedKind};
use crate::model::hex;
use crate::ports::Call;

/// What our lines begin with.
pub const BEGIN: &str = "<!-- orch:key=";
const SIGNED: &str = ";sig=";
const END: &str = " -->";

/// What a text stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// `comment`, `issue`, `pull`.
    pub kind: &'a str,
    /// What stays the repository's: its number at best, since names change.
    pub repository: &'a str,
    /// Of a comment, the issue or pull request. An issue has no number before it is there.
    pub within: Option<u64>,
}

/// Makes and checks markers.
pub struct Markers(Key);

impl std::fmt::Debug for Markers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Markers(***)")
    }
}

impl Markers {
    /// Of a project, by the lineage of its state, and by a secret where one is configured.
    pub fn new(lineage: &str, secret: Option<&str>) -> Self {
        let outer = Key::new(HMAC_SHA256, secret.unwrap_or_default().as_bytes());
        let derived = sign(&outer, &framed(&["orch marker 1", lineage]));
        Self(Key::new(HMAC_SHA256, derived.as_ref()))
    }

    /// The text with its marker. The key says what the text is, and holds no time: the same thing has the same key
    /// whenever it is done.
    pub fn mark(&self, text: &str, place: Place<'_>, key: &str) -> String {
        format!("{}\n\n{}", text.trim_end(), self.line(place, key))
    }

    /// The marker alone.
    pub fn line(&self, place: Place<'_>, key: &str) -> String {
        let signature = sign(&self.0, &signed(place, key));
        let line = format!("{BEGIN}{}{SIGNED}", escape(key));
        line + &hex::encode(signature.as_ref()) + END
    }

    /// A short name of our own for something on GitHub that has room for no text: twenty hexadecimal digits that nobody
    /// else can tell from the key.
    pub fn name(&self, place: Place<'_>, key: &str) -> String {
        hex::encode(&sign(&self.0, &signed(place, key)).as_ref()[..10])
    }

    /// The key of a text, if we wrote it, here.
    pub fn key_of(&self, text: &str, author: Option<u64>, us: &Us, place: Place<'_>) -> Option<String> {
        if !author.is_some_and(|author| us.0.contains(&author)) {
            return None;
        }
        let line = text.trim_end().lines().next_back()?.trim();
        let (key, digits) = line.strip_prefix(BEGIN)?.strip_suffix(END)?.rsplit_once(SIGNED)?;
        let key = unescape(key)?;
        verify(&self.0, &signed(place, &key), &hex::decode(digits)?).ok().map(|()| key)
    }
}

/// The ids of the accounts by which we write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Us(BTreeSet<u64>);

impl Us {
    /// Asks GitHub whose token it is. The token of a workflow has no `/user`; it is asked for otherwise. If neither
    /// tells, nobody is us yet.
    ///
    /// # Errors
    /// As [`Client::read`], but not when this kind of token may not ask.
    pub fn ask(client: &Client<'_>) -> Result<Self, ClientError> {
        Self::ask_with_login(client).map(|(us, _)| us)
    }

    /// The same, with the name that goes with it now.
    pub fn ask_with_login(client: &Client<'_>) -> Result<(Self, Option<String>), ClientError> {
        let found = |id: Option<&Value>, login: Option<&Value>| {
            let login = login.and_then(Value::as_str).map(str::to_owned);
            (Self(id.and_then(Value::as_u64).into_iter().collect()), login)
        };
        match client.read(&Call::get("/user")) {
            Ok(answer) if answer.body.get("id").is_some_and(Value::is_u64) => {
                return Ok(found(answer.body.get("id"), answer.body.get("login")));
            }
            Ok(_) => {}
            Err(ClientError::Refused(refused)) if refused.kind != RefusedKind::Token => {}
            Err(error) => return Err(error),
        }
        match client.query(include_str!("queries/viewer.graphql"), &Map::new()) {
            Ok(queried) => {
                let at = |path| queried.data.pointer(path);
                Ok(found(at("/viewer/databaseId"), at("/viewer/login")))
            }
            Err(ClientError::Refused(_)) => Ok((Self::default(), None)),
            Err(error) => Err(error),
        }
    }

    /// An id with which a write of ours came back.
    pub fn learn(&mut self, author: u64) {
        self.0.insert(author);
    }

    pub fn is_known(&self) -> bool {
        !self.0.is_empty()
    }
}

impl FromIterator<u64> for Us {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

fn signed(place: Place<'_>, key: &str) -> Vec<u8> {
    let within = place.within.map(|number| number.to_string());
    // Names of repositories are the same in whatever case.
    let repository = place.repository.to_ascii_lowercase();
    framed(&[place.kind, &repository, within.as_deref().unwrap_or("-"), key])
}

/// Each part with its length, so that no two lists give the same bytes.
fn framed(parts: &[&str]) -> Vec<u8> {
    let frame = |part: &&str| [&(part.len() as u64).to_be_bytes()[..], part.as_bytes()].concat();
    parts.iter().flat_map(frame).collect()
}

/// Letters, digits and `_.` stay, all else is `%2D` and the like: no `-->` stands in it, and it is one part of a path.
pub fn escape(key: &str) -> String {
    let mut escaped = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' => escaped.push(char::from(byte)),
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::forge::testing::{Desk, answer, status};

    const HERE: Place<'_> = Place { kind: "comment", repository: "1296269", within: Some(7) };

    fn us() -> Us {
        Us::from_iter([41_898_282])
    }

    #[test]
    fn what_we_wrote_is_known_again_and_is_hidden() {
        let markers = Markers::new("lineage", None);
        let text = markers.mark("Two reviews are missing.\n", HERE, "review/T-1 -->");
        let (shown, line) = text.split_once("\n\n").unwrap();
        assert_eq!(shown, "Two reviews are missing.");
        assert!(
            line.starts_with("<!-- orch:key=review%2FT%2D1%20%2D%2D%3E;sig=") && line.ends_with(" -->"),
            "{line}"
        );
        assert_eq!(line.matches("--").count(), 2, "a comment of HTML holds no `--`");
        // GitHub gives lines back as it likes.
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("{text}\r\n\n"), line.to_owned()] {
            assert_eq!(
                markers.key_of(&text, Some(41_898_282), &us(), HERE).as_deref(),
                Some("review/T-1 -->")
            );
        }
        assert_eq!(
            text,
            Markers::new("lineage", None).mark("Two reviews are missing.", HERE, "review/T-1 -->")
        );
        assert!(!format!("{markers:?}").contains("lineage"));
    }

    #[test]
    fn what_others_wrote_or_copied_is_not_ours() {
        let markers = Markers::new("lineage", Some("secret"));
        let text = markers.mark("text", HERE, "a");
        let key = |text: &str, author, place| markers.key_of(text, author, &us(), place);
        assert_eq!(key(&text, Some(41_898_282), HERE).as_deref(), Some("a"));
        // Another author, nobody, and before we know who we are.
        assert_eq!(key(&text, Some(1), HERE), None);
        assert_eq!(key(&text, None, HERE), None);
        assert_eq!(markers.key_of(&text, Some(41_898_282), &Us::default(), HERE), None);
        // Another issue, repository or kind, even as our own text.
        for place in [
            Place { within: Some(8), ..HERE },
            Place { within: None, ..HERE },
            Place { repository: "1296260", ..HERE },
            Place { kind: "issue", ..HERE },
        ] {
            assert_eq!(key(&text, Some(41_898_282), place), None, "{place:?}");
        }
        // Another project, and one without the secret.
        for other in [
            Markers::new("other", Some("secret")),
            Markers::new("lineage", None),
            Markers::new("lineage", Some("s")),
        ] {
            assert_eq!(other.key_of(&text, Some(41_898_282), &us(), HERE), None);
        }
        // Another key, another signature, and a marker that somebody put into a text of ours.
        for forged in [
            text.replace("key=a;", "key=b;"),
            text.replace("key=a;", "key=%61%;"),
            text.replace(" -->", "0 -->"),
            text.replace(" -->", "-->"),
            format!("{text}\nand more"),
            "<!-- orch:key=a;sig= -->".to_owned(),
        ] {
            assert_eq!(key(&forged, Some(41_898_282), HERE), None, "{forged}");
        }
        let quoted = markers.mark(&format!("title: {text}"), HERE, "b");
        assert_eq!(key(&quoted, Some(41_898_282), HERE).as_deref(), Some("b"));
    }

    #[test]
    fn who_we_are_is_what_github_says() {
        let desk = Desk::new([Ok(answer(&json!({"id": 5})))]);
        assert_eq!(Us::ask(&desk.client()).unwrap(), Us::from_iter([5]));
        // The token of a workflow.
        let refusal = || Ok(status(403, &json!({"message": "Resource not accessible by integration"})));
        let viewer = Ok(answer(
            &json!({"data": {"viewer": {"login": "github-actions[bot]", "databaseId": 41_898_282}}}),
        ));
        let desk = Desk::new([refusal(), viewer]);
        assert_eq!(Us::ask(&desk.client()).unwrap(), us());
        let mut nobody = Us::ask(&Desk::new([refusal(), refusal()]).client()).unwrap();
        assert!(!nobody.is_known());
        nobody.learn(41_898_282);
        assert_eq!(nobody, us());
        assert!(
            Us::ask(&Desk::new([Ok(status(401, &json!({"message": "Bad credentials"})))]).client()).is_err()
        );
        assert!(Us::ask(&Desk::new([Err(crate::ports::ForgeError::NoToken)]).client()).is_err());
    }

    proptest! {
        #[test]
        fn any_key_comes_back_and_any_text_is_read(key in ".{0,60}", text in "\\PC{0,200}", other in ".{0,20}") {
            let markers = Markers::new(&text, None);
            let marked = markers.mark(&text, HERE, &key);
            prop_assert_eq!(markers.key_of(&marked, Some(41_898_282), &us(), HERE), Some(key));
            for odd in [text.clone(), format!("{BEGIN}{text}{END}"), format!("{BEGIN}{other}{SIGNED}{text}{END}")] {
                prop_assert_eq!(markers.key_of(&odd, Some(41_898_282), &us(), HERE), None);
            }
        }
    }
}
