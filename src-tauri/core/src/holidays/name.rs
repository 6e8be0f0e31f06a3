//! What a public holiday of Japan is called, by the law as it stands since 2022.

use jiff::civil::{Date, Weekday};

use super::is_japanese_holiday;

macro_rules! names {
    ($($name:ident = $word:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum HolidayName { $($name,)* }

        impl HolidayName {
            pub const ALL: &[HolidayName] = &[$(HolidayName::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(HolidayName::$name => $word,)* }
            }
        }
    };
}

names! {
    NewYear = "new_year",
    ComingOfAge = "coming_of_age",
    Foundation = "foundation",
    Emperor = "emperor",
    VernalEquinox = "vernal_equinox",
    Showa = "showa",
    Constitution = "constitution",
    Greenery = "greenery",
    Children = "children",
    Marine = "marine",
    Mountain = "mountain",
    Aged = "aged",
    AutumnalEquinox = "autumnal_equinox",
    Sports = "sports",
    Culture = "culture",
    Labour = "labour",
    // The day after a holiday that falls on a Sunday, and after those that follow it.
    Substitute = "substitute",
    // A day between two holidays.
    Between = "between",
    // Of a law before 2022, or of a single year.
    Other = "other",
}

/// The name of a day that [`is_japanese_holiday`] knows as one.
pub fn holiday_name(date: Date) -> HolidayName {
    use HolidayName as N;
    if date.year() < 2022 {
        return N::Other;
    }
    // The first of a month to the seventh are its first such weekday.
    let monday = |nth: i8| date.weekday() == Weekday::Monday && (date.day() + 6) / 7 == nth;
    match (date.month(), date.day()) {
        (1, 1) => N::NewYear,
        (1, _) if monday(2) => N::ComingOfAge,
        (2, 11) => N::Foundation,
        (2, 23) => N::Emperor,
        (4, 29) => N::Showa,
        (5, 3) => N::Constitution,
        (5, 4) => N::Greenery,
        (5, 5) => N::Children,
        (7, _) if monday(3) => N::Marine,
        (8, 11) => N::Mountain,
        (9, _) if monday(3) => N::Aged,
        (10, _) if monday(2) => N::Sports,
        (11, 3) => N::Culture,
        (11, 23) => N::Labour,
        (month, _) => {
            if stands_in(date) {
                return N::Substitute;
            }
            let between = holiday(date.yesterday().ok()) && holiday(date.tomorrow().ok());
            match month {
                3 => N::VernalEquinox,
                9 if between => N::Between,
                9 => N::AutumnalEquinox,
                _ if between => N::Between,
                _ => N::Other,
            }
        }
    }
}

fn holiday(date: Option<Date>) -> bool {
    date.is_some_and(|date| is_japanese_holiday(date) == Some(true))
}

/// All days before it, back to a Sunday, are holidays, that Sunday too.
fn stands_in(date: Date) -> bool {
    let mut before = date.yesterday().ok();
    while let Some(day) = before.filter(|day| holiday(Some(*day))) {
        if day.weekday() == Weekday::Sunday {
            return true;
        }
        before = day.yesterday().ok();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{HolidayName, holiday_name};
    use crate::holidays::japanese_holidays;

    /// As the Cabinet Office names them.
    #[test]
    fn two_years_by_name() {
        let named = |year: i16| {
            japanese_holidays()
                .filter(|day| day.year() == year)
                .map(|day| {
                    format!(
                        "{:02}-{:02} {}",
                        day.month(),
                        day.day(),
                        holiday_name(day).as_str()
                    )
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        assert_eq!(
            named(2026),
            "01-01 new_year, 01-12 coming_of_age, 02-11 foundation, 02-23 emperor, 03-20 vernal_equinox, 04-29 showa, \
             05-03 constitution, 05-04 greenery, 05-05 children, 05-06 substitute, 07-20 marine, 08-11 mountain, \
             09-21 aged, 09-22 between, 09-23 autumnal_equinox, 10-12 sports, 11-03 culture, 11-23 labour"
        );
        assert_eq!(
            named(2024),
            "01-01 new_year, 01-08 coming_of_age, 02-11 foundation, 02-12 substitute, 02-23 emperor, \
             03-20 vernal_equinox, 04-29 showa, 05-03 constitution, 05-04 greenery, 05-05 children, 05-06 substitute, \
             07-15 marine, 08-11 mountain, 08-12 substitute, 09-16 aged, 09-22 autumnal_equinox, 09-23 substitute, \
             10-14 sports, 11-03 culture, 11-04 substitute, 11-23 labour"
        );
    }

    #[test]
    fn each_year_has_each_holiday_once() {
        for year in 2022..=2050 {
            let names: Vec<HolidayName> = japanese_holidays()
                .filter(|day| day.year() == year)
                .map(holiday_name)
                .collect();
            for name in HolidayName::ALL {
                let times = names.iter().filter(|one| *one == name).count();
                match name {
                    HolidayName::Substitute | HolidayName::Between => {}
                    HolidayName::Other => assert_eq!(times, 0, "{year}"),
                    name => assert_eq!(times, 1, "{year} {name:?}"),
                }
            }
        }
    }
}
