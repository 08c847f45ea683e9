//! The arrows between the modules, read from their `use crate::` paths: every stage uses only
//! what comes before it, and nothing but the command line touches the adapters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What each module may use. A new module needs a line here, and with it a place in the order.
const MAY_USE: [(&str, &[&str]); 19] = [
    // Values and words, which need nothing.
    ("expr", &[]),
    ("model", &["expr"]),
    ("diag", &[]),
    ("template", &[]),
    ("ports", &["model"]),
    ("forge", &["model", "ports"]),
    ("actions", &["expr", "forge", "model", "ports"]),
    // The one road.
    ("load", &["diag", "model", "ports"]),
    ("check", &["actions", "diag", "expr", "load", "model"]),
    ("state", &["model"]),
    ("observe", &["forge", "model", "ports", "state"]),
    ("plan", &["actions", "diag", "expr", "model", "state"]),
    ("apply", &["actions", "expr", "forge", "model", "plan", "ports"]),
    ("commit", &["model", "ports", "state"]),
    // What is shown of it.
    ("report", &["actions", "diag", "expr", "model", "plan", "state"]),
    ("ui", &["actions", "commit", "diag", "model", "plan", "report", "state"]),
    // The world, and the one place that chains everything.
    ("adapters", &["model", "ports"]),
    (
        "cli",
        &[
            "actions", "adapters", "apply", "check", "commit", "diag", "expr", "forge", "load", "model",
            "observe", "plan", "ports", "report", "state", "template", "ui",
        ],
    ),
    ("lib", &["cli"]),
];

/// What a file may hold without its tests.
const LINES: usize = 600;

struct File {
    /// Below `src`.
    path: PathBuf,
    /// Without tests and comments.
    code: String,
    text: String,
    is_test: bool,
}

impl File {
    fn module(&self) -> &str {
        let first = self.path.components().next().unwrap().as_os_str().to_str().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn files() -> Vec<File> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&source, &mut paths);
    assert!(paths.len() > 100, "the sources are not where they are looked for");
    let texts: BTreeMap<PathBuf, String> = paths
        .into_iter()
        .map(|path| (path.strip_prefix(&source).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    let only_tests = test_modules(&texts);
    let is_test = |path: &Path| path.ancestors().any(|above| only_tests.contains(&above.with_extension("")));
    texts
        .iter()
        .map(|(path, text)| File {
            path: path.clone(),
            code: code(text),
            text: text.clone(),
            is_test: is_test(path),
        })
        .collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, paths);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            paths.push(path);
        }
    }
}

/// The modules that a `#[cfg(test)] mod NAME;` declares.
fn test_modules(texts: &BTreeMap<PathBuf, String>) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for (path, text) in texts {
        let folder = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" | "lib" | "main" => path.parent().unwrap().to_owned(),
            _ => path.with_extension(""),
        };
        for declared in text.split("#[cfg(test)]\n").skip(1) {
            let line = declared.lines().next().unwrap_or_default();
            let name = line.trim_end_matches(';').rsplit(' ').next().unwrap_or_default();
            if line.contains("mod ") && line.ends_with(';') {
                found.insert(folder.join(name));
            }
        }
    }
    found
}

/// The text up to its inline tests, without comments.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The modules of this crate that a text names.
fn used(code: &str) -> BTreeSet<&str> {
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name.trim();
            let end = name.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(name.len());
            used.insert(&name[..end]);
        }
    }
    used.remove("");
    used
}

#[test]
fn no_arrow_points_back() {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| !file.is_test && file.module() != "main") {
        let module = file.module();
        let Some(allowed) = may_use.get(module) else {
            wrong.push(format!("src/{}: `{module}` has no place in the table", file.path.display()));
            continue;
        };
        for name in used(&file.code) {
            if name != module && !allowed.contains(&name) {
                wrong.push(format!("src/{}: `{module}` may not use `{name}`", file.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The loop of ticks. What it asks of the world it asks by ports, so that a simulation can be that world.
const LOOP: [&str; 5] = ["carry.rs", "carry/rescue.rs", "desk.rs", "diverged.rs", "site.rs"];

#[test]
fn the_loop_of_ticks_knows_ports_alone() {
    let files = files();
    let session = Path::new("cli/session");
    let is_in_loop = |file: &&File| LOOP.iter().any(|name| file.path == session.join(name));
    let found: Vec<&File> = files.iter().filter(is_in_loop).collect();
    assert_eq!(found.len(), LOOP.len(), "the loop is not where it is looked for");
    for file in found {
        for way in ["crate::adapters", "crate::cli::", "std::thread", "std::fs", "fastrand::", "Cx"] {
            assert!(!file.code.contains(way), "src/{} goes to the world by `{way}`", file.path.display());
        }
    }
}

#[test]
fn the_table_has_no_circle() {
    let order: Vec<&str> = MAY_USE.into_iter().map(|(module, _)| module).collect();
    for (module, uses) in MAY_USE.iter().filter(|(module, _)| *module != "lib") {
        let place = |name: &str| order.iter().position(|known| *known == name).unwrap();
        for used in *uses {
            // `observe`, `commit` and the views stand side by side; each uses only what is above it.
            assert!(place(used) < place(module), "`{used}` stands below `{module}`");
        }
    }
}

#[test]
fn an_arrow_that_points_back_would_be_found() {
    let code = code(
        "//! uses crate::cli\nuse crate::{adapters::git, model::Code};\nfn f() { crate::ui::x() }\n#[cfg(test)]\nmod tests { use crate::commit; }",
    );
    assert_eq!(used(&code).into_iter().collect::<Vec<_>>(), ["adapters", "model", "ui"]);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> =
        files().into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path).collect();
    assert!(silent.is_empty(), "without `//!`: {silent:?}");
}

#[test]
fn no_file_outgrows_its_reader() {
    for file in files().iter().filter(|file| !file.is_test) {
        let end = file.text.find("#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
        let lines = file.text[..end].lines().count();
        assert!(lines <= LINES, "src/{} has {lines} lines; {LINES} is the most", file.path.display());
    }
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    for file in files() {
        let name = file.path.file_stem().unwrap().to_str().unwrap();
        assert!(
            !["util", "utils", "common", "helpers", "misc"].contains(&name),
            "src/{}",
            file.path.display()
        );
    }
}
