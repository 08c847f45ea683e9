//! Files, payloads and commits: what comes from outside while nobody looks.

use super::project;

const ACCESS: &str = "203.0.113.9 - - [20/Nov/2026:13:55:36 +0000] \"GET / HTTP/1.1\" 200 2326\n\
     203.0.113.9 - - [20/Nov/2026:13:55:37 +0000] \"GET /a HTTP/1.1\" 503 12\n\
     203.0.113.7 - tess [20/Nov/2026:13:55:38 +0000] \"POST /b HTTP/1.1\" 200 7\n\
     203.0.113.7 - - [20/Nov/2026:13:55:39 +0000] \"GET /c HTTP/1.1\" 404 7\nno line of a log\n";

#[test]
fn changed_configuration_is_backed_up() {
    let demo = project(&["config-backup-on-change"]);
    demo.write("config/app.yaml", "port: 1\n");
    demo.tick("2026-11-20T12:00:00Z");
    demo.idle("2026-11-20T12:01:00Z");
    demo.write("config/app.yaml", "port: 2\n");
    demo.write("config/more/db.yaml", "host: x\n");
    let said = demo.tick("2026-11-20T12:02:00Z");
    assert!(said.contains("after a change of config/app.yaml, config/more/db.yaml"), "{said}");
    assert_eq!(demo.files("backups"), ["backups/config/2026-11-20T120200Z.zip"]);
    std::fs::remove_file(demo.cwd.join("config/app.yaml")).unwrap();
    demo.tick("2026-11-20T12:03:00Z");
    assert_eq!(demo.files("backups").len(), 2);
    assert_eq!(demo.runs(), ["config-backup-on-change#1 succeeded", "config-backup-on-change#2 succeeded"]);
    demo.idle("2026-11-20T12:04:00Z");
}

#[test]
fn a_new_document_is_in_the_index_and_the_graph() {
    let demo = project(&["index-new-documents"]);
    demo.write("docs/first.md", "# The | first\n\nSee [second](second.md).\n");
    demo.tick("2026-11-20T12:00:00Z");
    demo.write("docs/deep/second.md", "---\ntitle: Second\ndate: 2026-11-19\nauthor: Tess\n---\n\nText.\n");
    let said = demo.tick("2026-11-20T12:02:00Z");
    assert!(said.contains("Index of 2 documents updated; new or changed: docs/deep/second.md"), "{said}");
    assert_eq!(demo.runs(), ["index-new-documents#1 succeeded"]);
    let index: serde_json::Value = serde_json::from_str(&demo.read("knowledge/index.json")).unwrap();
    assert_eq!(
        index[0],
        serde_json::json!({"file": "docs/deep/second.md", "title": "Second", "date": "2026-11-19", "author": "Tess"})
    );
    let graph: serde_json::Value = serde_json::from_str(&demo.read("knowledge/graph.json")).unwrap();
    assert_eq!((&graph[0]["file"], &graph[0]["url"]), (&"docs/first.md".into(), &"second.md".into()));
    let page = demo.read("knowledge/INDEX.md").replace('\u{2060}', "");
    assert!(page.contains("2 documents, 1 links."), "{page}");
    assert!(page.contains("| docs/deep/second.md | Second | 2026-11-19 | Tess |\n"), "{page}");
    assert!(page.contains("| docs/first.md | The &#124; first |"), "{page}");
    demo.idle("2026-11-20T12:03:00Z");
}

