//! Times, durations and dates as a person types them (CONTRACT.md, Times). Every answer is a moment: what a civil
//! time means is settled here, once, and never left to a default.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::{DateTimeParser, PiecesOffset};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp};
use thiserror::Error;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WhenError {
    #[error("no time, date or duration that is known here")]
    Unreadable,
    /// The clock of the zone skips it, as in the night in which summer time begins.
    #[error("a civil time that does not exist")]
    DoesNotExist,
    #[error("no time zone of the name {0:?}")]
    UnknownZone(String),
    /// RFC 9557 with an offset that the named zone does not have at that moment.
    #[error("an offset that the zone does not have then")]
    OffsetNotOfZone,
    #[error("a duration that is not longer than nothing")]
    NotPositive,
    #[error("a time outside the years that can be counted")]
    OutOfRange,
}

/// A moment, from RFC 9557 (`2026-11-23T12:30+09:00[Asia/Tokyo]`, `2026-11-23T12:30[Asia/Tokyo]`), RFC 3339, a
/// civil `2026-11-23 12:30` or `2026-11-23T12:30` in `zone`, or `12:30`: the next such moment after `now` in `zone`.
///
/// A civil time that the clock skips is refused; one that it shows twice is the first. `HH:MM` is the next reading
/// of that time after now: if the clock will skip that one, it is refused too and not moved to another day.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, WhenError> {
    let text = text.trim();
    if let Some(time) = time_of_day(text) {
        return next(time, now, zone);
    }
    // "2026-11" and "12:30:15" are not moments, and the parser's shorter forms are not part of the contract.
    if text.len() < "2026-11-23T12:30".len() || text.as_bytes().get(4) != Some(&b'-') {
        return Err(WhenError::Unreadable);
    }
    let pieces = DateTimeParser::new()
        .parse_pieces(text)
        .map_err(|_| WhenError::Unreadable)?;
    let civil = pieces
        .date()
        .to_datetime(pieces.time().ok_or(WhenError::Unreadable)?);
    let named = match pieces.time_zone_annotation() {
        None => None,
        Some(_) => {
            let name = || {
                text.split(['[', ']'])
                    .nth(1)
                    .unwrap_or_default()
                    .trim_start_matches('!')
                    .to_owned()
            };
            pieces
                .to_time_zone()
                .map_err(|_| WhenError::UnknownZone(name()))?
        }
    };
    match pieces.offset() {
        None => first(civil, named.as_ref().unwrap_or(zone)),
        // `Z` says that the offset is not known: the moment is, and the zone is a remark.
        Some(PiecesOffset::Zulu) => at_offset(civil, Offset::UTC),
        Some(given) => {
            let offset = given.to_numeric_offset();
            let moment = at_offset(civil, offset)?;
            match named {
                Some(zone) if zone.to_offset(moment) != offset => Err(WhenError::OffsetNotOfZone),
                _ => Ok(moment),
            }
        }
    }
}

/// The moment a duration after `now`: `90m`, `2h`, `1h30m`, ISO 8601 (`PT90M`), `1d`. A day, week or month is a
/// civil one in `zone`: the same time by the clock, or the next one that exists.
pub fn after(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, WhenError> {
    let span: Span = text.trim().parse().map_err(|_| WhenError::Unreadable)?;
    if !span.is_positive() {
        return Err(WhenError::NotPositive);
    }
    let then = now
        .to_zoned_datetime(zone.clone())
        .checked_add(span)
        .map_err(|_| WhenError::OutOfRange)?;
    Ok(then.timestamp())
}

/// `2026-11-23`.
pub fn day(text: &str) -> Result<Date, WhenError> {
    let text = text.trim();
    if text.len() != "2026-11-23".len() {
        return Err(WhenError::Unreadable);
    }
    text.parse().map_err(|_| WhenError::Unreadable)
}

/// The first moment at which the clock of `zone` shows `civil`.
///
/// The zone's word on what is skipped or repeated is taken as a hint and each candidate is read back: where a zone's
/// recorded history meets its rule for the future, the library may see a repetition that never was.
pub fn first(civil: DateTime, zone: &TimeZone) -> Result<Timestamp, WhenError> {
    let offsets = match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => [offset, offset],
        AmbiguousOffset::Fold { before, after } | AmbiguousOffset::Gap { before, after } => [before, after],
    };
    let moments = [at_offset(civil, offsets[0])?, at_offset(civil, offsets[1])?];
    moments
        .into_iter()
        .filter(|moment| zone.to_datetime(*moment) == civil)
        .min()
        .ok_or(WhenError::DoesNotExist)
}

