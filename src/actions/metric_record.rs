//! `metric.record`: a measurement.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Failure;
use super::asking::{Asks, name};
use super::fields::Templated;
use super::words::{Figure, Formed, Identifier};
use crate::model::{Ask, FlowAsk};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricRecord {
    /// Its name.
    metric: Templated<Formed<Identifier>>,

    /// The value: a number, or a template that gives one.
    value: Templated<Figure>,
}

impl Asks for MetricRecord {
    const NAME: &'static str = "metric.record";
    const ABOUT: &'static str =
        "Records a value of a metric; triggers and expressions see it as `metrics.NAME`.";
    const EXAMPLE: &'static str =
        "metric.record: { metric: disk_used_percent, value: \"{{ steps.disk.outputs.used }}\" }";

    fn ask(&self) -> Result<Ask, Failure> {
        Ok(Ask::Flow(FlowAsk::RecordMetric { metric: name(&self.metric)?, value: self.value.get()?.0 }))
    }
}
