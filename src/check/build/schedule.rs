//! Schedules and time zones.

use crate::check::declared::Declared;
use crate::check::raw::RawSchedule;
use crate::model::Schedule;

/// The zone of schedules that name none: an IANA name.
pub(super) type ProjectZone = String;

pub(super) fn zone(_: &Declared) -> ProjectZone {
    String::new()
}

/// A schedule; none if it is none, which the rules have reported.
pub(super) fn schedule(raw: &RawSchedule, _: &str) -> Option<Schedule> {
    let at = raw.at.iter().flat_map(|at| at.iter());
    Some(Schedule { at: at.filter_map(|time| time.0.clone().ok()).collect() })
}
