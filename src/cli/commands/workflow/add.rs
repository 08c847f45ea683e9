//! `orch workflow add`: a ready workflow of the library, as a file of the project.

use clap::Args;

use super::super::InTheWay;
use crate::adapters::disk;
use crate::cli::args::Format;
use crate::cli::session::Project;
use crate::cli::unknown::Unknown;
use crate::cli::{Cx, Exit};
use crate::report::plural;
use crate::template::{LIBRARY, Ready};
use crate::ui;

/// Add a ready workflow to the project; without a name, list what there is
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch workflow add\n  orch workflow add clean-old-logs")]
pub(crate) struct AddArgs {
    name: Option<String>,
}

pub(super) fn run(args: AddArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let Some(name) = args.name else {
        if cx.settings.format == Format::Json {
            cx.out.json(&ui::json::v1::LibraryV1::new(
                LIBRARY.iter().map(|ready| (ready.name, ready.summary)),
            ))?;
            return Ok(Exit::Ok);
        }
        for ready in LIBRARY {
            cx.out.text(format!("{:<24} {}", ready.name, ready.summary));
        }
        cx.out.text(plural(LIBRARY.len(), "ready workflow"));
        return Ok(Exit::Ok);
    };
    let ready: &Ready =
        LIBRARY.iter().find(|ready| ready.name == name).ok_or_else(|| Unknown::ready_workflow(&name))?;
    let root = Project::find(cx)?.sources.root;
    let written = format!("workflows/{}.yaml", ready.name);
    let path = root.join(&written);
    if disk::occupied(&path) || disk::occupied(&path.with_extension("yml")) {
        return Err(InTheWay { paths: vec![written] }.into());
    }
    disk::write_new(&path, ready.contents().as_bytes())?;
    cx.out.text(format!("+ {written}"));
    cx.out.text(format!(
        "\nRead it, then `orch validate`; `orch workflow show {}` tells what it does.",
        ready.name
    ));
    Ok(Exit::Ok)
}
