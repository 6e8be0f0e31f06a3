//! What a post costs where posting is paid for (X, NETWORKS.md 1.2), and whether a month's sum allows it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::network::Network;
use crate::post::Content;
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

    #[must_use]
    pub fn minus(self, other: MicroUsd) -> MicroUsd {
        MicroUsd(self.0.saturating_sub(other.0))
    }

    /// As a person types it: `5`, `0.015`, `$0.20`; no finer than a millionth.
    pub fn parse(text: &str) -> Option<MicroUsd> {
        let text = text.trim();
        let text = text.strip_prefix('$').unwrap_or(text);
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || rest.len() > 6 {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let rest: u64 = format!("{rest:0<6}").parse().ok()?;
        Some(MicroUsd(whole.checked_mul(1_000_000)?.checked_add(rest)?))
    }

    /// In dollars, for a person.
    #[allow(clippy::cast_precision_loss, reason = "shown, not counted with")]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1_000_000.0
    }
}

/// In dollars, exact, with two decimals at least: `0.20`, `0.015`.
impl std::fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000, format!("{:06}", self.0 % 1_000_000));
        let shown = rest.trim_end_matches('0').len().max(2);
        write!(f, "{whole}.{}", &rest[..shown])
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

/// What a person set: prices, and what all accounts together may spend in a month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    pub prices: Prices,
    /// `None`: as much as the network lets.
    pub cap: Option<MicroUsd>,
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

    /// The parts of `content` as `network` gets them; `None` where posting costs nothing.
    pub fn all(network: Network, content: &Content) -> Option<Vec<PaidPart>> {
        network.is_paid().then(|| {
            let content = content.for_network(network);
            let parts = content.parts.iter();
            parts
                .map(|part| PaidPart::of(&part.text, part.media.iter().map(|picture| picture.alt.as_str())))
                .collect()
        })
    }

    /// Its post call alone.
    pub fn call(&self, prices: &Prices) -> MicroUsd {
        if self.link {
            prices.post_with_url
        } else {
            prices.post
        }
    }

    /// What its pictures' descriptions cost.
    pub fn descriptions(&self, prices: &Prices) -> MicroUsd {
        prices.media_metadata.times(u64::from(self.described))
    }
}

/// All parts of a post, each of them sent once.
pub fn of_post(prices: &Prices, parts: &[PaidPart]) -> MicroUsd {
    parts.iter().fold(MicroUsd::ZERO, |sum, part| {
        sum.plus(part.call(prices)).plus(part.descriptions(prices))
    })
}

/// What was spent in a month, in UTC, by account. Accounts that are gone stay in it: what they spent is spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// The month's first day.
    pub month: Date,
    pub accounts: Sums,
    /// Of other months, as they were left: a clock that is set there and back again makes nothing unspent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<Date, Sums>,
}

pub type Sums = BTreeMap<AccountId, MicroUsd>;

/// How many months that were left are remembered.
const REMEMBERED: usize = 12;

impl Spent {
    /// Nothing spent yet in the month of `now`.
    pub fn begin(now: Timestamp) -> Spent {
        Spent {
            month: month_of(now),
            accounts: Sums::new(),
            left: BTreeMap::new(),
        }
    }

    /// The month lies ahead of `now`: a clock was wrong when it began.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        self.month > month_of(now)
    }

    /// The account of the month of `now`, by a clock that nobody doubts: this one, another that was left, or a new one. A clock
    /// that was set back into an earlier month makes nothing unspent: of both sums of an account the larger one counts.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Spent {
        let month = month_of(now);
        if month == self.month {
            return self;
        }
        let mut accounts = self.left.remove(&month).unwrap_or_default();
        if self.is_ahead(now) {
            for (account, spent) in &self.accounts {
                let of_account = accounts.entry(account.clone()).or_default();
                *of_account = (*spent).max(*of_account);
            }
        }
        self.left.insert(self.month, self.accounts);
        while self.left.len() > REMEMBERED {
            self.left.pop_first();
        }
        Spent {
            month,
            accounts,
            left: self.left,
        }
    }

    pub fn sum(&self) -> MicroUsd {
        self.accounts
            .values()
            .fold(MicroUsd::ZERO, |sum, spent| sum.plus(*spent))
    }

    /// Into the month's account. What comes back is never more than went in, and what went into a month that is over stays there.
    #[must_use]
    pub fn booked(self, booking: &Booking) -> Spent {
        let turns = booking.turns && booking.kind == Kind::Spent;
        let mut spent = if turns { self.at(booking.at) } else { self };
        let is_of = spent.month == month_of(booking.at);
        let of_account = spent.accounts.entry(booking.account.clone()).or_default();
        match booking.kind {
            Kind::Spent => *of_account = of_account.plus(booking.sum),
            Kind::TurnedAway if is_of => *of_account = of_account.minus(booking.sum),
            Kind::TurnedAway => {}
        }
        spent
    }
}

/// A sum on its way into the month's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    pub account: AccountId,
    /// When it was spent.
    pub at: Timestamp,
    pub sum: MicroUsd,
    pub kind: Kind,
    /// Nobody doubts the clock that says `at`. Else it goes into the month that is stored, whatever that is: one that began by a
    /// wrong clock would take in all that is spent until then.
    pub turns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Spent,
    /// It was booked, and the network took neither the post nor the money.
    TurnedAway,
}

/// A month's first day, in UTC: the network's days are.
fn month_of(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date().first_of_month()
}

/// When the month after that of `now` begins, and with it a new account.
pub fn month_ends(now: Timestamp) -> Timestamp {
    let next = month_of(now).saturating_add(1.month());
    TimeZone::UTC.to_timestamp(next.into()).unwrap_or(Timestamp::MAX)
}

/// What was spent, and how much may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub spent: MicroUsd,
    /// `None`: as much as the network lets.
    pub cap: Option<MicroUsd>,
}

impl Budget {
    /// Whether `cost` more stays within the cap.
    pub fn may_send(&self, cost: MicroUsd) -> bool {
        self.cap.is_none_or(|cap| self.spent.plus(cost) <= cap)
    }

    /// What the cap still allows; `None`: there is none.
    pub fn left(&self) -> Option<MicroUsd> {
        self.cap.map(|cap| cap.minus(self.spent))
    }

    #[must_use]
    pub fn with_spent(self, cost: MicroUsd) -> Budget {
        Budget {
            spent: self.spent.plus(cost),
            ..self
        }
    }
}

#[cfg(test)]
#[path = "cost_tests.rs"]
mod tests;
