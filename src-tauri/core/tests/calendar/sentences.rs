//! RULES.md 1, sentence by sentence.

use jiff::civil::date;
use jiff::tz::TimeZone;
use kossori_core::calendar::{Calendar, Shut};
use kossori_core::ids::AccountId;
use kossori_core::rules::{
    BreakNow, Closed, HolidayTable, OnHolidays, Overtime, Pause, Period, Rules, Stretch, default_rules,
};

use crate::cases::{TOKYO, check, stretch, tokyo};
use crate::shapes::{hours, me, rules, window};

#[test]
fn a_new_folder() {
    let rules = default_rules(Some(TOKYO));
    assert_eq!(rules.holidays, HolidayTable::Jp);
    assert_eq!(default_rules(Some("Europe/Berlin")).holidays, HolidayTable::None);
    assert_eq!(default_rules(None).holidays, HolidayTable::None);
    let usual: &[&str] = &["12:00-13:00 lunch", "18:30-22:30 evening"];
    check(
        &rules,
        TOKYO,
        &[
            ("2026-11-25", usual, "a Wednesday; lunch lies within the hours"),
            ("2026-11-28", &["09:00-22:30 weekend"], "a Saturday"),
            (
                "2026-11-23",
                &["09:00-22:30 weekend lunch evening"],
                "a holiday: no hours, and the weekend's window too",
            ),
            ("2051-11-23", usual, "a Thursday that the table does not cover"),
        ],
    );
}

#[test]
fn a_year_that_the_table_does_not_cover_is_said() {
    let tokyo = Calendar::new(&default_rules(Some(TOKYO)), &TimeZone::UTC).unwrap();
    assert!(tokyo.holiday_year_covered(2026) && tokyo.holiday_year_covered(2027));
    assert!(!tokyo.holiday_year_covered(2051));
    let nowhere = Calendar::new(&default_rules(None), &TimeZone::UTC).unwrap();
    assert!(
        nowhere.holiday_year_covered(2051),
        "without a table there is nothing to cover"
    );
}

#[test]
fn windows_and_hours() {
    let lunch = || window("lunch", "mon-fri", "12:00", "13:00");
    let office = || hours("mon-fri", "09:00", "18:00");
    let day = "2026-11-25";
    let table: &[(Rules, &[&str], &str)] = &[
        (rules(vec![lunch()], vec![]), &["12:00-13:00 lunch"], "no hours"),
        (
            rules(vec![lunch()], vec![office()]),
            &["12:00-13:00 lunch"],
            "within",
        ),
        (
            rules(vec![window("a", "daily", "17:00", "19:00")], vec![office()]),
            &["18:00-19:00 a"],
            "over the end",
        ),
        (
            rules(vec![window("a", "daily", "08:00", "19:00")], vec![office()]),
            &["08:00-09:00 a", "18:00-19:00 a"],
            "around",
        ),
        (
            rules(vec![window("a", "daily", "09:00", "18:00")], vec![office()]),
            &["09:00-18:00 a"],
            "exactly the hours",
        ),
        (
            rules(
                vec![lunch()],
                vec![hours("daily", "09:00", "12:30"), hours("daily", "12:30", "18:00")],
            ),
            &[],
            "within two together is not within one",
        ),
        (
            rules(vec![lunch()], vec![hours("daily", "09:00", "12:30"), office()]),
            &["12:00-13:00 lunch"],
            "within one of two that overlap",
        ),
        (
            rules(vec![lunch(), window("b", "daily", "13:00", "14:00")], vec![]),
            &["12:00-14:00 lunch b"],
            "neighbours",
        ),
        (
            rules(vec![window("a", "daily", "22:00", "24:00")], vec![]),
            &["22:00-00:00 a"],
            "24:00 is the end of the day",
        ),
        (
            rules(vec![window("a", "tue", "22:00", "02:00")], vec![]),
            &["00:00-02:00 a"],
            "belongs to Tuesday",
        ),
        (
            rules(vec![window("a", "wed", "22:00", "02:00")], vec![]),
            &["22:00-00:00 a"],
            "belongs to Wednesday",
        ),
    ];
    for (rules, expected, why) in table {
        check(rules, TOKYO, &[(day, expected, why)]);
    }
}