fn at_offset(civil: DateTime, offset: Offset) -> Result<Timestamp, WhenError> {
    offset.to_timestamp(civil).map_err(|_| WhenError::OutOfRange)
}

/// `9:00` to `23:59`.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(hour.len(), 1 | 2) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn next(time: Time, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, WhenError> {
    let clock = zone.to_datetime(now);
    let today = clock.date().to_datetime(time);
    match first(today, zone) {
        Ok(moment) if moment > now => return Ok(moment),
        // Still to come by the clock, but the clock will skip it.
        Err(gap) if today > clock => return Err(gap),
        _ => {}
    }
    let tomorrow = clock.date().tomorrow().map_err(|_| WhenError::OutOfRange)?;
    let moment = first(tomorrow.to_datetime(time), zone)?;
    // A clock that goes back over midnight shows yesterday again: then the day after "tomorrow" is meant.
    if moment > now {
        return Ok(moment);
    }
    let later = tomorrow.tomorrow().map_err(|_| WhenError::OutOfRange)?;
    first(later.to_datetime(time), zone)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::{WhenError, after, day, moment};

    fn check<T: std::fmt::Display>(
        answer: impl Fn(&str, Timestamp, &TimeZone) -> Result<T, WhenError>,
        cases: &[(&str, &str, &str, Result<&str, WhenError>)],
    ) {
        for (text, now, zone, expected) in cases {
            let said = answer(text, now.parse().unwrap(), &TimeZone::get(zone).unwrap());
            let said = said.map(|moment| moment.to_string());
            assert_eq!(
                said,
                expected.clone().map(str::to_owned),
                "{text:?} at {now} in {zone}"
            );
        }
    }

    #[test]
    fn times_as_the_contract_reads_them() {
        use WhenError::{DoesNotExist, OffsetNotOfZone, OutOfRange, Unreadable};
        let (now, tokyo, york) = ("2026-11-23T03:00:00Z", "Asia/Tokyo", "America/New_York");
        let spring = "2026-03-08T06:00:00Z";
        let unknown = WhenError::UnknownZone("Asia/Edo".to_owned());
        check(
            moment,
            &[
                // With a zone or an offset of their own.
                (
                    "2026-11-23T12:30+09:00[Asia/Tokyo]",
                    now,
                    york,
                    Ok("2026-11-23T03:30:00Z"),
                ),
                (
                    "2026-11-23T12:30[Asia/Tokyo]",
                    now,
                    york,
                    Ok("2026-11-23T03:30:00Z"),
                ),
                (
                    "2026-11-23T12:30Z[Asia/Tokyo]",
                    now,
                    york,
                    Ok("2026-11-23T12:30:00Z"),
                ),
                (
                    "2026-11-23T12:30+08:00[Asia/Tokyo]",
                    now,
                    york,
                    Err(OffsetNotOfZone),
                ),
                ("2026-11-23T12:30[Asia/Edo]", now, york, Err(unknown.clone())),
                ("2026-11-23T12:30+09:00[Asia/Edo]", now, york, Err(unknown)),
                (
                    "2026-11-23T12:30:15.250-05:00",
                    now,
                    tokyo,
                    Ok("2026-11-23T17:30:15.25Z"),
                ),
                ("2026-11-23T12:30:00Z", now, tokyo, Ok("2026-11-23T12:30:00Z")),
                ("2026-11-23 12:30:00Z", now, tokyo, Ok("2026-11-23T12:30:00Z")),
                (
                    "2026-03-08T02:30[America/New_York]",
                    now,
                    tokyo,
                    Err(DoesNotExist),
                ),
                (
                    "2026-11-01T01:30[America/New_York]",
                    now,
                    tokyo,
                    Ok("2026-11-01T05:30:00Z"),
                ),
                (
                    "2026-11-01T01:30-05:00[America/New_York]",
                    now,
                    tokyo,
                    Ok("2026-11-01T06:30:00Z"),
                ),
                // Civil.
                ("2026-11-23 12:30", now, tokyo, Ok("2026-11-23T03:30:00Z")),
                (" 2026-11-23T12:30 ", now, york, Ok("2026-11-23T17:30:00Z")),
                ("2026-03-08 02:00", now, york, Err(DoesNotExist)),
                ("2026-03-08 03:00", now, york, Ok("2026-03-08T07:00:00Z")),
                ("2026-11-01 01:30", now, york, Ok("2026-11-01T05:30:00Z")),
                ("2011-12-30 12:00", now, "Pacific/Apia", Err(DoesNotExist)),
                (
                    "2023-10-28 23:30",
                    now,
                    "America/Nuuk",
                    Ok("2023-10-29T01:30:00Z"),
                ),
                // The next such moment.
                ("12:30", now, tokyo, Ok("2026-11-23T03:30:00Z")),
                ("12:00", now, tokyo, Ok("2026-11-24T03:00:00Z")),
                ("9:05", now, tokyo, Ok("2026-11-24T00:05:00Z")),
                ("00:00", now, tokyo, Ok("2026-11-23T15:00:00Z")),
                ("02:30", spring, york, Err(DoesNotExist)),
                ("02:30", "2026-03-08T07:10:00Z", york, Ok("2026-03-09T06:30:00Z")),
                ("02:30", "2026-03-07T12:00:00Z", york, Err(DoesNotExist)),
                ("01:30", "2026-11-01T05:00:00Z", york, Ok("2026-11-01T05:30:00Z")),
                ("01:30", "2026-11-01T06:00:00Z", york, Ok("2026-11-02T06:30:00Z")),
                (
                    "23:45",
                    "2026-10-24T21:10:00Z",
                    "Asia/Beirut",
                    Ok("2026-10-25T21:45:00Z"),
                ),
                // The clock showed 00:00, went back over midnight, and shows the day before again.
                (
                    "00:00",
                    "2010-11-07T03:00:00Z",
                    "America/St_Johns",
                    Ok("2010-11-08T03:30:00Z"),
                ),
                // Nothing of the kind.
                ("", now, tokyo, Err(Unreadable)),
                ("noon", now, tokyo, Err(Unreadable)),
                ("2026-11-23", now, tokyo, Err(Unreadable)),
                ("2026-11-23T12", now, tokyo, Err(Unreadable)),
                ("20261123T123000", now, tokyo, Err(Unreadable)),
                ("2026-02-29 12:00", now, tokyo, Err(Unreadable)),
                ("2026-11-23 24:00", now, tokyo, Err(Unreadable)),
                ("24:00", now, tokyo, Err(Unreadable)),
                ("12:60", now, tokyo, Err(Unreadable)),
                ("12:30:15", now, tokyo, Err(Unreadable)),
                ("１２:30", now, tokyo, Err(Unreadable)),
                ("+9:30", now, tokyo, Err(Unreadable)),
                ("9:+5", now, tokyo, Err(Unreadable)),
                ("9:5", now, tokyo, Err(Unreadable)),
                ("9:005", now, tokyo, Err(Unreadable)),
                ("009:05", now, tokyo, Err(Unreadable)),
                (":05", now, tokyo, Err(Unreadable)),
                ("9999-12-31 23:59", now, york, Err(OutOfRange)),
            ],
        );
    }

    #[test]
    fn durations_as_the_contract_reads_them() {
        use WhenError::{NotPositive, OutOfRange, Unreadable};
        let (now, tokyo, york) = ("2026-11-23T03:00:00Z", "Asia/Tokyo", "America/New_York");
        check(
            after,
            &[
                ("90m", now, tokyo, Ok("2026-11-23T04:30:00Z")),
                ("2h", now, tokyo, Ok("2026-11-23T05:00:00Z")),
                ("1h30m", now, tokyo, Ok("2026-11-23T04:30:00Z")),
                ("PT90M", now, tokyo, Ok("2026-11-23T04:30:00Z")),
                ("P1DT1H", now, tokyo, Ok("2026-11-24T04:00:00Z")),
                ("1d", now, tokyo, Ok("2026-11-24T03:00:00Z")),
                ("1d", "2026-10-31T16:00:00Z", york, Ok("2026-11-01T17:00:00Z")),
                ("24h", "2026-10-31T16:00:00Z", york, Ok("2026-11-01T16:00:00Z")),
                ("1d", "2026-03-07T07:30:00Z", york, Ok("2026-03-08T07:30:00Z")),
                ("0m", now, tokyo, Err(NotPositive)),
                ("-5m", now, tokyo, Err(NotPositive)),
                ("90", now, tokyo, Err(Unreadable)),
                ("", now, tokyo, Err(Unreadable)),
                ("soon", now, tokyo, Err(Unreadable)),
                ("9000y", now, tokyo, Err(OutOfRange)),
            ],
        );
    }

    #[test]
    fn dates() {
        assert_eq!(day("2026-11-23"), Ok(date(2026, 11, 23)));
        for wrong in [
            "",
            "2026-02-29",
            "20261123",
            "2026-11-23T12:00",
            "11-23",
            "2026-1-23",
        ] {
            assert_eq!(day(wrong), Err(WhenError::Unreadable), "{wrong:?}");
        }
    }
}
