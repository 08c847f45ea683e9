//! Archives that are whole, damaged, and none at all.

use serde_json::json;

use super::*;
use crate::actions::files::Archive;
use crate::actions::files::testing::Bench;

fn archived() -> Bench {
    let bench = Bench::new();
    bench.file("data/a.txt", &"a line\n".repeat(200), 3);
    bench.file("data/b/c.txt", "c", 2);
    bench.perform(&Archive, &json!({ "in": "data", "match": "**", "to": "backups/data.zip" })).unwrap();
    bench
}

fn verified(bench: &Bench) -> Result<Map<String, Value>, Failure> {
    bench.perform(&Verify, &json!({ "in": "backups", "match": "*.zip" }))
}

#[test]
fn whole_archives_are_counted() {
    let outputs = verified(&archived()).unwrap();
    assert_eq!(Value::Object(outputs), json!({ "count": 1, "entries": 2, "bytes": 1401 }));
}

#[test]
fn damage_is_found_wherever_it_is() {
    let bench = archived();
    let whole = bench.bytes("backups/data.zip");
    let at = whole.windows(6).position(|window| window == b"a line").unwrap_or(60);
    let mut flipped = whole.clone();
    flipped[at] ^= 0x40;
    for damaged in [&flipped[..], &whole[..whole.len() / 2], b"no zip at all"] {
        #[expect(clippy::disallowed_methods, reason = "tests damage files themselves")]
        std::fs::write(bench.folder.path().join("backups/data.zip"), damaged).unwrap();
        let failure = verified(&bench).unwrap_err();
        assert!(failure.is_final && failure.message.contains("`backups/data.zip`"), "{failure}");
    }
}

#[test]
fn no_archive_is_a_failure_and_so_is_one_without_a_manifest() {
    let bench = Bench::new();
    assert_eq!(verified(&bench).unwrap_err().message, "there is no archive to verify");
    let mut empty = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    empty.start_file("x", zip::write::SimpleFileOptions::default()).unwrap();
    bench.file("backups/x.zip", "", 0);
    let bytes = empty.finish().unwrap().into_inner();
    #[expect(clippy::disallowed_methods, reason = "tests make archives themselves")]
    std::fs::write(bench.folder.path().join("backups/x.zip"), bytes).unwrap();
    assert!(verified(&bench).unwrap_err().message.contains("no MANIFEST.json"));
}