#[test]
fn only_hours_of_the_account_count() {
    let mut rules = rules(
        vec![window("a", "daily", "17:00", "19:00")],
        vec![hours("daily", "09:00", "18:00")],
    );
    rules.hours[0].period.accounts = Some(vec![AccountId::from("other")]);
    check(
        &rules,
        TOKYO,
        &[(
            "2026-11-25",
            &["17:00-19:00 a"],
            "the hours are another account's",
        )],
    );
    rules.hours[0].period.accounts = Some(vec![AccountId::from("other"), me()]);
    check(
        &rules,
        TOKYO,
        &[(
            "2026-11-25",
            &["18:00-19:00 a"],
            "the hours are this account's too",
        )],
    );
    rules.windows[0].period.accounts = Some(vec![AccountId::from("other")]);
    check(
        &rules,
        TOKYO,
        &[("2026-11-25", &[], "the window is another account's")],
    );
}

#[test]
fn the_day_on_which_a_period_starts_decides() {
    let mut night = window("night", "daily", "22:00", "02:00");
    night.period.first_day = Some(date(2026, 11, 25));
    night.period.last_day = Some(date(2026, 11, 26));
    check(
        &rules(vec![night.clone()], vec![]),
        TOKYO,
        &[
            ("2026-11-25", &["22:00-00:00 night"], "the first day"),
            (
                "2026-11-26",
                &["00:00-02:00 night", "22:00-00:00 night"],
                "the last day",
            ),
            ("2026-11-27", &["00:00-02:00 night"], "the rest of the last day's"),
            ("2026-11-28", &[], "over"),
        ],
    );
    night.period = Period {
        first_day: None,
        last_day: None,
        on_holidays: OnHolidays::Skip,
        ..night.period
    };
    let skipping = Rules {
        holidays: HolidayTable::Jp,
        ..rules(vec![night], vec![])
    };
    check(
        &skipping,
        TOKYO,
        &[
            (
                "2026-11-23",
                &["00:00-02:00 night"],
                "a holiday: yesterday's goes on, today's does not start",
            ),
            (
                "2026-11-24",
                &["22:00-00:00 night"],
                "nothing goes on from the holiday",
            ),
        ],
    );
}

