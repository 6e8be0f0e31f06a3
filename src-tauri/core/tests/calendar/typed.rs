//! Periods, days and minutes as they are typed.

use jiff::civil::date;
use jiff::tz::TimeZone;
use kossori_core::calendar::{Calendar, CalendarError};
use kossori_core::rules::{CivilMinute, Days, Period, PeriodError, Window};

use crate::shapes::{rules, window};

#[test]
fn periods_that_mean_nothing_are_refused() {
    let good = window("a", "mon-fri", "22:00", "02:00").period;
    let at = CivilMinute::at;
    let table = [
        (
            Period {
                to: at(22, 0),
                ..good.clone()
            },
            Some(PeriodError::StartIsEnd),
        ),
        (
            Period {
                from: at(24, 0),
                ..good.clone()
            },
            Some(PeriodError::OutsideTheDay),
        ),
        (
            Period {
                to: CivilMinute(1441),
                ..good.clone()
            },
            Some(PeriodError::OutsideTheDay),
        ),
        (
            Period {
                days: Days(0),
                ..good.clone()
            },
            Some(PeriodError::NoDays),
        ),
        (
            Period {
                days: Days(0x80),
                ..good.clone()
            },
            Some(PeriodError::NoDays),
        ),
        (
            Period {
                first_day: Some(date(2026, 1, 2)),
                last_day: Some(date(2026, 1, 1)),
                ..good.clone()
            },
            Some(PeriodError::FirstDayAfterLastDay),
        ),
        (
            Period {
                zone: Some("Asia/Edo".to_owned()),
                ..good.clone()
            },
            Some(PeriodError::UnknownZone("Asia/Edo".to_owned())),
        ),
        (
            Period {
                from: at(0, 0),
                to: at(24, 0),
                ..good.clone()
            },
            None,
        ),
        (
            Period {
                from: at(22, 0),
                to: at(0, 0),
                ..good.clone()
            },
            None,
        ),
        (
            Period {
                first_day: Some(date(2026, 1, 1)),
                last_day: Some(date(2026, 1, 1)),
                ..good.clone()
            },
            None,
        ),
    ];
    for (period, expected) in table {
        assert_eq!(period.check().err(), expected, "{period:?}");
        let window = Window {
            name: "a".to_owned(),
            title: String::new(),
            period: period.clone(),
        };
        let said = Calendar::new(&rules(vec![window.clone()], vec![]), &TimeZone::UTC).err();
        assert_eq!(said, expected.map(CalendarError::Period), "{period:?}");
        let disabled = Window {
            period: Period {
                enabled: false,
                ..period
            },
            ..window
        };
        assert!(
            Calendar::new(&rules(vec![disabled], vec![]), &TimeZone::UTC).is_ok(),
            "disabled, it stops nothing"
        );
    }
}

#[test]
fn days_and_minutes_as_typed() {
    let days = [
        ("mon-fri", Some("mon-fri"), 0b001_1111),
        ("sat,sun", Some("sat,sun"), 0b110_0000),
        ("daily", Some("daily"), 0b111_1111),
        ("mon,wed-fri", Some("mon,wed-fri"), 0b001_1101),
        ("Fri-Mon", Some("mon,fri-sun"), 0b111_0001),
        ("sun, tue", Some("tue,sun"), 0b100_0010),
        ("mon-sun", Some("daily"), 0b111_1111),
        ("wed-wed", Some("wed"), 0b000_0100),
        ("", None, 0),
        ("mon-", None, 0),
        ("monday", None, 0),
        ("mon,,tue", None, 0),
        ("mon-wed-fri", None, 0),
    ];
    for (typed, shown, bits) in days {
        let read = Days::parse(typed).ok();
        assert_eq!(read.map(|days| days.to_string()).as_deref(), shown, "{typed:?}");
        if let Some(days) = read {
            assert_eq!(days.0, bits, "{typed:?}");
            assert_eq!(Days::from_names(days.names()), Ok(days));
            assert_eq!(Days::parse(&days.to_string()), Ok(days));
        }
    }
    for bits in 1..128u8 {
        assert_eq!(Days::parse(&Days(bits).to_string()), Ok(Days(bits)));
    }
    let minutes = [
        ("9:00", Some(540)),
        ("09:05", Some(545)),
        ("00:00", Some(0)),
        ("24:00", Some(1440)),
        ("24:01", None),
        ("23:60", None),
        ("9", None),
        ("9:0", None),
        ("+9:00", None),
        ("-1:30", None),
        ("12:00:00", None),
        ("１２:00", None),
    ];
    for (typed, expected) in minutes {
        assert_eq!(
            CivilMinute::parse(typed).ok().map(|minute| minute.0),
            expected,
            "{typed:?}"
        );
    }
    assert_eq!(CivilMinute::at(9, 5).to_string(), "09:05");
    assert_eq!(CivilMinute::MIDNIGHT_AFTER.to_string(), "24:00");
}