#[test]
fn access_logs_become_tables_and_a_metric() {
    let demo = project(&["structure-access-logs"]);
    demo.tick("2026-11-20T12:00:00Z");
    demo.write("logs/access/web.log", ACCESS);
    demo.write("logs/access/api.log", ACCESS.lines().next().unwrap());
    demo.tick("2026-11-20T12:02:00Z");
    assert_eq!(demo.runs(), ["structure-access-logs#1 succeeded", "structure-access-logs#2 succeeded"]);
    assert_eq!(
        demo.files("structured"),
        ["api.csv", "api.json", "api.md", "web.csv", "web.json", "web.md"]
            .map(|name| format!("structured/{name}"))
    );
    let page = demo.read("structured/web.md");
    assert!(page.contains("4 requests, 1 lines that are none."), "{page}");
    assert!(page.contains("| 200 | 2 |\n| 404 | 1 |\n| 503 | 1 |\n"), "{page}");
    assert!(demo.read("structured/web.csv").contains("2026-11-20T13:55:37Z"));
    assert!([0.0, 25.0].iter().any(|percent| (demo.metric("http_errors_percent") - percent).abs() < 0.1));
    demo.idle("2026-11-20T12:03:00Z");
}

#[test]
fn alerts_are_answered_once() {
    let demo = project(&["control-center-alerts"]);
    demo.tick("2026-11-20T12:00:00Z");
    let alert = |file: &str, status: &str| {
        demo.write(
            &format!("inbox/control-center/{file}.json"),
            format!(
                "{{\"service\": \"Postgres :: main\", \"status\": \"{status}\", \"metric\": \"connections\", \
                 \"threshold\": 90, \"current_value\": 98, \"timestamp\": \"2026-11-20T12:00:00Z\"}}"
            ),
        );
    };
    alert("1", "CRITICAL");
    let said = demo.tick("2026-11-20T12:01:00Z");
    assert!(said.contains("Postgres :: main: CRITICAL"), "{said}");
    assert!(said.contains("connections is at 98 (limit 90); see INC-001"), "{said}");
    assert_eq!(demo.files("incidents"), ["incidents/2026-11-20T120100Z-postgres-main.json"]);
    let task = demo.said(&["task", "show", "INC-001", "--now", "2026-11-20T12:01:30Z"]);
    assert!(task.contains("Postgres :: main is CRITICAL") && task.contains("P1"), "{task}");
    // The same again is no news; another status is.
    alert("2", "CRITICAL");
    demo.tick("2026-11-20T12:02:00Z");
    assert_eq!(demo.runs(), ["control-center-alerts#1 succeeded"]);
    alert("3", "OK");
    let said = demo.tick("2026-11-20T12:03:00Z");
    assert!(said.contains("Postgres :: main: OK"), "{said}");
    assert_eq!(demo.runs(), ["control-center-alerts#1 succeeded", "control-center-alerts#2 succeeded"]);
    demo.idle("2026-11-20T12:04:00Z");
}

#[test]
fn commits_are_tested_as_they_are_in_git() {
    let demo = project(&["test-on-commit"]);
    let commit = |message: &str| {
        demo.git(&["add", "-A"]);
        demo.git(&["commit", "--quiet", "-m", message]);
    };
    demo.tick("2026-11-20T12:00:00Z");
    demo.write("ci/test.sh", "grep -q good answer.txt || { echo 'the answer is bad'; exit 3; }\n");
    demo.write("ci/build.sh", format!("cp answer.txt '{}/built.txt'\n", demo.cwd.display()));
    demo.write("answer.txt", "good\n");
    commit("a good answer");
    // What is not committed does not count.
    demo.write("answer.txt", "bad\n");
    let said = demo.tick("2026-11-20T12:01:00Z");
    assert!(said.contains(" is good"), "{said}");
    assert_eq!(demo.read("built.txt"), "good\n");
    assert_eq!(demo.runs(), ["test-on-commit#1 succeeded"]);
    std::fs::remove_file(demo.cwd.join("built.txt")).unwrap();
    commit("a bad answer");
    let said = demo.bad_tick("2026-11-20T12:02:00Z");
    assert!(said.contains("fails in test") && said.contains("the answer is bad"), "{said}");
    assert_eq!(demo.runs(), ["test-on-commit#1 succeeded", "test-on-commit#2 failed"]);
    assert!(!demo.cwd.join("built.txt").exists());
    demo.idle("2026-11-20T12:03:00Z");
}
