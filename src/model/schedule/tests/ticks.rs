//! Ticks as bad as they come: late by hours, dropped, doubled, out of order, in and after freezes.
//! Whatever they do, every slot is decided once, and as its policy says.

use fastrand::Rng;

use super::{every, in_zone, time};
use crate::model::schedule::{CatchUp, ClockChange, Due, Schedule, Timing};
use crate::model::{Duration, Time};

const QUARTER: u64 = 900;
const START: &str = "2026-10-20T00:07:00Z";

/// When 1,000 ticks of every quarter of an hour really come, the earliest first.
fn bad_ticks(rng: &mut Rng, dropped_percent: u32) -> Vec<Time> {
    let mut ticks = Vec::new();
    for tick in 0..1000 {
        if rng.u32(0..100) < dropped_percent {
            continue;
        }
        // Most are a little late, some by up to seven hours.
        let late = if rng.u32(0..5) == 0 { rng.u64(0..7 * 3600) } else { rng.u64(0..300) };
        let at = time(START) + Duration::from_seconds(tick * QUARTER + late);
        ticks.push(at);
        if rng.u32(0..10) == 0 {
            ticks.push(at);
        }
    }
    ticks.sort_unstable();
    ticks
}

/// Freezes by the second from the start: within, touching, and over the change of the clocks.
const FREEZES: [(u64, u64); 4] = [(90_000, 97_000), (97_000, 99_900), (430_000, 470_000), (700_000, 700_060)];

fn frozen(moment: Time) -> Option<Time> {
    let at = |seconds| time(START) + Duration::from_seconds(seconds);
    FREEZES.iter().find(|(from, to)| at(*from) <= moment && moment < at(*to)).map(|(_, to)| at(*to))
}

fn never_frozen(_: Time) -> Option<Time> {
    None
}

fn kinds() -> Vec<Schedule> {
    let at = |seconds: &[u64]| {
        seconds.iter().map(|second| time(START) + Duration::from_seconds(*second)).collect()
    };
    vec![
        in_zone("*/15 * * * *", "Asia/Tokyo"),
        in_zone("* * * * *", "Europe/Berlin"),
        in_zone("30 2 * * *", "Europe/Berlin"),
        in_zone("*/7 1-3 * * *", "Europe/Berlin"),
        in_zone("0 9 * * MON", "America/Santiago"),
        every(5400, 600),
        every(7, 0),
        Schedule { timing: Timing::At(at(&[500, 100, 500, 43_210, 91_000, 890_000])), ..every(60, 0) },
    ]
}

/// The slots in `(after, through]`, one by one.
fn listed(schedule: &Schedule, after: Time, through: Time) -> Vec<Time> {
    let next = |slot: &Time| schedule.next_after(*slot).filter(|next| *next <= through);
    std::iter::successors(next(&after), next).collect()
}

/// What one tick decided is what its policy says of the slots that were open.
fn assert_policy(schedule: &Schedule, due: &Due, open: &[Time], now: Time) {
    let newest = *open.last().unwrap();
    match schedule.catch_up {
        CatchUp::Latest => assert_eq!(due.run, [newest]),
        CatchUp::Skip if now.since(newest) <= CatchUp::GRACE => assert_eq!(due.run, [newest]),
        CatchUp::Skip => assert_eq!(due.run, []),
        CatchUp::All => {
            let most = open.len().min(schedule.max_catch_up as usize);
            assert_eq!(due.run, open[open.len() - most..]);
        }
    }
}

/// Lets the ticks decide, one after the other, and returns how many slots ran and were missed.
fn simulate(schedule: &Schedule, ticks: &[Time], frozen: &dyn Fn(Time) -> Option<Time>) -> (usize, usize) {
    let mut watermark = time(START);
    let (mut decided, mut ran, mut promised) = (Vec::new(), 0, schedule.next_after(watermark));
    for &now in ticks {
        let due = schedule.due(watermark, now, frozen);
        assert_eq!(due, schedule.due(watermark, now, frozen), "two ticks at once decide the same");
        let open = listed(schedule, watermark, now);
        let waits = frozen(now).is_some();
        if open.is_empty() || waits {
            assert_eq!((&due.run, due.missed, due.through), (&vec![], None, watermark));
        } else {
            assert!(promised.is_some_and(|next| next <= now), "{now} was not foretold");
            assert_policy(schedule, &due, &open, now);
            let missed = open.len() - due.run.len();
            let recorded = due.missed.map(|missed| (missed.from, missed.through, missed.count));
            let expected = (missed > 0).then(|| (open[0], open[missed - 1], missed as u64));
            assert_eq!(recorded, expected);
            assert_eq!(open[missed..], due.run);
            ran += due.run.len();
            decided.extend(open);
        }
        // What is promised next is the first moment at which a tick decides something.
        if let Some(next) = due.next {
            let before = schedule.due(due.through, next - Duration::from_seconds(1), frozen);
            assert_eq!((before.run.len(), before.missed), (0, None));
            let then = schedule.due(due.through, next, frozen);
            assert!(!then.run.is_empty() || then.missed.is_some(), "nothing at {next}");
        }
        assert!(due.next.is_none_or(|next| next >= now));
        promised = due.next;
        watermark = due.through;
    }
    assert_eq!(decided, listed(schedule, time(START), watermark), "every slot once");
    (ran, decided.len() - ran)
}

