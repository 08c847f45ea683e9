//! What a plan does to the world: every step with what it is, every file with its size.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::Tint;
use crate::actions::{Manifest, ManifestFile};
use crate::plan::{Effect, EffectAct};
use crate::report::{Then, bytes, effect_in_words, environment, one_line, plural, script};

/// More files than this are folded, unless all are wanted.
const FILES: usize = 20;
/// So many folders are named of those that are folded.
const FOLDERS: usize = 10;
/// More lines of a script than this are folded.
const LINES: usize = 6;
/// More steps than this are folded.
const STEPS: usize = 20;

/// Writes what is to be done, run by run, and the steps that come after.
pub(super) fn effects(page: &mut Page, effects: &[Effect], then: &[Then], all: bool) {
    if effects.is_empty() {
        return;
    }
    page.heading("To be done");
    let shown = if all || effects.len() <= STEPS + 1 { effects.len() } else { STEPS };
    let mut of = None;
    for effect in &effects[..shown] {
        if of != Some(&effect.run) {
            if let Some(run) = of {
                later(page, run, then);
            }
            page.line(format!("  run {}", one_line(&effect.run.0)));
            of = Some(&effect.run);
        }
        step(page, effect, all);
    }
    if let Some(run) = of {
        later(page, run, then);
    }
    if shown < effects.len() {
        let rest = plural(effects.len() - shown, "more step");
        page.tinted(Tint::Dim, format!("  … and {rest} (--all shows them)"));
    }
}

fn later(page: &mut Page, run: &crate::model::RunId, then: &[Then]) {
    if let Some(then) = then.iter().find(|then| then.run == *run) {
        page.line(format!("    then: {}", then.steps.join(", ")));
    }
}

fn step(page: &mut Page, effect: &Effect, all: bool) {
    let attempt = if effect.attempt > 1 { format!(", attempt {}", effect.attempt) } else { String::new() };
    let at = page.paint(Tint::Dim, &format!(" ({})", effect.origin));
    let symbol = page.paint(Tint::Warning, "*");
    let step = one_line(&effect.step);
    page.line(format!("    {symbol} {step}: {}{attempt}{at}", effect_in_words(effect)));
    if let EffectAct::Run { .. } = effect.act {
        lines(page, &script(effect), all);
        for variable in environment(effect) {
            page.line(format!("        with {variable}"));
        }
    }
    if let Some(manifest) = &effect.manifest {
        files(page, manifest, all);
    }
}

fn lines(page: &mut Page, script: &[String], all: bool) {
    if script.len() < 2 {
        return;
    }
    let shown = if all || script.len() <= LINES + 1 { script.len() } else { LINES };
    for line in &script[..shown] {
        page.line(format!("        {}", page.paint(Tint::Dim, line)));
    }
    if shown < script.len() {
        let rest = plural(script.len() - shown, "more line");
        page.tinted(Tint::Dim, format!("        … and {rest} (--all shows them)"));
    }
}

fn files(page: &mut Page, manifest: &Manifest, all: bool) {
    let mut columns = Columns::bare();
    if all || manifest.files.len() <= FILES {
        for file in &manifest.files {
            columns.row([
                cell(path(file)),
                cell(bytes(file.bytes)),
                cell(format!("changed {}", file.modified)).tint(Tint::Dim),
            ]);
        }
        page.columns(&columns, 8);
        return;
    }
    let mut folders: Vec<(&str, usize, u64)> = Vec::new();
    for file in &manifest.files {
        let folder = file.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        match folders.iter_mut().find(|(name, ..)| *name == folder) {
            Some((_, count, size)) => (*count, *size) = (*count + 1, *size + file.bytes),
            None => folders.push((folder, 1, file.bytes)),
        }
    }
    let rest = folders.split_off(folders.len().min(FOLDERS));
    for (folder, count, size) in &folders {
        columns.row([
            cell(format!("{}/", one_line(folder))),
            cell(plural(*count, "file")),
            cell(bytes(*size)),
        ]);
    }
    page.columns(&columns, 8);
    let folded = match rest.len() {
        0 => "--all shows every file".to_owned(),
        count => format!("… and {}; --all shows every file", plural(count, "more folder")),
    };
    page.tinted(Tint::Dim, format!("        ({folded})"));
}

/// `logs/a.log`, `compress logs/a.log → logs/a.log.gz`.
fn path(file: &ManifestFile) -> String {
    let verb = file.verb.as_deref().map(|verb| format!("{} ", one_line(verb))).unwrap_or_default();
    let to = file.to.as_deref().map(|to| format!(" → {}", one_line(to))).unwrap_or_default();
    format!("{verb}{}{to}", one_line(&file.path))
}
