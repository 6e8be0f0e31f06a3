//! Japan's public holidays, by date. The table and its licence lie beside this file; `script/holidays` writes it
//! anew and compares it with a second source.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;

mod name;

pub use name::{HolidayName, holiday_name};

const TABLE: &str = include_str!("jp.txt");

/// For each year of the table one bit a day, by month. A line that cannot be read is a year not covered, which
/// is said; the test below reads every line.
static YEARS: LazyLock<BTreeMap<i16, [u32; 12]>> = LazyLock::new(|| TABLE.lines().filter_map(year).collect());

fn year(line: &str) -> Option<(i16, [u32; 12])> {
    let mut words = line.split_ascii_whitespace();
    let year = words.next()?.parse().ok()?;
    let mut months = [0; 12];
    for word in words {
        let (month, day) = word.split_once('-')?;
        let date = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
        months[month_index(date)] |= 1 << date.day();
    }
    Some((year, months))
}

fn month_index(date: Date) -> usize {
    usize::from(date.month().unsigned_abs()) - 1
}

/// Whether the table speaks of this year at all. Where it does not, `is_japanese_holiday` knows nothing.
pub fn covers(year: i16) -> bool {
    YEARS.contains_key(&year)
}

/// Whether `date` is a public holiday in Japan. `None`: the table does not cover the year.
pub fn is_japanese_holiday(date: Date) -> Option<bool> {
    YEARS
        .get(&date.year())
        .map(|months| months[month_index(date)] & (1 << date.day()) != 0)
}

/// Every holiday of the table, in order.
pub fn japanese_holidays() -> impl Iterator<Item = Date> {
    YEARS.iter().flat_map(|(&year, months)| {
        (1i8..=12).zip(months).flat_map(move |(month, days)| {
            (1i8..=31)
                .filter(move |day| days & (1 << day) != 0)
                .filter_map(move |day| Date::new(year, month, day).ok())
        })
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{TABLE, covers, is_japanese_holiday, japanese_holidays};

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let mut years = Vec::new();
        let mut days = 0;
        for line in lines {
            let mut words = line.split(' ');
            let year: i16 = words.next().unwrap().parse().unwrap();
            assert!(covers(year), "{year} stands in the table");
            years.push(year);
            for word in words {
                let day = format!("{year}-{word}").parse().unwrap();
                assert_eq!(is_japanese_holiday(day), Some(true), "{day}");
                days += 1;
            }
        }
        assert_eq!(years, (1970..=2050).collect::<Vec<_>>());
        assert_eq!((days, japanese_holidays().count()), (1329, 1329));
    }

    #[test]
    fn days_that_people_know() {
        let table = [
            (date(2026, 1, 1), true, "New Year's Day"),
            (date(2026, 5, 6), true, "the substitute for 3 May, a Sunday"),
            (date(2026, 9, 22), true, "between two holidays"),
            (date(2026, 11, 23), true, "Labour Thanksgiving Day"),
            (date(2026, 11, 24), false, "an ordinary Tuesday"),
            (date(2021, 7, 23), true, "Sports Day, moved for the Olympics"),
            (date(2021, 10, 11), false, "where Sports Day would have been"),
            (
                date(2026, 12, 31),
                false,
                "banks close, but it is no public holiday",
            ),
        ];
        for (day, expected, why) in table {
            assert_eq!(is_japanese_holiday(day), Some(expected), "{day}: {why}");
        }
    }

    #[test]
    fn a_year_outside_the_table_is_not_a_year_without_holidays() {
        assert_eq!(is_japanese_holiday(date(2051, 1, 1)), None);
        assert_eq!(is_japanese_holiday(date(1969, 1, 1)), None);
        assert!(!covers(2051) && covers(2050));
    }
}
