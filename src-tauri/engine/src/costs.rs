//! What posting costs where it is paid for: prices and the month's cap are the person's, what is spent is counted, and what the
//! cap does not allow waits.
//!
//! Each account pays by a registration of its own, and the money is one person's: the cap is the folder's, what was spent is
//! told by account. A part is counted with the row that says `sending`, once, however often it is tried: an unknown outcome is
//! spent, and what never left or was turned away comes back with the row that says so. What has begun is finished, and what it
//! still takes is kept for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use kossori_api::{Code, CostPatch, CostPrices, CostView, Moved, MovedView, Problem};
use kossori_core::cost::{
    Booking, Budget, Kind, MicroUsd, PaidPart, Prices, Spent, Terms, month_ends, of_post,
};
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId};
use kossori_core::network::Network;

use crate::engine::Engine;
use crate::model::{Account, Delivery, Event};
use crate::planning::{Board, Redraw};
use crate::ports::{Change, Publisher, SPENT};
use crate::problem::{Outcome, of_store};
use crate::schedule::put_setting;

const TERMS: &str = "cost";
/// What a person lets go over the cap: deliveries, each with the wording that was seen. Another wording is asked about again.
const LET_GO: &str = "cost_let_go";

type LetGo = BTreeMap<DeliveryId, String>;

/// Where the month stands.
#[derive(Clone, Default)]
pub(crate) struct Costs {
    pub terms: Terms,
    /// What was spent this month, and what has begun still takes.
    pub taken: MicroUsd,
    /// These wait: each of them alone costs more than is left.
    pub over: BTreeSet<DeliveryId>,
}

/// What a check asks.
#[derive(Clone, Default)]
pub(crate) struct Till {
    pub prices: Prices,
    /// `None`: nobody asks whether it may be spent.
    pub budget: Option<Budget>,
}

impl Costs {
    pub fn till(&self) -> Till {
        Till {
            prices: self.terms.prices.clone(),
            budget: Some(Budget {
                spent: self.taken,
                cap: self.terms.cap,
            }),
        }
    }

    /// The same for what is not to be queued any more.
    pub fn prices_only(&self) -> Till {
        Till {
            budget: None,
            ..self.till()
        }
    }

    /// When what waits for it may go by itself.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        (!self.over.is_empty()).then(|| month_ends(now))
    }
}

/// It takes money now, or may have taken some: the rest of it is paid for before anything else.
fn has_begun(delivery: &Delivery) -> bool {
    delivery.state.is_before_sending() || delivery.state == State::Sending || is_counted(delivery)
}

/// Something of it is counted already.
fn is_counted(delivery: &Delivery) -> bool {
    delivery.parts_sent > 0 || is_tried(delivery)
}

/// The part whose turn it is was counted, and was not turned away.
fn is_tried(delivery: &Delivery) -> bool {
    delivery
        .frozen
        .as_ref()
        .is_some_and(|frozen| frozen.first_try.is_some())
}

/// What it still takes.
fn still_takes(delivery: &Delivery, parts: &[PaidPart], prices: &Prices) -> MicroUsd {
    let rest = parts.get(delivery.parts_sent as usize..).unwrap_or_default();
    let Some((now, later)) = rest.split_first() else {
        return MicroUsd::ZERO;
    };
    let mut sum = of_post(prices, later);
    if !is_tried(delivery) {
        sum = sum.plus(now.call(prices));
    }
    // Once staged its pictures are described.
    if matches!(delivery.state, State::Queued | State::Held | State::Claimed) {
        sum = sum.plus(now.descriptions(prices));
    }
    sum
}

impl Engine {
    pub(crate) async fn terms(&self) -> Outcome<Terms> {
        Ok(self.setting(TERMS).await?.unwrap_or_default())
    }

    async fn spent(&self, now: Timestamp) -> Outcome<Spent> {
        let spent: Option<Spent> = self.setting(SPENT).await?;
        Ok(match spent {
            None => Spent::begin(now),
            Some(spent) if self.clock_is_unsure() => spent,
            Some(spent) => spent.at(now),
        })
    }

    /// A month that began by a clock that was ahead is left as soon as the clock is trusted: the present one is written down,
    /// so that it ends when it ends. The caller holds the gate.
    pub(crate) async fn leave_month_ahead(&self, now: Timestamp) -> Outcome<()> {
        let spent: Option<Spent> = self.setting(SPENT).await?;
        let spent = spent.filter(|spent| spent.is_ahead(now));
        let Some((account, _)) = spent.and_then(|spent| spent.accounts.into_iter().next()) else {
            return Ok(());
        };
        // Nothing is spent by it; the transaction finds what is.
        let turned = Change::Book(Booking {
            account,
            at: now,
            sum: MicroUsd::ZERO,
            kind: Kind::Spent,
            turns: true,
        });
        self.ports.store.commit(vec![turned]).await.map_err(of_store)
    }

