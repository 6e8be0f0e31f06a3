//! What a post costs where posting is paid for (X, NETWORKS.md 1.2), and whether a month's sum allows it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::text::x;

/// Millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    pub const ZERO: MicroUsd = MicroUsd(0);

    #[must_use]
    pub fn plus(self, other: MicroUsd) -> MicroUsd {
        MicroUsd(self.0.saturating_add(other.0))
    }

    #[must_use]
    pub fn times(self, count: u64) -> MicroUsd {
        MicroUsd(self.0.saturating_mul(count))
    }

    /// In dollars, for a person.
    #[allow(clippy::cast_precision_loss, reason = "shown, not counted with")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

/// As data, since they change. What a stored table leaves out is as it was on 2026-11-23.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prices {
    pub post: MicroUsd,
    /// Instead of `post`, if the network finds a link in it.
    pub post_with_url: MicroUsd,
    /// One picture's description.
    pub media_metadata: MicroUsd,
    pub delete: MicroUsd,
    /// One of the account's own posts. The same one twice on a day is paid for once.
    pub read_own: MicroUsd,
}

impl Default for Prices {
    fn default() -> Self {
        Prices {
            post: MicroUsd(15_000),
            post_with_url: MicroUsd(200_000),
            media_metadata: MicroUsd(5_000),
            delete: MicroUsd(10_000),
            read_own: MicroUsd(1_000),
        }
    }
}

/// What of a part is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidPart {
    pub link: bool,
    /// How many of its pictures have a description.
    pub described: u32,
}

impl PaidPart {
    /// `alts`: of its pictures, empty where there is no description.
    pub fn of<'a>(text: &str, alts: impl IntoIterator<Item = &'a str>) -> PaidPart {
        let described = alts.into_iter().filter(|alt| !alt.is_empty()).count();
        PaidPart {
            link: x::has_link(text),
            described: u32::try_from(described).unwrap_or(u32::MAX),
        }
    }
}

/// All parts of a post, each of them sent once.
pub fn of_post(prices: &Prices, parts: &[PaidPart]) -> MicroUsd {
    parts.iter().fold(MicroUsd::ZERO, |sum, part| {
        let post = if part.link {
            prices.post_with_url
        } else {
            prices.post
        };
        sum.plus(post)
            .plus(prices.media_metadata.times(u64::from(part.described)))
    })
}

/// What was spent in a month, in UTC, and how much may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Its first day.
    pub of: Date,
    pub spent: MicroUsd,
    /// `None`: as much as the network lets.
    pub cap: Option<MicroUsd>,
}

impl Month {
    /// Nothing spent yet in the month of `now`.
    pub fn begin(now: Timestamp, cap: Option<MicroUsd>) -> Month {
        Month {
            of: TimeZone::UTC.to_datetime(now).date().first_of_month(),
            spent: MicroUsd::ZERO,
            cap,
        }
    }

    /// The account of the month of `now`: this one, or a new one under the same cap. A clock that was set back into an earlier
    /// month makes nothing unspent.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Month {
        let begun = Month::begin(now, self.cap);
        if begun.of > self.of { begun } else { self }
    }

    /// Whether `cost` more stays within the cap.
    pub fn may_send(&self, cost: MicroUsd) -> bool {
        self.cap.is_none_or(|cap| self.spent.plus(cost) <= cap)
    }

    /// What the cap still allows; `None`: there is none.
    pub fn left(&self) -> Option<MicroUsd> {
        self.cap.map(|cap| MicroUsd(cap.0.saturating_sub(self.spent.0)))
    }

    #[must_use]
    pub fn with_spent(self, cost: MicroUsd) -> Month {
        Month {
            spent: self.spent.plus(cost),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MicroUsd, Month, PaidPart, Prices, of_post};

    #[test]
    fn what_a_post_costs() {
        let prices = Prices::default();
        // Parts as text and descriptions, and what they cost.
        for (parts, expected) in [
            (&[][..], 0),
            (&[("hello", &[][..])], 15_000),
            (&[("hello", &["a cat", "", "a dog"])], 25_000),
            (&[("see https://example.com/", &[])], 200_000),
            (&[("例えばexample.comなど", &["a cat"])], 205_000),
            // No links to X, however they look.
            (&[("me@example.com, index.html", &[])], 15_000),
            (
                &[("one", &[]), ("two example.com", &[]), ("three", &["x"])],
                235_000,
            ),
        ] {
            let paid: Vec<PaidPart> = parts
                .iter()
                .map(|(text, alts)| PaidPart::of(text, alts.iter().copied()))
                .collect();
            assert_eq!(of_post(&prices, &paid), MicroUsd(expected), "{parts:?}");
        }
    }

    #[test]
    fn prices_are_data() {
        let stored: Prices = serde_json::from_str(r#"{"post":20000,"of_tomorrow":1}"#).unwrap();
        let expected = Prices {
            post: MicroUsd(20_000),
            ..Prices::default()
        };
        assert_eq!(stored, expected);
        let part = PaidPart {
            link: false,
            described: u32::MAX,
        };
        let dear = Prices {
            media_metadata: MicroUsd(u64::MAX),
            ..Prices::default()
        };
        assert_eq!(
            of_post(&dear, &[part, part]),
            MicroUsd(u64::MAX),
            "never less by being too much"
        );
        assert!((MicroUsd(215_000).usd() - 0.215).abs() < 1e-9);
    }

    #[test]
    fn a_month() {
        let at = |text: &str| text.parse().unwrap();
        let november = Month::begin(at("2026-11-30T23:59:59Z"), Some(MicroUsd(30_000)));
        assert!(november.may_send(MicroUsd(30_000)), "as much as the cap");
        assert!(!november.may_send(MicroUsd(30_001)));
        let spent = november.with_spent(MicroUsd(15_001));
        assert!(!spent.may_send(MicroUsd(15_000)));
        assert_eq!(spent.left(), Some(MicroUsd(14_999)));
        assert_eq!(spent.at(at("2026-11-01T00:00:00Z")), spent);
        assert_eq!(spent.at(at("2026-10-31T00:00:00Z")), spent, "a clock set back");
        let december = spent.at(at("2026-12-01T00:00:00Z"));
        assert_eq!((december.spent, december.cap), (MicroUsd::ZERO, spent.cap));
        let over = spent.with_spent(MicroUsd(u64::MAX));
        assert_eq!(
            (over.left(), over.may_send(MicroUsd::ZERO)),
            (Some(MicroUsd::ZERO), false)
        );
        let free = Month { cap: None, ..over };
        assert!(free.may_send(MicroUsd(1)));
    }
}
