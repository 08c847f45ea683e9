//! Actions on files, on real files in temporary folders.
#![expect(clippy::format_collect, reason = "clear is better than fast here")]
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::actions::{Failure, World, find};
use crate::adapters::workspace::DiskWorkspace;
use crate::model::{Permissions, Time};
use crate::ports::{Http, HttpError, HttpReply, HttpRequest};

pub(in crate::actions) struct NoHttp;

impl Http for NoHttp {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("there is no network here".into()))
    }
}

struct Project {
    folder: tempfile::TempDir,
    permissions: Permissions,
}

impl Project {
    fn of(files: &[(&str, &[u8])]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), permissions: Permissions::default() };
        for (path, content) in files {
            std::fs::create_dir_all(project.path(path).parent().unwrap()).unwrap();
            std::fs::write(project.path(path), content).unwrap();
        }
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn perform(&self, action: &str, args: &Value) -> Result<Map<String, Value>, Failure> {
        let files = DiskWorkspace::open(self.folder.path()).unwrap();
        let world = World {
            files: &files,
            http: &NoHttp,
            github: Err("there is no GitHub here"),
            run: &crate::model::RunId("deploy#7".into()),
            step: "notify",
            now: Time::from_second(1_795_000_000),
            begun: None,
            key: "run#1/step/1",
            permissions: &self.permissions,
            say: &|_| {},
            secret: &|name| Err(format!("no {name}")),
        };
        find(action).unwrap().perform(args, None, &world)
    }

    fn wrong(&self, action: &str, args: Value) -> String {
        let failure = self.perform(action, &args).unwrap_err();
        assert!(failure.is_final, "{}", failure.message);
        failure.message
    }
}

const ORDERS: &str = "id;customer;total;paid\n1;Müller;12.50;true\n2;=cmd|' /C calc'!A0;-3;false\n";

#[test]
fn data_goes_around_all_formats_and_comes_back() {
    let project = Project::of(&[("in/orders.csv", format!("\u{feff}{ORDERS}").as_bytes())]);
    let chain = ["in/orders.csv", "out/a.json", "out/b.xlsx", "out/c.yaml", "out/d.jsonl", "out/e.csv"];
    for pair in chain.windows(2) {
        let args = json!({ "from": pair[0], "to": pair[1] });
        let outputs = project.perform("data.convert", &args).unwrap();
        assert_eq!((&outputs["records"], &outputs["to"]), (&json!(2), &json!(pair[1])));
        // The step runs again, because its tick died: nothing changes, and nothing is wrong.
        assert_eq!(project.perform("data.convert", &args).unwrap(), outputs);
    }
    assert_eq!(
        project.text("out/e.csv"),
        "id,customer,total,paid\n1,Müller,12.5,true\n2,'=cmd|' /C calc'!A0,-3,false\n"
    );
    let json: Value = serde_json::from_str(&project.text("out/a.json")).unwrap();
    assert_eq!(json[0], json!({ "id": 1, "customer": "Müller", "total": 12.5, "paid": true }));
    let args = json!({ "from": "out/a.json", "to": "out/f.csv", "delimiter": ";", "formulas": true });
    project.perform("data.convert", &args).unwrap();
    assert_eq!(project.text("out/f.csv"), ORDERS.replace("12.50", "12.5"));
}