    pub(crate) async fn costs(
        &self,
        now: Timestamp,
        accounts: &BTreeMap<AccountId, Account>,
        queue: &[Delivery],
    ) -> Outcome<Costs> {
        if !accounts.values().any(|account| account.network.is_paid()) {
            return Ok(Costs::default());
        }
        let terms = self.terms().await?;
        let mut costs = Costs {
            terms,
            taken: self.spent(now).await?.sum(),
            over: BTreeSet::new(),
        };
        if costs.terms.cap.is_none() {
            return Ok(costs);
        }
        let paid: Vec<&Delivery> = queue
            .iter()
            .filter(|delivery| {
                accounts
                    .get(&delivery.account)
                    .is_some_and(|account| account.network.is_paid())
            })
            .collect();
        let parts = self.paid_parts(&paid, accounts).await?;
        let let_go: LetGo = self.setting(LET_GO).await?.unwrap_or_default();
        let prices = &costs.terms.prices;
        let takes = |delivery: &Delivery| {
            let parts = parts.get(&delivery.revision).map(AsRef::as_ref);
            still_takes(delivery, parts.unwrap_or_default(), prices)
        };
        let spent = costs.taken;
        let begun = paid.iter().filter(|delivery| has_begun(delivery));
        let taken = begun.fold(spent, |sum, delivery| sum.plus(takes(delivery)));
        for delivery in &paid {
            let waits = matches!(delivery.state, State::Queued | State::Claimed | State::Staged)
                && !is_counted(delivery)
                && let_go.get(&delivery.id) != Some(&delivery.revision);
            let own = takes(delivery);
            let others = if has_begun(delivery) {
                taken.minus(own)
            } else {
                taken
            };
            let budget = Budget {
                spent: others,
                cap: costs.terms.cap,
            };
            if waits && !budget.may_send(own) {
                costs.over.insert(delivery.id.clone());
            }
        }
        costs.taken = taken;
        Ok(costs)
    }

    /// By revision. A wording never changes, so each is read once.
    async fn paid_parts(
        &self,
        paid: &[&Delivery],
        accounts: &BTreeMap<AccountId, Account>,
    ) -> Outcome<BTreeMap<String, Arc<[PaidPart]>>> {
        let wanted: BTreeMap<&String, Network> = paid
            .iter()
            .filter_map(|delivery| Some((&delivery.revision, accounts.get(&delivery.account)?.network)))
            .collect();
        let mut known = self.memory().paid_parts.clone();
        known.retain(|revision, _| wanted.contains_key(revision));
        let missing: Vec<String> = wanted
            .keys()
            .filter(|revision| !known.contains_key(**revision))
            .map(|revision| (*revision).clone())
            .collect();
        if !missing.is_empty() {
            for revision in self.ports.store.revisions(&missing).await.map_err(of_store)? {
                let network = wanted.get(&revision.id).copied();
                let parts = network.and_then(|network| PaidPart::all(network, &revision.content));
                known.insert(revision.id, parts.unwrap_or_default().into());
            }
            self.memory().paid_parts.clone_from(&known);
        }
        Ok(known)
    }

    /// What the post call of the part whose turn it is costs; `None` where posting costs nothing.
    async fn call_costs(
        &self,
        delivery: &Delivery,
        account: &Account,
        prices: &Prices,
    ) -> Outcome<Option<MicroUsd>> {
        if !account.network.is_paid() {
            return Ok(None);
        }
        let revision = self.ports.store.revision(&delivery.revision).await;
        let parts = revision
            .map_err(of_store)?
            .and_then(|revision| PaidPart::all(account.network, &revision.content));
        let part = parts.and_then(|parts| parts.get(delivery.parts_sent as usize).copied());
        Ok(part.map(|part| part.call(prices)))
    }

    /// What a post call is counted with; `None` if it costs nothing, or is counted already.
    pub(crate) async fn booking(
        &self,
        board: &Board,
        delivery: &Delivery,
        account: &Account,
    ) -> Outcome<Option<Booking>> {
        if is_tried(delivery) {
            return Ok(None);
        }
        let prices = &board.costs.terms.prices;
        let sum = self.call_costs(delivery, account, prices).await?;
        Ok(sum.map(|sum| Booking {
            account: account.id.clone(),
            at: board.now,
            sum,
            kind: Kind::Spent,
            // The server was asked for the time before the call, where it has to be.
            turns: !self.clock_is_unsure(),
        }))
    }

