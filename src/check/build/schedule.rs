//! Schedules and time zones.

use crate::check::declared::Declared;
use crate::check::raw::RawSchedule;
use crate::model::{CatchUp, ClockChange, Cron, Schedule, Timing, Zone};

/// The zone of schedules that name none: an IANA name.
pub(super) type ProjectZone = String;

pub(super) fn zone(_: &Declared) -> ProjectZone {
    String::new()
}

/// A schedule; none if it is none, which the rules have reported.
pub(super) fn schedule(raw: &RawSchedule, _: &str) -> Option<Schedule> {
    let at = raw.at.iter().flat_map(|at| at.iter());
    let timing = match (&raw.cron, &raw.every) {
        (Some(cron), _) => Timing::Cron(Cron::parse(&cron.value.0).ok()?),
        (_, Some(every)) => Timing::Every {
            interval: every.value.0.clone().ok()?,
            offset: raw
                .offset
                .as_ref()
                .map(|o| o.value.0.clone().ok())
                .unwrap_or(Some(Default::default()))?,
        },
        _ => Timing::At(at.filter_map(|time| time.0.clone().ok()).collect()),
    };
    let zone = raw.timezone.as_ref().map_or(Some(Zone::utc()), |zone| Zone::parse(&zone.value.0).ok())?;
    let catch_up = match raw.catch_up {
        Some(crate::check::raw::RawCatchUp::All) => CatchUp::All,
        Some(crate::check::raw::RawCatchUp::Skip) => CatchUp::Skip,
        _ => CatchUp::Latest,
    };
    Some(Schedule { timing, zone, clock_change: ClockChange::Once, catch_up, max_catch_up: 24 })
}
