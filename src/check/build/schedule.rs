//! Schedules and time zones.

use crate::check::declared::Declared;
use crate::check::raw::{RawCatchUp, RawClockChange, RawSchedule};
use crate::model::{CatchUp, ClockChange, Cron, Duration, Schedule, Timing, Zone};

use super::workflow::duration;

const MAX_CATCH_UP: u32 = 24;

/// The zone of schedules that name none; UTC if the one of `orch.yaml` is not known, which the
/// rules have reported.
pub(super) fn zone(declared: &Declared) -> Zone {
    let written = declared.project.as_ref().and_then(|project| project.value.timezone.as_ref());
    written.and_then(|name| Zone::parse(&name.0).ok()).unwrap_or_else(Zone::utc)
}

/// A schedule; none if it is none, which the rules have reported.
pub(super) fn schedule(raw: &RawSchedule, project: &Zone) -> Option<Schedule> {
    let timing = match (&raw.cron, &raw.every, &raw.at) {
        (Some(line), ..) => Timing::Cron(Cron::parse(&line.0).ok()?),
        (_, Some(every), _) => Timing::Every {
            interval: every.0.clone().ok()?,
            offset: duration(raw.offset.as_ref(), Duration::ZERO)?,
        },
        (_, _, Some(at)) => Timing::At(at.iter().map(|time| time.0.clone().ok()).collect::<Option<_>>()?),
        _ => return None,
    };
    Some(Schedule {
        timing,
        zone: match &raw.timezone {
            Some(name) => Zone::parse(&name.0).ok()?,
            None => project.clone(),
        },
        clock_change: match raw.clock_change.as_ref().map(|change| change.value) {
            None | Some(RawClockChange::Once) => ClockChange::Once,
            Some(RawClockChange::Skip) => ClockChange::Skip,
            Some(RawClockChange::Every) => ClockChange::Every,
        },
        catch_up: match raw.catch_up {
            None | Some(RawCatchUp::Latest) => CatchUp::Latest,
            Some(RawCatchUp::All) => CatchUp::All,
            Some(RawCatchUp::Skip) => CatchUp::Skip,
        },
        max_catch_up: raw.max_catch_up.as_ref().map_or(MAX_CATCH_UP, |most| most.get()),
    })
}

/// What the state remembers a schedule by: its slots, not what becomes of missed ones.
pub(super) fn key(schedule: &Schedule) -> String {
    match &schedule.timing {
        Timing::Cron(cron) => format!("schedule {} {}", cron.text(), schedule.zone.name()),
        Timing::Every { interval, offset } if *offset == Duration::ZERO => {
            format!("schedule every {}s", interval.as_seconds())
        }
        Timing::Every { interval, offset } => {
            format!("schedule every {}s offset {}s", interval.as_seconds(), offset.as_seconds())
        }
        Timing::At(times) => {
            let times: Vec<_> = times.iter().map(ToString::to_string).collect();
            format!("schedule at {}", times.join(" "))
        }
    }
}
