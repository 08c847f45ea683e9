//! Archives on real files: round trip, second runs, attempts that died, and files that change.

use std::io::{Cursor, Read};

use serde_json::json;

use super::*;
use crate::actions::files::testing::Bench;
use crate::ports::Workspace;

fn reports(bench: &Bench) {
    bench.file("reports/old/ü\n1.md", "one", 100);
    bench.file("reports/2.md", &"two\n".repeat(500), 95);
    bench.file("reports/new.md", "new", 5);
}

fn args() -> Value {
    json!({ "in": "reports", "match": "**/*.md", "older_than": "90d", "to": "archive/r.zip", "remove": true })
}

fn unzipped(bench: &Bench, path: &str) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bench.bytes(path))).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

#[test]
fn archives_with_a_manifest_and_removes() {
    let bench = Bench::new();
    reports(&bench);
    let outputs = bench.perform(&Archive, &args()).unwrap();
    assert_eq!((&outputs["archive"], &outputs["count"]), (&json!("archive/r.zip"), &json!(2)));
    assert_eq!(bench.paths(), ["archive/r.zip", "reports/new.md"]);
    let files = unzipped(&bench, "archive/r.zip");
    assert_eq!(files["reports/old/ü\n1.md"], "one");
    assert_eq!(files["reports/2.md"], "two\n".repeat(500));
    let manifest: Value = serde_json::from_str(&files["MANIFEST.json"]).unwrap();
    assert_eq!(
        manifest["files"][1],
        json!({
            "path": "reports/old/ü\n1.md",
            "bytes": 3,
            "modified": "2026-08-10T11:06:40Z",
            "sha256": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
        })
    );
    let second = bench.perform(&Archive, &args()).unwrap();
    assert_eq!((&second["count"], &second["archive"]), (&json!(0), &Value::Null));
    assert_eq!(bench.paths(), ["archive/r.zip", "reports/new.md"]);
}

#[test]
fn keeps_files_and_archives_them_once() {
    let bench = Bench::new();
    reports(&bench);
    let mut args = args();
    args["remove"] = json!(false);
    args["to"] = json!("reports/r.zip");
    args["match"] = json!("**");
    assert_eq!(bench.perform(&Archive, &args).unwrap()["added"], 2);
    assert_eq!(bench.perform(&Archive, &args).unwrap()["count"], 0);
    assert_eq!(bench.preview(&Archive, &args).files, []);
    // What is new goes beside it; the first archive is not touched.
    let before = bench.bytes("reports/r.zip");
    bench.file("reports/2.md", "two, again", 91);
    let outputs = bench.perform(&Archive, &args).unwrap();
    assert_eq!(
        (&outputs["archive"], &outputs["files"]),
        (&json!("reports/r-2.zip"), &json!(["reports/2.md"]))
    );
    assert_eq!(bench.bytes("reports/r.zip"), before);
}

#[test]
fn finishes_what_a_killed_attempt_began() {
    let bench = Bench::new();
    reports(&bench);
    let manifest = bench.preview(&Archive, &args());
    let mut keep = args();
    keep["remove"] = json!(false);
    bench.perform(&Archive, &keep).unwrap();
    // The attempt died after one of two originals was removed.
    bench.remove("reports/2.md");
    let outputs = bench.perform_planned(&Archive, &args(), &manifest).unwrap();
    assert_eq!(
        (&outputs["count"], &outputs["added"], &outputs["left_count"]),
        (&json!(2), &json!(0), &json!(0))
    );
    assert_eq!(outputs["archive"], "archive/r.zip");
    assert_eq!(bench.paths(), ["archive/r.zip", "reports/new.md"]);
}

