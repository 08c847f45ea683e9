//! Payloads from outside with their signatures, up to the runs and effects that follow from them.

use serde_json::Value;

use super::first_line;
use super::folder::{Folder, Nothing};
use super::planning::{BEGUN, TEAM, now, planned};
use crate::model::{Change, Config, FlowFact};
use crate::observe::look;
use crate::state::State;

const SECRET: &str = "It's a Secret to Everybody";

/// The signature on the first line, then the payload. `sign` stands for the right signature.
pub fn webhook(data: &[u8]) {
    let (signature, payload) = first_line(data);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = ring::hmac::sign(&key, payload);
    let digits = signed.as_ref().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    let right = format!("sha256={digits}");
    let given = String::from_utf8_lossy(signature).into_owned();
    let given = if given == "sign" { right.clone() } else { given };
    let is_signed =
        given.trim().strip_prefix("sha256=").is_some_and(|given| given.eq_ignore_ascii_case(&digits));
    let folder = Folder::of([("inbox/a.json", payload), ("inbox/a.json.sig", given.as_bytes())]);

    // The first look learns what is there; nothing was.
    let watching = seen(&TEAM, &BEGUN, &Folder::default());
    let state =
        planned(&TEAM, Some(BEGUN.clone()), now(), &[], &watching).expect("nothing is asked for").state;
    let facts = seen(&TEAM, &state, &folder);
    let [FlowFact::WebhookReceived { file, payload: read, problem, .. }] = facts.as_slice() else {
        panic!("one payload, one fact: {facts:?}");
    };
    assert_eq!((file.path.as_str(), file.change), ("inbox/a.json", Change::Created));
    let whole = serde_json::from_slice::<Value>(payload);
    assert_eq!(problem.is_none(), is_signed && whole.is_ok(), "{problem:?}: {given}");
    assert!(problem.is_some() || whole.is_ok_and(|whole| whole == *read));
    let Some(after) = planned(&TEAM, Some(state), now(), &[], &facts) else { panic!("nothing is asked for") };
    assert!(problem.is_none() || after.plan.effects.is_empty());
    // The next look finds nothing new.
    assert_eq!(seen(&TEAM, &after.state, &folder), []);
}

fn seen(config: &Config, state: &State, folder: &Folder) -> Vec<FlowFact> {
    let sight = look(config, state, folder, folder, &Nothing, &|_| Some(SECRET.to_owned()));
    sight.expect("a folder in memory can be read").facts
}
