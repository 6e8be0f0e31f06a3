//! A case of a table: some rules, a day in a zone, what is open on it, and why. Times are civil ones.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use kossori_core::calendar::Calendar;
use kossori_core::rules::{Rules, Stretch};

use crate::shapes::me;

pub const TOKYO: &str = "Asia/Tokyo";

pub fn at(zone: &str, civil: &str) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap();
    zone.to_ambiguous_timestamp(civil.parse::<DateTime>().unwrap())
        .earlier()
        .unwrap()
}

pub fn tokyo(civil: &str) -> Timestamp {
    at(TOKYO, civil)
}

pub fn stretch(from: &str, to: &str) -> Stretch {
    Stretch {
        from: tokyo(from),
        to: tokyo(to),
    }
}

/// The spans of one civil day, as `12:00-13:00 lunch`, the end as the clock shows it, with the openings' names.
pub fn day(rules: &Rules, zone: &str, day: &str) -> Vec<String> {
    let tz = TimeZone::get(zone).unwrap();
    let first: jiff::civil::Date = day.parse().unwrap();
    let midnight = |date: jiff::civil::Date| date.to_zoned_datetime(tz.clone()).unwrap().timestamp();
    let calendar = Calendar::new(rules, &tz).unwrap();
    let clock = |at: Timestamp| tz.to_datetime(at).strftime("%H:%M").to_string();
    let spans = calendar.spans(&me(), midnight(first), midnight(first.tomorrow().unwrap()));
    spans
        .iter()
        .map(|span| {
            let names: Vec<_> = span.openings.iter().map(|one| one.window.as_str()).collect();
            format!("{}-{} {}", clock(span.from), clock(span.to), names.join(" "))
        })
        .collect()
}

pub fn check(rules: &Rules, zone: &str, cases: &[(&str, &[&str], &str)]) {
    for (date, expected, why) in cases {
        assert_eq!(day(rules, zone, date), *expected, "{date} in {zone}: {why}");
    }
}
