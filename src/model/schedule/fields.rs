//! The five fields of a cron line as sets of bits, and which minutes of a wall clock they allow.
//!
//! A wall clock is counted in seconds since it would have shown 1970-01-01T00:00, without any zone.
//! Finding and counting cost a few operations a month, never one a minute.

use crate::model::time::{civil_from_days, days_from_civil, days_in_month};

const DAY: i64 = 86_400;
const MINUTES: i64 = 1440;

/// Which minutes, hours, days of the month, months and days of the week a line names. Bit `n` of a
/// set stands for the value `n`; of `weekdays`, bit 0 is Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) minutes: u64,
    pub(super) hours: u32,
    pub(super) days: u32,
    pub(super) months: u16,
    pub(super) weekdays: u8,
    /// Both day fields must hold, as one of them contains `*`; otherwise one of them is enough.
    pub(super) both_days: bool,
}

impl Fields {
    /// Whether there is a day in some year that the line allows.
    pub(super) fn ever(&self) -> bool {
        // The calendar repeats after 400 years; any 28 around 2000 hold every kind of year.
        (1990..2018).any(|year| (1..=12).any(|month| self.days_of(year, month) != 0))
    }

    /// The first allowed second in `from..until`.
    pub(super) fn first(&self, from: i64, until: i64) -> Option<i64> {
        if from >= until {
            return None;
        }
        let from = div_ceil(from, 60);
        let (day, minute) = (from.div_euclid(MINUTES), from.rem_euclid(MINUTES));
        let found = self.first_minute(minute).filter(|_| self.allows_day(day)).map(|minute| (day, minute));
        let (day, minute) = match found {
            Some(found) => found,
            None => (self.first_day(day + 1, until.div_euclid(DAY))?, self.first_minute(0)?),
        };
        Some((day * MINUTES + minute) * 60).filter(|wall| *wall < until)
    }

    /// The last allowed second in `from..until`.
    pub(super) fn last(&self, from: i64, until: i64) -> Option<i64> {
        if from >= until {
            return None;
        }
        let last = (until - 1).div_euclid(60);
        let (day, minute) = (last.div_euclid(MINUTES), last.rem_euclid(MINUTES));
        let found = self.last_minute(minute).filter(|_| self.allows_day(day)).map(|minute| (day, minute));
        let (day, minute) = match found {
            Some(found) => found,
            None => (self.last_day(day - 1, from.div_euclid(DAY))?, self.last_minute(MINUTES - 1)?),
        };
        Some((day * MINUTES + minute) * 60).filter(|wall| *wall >= from)
    }

    /// How many seconds in `from..until` are allowed.
    pub(super) fn count(&self, from: i64, until: i64) -> u64 {
        if from >= until {
            return 0;
        }
        let (from, until) = (div_ceil(from, 60), div_ceil(until, 60));
        let (first_day, last_day) = (from.div_euclid(MINUTES), until.div_euclid(MINUTES));
        let before = |day: i64, minute: i64| {
            if self.allows_day(day) { self.minutes_before(minute) } else { 0 }
        };
        // Whole days from the first to before the last, without what lies outside at both ends.
        self.count_days(first_day, last_day) * self.minutes_before(MINUTES)
            + before(last_day, until.rem_euclid(MINUTES))
            - before(first_day, from.rem_euclid(MINUTES))
    }

    fn allows_day(&self, day: i64) -> bool {
        let (year, month, day) = civil_from_days(day);
        self.days_of(year, month) >> day & 1 == 1
    }

