//! Tests of the four forms.

use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics, Issue, SourceMap, Span};

use super::{github, human, json, sarif, summary};

fn example() -> (Diagnostics, SourceMap) {
    let mut map = SourceMap::default();
    let (routing, agents): (Arc<str>, Arc<str>) = ("routing.yaml".into(), "a b,c:d%.yaml".into());
    map.insert(routing.clone(), "routes:\n  - name: é\n    to: 日本x\n".into());
    map.insert(agents.clone(), "agents: []".into());
    let mut diagnostics = Diagnostics::default();
    let unknown =
        Diagnostic::new(Issue::UnknownAgent, &routing, Span::new(29, 36), "agent `日本x` is not declared");
    diagnostics.push(unknown.label(&agents, Span::new(8, 10), "none here").help("did you mean `x`?"));
    diagnostics.push(Diagnostic::new(Issue::FileNotRead, &agents, Span::default(), "50%\nof it"));
    (diagnostics, map)
}

#[test]
fn people_see_the_line() {
    let (diagnostics, map) = example();
    let text = human(&diagnostics, &map, false);
    let expected = "\
error[ORCH-0201]: agent `日本x` is not declared
 --> routing.yaml:3:9
  |
3 |     to: 日本x
  |         ^^^^^
  |
 ::: a b,c:d%.yaml:1:9
  |
1 | agents: []
  |         -- none here
  |
  = help: did you mean `x`?
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("\n1 error, 1 warning in 2 files\n"), "{text}");
    assert!(!text.contains('\u{1b}'));
    assert!(human(&diagnostics, &map, true).contains('\u{1b}'));
    assert_eq!(human(&Diagnostics::default(), &map, true), "");
    assert_eq!(summary(&Diagnostics::default()), None);
}

#[test]
fn marks_beyond_the_text_do_not_panic() {
    let file: Arc<str> = "x.yaml".into();
    for text in ["", "é", "a\n", "\n\n", "a: 1\r\n", "\t- x"] {
        let mut map = SourceMap::default();
        map.insert(file.clone(), text.into());
        for (start, end) in [(0, 0), (1, 1), (0, 99), (99, 99), (2, 1), (1, 2)] {
            let mut diagnostics = Diagnostics::default();
            let diagnostic = Diagnostic::new(Issue::Syntax, &file, Span::new(start, end), "x");
            diagnostics.push(diagnostic.label(&file, Span::new(end, start), "y").label(
                &"z".into(),
                Span::default(),
                "z",
            ));
            human(&diagnostics, &map, true);
            json(&diagnostics, &map);
            sarif(&diagnostics, &map);
            github(&diagnostics, &map);
        }
    }
}

#[test]
fn json_is_format_one() {
    let (diagnostics, map) = example();
    let value: serde_json::Value = serde_json::from_str(&json(&diagnostics, &map)).unwrap();
    assert_eq!(
        (&value["format_version"], &value["errors"], &value["warnings"]),
        (&1.into(), &1.into(), &1.into())
    );
    let expected = serde_json::json!({
        "code": "ORCH-0201",
        "severity": "error",
        "title": "agent is not declared",
        "message": "agent `日本x` is not declared",
        "file": "routing.yaml",
        "line": 3, "column": 9, "end_line": 3, "end_column": 12,
        "help": "did you mean `x`?",
        "labels": [{
            "message": "none here", "file": "a b,c:d%.yaml",
            "line": 1, "column": 9, "end_line": 1, "end_column": 11,
        }],
    });
    assert_eq!(value["diagnostics"][0], expected);
}

#[test]
fn github_escapes_what_it_must() {
    let (diagnostics, map) = example();
    assert_eq!(
        github(&diagnostics, &map),
        "::error file=routing.yaml,line=3,endLine=3,col=9,endColumn=12,title=ORCH-0201%3A agent is not declared\
         ::agent `日本x` is not declared%0Ahelp: did you mean `x`?\n\
         ::warning file=a b%2Cc%3Ad%25.yaml,line=1,endLine=1,col=1,endColumn=1,\
         title=ORCH-0012%3A file is not read by `orch`::50%25%0Aof it\n"
    );
}

#[test]
fn github_and_code_scanning_see_paths_from_the_root_of_the_repository() {
    let (diagnostics, map) = example();
    let map = map.in_folder("ops/team a");
    assert!(github(&diagnostics, &map).starts_with("::error file=ops/team a/routing.yaml,line=3"));
    let sarif = sarif(&diagnostics, &map);
    for uri in ["\"ops/team%20a/routing.yaml\"", "\"ops/team%20a/a%20b,c%3Ad%25.yaml\""] {
        assert!(sarif.contains(uri), "{sarif}");
    }
    assert!(human(&diagnostics, &map, false).contains("--> routing.yaml:3:9"), "people are in the project");
}

#[test]
fn sarif_names_rules_and_places() {
    let (diagnostics, map) = example();
    let value: serde_json::Value = serde_json::from_str(&sarif(&diagnostics, &map)).unwrap();
    let run = &value["runs"][0];
    assert_eq!((&value["version"], &run["columnKind"]), (&"2.1.0".into(), &"unicodeCodePoints".into()));
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "ORCH-0012");
    let result = &run["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["ruleIndex"], &result["level"]),
        (&"ORCH-0201".into(), &1.into(), &"error".into())
    );
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startColumn"], 9);
    let related = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(related, "a%20b,c%3Ad%25.yaml");
}
