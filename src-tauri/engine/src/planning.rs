//! Planning: what is stored goes into `core::plan`, what it draws is stored again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, MovedView, Problem};
use kossori_core::calendar::Calendar;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId};
use kossori_core::network::{Network, Persona, ThreadSending};
use kossori_core::plan::{self, AccountRules, Blocked, Counted, Input, Item, Placed, Slot};
use kossori_core::rules::{Rules, Spacing};
use serde::{Deserialize, Serialize};

use crate::costs::Costs;
use crate::engine::Engine;
use crate::model::{Account, Delivery, Health, Planned, When};
use crate::ports::Change;
use crate::problem::{Outcome, of_store};
use crate::times;

/// States that the plan looks at.
pub(crate) const OPEN: [State; 7] = [
    State::Queued,
    State::Held,
    State::Claimed,
    State::Staged,
    State::Sending,
    State::Unknown,
    State::NeedsYou,
];

/// How far back a send can still count: a whole-day window and the widest gap lie well inside.
const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(72);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpacingSettings {
    pub default: Spacing,
    #[serde(default)]
    pub accounts: BTreeMap<AccountId, Spacing>,
}

impl SpacingSettings {
    pub fn of(&self, account: &AccountId) -> &Spacing {
        self.accounts.get(account).unwrap_or(&self.default)
    }
}

/// The rules as they were read last, and their calendar, which remembers what it has found.
#[derive(Clone)]
pub(crate) struct RulesRead {
    /// As they are stored; a new folder has none.
    stored: Option<String>,
    zone: TimeZone,
    rules: Rules,
    calendar: Arc<Calendar>,
}

fn calendar_of(rules: &Rules, zone: &TimeZone) -> Outcome<Arc<Calendar>> {
    Calendar::new(rules, zone)
        .map(Arc::new)
        .map_err(|error| times::of_calendar(&error))
}

/// Everything that a decision about time needs, read in one go.
pub(crate) struct Board {
    pub now: Timestamp,
    /// The system's.
    pub zone: TimeZone,
    pub rules: Rules,
    pub spacing: SpacingSettings,
    pub calendar: Arc<Calendar>,
    pub accounts: BTreeMap<AccountId, Account>,
    /// Open ones, in queue order.
    pub queue: Vec<Delivery>,
    pub account_rules: BTreeMap<AccountId, AccountRules>,
    pub counted: Vec<Counted>,
    /// Nothing of these accounts goes before these moments: their servers asked for that.
    pub asked: BTreeMap<AccountId, Timestamp>,
    pub costs: Costs,
}

/// What planning drew.
pub(crate) struct Drawn {
    pub placed: Vec<Placed>,
    pub moved: Vec<MovedView>,
    pub changes: Vec<Change>,
}

impl Drawn {
    /// What moved of others: a delivery that had no time before has not moved.
    pub fn moved_besides(&self, new: &[DeliveryId]) -> Vec<MovedView> {
        self.moved
            .iter()
            .filter(|moved| !new.iter().any(|id| id.as_str() == moved.id))
            .cloned()
            .collect()
    }
}

/// What a change draws anew besides what it must.
#[derive(Clone, Debug, Default)]
pub(crate) enum Redraw {
    #[default]
    OnlyWhatMust,
    /// Not-yet-started deliveries of these accounts (`None`: all) may move earlier.
    Accounts(Option<BTreeSet<AccountId>>),
    /// The same for those that go in the next window only, and not for those of a named one: a break now.
    NextOf(Option<BTreeSet<AccountId>>),
    Deliveries(BTreeSet<DeliveryId>),
}

impl Board {
    pub fn account(&self, id: &AccountId) -> Outcome<&Account> {
        self.accounts
            .get(id)
            .ok_or_else(|| Problem::new(Code::UnknownAccount).with("account", id))
    }

