//! The projects of the simulation: small ones, each about some kinds of effects.

use std::sync::OnceLock;

use crate::check::check;
use crate::load::{Kind, Sources};
use crate::model::Config;

const ORCH: &str = "name: sim\n";

/// Steps that a target knows by their keys: in a row, for each of some items, after a wait, tidied up.
const KEYED: &str = r#"
name: Keyed
timeout: 60d
on: [manual, { schedule: { cron: "*/20 * * * *", catch_up: all, max_catch_up: 2 } }]
steps:
  - { id: open, retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
  - id: each
    needs: open
    for_each: { items: [a, b, c], max_parallel: 2 }
    retry: { attempts: 60, delay: 3s, factor: 1 }
    http.request: { method: POST, url: "http://keyed.example/", body: "{{ item }}" }
  - { id: pause, needs: open, wait: 10s }
  - { id: close, needs: [each, pause], retry: { attempts: 60, delay: 40s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
finally:
  - { id: tidy, retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
"#;

/// Steps that nobody can look up: each says what to do about an attempt of which nothing is known.
const PLAIN: &str = r#"
name: Plain
timeout: 60d
on: manual
concurrency: { overlap: queue, max_parallel: 3 }
steps:
  - { id: request, on_lost: retry, retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://plain.example/", body: x } }
  - { id: request-once, on_lost: fail, continue_on_error: true, retry: { attempts: 4, delay: 2s }, http.request: { method: POST, url: "http://plain.example/", body: x } }
  - { id: request-asked, on_lost: ask, retry: { attempts: 60, delay: 2s, factor: 1 }, http.request: { method: POST, url: "http://plain.example/", body: x } }
  - { id: command, needs: request, on_lost: retry, retry: { attempts: 60, delay: 3s, factor: 1 }, run: work }
  - { id: command-once, after: request-once, on_lost: fail, continue_on_error: true, retry: { attempts: 4, delay: 2s }, run: work }
  - { id: command-asked, needs: request-asked, on_lost: ask, retry: { attempts: 60, delay: 2s, factor: 1 }, run: work }
"#;

/// Files, which are made, copied, moved and deleted, each run's in folders of its own.
const FILES: &str = r#"
name: Files
timeout: 60d
on: manual
permissions: { write: ["box/**", "kept/**", "gone/**"] }
steps:
  - id: made
    for_each: [a, b]
    retry: { attempts: 60, delay: 3s, factor: 1 }
    files.write: { path: "box/{{ run.id }}/{{ item }}.txt", text: "{{ item }} of {{ run.id }}", over: true }
  - { id: kept, needs: made, retry: { attempts: 60, delay: 3s, factor: 1 }, files.copy: { in: "box/{{ run.id }}", match: "*.txt", to: "kept/{{ run.id }}", over: true } }
  - { id: moved, needs: kept, retry: { attempts: 60, delay: 3s, factor: 1 }, files.move: { in: "box/{{ run.id }}", match: "a.txt", to: "gone/{{ run.id }}", over: true } }
  - { id: dropped, needs: moved, retry: { attempts: 60, delay: 3s, factor: 1 }, files.delete: { in: "kept/{{ run.id }}", match: "b.txt" } }
"#;

/// A run that fails as often as not: what it did is undone, told, and tidied up.
const UNDONE: &str = r#"
name: Undone
timeout: 60d
on: manual
steps:
  - id: one
    retry: { attempts: 60, delay: 3s, factor: 1 }
    http.request: { method: POST, url: "http://keyed.example/", body: x }
    rollback: { retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
  - id: two
    needs: one
    for_each: [a, b]
    retry: { attempts: 60, delay: 3s, factor: 1 }
    http.request: { method: POST, url: "http://keyed.example/", body: x }
    rollback: { retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
  - { id: risky, needs: two, retry: { attempts: 3, delay: 2s }, http.request: { method: POST, url: "http://fussy.example/", body: x } }
on_failure:
  - { id: sorry, retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
finally:
  - { id: tidy, retry: { attempts: 60, delay: 3s, factor: 1 }, run: work }
"#;

/// Steps that ask something of the state, of a person, and of another workflow.
const ASKS: &str = r#"
name: Asks
timeout: 60d
on: manual
steps:
  - { id: metric, metric.record: { metric: sold, value: 1 } }
  - { id: value, after: metric, state.set: { key: "of_{{ run.id | replace('#', '_') }}", value: 1 } }
  - { id: task, needs: value, task.create: { title: "Of {{ run.id }}", type: chore } }
  - { id: gate, needs: task, approve: { expires: 20d } }
  - { id: child, needs: task, workflow.run: { workflow: child } }
  - { id: last, needs: [gate, child], retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
"#;

const CHILD: &str = r#"
name: Child
timeout: 60d
on: manual
steps:
  - { id: only, retry: { attempts: 60, delay: 3s, factor: 1 }, http.request: { method: POST, url: "http://keyed.example/", body: x } }
  - { id: then, needs: only, retry: { attempts: 60, delay: 3s, factor: 1 }, on_lost: retry, run: work }
"#;

/// Two or three workflows, and what they mean.
pub(super) struct Project {
    pub(super) files: Vec<(&'static str, &'static [u8])>,
    /// The workflows that somebody may ask for.
    pub(super) workflows: &'static [&'static str],
    pub(super) config: Config,
}

const SETS: [&[&str]; 4] =
    [&["keyed", "plain"], &["files", "plain"], &["undone", "keyed"], &["asks", "plain"]];

/// The projects; worlds take them in turn.
pub(super) fn projects() -> &'static [Project] {
    static PROJECTS: OnceLock<Vec<Project>> = OnceLock::new();
    PROJECTS.get_or_init(|| SETS.iter().map(|workflows| project(workflows)).collect())
}

fn project(workflows: &'static [&'static str]) -> Project {
    let all = [
        ("workflows/asks.yaml", ASKS),
        ("workflows/child.yaml", CHILD),
        ("workflows/files.yaml", FILES),
        ("workflows/keyed.yaml", KEYED),
        ("workflows/plain.yaml", PLAIN),
        ("workflows/undone.yaml", UNDONE),
    ];
    let is_in = |path: &str| {
        let name = path.trim_start_matches("workflows/").trim_end_matches(".yaml");
        workflows.contains(&name) || (name == "child" && workflows.contains(&"asks"))
    };
    let chosen: Vec<(&str, &str)> =
        std::iter::once(("orch.yaml", ORCH)).chain(all.into_iter().filter(|(path, _)| is_in(path))).collect();
    let kind = |path: &str| if path == "orch.yaml" { Kind::Orch } else { Kind::Workflows };
    let sources =
        chosen.iter().map(|(path, text)| ((*path).to_owned(), kind(path), text.as_bytes().to_vec()));
    let checked = check(&Sources::in_memory(sources), None);
    let config = checked.config.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let files = chosen.into_iter().map(|(path, text)| (path, text.as_bytes())).collect();
    Project { files, workflows, config }
}
