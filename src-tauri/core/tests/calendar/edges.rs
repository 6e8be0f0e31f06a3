//! Clocks that jump, zones that differ, spans that overlap or never end.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::{Calendar, Shut};
use kossori_core::rules::BreakNow;

use crate::cases::{TOKYO, at, check, tokyo};
use crate::shapes::{hours, me, rules, window};

#[test]
fn clocks_that_jump() {
    let york = "America/New_York";
    let spring = "2026-03-08";
    let autumn = "2026-11-01";
    let windows = |from: &str, to: &str| rules(vec![window("a", "daily", from, to)], vec![]);
    check(
        &windows("02:00", "03:00"),
        york,
        &[(spring, &[], "the hour is skipped")],
    );
    check(
        &windows("02:30", "03:30"),
        york,
        &[(spring, &["03:00-03:30 a"], "the start is skipped")],
    );
    check(
        &windows("01:30", "02:30"),
        york,
        &[(spring, &["01:30-03:00 a"], "the end is skipped")],
    );
    check(
        &windows("01:00", "02:00"),
        york,
        &[(
            autumn,
            &["01:00-01:00 a"],
            "the first pass only; then it is 1:00 again",
        )],
    );
    check(
        &windows("01:30", "02:30"),
        york,
        &[(autumn, &["01:30-01:00 a", "02:00-02:30 a"], "not in between")],
    );
    let mut held = windows("00:30", "03:00");
    held.hours = vec![hours("daily", "01:15", "01:45")];
    check(
        &held,
        york,
        &[(
            autumn,
            &["00:30-01:15 a", "01:45-01:00 a", "02:00-03:00 a"],
            "hours hold in both passes; the second is shut anyway",
        )],
    );
    let calendar = Calendar::new(&held, &TimeZone::get(york).unwrap()).unwrap();
    let second_pass = at(york, "2026-11-01T01:20") + SignedDuration::from_hours(1);
    assert_eq!(calendar.shut_at(&me(), second_pass), Some(Shut::WorkHours));
    let second_pass = at(york, "2026-11-01T01:50") + SignedDuration::from_hours(1);
    assert_eq!(calendar.shut_at(&me(), second_pass), Some(Shut::OutsideWindow));

    // Beirut's clock goes from 24:00 back to 23:00: Saturday ends twice.
    let beirut = "Asia/Beirut";
    let night = rules(
        vec![
            window("sat", "sat", "22:30", "24:00"),
            window("sun", "sun", "00:00", "00:30"),
        ],
        vec![],
    );
    let calendar = Calendar::new(&night, &TimeZone::get(beirut).unwrap()).unwrap();
    let start = at(beirut, "2026-10-24T22:00");
    let minutes = |from: Timestamp| from.duration_since(start).as_mins();
    let spans = calendar.spans(&me(), start, start + SignedDuration::from_hours(5));
    let said: Vec<_> = spans
        .iter()
        .map(|span| (minutes(span.from), minutes(span.to)))
        .collect();
    assert_eq!(
        said,
        [(30, 120), (180, 210)],
        "Saturday's in its first pass, Sunday's after the second"
    );

    // Samoa had no 30 December 2011.
    let apia = "Pacific/Apia";
    let daily = rules(
        vec![
            window("day", "daily", "10:00", "11:00"),
            window("night", "thu", "23:00", "02:00"),
        ],
        vec![],
    );
    let calendar = Calendar::new(&daily, &TimeZone::get(apia).unwrap()).unwrap();
    let spans = calendar.spans(&me(), at(apia, "2011-12-29T00:00"), at(apia, "2012-01-01T00:00"));
    let tz = TimeZone::get(apia).unwrap();
    let said: Vec<_> = spans
        .iter()
        .map(|span| tz.to_datetime(span.from).to_string())
        .collect();
    assert_eq!(
        said,
        [
            "2011-12-29T10:00:00",
            "2011-12-29T23:00:00",
            "2011-12-31T10:00:00"
        ]
    );
    assert_eq!(
        spans[1].to,
        at(apia, "2011-12-31T00:00"),
        "Thursday's night ends where Friday is missing"
    );
}