    pub fn items(&self, redraw: &Redraw) -> Vec<Item> {
        self.queue
            .iter()
            .filter(|d| d.state != State::NeedsYou)
            .map(|d| {
                let asked = self.asked.get(&d.account).copied();
                Item {
                    not_before: d.not_before.max(asked),
                    over_cap: self.costs.over.contains(&d.id),
                    ..item(d, self, redraw)
                }
            })
            .collect()
    }

    pub fn plan(&self, items: &[Item]) -> Vec<Placed> {
        self.place(items, false)
    }

    /// The plan with the reasons why nothing goes sooner: for people.
    pub fn explained(&self) -> BTreeMap<DeliveryId, Placed> {
        let placed = self.place(&self.items(&Redraw::OnlyWhatMust), true);
        placed
            .into_iter()
            .map(|place| (place.id.clone(), place))
            .collect()
    }

    fn place(&self, items: &[Item], explain: bool) -> Vec<Placed> {
        plan::plan(&Input {
            now: self.now,
            calendar: &self.calendar,
            accounts: &self.account_rules,
            persona_gap: SignedDuration::from_mins(i64::from(self.spacing.default.persona_gap_minutes)),
            counted: &self.counted,
            queue: items,
            explain,
        })
    }
}

fn item(delivery: &Delivery, board: &Board, redraw: &Redraw) -> Item {
    let anew = match redraw {
        Redraw::OnlyWhatMust => false,
        Redraw::Accounts(of) => {
            of.as_ref().is_none_or(|of| of.contains(&delivery.account))
                && !matches!(delivery.when, When::At(_))
        }
        Redraw::NextOf(of) => {
            of.as_ref().is_none_or(|of| of.contains(&delivery.account))
                && matches!(delivery.when, When::Next | When::FromDay { window: None, .. })
        }
        Redraw::Deliveries(ids) => ids.contains(&delivery.id),
    };
    let under_way = matches!(
        delivery.state,
        State::Claimed | State::Staged | State::Sending | State::Unknown
    );
    let network = board
        .accounts
        .get(&delivery.account)
        .map_or(Network::Practice, |account| account.network);
    Item {
        id: delivery.id.clone(),
        post: delivery.post.clone(),
        account: delivery.account.clone(),
        when: board.asked_for(&delivery.when, delivery.override_window),
        stored: delivery
            .planned
            .as_ref()
            .filter(|_| !anew || under_way)
            .map(slot_of),
        not_before: delivery.not_before,
        expires_at: delivery.expires_at,
        calls: calls_left(network, delivery),
        held: delivery.state == State::Held,
        under_way,
        first_of_account: delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good),
        parts_out: delivery.parts_sent > 0,
        // The board's to know.
        over_cap: false,
    }
}

/// Post calls that the delivery still takes.
pub(crate) fn calls_left(network: Network, delivery: &Delivery) -> u32 {
    match network.thread() {
        ThreadSending::AtOnce => 1,
        ThreadSending::PartByPart => delivery.parts.saturating_sub(delivery.parts_sent).max(1),
    }
}

fn slot_of(planned: &Planned) -> Slot {
    Slot {
        at: planned.at,
        window: planned.window.clone(),
        opened: planned.opened,
    }
}

pub(crate) fn planned_of(slot: &Slot) -> Planned {
    Planned {
        at: slot.at,
        window: slot.window.clone(),
        opened: slot.opened,
    }
}

impl Engine {
    pub(crate) async fn rules(&self) -> Outcome<Rules> {
        self.setting("rules")
            .await
            .map(|rules| rules.unwrap_or_else(|| self.default_rules()))
    }

    /// The new folder's rules (RULES.md 1). A folder keeps its own from its first start on.
    pub(crate) fn default_rules(&self) -> Rules {
        kossori_core::rules::default_rules(self.ports.clock.zone().iana_name())
    }

    pub(crate) async fn spacing(&self) -> Outcome<SpacingSettings> {
        Ok(self.setting("spacing").await?.unwrap_or_default())
    }

