//! Dates and waits in headers.

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

/// An HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(super) fn date(value: &HeaderValue) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value.to_str().ok()?.trim())
        .ok()
}

/// How long the server asks to wait: `Retry-After` as seconds or a date; without it, the moment at which the
/// limit starts anew (Bluesky: seconds since 1970; Mastodon: RFC 3339. NETWORKS.md 2.5, 3.5).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    if let Some(value) = headers.get(RETRY_AFTER) {
        let text = value.to_str().ok()?.trim();
        return match text.parse::<i64>() {
            Ok(seconds) if seconds >= 0 => Some(SignedDuration::from_secs(seconds)),
            Ok(_) => None,
            Err(_) => date(value).map(|at| at.duration_since(now).max(SignedDuration::ZERO)),
        };
    }
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    // X: seconds since 1970 (NETWORKS.md 1.6).
    let in_seconds = text("ratelimit-reset").or_else(|| text("x-rate-limit-reset"));
    let at: Timestamp = match (in_seconds, text("x-ratelimit-reset")) {
        (Some(seconds), _) => Timestamp::from_second(seconds.parse().ok()?).ok()?,
        (None, Some(at)) => at.parse().ok()?,
        (None, None) => return None,
    };
    Some(at.duration_since(now)).filter(|wait| wait.is_positive())
}

/// Until when the server takes nothing more, if this answer used up the last that was left (NETWORKS.md 2.5, 3.5).
pub(super) fn spent_until(headers: &HeaderMap) -> Option<Timestamp> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    // Bluesky: seconds since 1970; Mastodon: RFC 3339.
    if text("ratelimit-remaining") == Some("0") {
        return Timestamp::from_second(text("ratelimit-reset")?.parse().ok()?).ok();
    }
    // X.
    if text("x-rate-limit-remaining") == Some("0") {
        return Timestamp::from_second(text("x-rate-limit-reset")?.parse().ok()?).ok();
    }
    if text("x-ratelimit-remaining") == Some("0") {
        return text("x-ratelimit-reset")?.parse().ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn waits() {
        let now: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        for (name, value, expected) in [
            ("retry-after", "120", Some(120)),
            ("retry-after", " 0 ", Some(0)),
            ("retry-after", "-3", None),
            ("retry-after", "soon", None),
            ("retry-after", "Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("retry-after", "Sun, 06 Nov 1994 08:40:37 GMT", Some(0)),
            ("retry-after", "99999999999999999999", None),
            ("ratelimit-reset", "784111837", Some(60)),
            ("ratelimit-reset", "784111000", None),
            ("ratelimit-reset", "x", None),
            ("x-ratelimit-reset", "1994-11-06T09:49:37.000000Z", Some(3600)),
            ("x-rate-limit-reset", "784111837", Some(60)),
            ("x-rate-limit-reset", "784111000", None),
            ("x-other", "5", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(
                super::retry_after(&headers, now),
                expected.map(SignedDuration::from_secs),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn what_is_used_up() {
        let until = Some("2026-11-24T04:00:00Z".parse::<Timestamp>().unwrap());
        for (headers, expected) in [
            (
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "2026-11-24T04:00:00.000000Z"),
                ][..],
                until,
            ),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1795492800")][..],
                until,
            ),
            (
                &[
                    ("x-ratelimit-remaining", "1"),
                    ("x-ratelimit-reset", "2026-11-24T04:00:00Z"),
                ][..],
                None,
            ),
            (&[("x-ratelimit-remaining", "0")][..], None),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "soon")][..],
                None,
            ),
            (&[("ratelimit-reset", "1795492800")][..], None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(super::spent_until(&map), expected, "{headers:?}");
        }
    }
}