#[test]
fn what_cannot_be_converted_is_left_alone() {
    let project = Project::of(&[
        ("a.csv", b"a,b\n1\n"),
        ("latin.csv", b"name\ncaf\xe9\n"),
        ("empty.json", b""),
        ("map.json", b"{\"a\": 1}"),
        ("there.json", b"[]"),
        ("fine.csv", b"a\n1\n"),
    ]);
    for (from, to, message) in [
        ("none.csv", "x.json", "`none.csv` does not exist"),
        ("a.csv", "x.json", "`a.csv`: line 2 has 1 cell, and the header has 2"),
        ("latin.csv", "x.json", "`latin.csv`: line 2 is not UTF-8"),
        ("empty.json", "x.csv", "`empty.json`: is empty, which is not JSON"),
        ("map.json", "x.csv", "`map.json` does not fit into `x.csv`: a table is made of a list of mappings"),
        ("fine.csv", "there.json", "`there.json` exists already; write `over: true` to replace it"),
        ("fine.csv", "fine.csv", "`fine.csv` cannot be converted to itself"),
        ("../a.csv", "x.json", "`../a.csv` is not a path below"),
        ("fine.csv", "/tmp/x.json", "`/tmp/x.json` is not a path below"),
        ("fine.csv", ".git/x.json", "`.git/x.json` belongs to git"),
        ("fine.csv", "x.txt", "`to`: `x.txt` has an ending of no known format"),
    ] {
        let found = project.wrong("data.convert", json!({ "from": from, "to": to }));
        assert!(found.starts_with(message), "{found}");
        assert!(!project.path("x.json").exists() && !project.path("x.csv").exists());
    }
    assert_eq!(project.text("there.json"), "[]");
}

#[test]
fn large_files_are_refused_before_they_are_read() {
    let project = Project::of(&[]);
    let file = std::fs::File::create(project.path("large.csv")).unwrap();
    file.set_len(100 << 20).unwrap();
    let message = "`large.csv` has 100 MB, and 16 MB is the most that is read; split it";
    assert_eq!(project.wrong("data.convert", json!({ "from": "large.csv", "to": "x.json" })), message);
    let args = json!({ "from": "*.csv", "kind": "log" });
    assert_eq!(project.wrong("data.extract", args), message);
}

#[test]
fn permissions_hold_for_what_is_rendered() {
    let mut project = Project::of(&[("in/a.csv", b"a\n1\n"), ("secret/a.csv", b"a\n1\n")]);
    project.permissions.read = Some(vec!["in/**".into()]);
    project.permissions.write = Some(vec!["out/*.json".into()]);
    let convert = |from: &str, to: &str| json!({ "from": from, "to": to });
    project.perform("data.convert", &convert("in/a.csv", "out/a.json")).unwrap();
    for args in [
        convert("secret/a.csv", "out/b.json"),
        convert("in/a.csv", "out/deep/b.json"),
        convert("in/a.csv", "b.json"),
    ] {
        project.wrong("data.convert", args);
    }
    project.wrong("data.extract", json!({ "from": "**/*.csv", "kind": "regex", "pattern": "." }));
    project.permissions.max_bytes = Some(3);
    let message = project.wrong("report.render", json!({ "template": "long", "to": "out/c.json" }));
    assert_eq!(message, "`out/c.json` would have 4 bytes, more than 3; raise `permissions.max_bytes`");
}

#[test]
fn records_come_out_of_a_hundred_reports() {
    let reports: Vec<(String, String)> = (0..100)
        .map(|day| {
            let text = format!(
                "---\ntitle: Report {day}\nauthor: agent-{:02}\ndate: 2026-01-{:02}\ntasks: {day}\n---\n# Report\n\nSee [log](logs/{day}.txt).\n",
                day % 5, day % 28 + 1
            );
            (format!("reports/w{}/r{day:03}.md", day / 10), text)
        })
        .collect();
    let mut files: Vec<(&str, &[u8])> =
        reports.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
    files.push(("reports/readme.txt", b"no report"));
    files.push(("reports/bad.md", b"---\na: [\n---\n"));
    let project = Project::of(&files);
    let args = json!({ "from": "reports/**/*.md", "kind": "front_matter", "to": "reports/index.csv" });
    let outputs = project.perform("data.extract", &args).unwrap();
    assert_eq!(
        (&outputs["count"], &outputs["files"], &outputs["unparsed"], &outputs["is_cut"]),
        (&json!(100), &json!(101), &json!(1), &json!(false))
    );
    assert_eq!(
        outputs["records"][7],
        json!({ "file": "reports/w0/r007.md", "title": "Report 7", "author": "agent-02", "date": "2026-01-08", "tasks": 7 })
    );
    let index = project.text("reports/index.csv");
    assert_eq!(index.lines().count(), 101);
    assert!(
        index
            .starts_with("file,title,author,date,tasks\nreports/w0/r000.md,Report 0,agent-00,2026-01-01,0\n"),
        "{index}"
    );

    let outputs = project
        .perform("data.extract", &json!({ "from": ["reports/w0/r000.md", "none/*.md"], "kind": "links" }))
        .unwrap();
    assert_eq!(outputs["records"][0]["url"], json!("logs/0.txt"));
    assert_eq!(outputs["records"][0]["line"], json!(9));
    let args =
        json!({ "from": "reports/w0/r000.md", "kind": "regex", "pattern": "(?<key>\\w+): (?<value>\\S+)" });
    let outputs = project.perform("data.extract", &args).unwrap();
    assert_eq!(
        outputs["records"][3],
        json!({ "file": "reports/w0/r000.md", "line": 5, "key": "tasks", "value": 0 })
    );
}