    pub(crate) async fn setting<T: serde::de::DeserializeOwned>(&self, name: &str) -> Outcome<Option<T>> {
        match self.ports.store.setting(name).await.map_err(of_store)? {
            Some(json) => serde_json::from_str(&json)
                .map(Some)
                .map_err(|_| Problem::new(Code::DatabaseDamaged)),
            None => Ok(None),
        }
    }

    pub(crate) async fn board(&self) -> Outcome<Board> {
        let stored = self.ports.store.setting("rules").await.map_err(of_store)?;
        let zone = self.ports.clock.zone();
        let known = {
            let memory = self.memory();
            let same = |known: &&RulesRead| known.stored == stored && known.zone == zone;
            memory.rules_read.as_ref().filter(same).cloned()
        };
        let read = match known {
            Some(read) => read,
            None => {
                let rules = match &stored {
                    Some(json) => {
                        serde_json::from_str(json).map_err(|_| Problem::new(Code::DatabaseDamaged))?
                    }
                    None => self.default_rules(),
                };
                let calendar = calendar_of(&rules, &zone)?;
                let read = RulesRead {
                    stored,
                    zone,
                    rules,
                    calendar,
                };
                self.memory().rules_read = Some(read.clone());
                read
            }
        };
        self.board_on(read.rules, read.calendar, self.spacing().await?)
            .await
    }

    /// The board as it would be under other rules: a change is planned before it is committed.
    pub(crate) async fn board_with(&self, rules: Rules, spacing: SpacingSettings) -> Outcome<Board> {
        let calendar = calendar_of(&rules, &self.ports.clock.zone())?;
        self.board_on(rules, calendar, spacing).await
    }

    async fn board_on(
        &self,
        rules: Rules,
        calendar: Arc<Calendar>,
        spacing: SpacingSettings,
    ) -> Outcome<Board> {
        let now = self.now();
        let store = &self.ports.store;
        let accounts: BTreeMap<AccountId, Account> = store
            .accounts()
            .await
            .map_err(of_store)?
            .into_iter()
            .map(|a| (a.id.clone(), a))
            .collect();
        let queue = store.deliveries(&OPEN).await.map_err(of_store)?;
        let since = now.saturating_sub(COUNTED_FOR).unwrap_or(Timestamp::MIN);
        let counted = store
            .counted_attempts(since)
            .await
            .map_err(of_store)?
            .into_iter()
            .filter_map(|attempt| {
                Some(Counted {
                    at: attempt.sending_at?,
                    account: attempt.account,
                    delivery: attempt.delivery,
                    occurrence: attempt.window.zip(attempt.opened),
                })
            })
            .collect();
        let account_rules = accounts
            .values()
            .map(|account| {
                let blocked = if queue
                    .iter()
                    .any(|d| d.account == account.id && d.state == State::Unknown)
                {
                    Some(Blocked::BehindUnknown)
                } else {
                    match account.health {
                        Health::NeedsSignIn => Some(Blocked::NeedsSignIn),
                        Health::ProxyMissing => Some(Blocked::ProxyMissing),
                        Health::OutOfCredit => Some(Blocked::OutOfCredit),
                        Health::Ok | Health::Unreachable | Health::Refused => self
                            .memory()
                            .waits_for_keyring(&account.id, now)
                            .then_some(Blocked::Keyring),
                    }
                };
                let rules = AccountRules {
                    persona: account.persona,
                    spacing: spacing.of(&account.id).clone(),
                    blocked,
                };
                (account.id.clone(), rules)
            })
            .collect();
        let asked = {
            let memory = self.memory();
            let asked = |id: &AccountId| Some((id.clone(), memory.waits.asked(id, now)?));
            accounts.keys().filter_map(asked).collect()
        };
        let costs = self.costs(now, &accounts, &queue).await?;
        Ok(Board {
            now,
            zone: self.ports.clock.zone(),
            asked,
            costs,
            rules,
            spacing,
            calendar,
            accounts,
            queue,
            account_rules,
            counted,
        })
    }