    /// By a person's word it was never taken: what was counted for it comes back, at today's price.
    pub(crate) async fn never_taken(
        &self,
        delivery: &Delivery,
        account: &Account,
    ) -> Outcome<Option<Change>> {
        let Some(at) = delivery.frozen.as_ref().and_then(|frozen| frozen.first_try) else {
            return Ok(None);
        };
        let prices = self.terms().await?.prices;
        let sum = self.call_costs(delivery, account, &prices).await?;
        Ok(sum.map(|sum| {
            Change::Book(Booking {
                account: account.id.clone(),
                at,
                sum,
                kind: Kind::TurnedAway,
                turns: false,
            })
        }))
    }

    /// What was paid for besides post calls, as the adapter counted it: it is told only after the calls, so what a crash cuts off
    /// is not counted.
    pub(crate) async fn note_paid(&self, account: &Account, publisher: &dyn Publisher) {
        let paid = publisher.paid(&account.id);
        if paid == Default::default() {
            return;
        }
        let Ok(Terms { prices, .. }) = self.terms().await else {
            return;
        };
        let sum = prices
            .read_own
            .times(paid.read)
            .plus(prices.media_metadata.times(paid.described))
            .plus(prices.delete.times(paid.deleted));
        let booking = Booking {
            account: account.id.clone(),
            at: self.now(),
            sum,
            kind: Kind::Spent,
            // What only reads goes out before anybody has looked at the clock.
            turns: !self.clock_is_unsure() && !self.needs_clock_check(account),
        };
        if let Err(error) = self.ports.store.commit(vec![Change::Book(booking)]).await {
            tracing::warn!(%error, "what was paid for could not be written down");
        }
    }

    pub(crate) async fn cost_show(&self) -> Outcome<CostView> {
        self.cost_view(Vec::new()).await
    }

    pub(crate) async fn cost_set(&self, patch: &CostPatch) -> Outcome<CostView> {
        let _gate = self.gate.lock().await;
        let mut terms = self.terms().await?;
        let prices = &mut terms.prices;
        for (given, price) in [
            (&patch.post, &mut prices.post),
            (&patch.post_with_link, &mut prices.post_with_url),
            (&patch.picture_text, &mut prices.media_metadata),
            (&patch.delete, &mut prices.delete),
            (&patch.read, &mut prices.read_own),
        ] {
            if let Some(text) = given {
                *price = amount(text)?;
            }
        }
        if let Some(cap) = &patch.cap {
            terms.cap = cap.as_deref().map(amount).transpose()?;
        }
        let set = put_setting(TERMS, &terms);
        self.ports.store.commit(vec![set]).await.map_err(of_store)?;
        // What waited for it has no time yet, and what is dearer than it now loses its own.
        let (_, _, moved) = self.replan(Redraw::OnlyWhatMust).await?;
        self.tell_changed();
        self.cost_view(moved).await
    }

    async fn cost_view(&self, moved: Vec<MovedView>) -> Outcome<CostView> {
        let terms = self.terms().await?;
        let spent = self.spent(self.now()).await?;
        let budget = Budget {
            spent: spent.sum(),
            cap: terms.cap,
        };
        let mut accounts: BTreeMap<String, f64> = BTreeMap::new();
        for account in self.ports.store.accounts().await.map_err(of_store)? {
            if account.network.is_paid() {
                accounts.insert(account.id.to_string(), 0.0);
            }
        }
        accounts.extend(spent.accounts.iter().map(|(id, sum)| (id.to_string(), sum.usd())));
        let prices = &terms.prices;
        Ok(CostView {
            cap_usd: terms.cap.map(MicroUsd::usd),
            spent_usd: budget.spent.usd(),
            left_usd: budget.left().map(MicroUsd::usd),
            month: format!("{:04}-{:02}", spent.month.year(), spent.month.month()),
            prices: CostPrices {
                post: prices.post.usd(),
                post_with_link: prices.post_with_url.usd(),
                picture_text: prices.media_metadata.usd(),
                delete: prices.delete.usd(),
                read: prices.read_own.usd(),
            },
            accounts,
            moved,
        })
    }

    /// A person lets it go although the cap is reached. The caller holds the gate.
    pub(crate) async fn let_go(&self, board: &Board, delivery: &Delivery) -> Outcome<Moved> {
        let mut let_go: LetGo = self.setting(LET_GO).await?.unwrap_or_default();
        let_go.retain(|id, _| board.queue.iter().any(|delivery| &delivery.id == id));
        let_go.insert(delivery.id.clone(), delivery.revision.clone());
        let changes = vec![
            put_setting(LET_GO, &let_go),
            self.entry(delivery, Event::Approved, Some("cost_cap".to_owned())),
        ];
        self.ports.store.commit(changes).await.map_err(of_store)?;
        let only = Redraw::Deliveries([delivery.id.clone()].into());
        let (_, _, moved) = self.replan(only).await?;
        self.tell_changed();
        Ok(Moved { moved })
    }
}

fn amount(text: &str) -> Outcome<MicroUsd> {
    MicroUsd::parse(text).ok_or_else(|| Problem::new(Code::BadAmount).with("text", text))
}
