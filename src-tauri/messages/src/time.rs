//! Times as people read them: the answers carry RFC 3339 in the zone of the person already.

use crate::{Language, say};

/// Does this look like a time of an answer, `2026-11-25T12:07:00.000+09:00`?
pub fn is_moment(text: &str) -> bool {
    parts(text).is_some()
}

/// `Wed 25 November 12:07` or `11月25日（水）12:07`; on the day `today` (`2026-11-25`), the time alone with "today", and
/// in another year than today's, with its year. What is no time comes back as it is.
pub fn moment(language: Language, text: &str, today: Option<&str>) -> String {
    let Some((date, time)) = parts(text) else {
        return text.to_owned();
    };
    if today == Some(date) {
        return say(language, "date.today", &[("time", time)]);
    }
    let number =
        |range: std::ops::Range<usize>| date.get(range).and_then(|digits| digits.parse::<u32>().ok());
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return text.to_owned();
    };
    let weekday = say(
        language,
        &format!("date.weekday.{}", weekday(year, month, day)),
        &[],
    );
    let month = say(language, &format!("date.month.{month:02}"), &[]);
    let day = day.to_string();
    let year_differs = today.is_some_and(|today| !today.starts_with(&date[..4]));
    let key = if year_differs { "date.at_year" } else { "date.at" };
    let args = [
        ("weekday", &*weekday),
        ("day", &*day),
        ("month", &*month),
        ("year", &date[..4]),
        ("time", time),
    ];
    say(language, key, &args)
}

/// Date and hour with minute.
fn parts(text: &str) -> Option<(&str, &str)> {
    let (date, rest) = text.split_once('T')?;
    let time = rest.get(..5)?;
    let shape = |text: &str, like: &str| {
        text.len() == like.len()
            && text
                .bytes()
                .zip(like.bytes())
                .all(|(a, b)| if b == b'0' { a.is_ascii_digit() } else { a == b })
    };
    let zoned = rest.ends_with('Z') || rest.get(8..).is_some_and(|end| end.contains(['+', '-']));
    (shape(date, "0000-00-00") && shape(time, "00:00") && zoned).then_some((date, time))
}

/// 1 is Monday (Sakamoto's method, for the Gregorian calendar).
fn weekday(year: u32, month: u32, day: u32) -> u32 {
    const SHIFT: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let shift = SHIFT[month.clamp(1, 12) as usize - 1];
    let year = year - u32::from(month < 3 && year > 0);
    match (year + year / 4 - year / 100 + year / 400 + shift + day) % 7 {
        0 => 7,
        day => day,
    }
}
