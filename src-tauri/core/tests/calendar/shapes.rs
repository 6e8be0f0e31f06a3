//! Twelve shapes of rules, each made to stand on one kind of edge. `pivot` is an instant at which the zone's clock
//! jumps, if it does, so that what happens once happens there; `zone` is the zone under test by its own name.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::AccountId;
use kossori_core::rules::{
    BreakNow, CivilMinute, Closed, Days, HolidayTable, OnHolidays, Overtime, Pause, Period, Rules, Stretch,
    Window, WorkHours, default_rules,
};

pub const NAMES: [&str; 12] = [
    "a new folder in Tokyo",
    "nights, windows and hours across midnight",
    "whole days, to 24:00, and 0:00 to 24:00 every day",
    "starts and ends inside skipped and repeated hours",
    "lunch inside hours, hours in two halves, windows over their edges",
    "hours that overlap one another",
    "holidays skipped, holidays too, days off",
    "first and last days, also across midnight",
    "windows and hours in other zones than the system's",
    "a break through a jump, closed periods, busy stretches",
    "overtime through a jump, a pause, a day off",
    "all of it, for an account that only some of it concerns",
];

/// Zones that the shapes name themselves.
pub const OTHER_ZONES: [&str; 3] = ["America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"];

pub fn me() -> AccountId {
    AccountId::from("me")
}

fn period(days: &str, from: &str, to: &str) -> Period {
    Period {
        days: Days::parse(days).unwrap(),
        from: CivilMinute::parse(from).unwrap(),
        to: CivilMinute::parse(to).unwrap(),
        zone: None,
        accounts: None,
        on_holidays: OnHolidays::Usual,
        first_day: None,
        last_day: None,
        enabled: true,
    }
}

pub fn window(name: &str, days: &str, from: &str, to: &str) -> Window {
    Window {
        name: name.to_owned(),
        title: String::new(),
        period: period(days, from, to),
    }
}

pub fn hours(days: &str, from: &str, to: &str) -> WorkHours {
    WorkHours {
        period: period(days, from, to),
    }
}

pub fn rules(windows: Vec<Window>, hours: Vec<WorkHours>) -> Rules {
    Rules {
        windows,
        hours,
        holidays: HolidayTable::None,
        ..default_rules(None)
    }
}

fn on(mut window: Window, change: impl FnOnce(&mut Period)) -> Window {
    change(&mut window.period);
    window
}

fn at_work(mut hours: WorkHours, change: impl FnOnce(&mut Period)) -> WorkHours {
    change(&mut hours.period);
    hours
}