    /// The allowed days of a month: bit `n` stands for day `n`.
    fn days_of(&self, year: i64, month: i64) -> u32 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        // 1970-01-01 was a Thursday.
        let weekday_of_first = (days_from_civil(year, month, 1) + 4).rem_euclid(7);
        // The week five times over, shifted so that bit 1 is the weekday of day 1.
        let weeks = (0..6).fold(0u64, |weeks, week| weeks | u64::from(self.weekdays) << (7 * week));
        let by_weekday = weeks >> weekday_of_first << 1;
        let by_day = u64::from(self.days);
        let either = if self.both_days { by_day & by_weekday } else { by_day | by_weekday };
        let in_month = (1u64 << (days_in_month(year, month) + 1)) - 2;
        u32::try_from(either & in_month).expect("no month has more than 31 days")
    }

    /// The first allowed day in `from..=until`, in days since 1970-01-01.
    fn first_day(&self, from: i64, until: i64) -> Option<i64> {
        let (mut year, mut month, mut day) = civil_from_days(from);
        loop {
            let left = self.days_of(year, month) >> day << day;
            if left != 0 {
                let found = days_from_civil(year, month, i64::from(left.trailing_zeros()));
                return (found <= until).then_some(found);
            }
            (year, month, day) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
            if days_from_civil(year, month, 1) > until {
                return None;
            }
        }
    }

    /// The last allowed day in `until..=from`, looking back.
    fn last_day(&self, from: i64, until: i64) -> Option<i64> {
        let (mut year, mut month, mut day) = civil_from_days(from);
        loop {
            let left = u64::from(self.days_of(year, month)) & ((2 << day) - 1);
            if left != 0 {
                let found = days_from_civil(year, month, i64::from(left.ilog2()));
                return (found >= until).then_some(found);
            }
            if days_from_civil(year, month, 1) <= until {
                return None;
            }
            (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
            day = 31;
        }
    }

    /// How many days in `from..until` are allowed.
    fn count_days(&self, from: i64, until: i64) -> u64 {
        if from >= until {
            return 0;
        }
        let (mut year, mut month, mut day) = civil_from_days(from);
        let last = civil_from_days(until);
        let mut count = 0;
        loop {
            let days = u64::from(self.days_of(year, month) >> day << day);
            if (year, month) == (last.0, last.1) {
                return count + u64::from((days & ((1 << last.2) - 1)).count_ones());
            }
            count += u64::from(days.count_ones());
            (year, month, day) = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
        }
    }

    /// The first allowed minute of the day from `minute` on.
    fn first_minute(&self, minute: i64) -> Option<i64> {
        let (hour, minute) = (minute / 60, minute % 60);
        if self.hours >> hour & 1 == 1 && self.minutes >> minute != 0 {
            return Some(hour * 60 + minute + i64::from((self.minutes >> minute).trailing_zeros()));
        }
        let later = u64::from(self.hours) >> (hour + 1);
        (later != 0).then(|| {
            (hour + 1 + i64::from(later.trailing_zeros())) * 60 + i64::from(self.minutes.trailing_zeros())
        })
    }

    /// The last allowed minute of the day up to and including `minute`.
    fn last_minute(&self, minute: i64) -> Option<i64> {
        let (hour, minute) = (minute / 60, minute % 60);
        let earlier = self.minutes & ((2 << minute) - 1);
        if self.hours >> hour & 1 == 1 && earlier != 0 {
            return Some(hour * 60 + i64::from(earlier.ilog2()));
        }
        let earlier = self.hours & ((1 << hour) - 1);
        (earlier != 0).then(|| i64::from(earlier.ilog2()) * 60 + i64::from(self.minutes.ilog2()))
    }

    /// How many minutes of an allowed day come before `minute`.
    fn minutes_before(&self, minute: i64) -> u64 {
        let (hour, minute) = (minute / 60, minute % 60);
        let hours = u64::from((u64::from(self.hours) & ((1 << hour) - 1)).count_ones());
        let within = if self.hours >> hour & 1 == 1 { self.minutes & ((1 << minute) - 1) } else { 0 };
        hours * u64::from(self.minutes.count_ones()) + u64::from(within.count_ones())
    }
}

fn div_ceil(number: i64, by: i64) -> i64 {
    -(-number).div_euclid(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last allowed second and the count agree with stepping forward, over odd borders too.
    #[test]
    fn back_and_count_agree_with_forward() {
        let all = Fields {
            minutes: 1 << 0 | 1 << 7 | 1 << 59,
            hours: 1 << 0 | 1 << 2 | 1 << 23,
            days: u32::MAX - 1,
            months: 0x1FFE,
            weekdays: 0x7F,
            both_days: true,
        };
        let some = [
            all,
            Fields { days: 1 << 29, months: 1 << 2, ..all },
            Fields { days: 1 << 13 | 1 << 31, weekdays: 1 << 5, both_days: false, ..all },
            Fields { days: 1 << 1, weekdays: 1 << 0, ..all },
        ];
        for fields in some {
            let (from, until) = (900_000_017, 900_000_017 + 5 * 366 * DAY + 4321);
            let mut found = Vec::new();
            let mut at = from;
            while let Some(wall) = fields.first(at, until) {
                found.push(wall);
                at = wall + 1;
            }
            assert!(found.len() > 3, "{fields:?}");
            assert_eq!(fields.count(from, until), found.len() as u64);
            let (mut until, mut count) = (until, found.len() as u64);
            for wall in found.into_iter().rev() {
                assert_eq!(fields.last(from, until), Some(wall));
                assert_eq!((fields.count(from, wall), fields.count(from, wall + 1)), (count - 1, count));
                (until, count) = (wall, count - 1);
            }
            assert_eq!(fields.last(from, until), None);
        }
    }
}
