//! `orch metric`: values that workflows look at.

use clap::{Args, Subcommand};
use smol_str::SmolStr;

use crate::cli::args::{Format, WriteArgs};
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, FlowAsk};
use crate::ui;

/// Record a metric; list the last values
#[derive(Debug, Subcommand)]
pub(crate) enum MetricCommand {
    Record(RecordArgs),
    List(ListArgs),
}

/// Record the value of a metric, which workflows may wait for
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch metric record disk_used_percent 82.5")]
pub(crate) struct RecordArgs {
    #[arg(value_parser = metric)]
    name: SmolStr,
    #[arg(allow_negative_numbers = true, value_parser = number)]
    value: f64,
    #[command(flatten)]
    write: WriteArgs,
}

/// List the last value of each metric
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch metric list")]
pub(crate) struct ListArgs {}

/// A name as expressions write it: `metrics.disk_used_percent`.
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "write a number, such as `82.5`".to_owned())
}

fn metric(text: &str) -> Result<SmolStr, String> {
    let mut bytes = text.bytes();
    let begins = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    if begins && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && text.len() <= 100 {
        Ok(text.into())
    } else {
        Err("metrics are named with letters, digits and `_`, such as `disk_used_percent`".to_owned())
    }
}

pub(super) fn run(command: MetricCommand, cx: &mut Cx) -> anyhow::Result<Exit> {
    match command {
        MetricCommand::Record(RecordArgs { name, value, write }) => {
            session::write(cx, write, vec![Ask::Flow(FlowAsk::RecordMetric { metric: name, value })])
        }
        MetricCommand::List(ListArgs {}) => {
            let reader = session::read(cx)?;
            if cx.settings.format == Format::Json {
                cx.out.json(&ui::json::v1::MetricListV1::new(&reader.state))?;
            } else {
                cx.out.text(ui::text::metric_list(&reader.state, reader.now, cx.out.style()));
            }
            Ok(Exit::Ok)
        }
    }
}