#[test]
fn every_slot_runs_once_or_is_recorded_as_missed() {
    let clock_changes = [ClockChange::Once, ClockChange::Skip, ClockChange::Every];
    let (mut seed, mut ran, mut missed) = (0, 0, 0);
    for kind in kinds() {
        for catch_up in [CatchUp::Latest, CatchUp::All, CatchUp::Skip] {
            for dropped in [0, 50, 90, 98] {
                let mut rng = Rng::with_seed(seed);
                let clock_change = clock_changes[rng.usize(0..3)];
                let max_catch_up = rng.u32(1..40);
                let schedule = Schedule { clock_change, catch_up, max_catch_up, ..kind.clone() };
                let ticks = bad_ticks(&mut rng, dropped);
                let freezes: &dyn Fn(Time) -> Option<Time> = if rng.bool() { &frozen } else { &never_frozen };
                let counts = simulate(&schedule, &ticks, freezes);
                ran += counts.0;
                missed += counts.1;
                seed += 1;
            }
        }
    }
    assert!(ran > 10_000 && missed > 100_000, "{ran} ran, {missed} missed");
}

/// A late tick, a freeze, and a clock that runs backwards, in one story that can be read.
#[test]
fn a_day_of_ticks() {
    let daily = in_zone("0 2 * * *", "Asia/Tokyo");
    let no = |_| None;
    let due = |schedule: &Schedule, watermark: &str, now: &str| schedule.due(time(watermark), time(now), &no);
    let slot = "2026-11-20T17:00:00Z";

    let early = due(&daily, "2026-11-20T00:00:00Z", "2026-11-20T16:59:59Z");
    assert_eq!((early.run, early.next), (vec![], Some(time(slot))));
    assert_eq!(early.through, time("2026-11-20T00:00:00Z"), "the watermark moves only with a slot");

    let late = due(&daily, "2026-11-20T00:00:00Z", "2026-11-20T23:10:00Z");
    assert_eq!((late.run, late.missed, late.through), (vec![time(slot)], None, time(slot)));
    assert_eq!(late.next, Some(time("2026-11-21T17:00:00Z")));

    let doubled = due(&daily, slot, "2026-11-20T23:10:00Z");
    assert_eq!((doubled.run, doubled.missed), (vec![], None));
    let backwards = due(&daily, slot, "2026-11-20T12:00:00Z");
    assert_eq!((backwards.run, backwards.through), (vec![], time(slot)));
    assert_eq!(backwards.next, Some(time("2026-11-21T17:00:00Z")));

    // Six hours late is too late for `skip`; an hour is not.
    let skip = Schedule { catch_up: CatchUp::Skip, ..daily.clone() };
    let let_go = due(&skip, "2026-11-20T00:00:00Z", "2026-11-20T23:10:00Z");
    assert_eq!((let_go.run.len(), let_go.missed.unwrap().count, let_go.through), (0, 1, time(slot)));
    assert_eq!(due(&skip, "2026-11-20T00:00:00Z", "2026-11-20T18:00:00Z").run, [time(slot)]);
    assert_eq!(due(&skip, "2026-11-20T00:00:00Z", "2026-11-20T18:00:01Z").run, []);

    // Frozen until noon of the 22nd: two slots wait, and are decided together.
    let end = time("2026-11-22T12:00:00Z");
    let freeze = |moment: Time| (moment >= time("2026-11-20T10:00:00Z") && moment < end).then_some(end);
    let waiting = daily.due(time("2026-11-20T00:00:00Z"), time("2026-11-21T20:00:00Z"), &freeze);
    assert_eq!((waiting.run, waiting.missed, waiting.next), (vec![], None, Some(end)));
    let thawed = Schedule { catch_up: CatchUp::All, ..daily }.due(waiting.through, end, &freeze);
    assert_eq!(thawed.run, [time(slot), time("2026-11-21T17:00:00Z")]);
}

/// Years without a tick cost no more than a moment, and the count is exact.
#[test]
fn a_watermark_of_long_ago_is_bounded() {
    let minutely = Schedule { catch_up: CatchUp::All, ..in_zone("* * * * *", "Europe/Berlin") };
    let due = minutely.due(time("1990-01-01T00:00:00Z"), time("2026-01-01T00:00:00Z"), &|_| None);
    assert_eq!((due.run.len(), due.through), (100, time("2026-01-01T00:00:00Z")));
    assert_eq!(due.missed.unwrap().count, (36 * 365 + 9) * 1440 - 100);
    let nothing = Schedule { max_catch_up: 0, ..minutely };
    let due = nothing.due(time("2026-01-01T00:00:00Z"), time("2026-01-01T00:05:00Z"), &|_| None);
    assert_eq!((due.run.len(), due.missed.unwrap().count), (1, 4));
    let empty = every(0, 0).due(time("2026-01-01T00:00:00Z"), time("2026-02-01T00:00:00Z"), &|_| None);
    assert_eq!((empty.run.len(), empty.missed, empty.next), (0, None, None));
}
