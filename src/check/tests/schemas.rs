//! The files in `schemas/` are what the raw types generate.

use std::path::Path;

use crate::adapters::disk::{Disk, replace};
use crate::check::schema;
use crate::load::Kind;
use crate::ports::{Content, Files};

#[test]
#[expect(clippy::disallowed_methods, reason = "the switch is for people who run this test by hand")]
fn files_are_up_to_date() {
    let update = std::env::var_os("ORCH_UPDATE_SCHEMAS").is_some();
    for kind in Kind::ALL {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{kind}.schema.json"));
        let wanted = schema(kind).into_bytes();
        if update {
            replace(&path, &wanted).unwrap();
        }
        let is_current = Disk.read(&path, 1 << 20).is_ok_and(|found| found == Content::Whole(wanted));
        assert!(
            is_current,
            "schemas/{kind}.schema.json is out of date; run `ORCH_UPDATE_SCHEMAS=1 cargo test schemas`"
        );
    }
}

#[test]
fn every_key_is_explained_and_nothing_may_be_null() {
    fn walk(value: &serde_json::Value, at: &str) {
        if let Some(properties) = value.get("properties").and_then(|all| all.as_object()) {
            for (key, property) in properties {
                assert!(property.get("description").is_some(), "{at}/{key} has no description");
            }
        }
        match value {
            serde_json::Value::Object(map) => {
                map.iter().for_each(|(key, inner)| walk(inner, &format!("{at}/{key}")));
            }
            serde_json::Value::Array(list) => list.iter().for_each(|inner| walk(inner, at)),
            serde_json::Value::String(text) => assert!(text != "null", "{at}"),
            _ => {}
        }
    }
    for kind in Kind::ALL {
        walk(&serde_json::from_str(&schema(kind)).unwrap(), kind.as_str());
    }
}