#[test]
fn a_foreign_or_broken_zip_is_no_reason_to_remove() {
    let bench = Bench::new();
    reports(&bench);
    let mut keep = args();
    keep["remove"] = json!(false);
    bench.perform(&Archive, &keep).unwrap();
    // One bit of the packed data is flipped; the directory of the zip and its manifest are fine.
    let mut bytes = bench.bytes("archive/r.zip");
    let at = bytes.windows(12).position(|window| window == b"reports/2.md").unwrap() + 20;
    bytes[at] ^= 1;
    let broken = bytes.clone();
    let stat = bench.stat("archive/r.zip");
    bench.files.remove(&stat).unwrap();
    bench.files.write("archive/r.zip", false, &mut |file| file.write_all(&bytes)).unwrap();
    bench.file("archive/r-2.zip", "not a zip", 1);
    let outputs = bench.perform(&Archive, &args()).unwrap();
    assert_eq!(outputs["archives"], json!(["archive/r-3.zip", "archive/r.zip"]));
    assert_eq!(unzipped(&bench, "archive/r-3.zip")["reports/2.md"], "two\n".repeat(500));
    assert_eq!(bench.bytes("archive/r.zip"), broken);
    assert_eq!(bench.text("archive/r-2.zip"), "not a zip");
    assert_eq!(bench.stat("reports/new.md").bytes, 3);
}

#[test]
fn changed_files_are_left_alone() {
    let bench = Bench::new();
    reports(&bench);
    bench.file("reports/3.md", "three", 99);
    let manifest = bench.preview(&Archive, &args());
    bench.file("reports/2.md", "changed", 99);
    bench.remove("reports/3.md");
    let outputs = bench.perform_planned(&Archive, &args(), &manifest).unwrap();
    assert_eq!(outputs["files"], json!(["reports/old/ü\n1.md"]));
    assert_eq!(
        outputs["left_alone"],
        json!([
            { "path": "reports/2.md", "why": "changed since it was planned" },
            { "path": "reports/3.md", "why": "is gone" },
        ])
    );
    assert_eq!(bench.text("reports/2.md"), "changed");
    assert_eq!(unzipped(&bench, "archive/r.zip").len(), 2);
}

#[test]
fn arguments_and_permissions() {
    let mut bench = Bench::new();
    reports(&bench);
    for (to, is_fine) in
        [("a.tar", false), ("a.ZIP", true), ("a-{{ x }}.zip", true), ("{{ x }}", true), ("../a.zip", false)]
    {
        assert_eq!(Archive.check(&json!({ "match": "**", "to": to })).is_ok(), is_fine, "{to}");
    }
    bench.permissions.write = Some(vec!["archive/**".into()]);
    let error = bench.perform(&Archive, &args()).unwrap_err();
    assert!(error.message.contains("`reports/2.md` is outside of `permissions.write`"), "{error}");
    assert_eq!(bench.paths().len(), 3);
    bench.permissions.write = Some(vec!["reports/**".into()]);
    let error = bench.perform(&Archive, &args()).unwrap_err();
    assert!(error.message.contains("`archive/r.zip` is outside"), "{error}");
    bench.permissions = crate::model::Permissions { max_files: Some(1), ..Default::default() };
    assert!(bench.perform(&Archive, &args()).unwrap_err().message.contains("`permissions.max_files`"));
    bench.permissions = crate::model::Permissions::default();
    bench.file("MANIFEST.json", "{}", 1);
    let error = bench.perform(&Archive, &json!({ "match": "*", "to": "a.zip" })).unwrap_err();
    assert!(error.message.contains("leave it out with `not_match`"), "{error}");
    assert_eq!(bench.paths().len(), 4, "nothing half-written");
}

#[test]
fn numbers_are_told_from_other_names() {
    assert_eq!([numbered("a/x.zip", 1), numbered("a/x.zip", 2)], ["a/x.zip", "a/x-2.zip"]);
    assert!(is_numbered("a/x.zip", "a/x.zip") && is_numbered("a/x-12.zip", "a/x.zip"));
    assert!(!is_numbered("a/x-y.zip", "a/x.zip") && !is_numbered("a/x-.zip", "a/x.zip"));
}
