//! When the digest is due: once a civil day, and never made up for much later.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Later than that, for a machine that slept, it is left out.
const LATE: SignedDuration = SignedDuration::from_mins(10);
const DAY: SignedDuration = SignedDuration::from_hours(24);

pub struct Times {
    /// `None`: no digest.
    at: Option<Time>,
    /// All moments up to here have passed, told or not.
    behind: Timestamp,
}

impl Times {
    pub fn new(now: Timestamp) -> Times {
        Times {
            at: None,
            behind: now,
        }
    }

    /// What the person wants now. A time that is new counts from now on.
    pub fn choose(&mut self, at: Option<Time>, now: Timestamp) {
        if self.at != at {
            self.at = at;
            self.behind = now;
        }
    }

    /// The next moment that has not passed. It may lie behind the clock: then it is due.
    pub fn next(&self, zone: &TimeZone) -> Option<Timestamp> {
        (0..3)
            .filter_map(|days| self.on(self.behind, days, zone))
            .find(|at| *at > self.behind)
    }

    /// The clock has come to `now`: whether a moment passed that is still worth telling.
    pub fn pass(&mut self, now: Timestamp, zone: &TimeZone) -> bool {
        let due = [0, -1]
            .into_iter()
            .filter_map(|days| self.on(now, days, zone))
            .find(|at| *at <= now)
            .is_some_and(|at| at > self.behind && now.duration_since(at) <= LATE);
        // A clock that is set back within a day does not have it twice; one that was far ahead begins anew.
        if now > self.behind || self.behind.duration_since(now) > DAY {
            self.behind = now;
        }
        due
    }

    /// The moment of the day so many days after that of `of`. A time that the clock skips comes after the gap.
    fn on(&self, of: Timestamp, days: i64, zone: &TimeZone) -> Option<Timestamp> {
        let date = of.to_zoned_datetime(zone.clone()).date();
        let date = date.checked_add(days.days()).ok()?;
        let at = date.to_datetime(self.at?).to_zoned_datetime(zone.clone()).ok()?;
        Some(at.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    use super::Times;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("the zone")
    }

    fn at(text: &str, zone: &TimeZone) -> Timestamp {
        let civil: jiff::civil::DateTime = text.parse().expect("a civil time");
        civil
            .to_zoned_datetime(zone.clone())
            .expect("a time that exists")
            .timestamp()
    }

    /// Wanted at noon, since `since`.
    fn noon(since: &str, zone: &TimeZone) -> Times {
        let mut times = Times::new(at(since, zone));
        times.choose(Some(time(12, 0, 0, 0)), at(since, zone));
        times
    }

    #[test]
    fn it_is_due_once_a_day() {
        let tokyo = zone("Asia/Tokyo");
        let mut times = noon("2026-11-25 10:00", &tokyo);
        assert_eq!(times.next(&tokyo), Some(at("2026-11-25 12:00", &tokyo)));
        assert!(!times.pass(at("2026-11-25 11:59:59", &tokyo), &tokyo), "early");
        assert!(times.pass(at("2026-11-25 12:00", &tokyo), &tokyo));
        assert!(!times.pass(at("2026-11-25 12:00:01", &tokyo), &tokyo), "once");
        assert_eq!(times.next(&tokyo), Some(at("2026-11-26 12:00", &tokyo)));
        assert!(times.pass(at("2026-11-26 12:00:03", &tokyo), &tokyo));
    }

    #[test]
    fn what_was_slept_through_is_told_within_ten_minutes_and_not_later() {
        let tokyo = zone("Asia/Tokyo");
        let table = [
            ("2026-11-25 12:10", true),
            ("2026-11-25 12:10:01", false),
            ("2026-11-25 18:00", false),
            ("2026-11-28 12:05", true),
            ("2026-11-28 11:59", false),
        ];
        for (woke, expected) in table {
            let mut times = noon("2026-11-25 10:00", &tokyo);
            assert_eq!(times.pass(at(woke, &tokyo), &tokyo), expected, "{woke}");
            assert!(
                times.next(&tokyo) > Some(at(woke, &tokyo)),
                "{woke}: it is behind"
            );
        }
    }

    #[test]
    fn a_new_time_counts_from_when_it_was_chosen() {
        let tokyo = zone("Asia/Tokyo");
        let mut times = noon("2026-11-25 10:00", &tokyo);
        let now = at("2026-11-25 11:00", &tokyo);
        times.choose(Some(time(10, 55, 0, 0)), now);
        assert!(!times.pass(now, &tokyo), "five minutes ago nobody had wanted it");
        assert_eq!(times.next(&tokyo), Some(at("2026-11-26 10:55", &tokyo)));
        times.choose(None, now);
        assert_eq!(times.next(&tokyo), None);
        assert!(!times.pass(at("2026-11-26 10:55", &tokyo), &tokyo));
        // The same again, as every look at the preferences has it, moves nothing.
        let mut times = noon("2026-11-25 11:59:59", &tokyo);
        let due = at("2026-11-25 12:00", &tokyo);
        times.choose(Some(time(12, 0, 0, 0)), due);
        assert_eq!(times.next(&tokyo), Some(due));
        assert!(times.pass(due, &tokyo));
    }

    #[test]
    fn a_clock_that_is_set() {
        let tokyo = zone("Asia/Tokyo");
        let mut times = noon("2026-11-25 10:00", &tokyo);
        assert!(times.pass(at("2026-11-25 12:00", &tokyo), &tokyo));
        assert!(
            !times.pass(at("2026-11-25 11:00", &tokyo), &tokyo),
            "an hour back"
        );
        assert!(
            !times.pass(at("2026-11-25 12:00", &tokyo), &tokyo),
            "told already"
        );
        assert!(!times.pass(at("2025-11-25 11:00", &tokyo), &tokyo), "a year back");
        assert!(
            times.pass(at("2025-11-25 12:00", &tokyo), &tokyo),
            "not silent for a year"
        );
    }

    #[test]
    fn days_on_which_the_clock_jumps() {
        let berlin = zone("Europe/Berlin");
        let mut times = Times::new(at("2026-03-28 12:00", &berlin));
        times.choose(Some(time(2, 30, 0, 0)), at("2026-03-28 12:00", &berlin));
        assert_eq!(times.next(&berlin), Some(at("2026-03-29 03:30", &berlin)));
        assert!(times.pass(at("2026-03-29 03:30", &berlin), &berlin));
        // Shown twice in October: the first pass alone.
        times.pass(at("2026-10-24 12:00", &berlin), &berlin);
        let first: Timestamp = "2026-10-25T00:30:00Z".parse().expect("a moment");
        let second: Timestamp = "2026-10-25T01:30:00Z".parse().expect("a moment");
        assert_eq!(times.next(&berlin), Some(first));
        assert!(times.pass(first, &berlin));
        assert!(!times.pass(second, &berlin));
    }
}