#[test]
fn each_period_has_its_own_zone() {
    let mut rules = rules(
        vec![window("york", "mon-fri", "12:00", "13:00")],
        vec![hours("daily", "00:00", "04:00")],
    );
    rules.windows[0].period.zone = Some("America/New_York".to_owned());
    check(
        &rules,
        TOKYO,
        &[(
            "2026-11-26",
            &["02:00-03:00 york"],
            "Wednesday noon in New York, within Tokyo's hours",
        )],
    );
    rules.hours = vec![hours("daily", "00:00", "02:30")];
    check(
        &rules,
        TOKYO,
        &[("2026-11-26", &["02:30-03:00 york"], "not wholly within them")],
    );
}

#[test]
fn what_a_send_counts_for() {
    let mut rules = rules(
        vec![
            window("late", "daily", "12:30", "14:00"),
            window("b", "daily", "12:00", "13:00"),
            window("a", "daily", "12:00", "13:00"),
            window("early", "daily", "08:00", "12:10"),
        ],
        vec![hours("daily", "07:00", "09:00")],
    );
    rules.break_now = Some(BreakNow {
        from: tokyo("2026-11-25T12:50"),
        to: tokyo("2026-11-25T13:10"),
        accounts: None,
    });
    let calendar = Calendar::new(&rules, &TimeZone::get(TOKYO).unwrap()).unwrap();
    let span = calendar.span_at(&me(), tokyo("2026-11-25T11:00")).unwrap();
    assert_eq!(
        (span.from, span.to),
        (tokyo("2026-11-25T11:00"), tokyo("2026-11-25T14:00"))
    );
    let table = [
        ("11:00", "early", "the only one"),
        ("12:05", "early", "opened first"),
        ("12:10", "a", "of two that opened together the first by name"),
        ("12:40", "a", "opened before the late one"),
        ("12:50", "break", "a break before all"),
        ("13:10", "late", "the break is over"),
    ];
    for (time, expected, why) in table {
        let one = span.occurrence_at(tokyo(&format!("2026-11-25T{time}"))).unwrap();
        assert_eq!(one.window, expected, "{time}: {why}");
    }
    assert_eq!(span.occurrence_at(span.to), None, "the end is outside");
    let early = span.occurrence_at(span.from).unwrap();
    assert_eq!(
        early.opened,
        tokyo("2026-11-25T08:00"),
        "named by its first minute, though that was shut by work hours"
    );
}

#[test]
fn a_span_without_end_is_told_up_to_the_horizon() {
    let rules = rules(vec![window("ever", "daily", "00:00", "24:00")], vec![]);
    let calendar = Calendar::new(&rules, &TimeZone::get(TOKYO).unwrap()).unwrap();
    let start = tokyo("2026-11-25T12:00");
    let span = calendar.span_at(&me(), start).unwrap();
    assert_eq!(span.to, start + SignedDuration::from_hours(400 * 24));
    assert_eq!(
        span.openings.len(),
        401,
        "one occurrence a day, none cut in two where a look ended"
    );
    assert_eq!(
        calendar.spans(&me(), start, Timestamp::MIN),
        [],
        "a stretch that ends before it starts"
    );

    let berlin = "Europe/Berlin";
    let calendar = Calendar::new(&rules, &TimeZone::get(berlin).unwrap()).unwrap();
    let span = calendar.span_at(&me(), at(berlin, "2026-11-25T12:00")).unwrap();
    let end = "2027-10-31T01:00:00Z".parse().unwrap();
    assert_eq!(
        span.to, end,
        "the second pass of the repeated hour is not open, even for a window that never ends"
    );
}