#[test]
fn outputs_of_large_logs_are_cut_and_the_file_is_not() {
    let log: String = (0..5000).map(|line| format!("level=info n={line} msg=\"a line\"\n")).collect();
    let project = Project::of(&[("app.log", log.as_bytes())]);
    let args = json!({ "from": "app.log", "kind": "log", "format": "logfmt", "to": "app.jsonl" });
    let outputs = project.perform("data.extract", &args).unwrap();
    assert_eq!((&outputs["count"], &outputs["is_cut"]), (&json!(5000), &json!(true)));
    assert_eq!(outputs["records"].as_array().unwrap().len(), 1000);
    assert_eq!(project.text("app.jsonl").lines().count(), 5000);
    for (args, message) in [
        (json!({ "from": "x.log", "kind": "log" }), "`x.log` does not exist"),
        (json!({ "from": "app.log", "kind": "regex" }), "missing key `pattern`"),
        (
            json!({ "from": "app.log", "kind": "regex", "pattern": "(" }),
            "`pattern`: `(` is not a pattern: unclosed group",
        ),
        (
            json!({ "from": "app.log", "kind": "log", "format": "apache" }),
            "`format`: `apache` is not a format of logs",
        ),
        (
            json!({ "from": "app.log", "kind": "title", "format": "json" }),
            "`format`: `format` is for `kind: log`",
        ),
    ] {
        let found = project.wrong("data.extract", args);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn reports_are_written_from_files_with_charts() {
    let project = Project::of(&[("week.md.j2", b"# Week {{ week }}\n\n{{ load_chart }}\n")]);
    let args = json!({
        "template_file": "week.md.j2", "to": "reports/2.md",
        "data": { "week": 2, "load_chart": { "kind": "bar", "title": "Load", "series": { "a\"": 1, "b": "2" } } },
    });
    let outputs = project.perform("report.render", &args).unwrap();
    let expected = "# Week 2\n\n```mermaid\nxychart-beta\n    title \"Load\"\n    x-axis [\"a#quot;\", \"b\"]\n    bar [1, 2]\n```\n";
    assert_eq!(project.text("reports/2.md"), expected);
    assert_eq!(outputs["bytes"], json!(expected.len()));
    // What the step wrote itself is not rendered a second time.
    let args = json!({ "template": "data says {{ secrets.TOKEN }}", "to": "plain.txt" });
    project.perform("report.render", &args).unwrap();
    assert_eq!(project.text("plain.txt"), "data says {{ secrets.TOKEN }}");
    for (args, message) in [
        (json!({ "template_file": "none.j2", "to": "x.md" }), "`none.j2` does not exist"),
        (json!({ "template_file": "week.md.j2", "to": "x.md" }), "`week.md.j2`: "),
        (json!({ "to": "x.md" }), "missing key `template` or `template_file`"),
        (json!({ "template": "\u{10f5e1}TOKEN\u{10f5e2}", "to": "x.md" }), "a secret stands in the report"),
        (json!({ "template": "x", "to": "x.md", "data": {} }), "`data`: `data` is for a `template_file`"),
    ] {
        let found = project.wrong("report.render", args);
        assert!(found.starts_with(message), "{found}");
    }
}