#[test]
fn what_stands_above_what() {
    let wednesday = "2026-11-25";
    let base = || {
        rules(
            vec![
                window("lunch", "daily", "12:00", "13:00"),
                window("eve", "daily", "18:30", "21:00"),
            ],
            vec![hours("mon-fri", "09:00", "18:00")],
        )
    };
    let now = || {
        Some(BreakNow {
            from: tokyo("2026-11-25T10:00"),
            to: tokyo("2026-11-25T10:20"),
            accounts: None,
        })
    };
    let closed = |from: &str, to: &str| {
        let Stretch { from, to } = stretch(from, to);
        vec![Closed {
            id: "c".to_owned(),
            from,
            to,
        }]
    };
    let usual: &[&str] = &["12:00-13:00 lunch", "18:30-21:00 eve"];
    let with_break: &[&str] = &["10:00-10:20 break", "12:00-13:00 lunch", "18:30-21:00 eve"];
    let over = |from: &str, until: &str| {
        let Stretch { from, to } = stretch(from, until);
        Some(Overtime { from, until: to })
    };
    let table: &[(Rules, &[&str], &str)] = &[
        (base(), usual, "as usual"),
        (
            Rules {
                break_now: now(),
                ..base()
            },
            with_break,
            "a break opens in work hours",
        ),
        (
            Rules {
                break_now: now(),
                busy: vec![stretch("2026-11-25T09:30", "2026-11-25T12:20")],
                ..base()
            },
            &["10:00-10:20 break", "12:20-13:00 lunch", "18:30-21:00 eve"],
            "and in busy time, which shuts windows",
        ),
        (
            Rules {
                break_now: now(),
                closed: closed("2026-11-25T10:05", "2026-11-25T12:30"),
                ..base()
            },
            &["10:00-10:05 break", "12:30-13:00 lunch", "18:30-21:00 eve"],
            "a closed period shuts a break too",
        ),
        (
            Rules {
                break_now: now(),
                pause: Some(Pause {
                    from: tokyo("2026-11-25T10:10"),
                    until: Some(tokyo("2026-11-25T20:00")),
                }),
                ..base()
            },
            &["10:00-10:10 break", "20:00-21:00 eve"],
            "and so does a pause",
        ),
        (
            Rules {
                pause: Some(Pause {
                    from: tokyo("2026-11-25T12:10"),
                    until: None,
                }),
                ..base()
            },
            &["12:00-12:10 lunch"],
            "a pause without an end",
        ),
        (
            Rules {
                overtime: over("2026-11-25T18:00", "2026-11-25T20:00"),
                ..base()
            },
            &["12:00-13:00 lunch", "20:00-21:00 eve"],
            "overtime shuts windows after work",
        ),
        (
            Rules {
                overtime: over("2026-11-25T10:00", "2026-11-25T20:00"),
                ..base()
            },
            &["12:00-13:00 lunch", "20:00-21:00 eve"],
            "declared in the morning it leaves lunch alone: it makes the hours longer, not stricter",
        ),
        (
            Rules {
                overtime: over("2026-11-25T18:00", "2026-11-25T22:00"),
                ..base()
            },
            &["12:00-13:00 lunch"],
            "a window all within what overtime adds does not open, unlike one within work hours",
        ),
        (
            Rules {
                overtime: over("2026-11-25T18:00", "2026-11-25T22:00"),
                break_now: Some(BreakNow {
                    from: tokyo("2026-11-25T19:00"),
                    to: tokyo("2026-11-25T19:10"),
                    accounts: Some(vec![me()]),
                }),
                ..base()
            },
            &["12:00-13:00 lunch", "19:00-19:10 break"],
            "a break opens in overtime",
        ),
        (
            Rules {
                break_now: Some(BreakNow {
                    accounts: Some(vec![AccountId::from("other")]),
                    ..now().unwrap()
                }),
                ..base()
            },
            usual,
            "another account's break",
        ),
        (
            Rules {
                break_now: Some(BreakNow {
                    from: tokyo("2026-11-25T11:50"),
                    to: tokyo("2026-11-25T12:30"),
                    accounts: None,
                }),
                ..base()
            },
            &["11:50-13:00 break lunch", "18:30-21:00 eve"],
            "a break and lunch are one span",
        ),
    ];
    for (rules, expected, why) in table {
        check(rules, TOKYO, &[(wednesday, expected, why)]);
    }

    let mut off = default_rules(Some("Europe/Berlin"));
    off.days_off = vec![date(2026, 11, 25)];
    check(
        &off,
        "Europe/Berlin",
        &[(
            "2026-11-25",
            &["09:00-22:30 weekend lunch evening"],
            "a day off counts as a holiday, table or not",
        )],
    );
}

#[test]
fn why_it_is_shut() {
    let mut rules = rules(
        vec![window("lunch", "daily", "12:00", "13:00")],
        vec![hours("mon-fri", "09:00", "18:00")],
    );
    rules.busy = vec![stretch("2026-11-25T12:10", "2026-11-25T15:00")];
    rules.closed = vec![Closed {
        id: "c".to_owned(),
        from: tokyo("2026-11-25T14:00"),
        to: tokyo("2026-11-25T16:00"),
    }];
    rules.pause = Some(Pause {
        from: tokyo("2026-11-25T15:30"),
        until: Some(tokyo("2026-11-25T17:00")),
    });
    rules.overtime = Some(Overtime {
        from: tokyo("2026-11-25T18:00"),
        until: tokyo("2026-11-25T20:00"),
    });
    let calendar = Calendar::new(&rules, &TimeZone::get(TOKYO).unwrap()).unwrap();
    let table = [
        ("08:59:59.999", Some(Shut::OutsideWindow)),
        ("09:00", Some(Shut::WorkHours)),
        ("12:00", None),
        ("12:09:59.999", None),
        ("12:10", Some(Shut::Busy)),
        ("14:00", Some(Shut::Closed)),
        ("15:30", Some(Shut::Paused)),
        ("17:00", Some(Shut::WorkHours)),
        ("19:59", Some(Shut::WorkHours)),
        ("20:00", Some(Shut::OutsideWindow)),
    ];
    for (time, expected) in table {
        assert_eq!(
            calendar.shut_at(&me(), tokyo(&format!("2026-11-25T{time}"))),
            expected,
            "{time}"
        );
    }
}