    /// Plans and stores what changed. The caller holds the gate.
    pub(crate) async fn replan(&self, redraw: Redraw) -> Outcome<(Board, Vec<Placed>, Vec<MovedView>)> {
        let mut board = self.board().await?;
        let drawn = self.draw(&mut board, &redraw);
        if !drawn.changes.is_empty() {
            self.ports.store.commit(drawn.changes).await.map_err(of_store)?;
        }
        Ok((board, drawn.placed, drawn.moved))
    }

    /// Plans on the board as it stands, changes not yet committed included, and writes the new times into it.
    /// The changes are the caller's to commit, with whatever made them necessary.
    pub(crate) fn draw(&self, board: &mut Board, redraw: &Redraw) -> Drawn {
        let placed = board.plan(&board.items(redraw));
        let zone = self.ports.clock.zone();
        let by_id: BTreeMap<DeliveryId, usize> = board
            .queue
            .iter()
            .enumerate()
            .map(|(index, delivery)| (delivery.id.clone(), index))
            .collect();
        let (mut moved, mut changes) = (Vec::new(), Vec::new());
        for place in &placed {
            let Some(delivery) = by_id.get(&place.id).and_then(|index| board.queue.get_mut(*index)) else {
                continue;
            };
            if !matches!(delivery.state, State::Queued | State::Held) {
                continue;
            }
            let planned = place.slot.as_ref().map(planned_of);
            if planned == delivery.planned {
                continue;
            }
            let (from, to) = (
                delivery.planned.as_ref().map(|p| p.at),
                planned.as_ref().map(|p| p.at),
            );
            if from.is_some_and(|from| self.slept_over(from, board.now)) {
                self.memory().overslept.missed(&delivery.id, board.now);
            }
            if from != to {
                moved.push(MovedView {
                    id: delivery.id.to_string(),
                    from: from.map(|at| times::show(at, &zone)),
                    to: to.map(|at| times::show(at, &zone)),
                });
            }
            changes.push(Change::Plan {
                id: delivery.id.clone(),
                planned: planned.clone(),
            });
            delivery.planned = planned;
        }
        Drawn {
            placed,
            moved,
            changes,
        }
    }

    /// It came and went, and nothing was awake to see it. What was, and could not send it, says why itself.
    fn slept_over(&self, planned: Timestamp, now: Timestamp) -> bool {
        let long_ago = now.duration_since(planned) > SignedDuration::from_mins(10);
        long_ago && !self.clock_is_unsure() && self.memory().ticked.is_none_or(|ticked| ticked < planned)
    }

    pub(crate) fn persona_distance_may_shrink(accounts: &BTreeMap<AccountId, Account>) -> bool {
        accounts
            .values()
            .all(|account| account.network == Network::Practice || account.local_server)
    }
}

/// Is another persona's send too near? Answers the nearest free moment after.
pub(crate) fn persona_clash(
    board: &Board,
    persona: Persona,
    at: Timestamp,
    except: Option<&DeliveryId>,
) -> Option<Timestamp> {
    let distance = SignedDuration::from_mins(i64::from(board.spacing.default.persona_gap_minutes));
    let mut others: Vec<Timestamp> = board
        .queue
        .iter()
        .filter(|d| Some(&d.id) != except && d.state != State::Held)
        .filter(|d| {
            board
                .accounts
                .get(&d.account)
                .is_some_and(|account| account.persona != persona)
        })
        .filter_map(|d| match d.when {
            When::At(at) => Some(at),
            // A drawn time gives way to an exact one.
            When::Next | When::Window(_) | When::FromDay { .. } => None,
        })
        .chain(
            board
                .counted
                .iter()
                .filter(|c| {
                    board
                        .accounts
                        .get(&c.account)
                        .is_some_and(|account| account.persona != persona)
                })
                .map(|c| c.at),
        )
        .collect();
    others.sort();
    others
        .iter()
        .find(|other| at.duration_since(**other).abs() < distance)?;
    let mut free = at;
    for other in others {
        if free.duration_since(other).abs() < distance {
            free = other.saturating_add(distance).unwrap_or(Timestamp::MAX);
        }
    }
    Some(free)
}
