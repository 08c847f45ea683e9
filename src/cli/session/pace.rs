//! How long a writer waits before it tries again, after somebody else was faster.

use std::time::Duration;

use crate::state::State;

/// How often a push is tried again, and how long is waited before at most.
const TRIES: u32 = 10;
const LONGEST: Duration = Duration::from_secs(8);
/// The same on a runner of one step: hundreds of them may write at once, and each time one of them succeeds.
const TRIES_OF_RUNNERS: u32 = 150;
const LONGEST_OF_RUNNERS: Duration = Duration::from_mins(1);

const FIRST: Duration = Duration::from_millis(100);
/// How often the wait doubles.
const DOUBLINGS: u32 = 9;

/// What is known of those who write at the same time.
#[derive(Debug)]
pub(super) struct Pace {
    pub tries: u32,
    longest: Duration,
    /// When the branch was looked at last, by the clock of this process, and at which tick it was then.
    last: Option<(Duration, u64)>,
    /// What the first wait is below, at least: on a runner, as long as an attempt took in vain.
    first: Duration,
    is_runner: bool,
    /// How long one tick takes after the other.
    each: Option<Duration>,
    /// How many may want to write, where that is known.
    others: Option<u32>,
}

impl Pace {
    pub(super) const fn new(is_runner: bool) -> Self {
        let (tries, longest) =
            if is_runner { (TRIES_OF_RUNNERS, LONGEST_OF_RUNNERS) } else { (TRIES, LONGEST) };
        Self { tries, longest, last: None, first: FIRST, is_runner, each: None, others: None }
    }

    /// Takes in that the branch is at this tick now.
    pub(super) fn looked(&mut self, now: Duration, serial: u64) {
        if let Some((then, before)) = self.last
            && let Ok(ticks @ 1..) = u32::try_from(serial.saturating_sub(before))
        {
            self.each = Some(now.saturating_sub(then) / ticks);
        }
        self.last = Some((now, serial));
    }

    /// Takes in that somebody else was faster.
    pub(super) fn lost(&mut self, now: Duration) {
        if let (true, Some((then, _))) = (self.is_runner, self.last) {
            self.first = self.first.max(now.saturating_sub(then));
        }
    }

    /// Takes in how many steps are on runners, each of which writes when it begins and when it has ended.
    pub(super) fn knows(&mut self, state: &State) {
        let away = state.begun_runs().filter(|run| run.part().is_some()).count();
        self.others = u32::try_from(away).ok().filter(|away| *away > 0);
    }

    /// The longest wait before an attempt; the actual one is drawn below it (full jitter). It doubles, but is no longer
    /// than all others together need for one tick each.
    pub(super) fn longest(&self, attempt: u32) -> Duration {
        let doubled = (self.first * (1 << attempt.min(DOUBLINGS))).min(self.longest);
        match self.each.zip(self.others) {
            Some((each, others)) => doubled.min((each * others).max(FIRST)),
            None => doubled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_writer_among_few_waits_as_always() {
        let mut pace = Pace::new(false);
        pace.looked(seconds(0), 10);
        assert_eq!(pace.longest(1), FIRST * 2);
        pace.looked(seconds(1), 12);
        assert_eq!((pace.longest(5), pace.longest(9)), (FIRST * 32, LONGEST));
    }

    #[test]
    fn among_hundreds_one_waits_its_turn_and_not_longer() {
        let mut pace = Pace::new(true);
        pace.looked(seconds(0), 10);
        pace.others = Some(300);
        assert_eq!(pace.longest(3), FIRST * 8, "nothing is known yet");
        // Where everybody comes at once, an attempt takes long, and the next one is not made at once.
        pace.lost(seconds(2));
        assert_eq!(pace.longest(1), seconds(4));
        // Twenty ticks in ten seconds: half a minute and more until all have had their turn.
        pace.looked(seconds(10), 30);
        assert_eq!((pace.longest(3), pace.longest(20)), (seconds(16), LONGEST_OF_RUNNERS));
        // Few are left.
        pace.others = Some(4);
        assert_eq!(pace.longest(20), seconds(2));
        // Nobody has written since: that says nothing.
        pace.looked(seconds(20), 30);
        assert_eq!(pace.longest(20), seconds(2));
    }
}