pub fn shape(number: usize, zone: &str, pivot: Timestamp) -> Rules {
    let minutes = |minutes: i64| pivot + SignedDuration::from_mins(minutes);
    let civil = |year: i16| -> Date { date(year, 6, 15) };
    let named = |zone: &'static str| move |period: &mut Period| period.zone = Some(zone.to_owned());
    match number {
        0 => default_rules(Some("Asia/Tokyo")),
        1 => rules(
            vec![
                window("late", "fri-sat", "22:00", "02:30"),
                window("small", "daily", "01:00", "03:30"),
                window("eve", "sun,wed", "23:30", "00:00"),
                window("over", "mon-thu", "06:30", "06:10"),
            ],
            vec![hours("sun-thu", "23:00", "07:00")],
        ),
        2 => rules(
            vec![
                window("day", "sat,sun", "00:00", "24:00"),
                window("end", "mon-fri", "18:00", "24:00"),
                window("morning", "tue,wed", "00:00", "06:00"),
                on(window("ever", "daily", "00:00", "24:00"), |p| {
                    p.first_day = Some(date(2027, 3, 1))
                }),
            ],
            vec![hours("mon-fri", "09:00", "18:00"), hours("sat", "00:00", "24:00")],
        ),
        3 => rules(
            vec![
                window("gap", "daily", "02:15", "02:45"),
                window("into", "daily", "01:45", "02:15"),
                window("out", "daily", "02:30", "03:30"),
                window("midnight", "daily", "23:40", "00:20"),
                window("after", "daily", "00:05", "00:55"),
                window("before", "sat", "23:00", "24:00"),
            ],
            vec![
                hours("daily", "02:40", "03:10"),
                hours("sun", "00:00", "00:30"),
                hours("daily", "01:40", "02:20"),
            ],
        ),
        4 => rules(
            vec![
                window("lunch", "mon-fri", "12:00", "13:00"),
                window("half", "daily", "12:30", "13:30"),
                window("exact", "tue", "09:00", "12:30"),
                window("early", "mon-sat", "08:00", "09:30"),
                window("late", "daily", "17:59", "20:00"),
                window("coffee", "wed", "15:00", "15:01"),
            ],
            vec![
                hours("mon-fri", "09:00", "12:30"),
                hours("mon-fri", "12:45", "18:00"),
                hours("wed", "11:00", "17:00"),
            ],
        ),
        5 => rules(
            vec![
                window("inside", "daily", "13:00", "18:00"),
                window("across", "daily", "12:00", "20:00"),
                window("night", "daily", "01:00", "01:30"),
                window("dawn", "daily", "05:00", "07:00"),
            ],
            vec![
                hours("mon-fri", "09:00", "18:00"),
                hours("daily", "13:00", "22:00"),
                hours("thu-sat", "22:00", "06:00"),
                hours("fri", "04:00", "09:30"),
            ],
        ),
        6 => Rules {
            holidays: HolidayTable::Jp,
            days_off: vec![
                date(2026, 11, 24),
                date(2024, 2, 29),
                date(2027, 1, 4),
                date(2022, 3, 27),
            ],
            ..rules(
                vec![
                    on(window("skips", "daily", "07:00", "08:00"), |p| {
                        p.on_holidays = OnHolidays::Skip
                    }),
                    on(window("also", "sat", "10:00", "23:30"), |p| {
                        p.on_holidays = OnHolidays::Also
                    }),
                    on(window("night", "sat,sun", "23:00", "04:00"), |p| {
                        p.on_holidays = OnHolidays::Also
                    }),
                    window("usual", "mon-fri", "12:00", "13:00"),
                ],
                vec![
                    at_work(hours("mon-fri", "09:00", "18:00"), |p| {
                        p.on_holidays = OnHolidays::Skip
                    }),
                    at_work(hours("sat", "02:00", "05:00"), |p| {
                        p.on_holidays = OnHolidays::Also
                    }),
                ],
            )
        },
        7 => rules(
            (2021..=2031)
                .map(|year| {
                    on(window(&format!("w{year}"), "daily", "21:00", "03:00"), |p| {
                        p.first_day = Some(civil(year) - SignedDuration::from_hours(24 * 90));
                        p.last_day = Some(civil(year) + SignedDuration::from_hours(24 * 100));
                        p.enabled = year != 2025;
                    })
                })
                .chain([on(window("one", "daily", "12:00", "12:10"), |p| {
                    p.first_day = Some(date(2024, 2, 29));
                    p.last_day = Some(date(2024, 2, 29));
                })])
                .collect(),
            vec![at_work(hours("daily", "23:00", "01:00"), |p| {
                p.last_day = Some(civil(2026))
            })],
        ),
        8 => rules(
            vec![
                on(
                    window("york", "mon-fri", "12:00", "13:00"),
                    named("America/New_York"),
                ),
                on(
                    window("howe", "daily", "01:15", "02:10"),
                    named("Australia/Lord_Howe"),
                ),
                window("here", "sat,sun", "20:00", "01:00"),
                on(window("mine", "tue", "02:00", "03:00"), |p| {
                    p.zone = Some(zone.to_owned())
                }),
            ],
            vec![
                hours("mon-fri", "09:00", "17:00"),
                at_work(hours("mon-fri", "09:00", "18:00"), named("America/New_York")),
                at_work(hours("sat", "22:00", "05:00"), named("Asia/Tokyo")),
            ],
        ),
        9 => Rules {
            break_now: Some(BreakNow {
                from: minutes(-90),
                to: minutes(150),
                accounts: None,
            }),
            closed: [-20_000, -100, 70, 130, 40_000]
                .into_iter()
                .map(|start| Closed {
                    id: format!("c{start}"),
                    from: minutes(start),
                    to: minutes(start + 45),
                })
                .collect(),
            busy: (-1500..1500)
                .map(|step| Stretch {
                    from: minutes(step * 1777),
                    to: minutes(step * 1777 + 40 + step.abs() % 211),
                })
                .collect(),
            ..rules(
                vec![
                    window("lunch", "mon-fri", "12:00", "13:00"),
                    window("night", "daily", "20:00", "03:00"),
                ],
                vec![hours("mon-fri", "09:00", "18:00")],
            )
        },
        10 => Rules {
            overtime: Some(Overtime {
                from: minutes(-600),
                until: minutes(400),
            }),
            pause: Some(Pause {
                from: minutes(2 * 1440),
                until: Some(minutes(2 * 1440 + 1000)),
            }),
            days_off: vec![
                (pivot + SignedDuration::from_hours(24))
                    .to_zoned_datetime(jiff::tz::TimeZone::UTC)
                    .date(),
            ],
            ..rules(
                vec![
                    window("lunch", "daily", "12:00", "13:00"),
                    window("edge", "daily", "17:30", "19:00"),
                    window("night", "daily", "22:00", "04:00"),
                ],
                vec![
                    at_work(hours("mon-sat", "09:00", "18:00"), |p| {
                        p.on_holidays = OnHolidays::Skip
                    }),
                    hours("sun", "01:00", "05:00"),
                ],
            )
        },
        _ => {
            let others = Some(vec![AccountId::from("other")]);
            let both = Some(vec![AccountId::from("other"), me()]);
            Rules {
                break_now: Some(BreakNow {
                    from: minutes(-30),
                    to: minutes(30),
                    accounts: both.clone(),
                }),
                pause: Some(Pause {
                    from: minutes(900_000),
                    until: None,
                }),
                overtime: Some(Overtime {
                    from: minutes(-200),
                    until: minutes(-20),
                }),
                closed: vec![Closed {
                    id: "c".to_owned(),
                    from: minutes(10),
                    to: minutes(20),
                }],
                busy: vec![
                    Stretch {
                        from: minutes(-60),
                        to: minutes(10),
                    },
                    Stretch {
                        from: minutes(5),
                        to: minutes(5),
                    },
                ],
                days_off: vec![date(2026, 4, 1)],
                holidays: HolidayTable::Jp,
                windows: vec![
                    on(window("theirs", "daily", "10:00", "11:00"), |p| {
                        p.accounts = others.clone()
                    }),
                    on(window("ours", "mon-fri", "11:30", "12:30"), |p| {
                        p.accounts = both.clone()
                    }),
                    on(window("off", "daily", "00:00", "24:00"), |p| p.enabled = false),
                    on(window("weekend", "sat,sun", "09:00", "02:00"), |p| {
                        p.on_holidays = OnHolidays::Also
                    }),
                ],
                hours: vec![
                    at_work(hours("daily", "00:00", "24:00"), |p| p.accounts = others),
                    at_work(hours("mon-fri", "09:00", "18:00"), |p| {
                        p.accounts = both;
                        p.on_holidays = OnHolidays::Skip;
                    }),
                ],
            }
        }
    }
}
