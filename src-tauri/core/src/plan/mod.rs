//! The plan: which delivery goes when (RULES.md 2). Pure and cheap: the same input gives the same plan.
//!
//! A stored time stands while it lies ahead and is allowed; planning draws only what has none or whose time
//! became forbidden. Everything that the drawing depends on comes in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::calendar::Calendar;
use crate::ids::{AccountId, DeliveryId, PostId};
use crate::network::Persona;
use crate::rules::Spacing;

/// A stored time that passed unclaimed by this long is drawn again.
pub const LATE: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);
/// A claim needs this much of the span ahead; so does each part of a thread sent part by part.
pub const MARGIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(45);
/// An exact time is met if the post call can start within this after it.
pub const EXACT_GRACE: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// The widest jitter.
pub const JITTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// Nothing open within this many days: no time, with the reason.
pub const HORIZON_DAYS: i64 = 400;
/// The gap in a break now is the smaller of the account's and this.
pub const BREAK_GAP: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

pub struct Input<'a> {
    pub now: Timestamp,
    pub calendar: &'a Calendar,
    pub accounts: &'a BTreeMap<AccountId, AccountRules>,
    /// The default's persona distance, which is between any two sends of different personas.
    pub persona_gap: jiff::SignedDuration,
    /// Sends that reached `sending` and may have left, in time order.
    pub counted: &'a [Counted],
    /// Not-final deliveries in queue order, blocked ones too.
    pub queue: &'a [Item],
    /// Say of each why it does not go sooner, those whose time stands too.
    pub explain: bool,
}

#[derive(Clone, Debug)]
pub struct AccountRules {
    pub persona: Persona,
    pub spacing: Spacing,
    /// Nothing of this account can be claimed now: behind an unknown, needs sign-in, its proxy is not known, out of
    /// credit, or the keyring does not give its tokens. It has no planned time in a span that is open now, only the reason.
    pub blocked: Option<Blocked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    BehindUnknown,
    NeedsSignIn,
    ProxyMissing,
    OutOfCredit,
    Keyring,
}

#[derive(Clone, Debug)]
pub struct Counted {
    pub account: AccountId,
    pub delivery: DeliveryId,
    pub at: Timestamp,
    /// The occurrence that it counted for: window name (`break` for a break now) and start.
    pub occurrence: Option<(String, Timestamp)>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub id: DeliveryId,
    pub post: PostId,
    pub account: AccountId,
    pub when: When,
    pub stored: Option<Slot>,
    /// Not before this moment (Retry-After).
    pub not_before: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// Post calls still to make: parts left where they go one by one, else 1.
    pub calls: u32,
    /// Waits for a person: it has no time, and stands in nobody's way.
    pub held: bool,
    /// It costs more than the month's cap still allows: it has no time either, until it does not or a person lets it go.
    pub over_cap: bool,
    /// It is being claimed or sent right now: its time is not touched, but counts.
    pub under_way: bool,
    /// It is to go again as it is: it goes first of its account, before any that did not begin.
    pub first_of_account: bool,
    /// Parts of it are out already: it goes before those too. At the claim nothing of its account passes it.
    pub parts_out: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    Next,
    Window(String),
    /// Not before the day that begins at `from`: of a named window the occurrences that open on that day or later, else
    /// the next window from then on. The queue's order does not keep it back, nor what has no day behind it: both would
    /// wait for each other's day.
    FromDay {
        from: Timestamp,
        window: Option<String>,
    },
    At {
        at: Timestamp,
        override_window: bool,
    },
}

/// A place in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub at: Timestamp,
    /// Window name, `break` for a break now; `None` for an exact time that opens its own span.
    pub window: Option<String>,
    pub opened: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub id: DeliveryId,
    pub slot: Option<Slot>,
    /// The slot differs from the stored one.
    pub changed: bool,
    /// Why it has no time, or why not now.
    pub reason: Option<Reason>,
    /// What kept it from an earlier moment, in time order, shortest useful list.
    pub why_not_sooner: Vec<Why>,
}

/// RULES.md and CONTRACT.md `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Paused,
    NeedsSignIn,
    ProxyMissing,
    OutOfCredit,
    CostCap,
    OutsideWindow,
    NoWindow,
    BehindUnknown,
    Keyring,
    Retry,
    Gap,
    Cap,
    Persona,
    Hold,
    Closed,
    Busy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub code: WhyCode,
    pub until: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyCode {
    Gap,
    Cap,
    Persona,
    Margin,
    Closed,
    Busy,
    Holiday,
    Hold,
    Pause,
    Order,
    Retry,
    Jitter,
    OutsideWindow,
    CostCap,
    Day,
}

/// Places every delivery of `input.queue`; the answer is in the queue's order.
///
/// Exact times come first, as asked; but of an account with something begun, that goes before them. Then the rest in
/// queue order, exact times that cannot be met among them. Each keeps its stored time, if that is still allowed, or
/// is drawn.
pub fn plan(input: &Input<'_>) -> Vec<Placed> {
    let mut table = Table::new(input);
    let mut placed: Vec<Option<Placed>> = vec![None; input.queue.len()];
    for (turn, index) in turns(input.queue) {
        placed[index] = match turn {
            Turn::UnderWay => Some(table.under_way(index)),
            Turn::Held => Some(table.held(index)),
            Turn::OverCap => Some(table.over_cap(index)),
            Turn::PartsOut | Turn::Begun => Some(table.exact(index).unwrap_or_else(|| table.drawn(index))),
            Turn::Exact | Turn::ExactBehindBegun => table.exact(index),
        };
    }
    for (index, place) in placed.iter_mut().enumerate() {
        place.get_or_insert_with(|| table.drawn(index));
    }
    placed.into_iter().flatten().collect()
}

/// What is placed before the queue's order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    UnderWay,
    Held,
    OverCap,
    Exact,
    /// Parts of it are out: nothing of its account goes before it.
    PartsOut,
    Begun,
    ExactBehindBegun,
}

fn turns(queue: &[Item]) -> Vec<(Turn, usize)> {
    let begun: BTreeSet<&AccountId> = queue
        .iter()
        .filter(|item| item.first_of_account && !item.held && !item.over_cap && !item.under_way)
        .map(|item| &item.account)
        .collect();
    let turn = |item: &Item| match &item.when {
        _ if item.under_way => Some(Turn::UnderWay),
        _ if item.held => Some(Turn::Held),
        _ if item.over_cap => Some(Turn::OverCap),
        _ if item.parts_out => Some(Turn::PartsOut),
        _ if item.first_of_account => Some(Turn::Begun),
        When::At { .. } if begun.contains(&item.account) => Some(Turn::ExactBehindBegun),
        When::At { .. } => Some(Turn::Exact),
        When::Next | When::Window(_) | When::FromDay { .. } => None,
    };
    let mut turns: Vec<(Turn, usize)> = queue
        .iter()
        .enumerate()
        .filter_map(|(index, item)| Some((turn(item)?, index)))
        .collect();
    turns.sort_unstable();
    turns
}

mod table;
mod exact;
mod draw;
mod lane;
mod moment;

use table::Table;
