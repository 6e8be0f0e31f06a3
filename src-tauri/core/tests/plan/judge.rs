//! Judges a plan by looking at every minute. It knows what a moment must fulfil, and nothing of how one is found.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::{AccountId, DeliveryId};
use kossori_core::network::Persona;
use kossori_core::plan::{Item, Placed, When};

use crate::minutes::{Open, minute, moment, open_at};
use crate::world::{World, minutes};

/// A send that happened or is planned.
#[derive(Clone)]
pub struct Sent {
    pub at: Timestamp,
    pub account: AccountId,
    pub id: DeliveryId,
    pub persona: Persona,
    pub occurrence: Option<(String, Timestamp)>,
}

/// What is open at each minute of some days, for each account. Good as long as the rules are.
pub struct Days {
    first: i64,
    count: usize,
    open: BTreeMap<AccountId, Vec<Vec<Open>>>,
}

impl Days {
    pub fn of(world: &World, from: Timestamp, days: i64) -> Days {
        let first = minute(from);
        let count = usize::try_from(days * 24 * 60).unwrap();
        let all = |account: &AccountId| {
            (0..count)
                .map(|number| open_at(&world.rules, account, first + number as i64))
                .collect()
        };
        Days {
            first,
            count,
            open: world
                .accounts
                .keys()
                .map(|account| (account.clone(), all(account)))
                .collect(),
        }
    }

    fn end(&self) -> Timestamp {
        moment(self.first + self.count as i64)
    }

    pub fn open(&self, account: &AccountId, at: Timestamp) -> &[Open] {
        let number = usize::try_from(minute(at) - self.first).unwrap();
        self.open[account].get(number).map_or(&[], Vec::as_slice)
    }
}

pub struct Judge<'a> {
    pub world: &'a World,
    pub days: &'a Days,
}

impl Judge<'_> {
    fn sent(&self, item: &Item, at: Timestamp, counts: bool) -> Sent {
        let occurrence = self.days.open(&item.account, at.max(self.world.now)).first();
        Sent {
            at,
            account: item.account.clone(),
            id: item.id.clone(),
            persona: self.world.accounts[&item.account].persona,
            occurrence: occurrence
                .filter(|_| counts)
                .map(|open| (open.window.clone(), moment(open.opened))),
        }
    }

    pub fn counted(&self) -> Vec<Sent> {
        let sent = |send: &kossori_core::plan::Counted| Sent {
            at: send.at,
            account: send.account.clone(),
            id: send.delivery.clone(),
            persona: self.world.accounts[&send.account].persona,
            occurrence: send.occurrence.clone(),
        };
        self.world.counted.iter().map(sent).collect()
    }

    /// Which rule forbids `at` for the item by itself.
    pub fn wrong_alone(&self, item: &Item, at: Timestamp) -> Option<&'static str> {
        let open = self.days.open(&item.account, at);
        let named = |open: &Open| match &item.when {
            When::Window(name) => *name == open.window,
            When::FromDay {
                window: Some(name),
                from,
            } => *name == open.window && moment(open.opened) >= *from,
            _ => false,
        };
        if at < self.world.now {
            return Some("before now");
        }
        if item.not_before.is_some_and(|not_before| at < not_before) {
            return Some("before its retry time");
        }
        if matches!(item.when, When::At { at: asked, .. } if at < asked) {
            return Some("before it was asked for");
        }
        if matches!(item.when, When::FromDay { from, .. } if at < from) {
            return Some("before its day");
        }
        if item.expires_at.is_some_and(|expires| at >= expires) {
            return Some("expired");
        }
        if open.is_empty() {
            return Some("outside");
        }
        let within = open.iter().find(|open| named(open)).cloned();
        if matches!(item.when, When::Window(_) | When::FromDay { window: Some(_), .. }) && within.is_none() {
            return Some("outside its window");
        }
        // Every minute that the claim needs must be open too, for a named window the same occurrence of it.
        let end = at
            .checked_add(SignedDuration::from_secs(45) * i32::try_from(item.calls).unwrap())
            .unwrap();
        let last = (minute(at)..)
            .take_while(|number| moment(*number) < end)
            .find(|number| {
                let open = self.days.open(&item.account, moment(*number));
                within.as_ref().map_or(open.is_empty(), |one| !open.contains(one))
            });
        last.map(|_| "margin")
    }

    /// Which rule forbids `at` for the item, given the sends of others.
    pub fn wrong(&self, item: &Item, at: Timestamp, others: &[Sent]) -> Option<&'static str> {
        if let Some(rule) = self.wrong_alone(item, at) {
            return Some(rule);
        }
        let account = &self.world.accounts[&item.account];
        let here = &self.days.open(&item.account, at)[0];
        let occurrence = Some((here.window.clone(), moment(here.opened)));
        let own: Vec<&Sent> = others
            .iter()
            .filter(|o| o.account == item.account && o.id != item.id)
            .collect();
        let counted: BTreeSet<&DeliveryId> = own
            .iter()
            .filter(|other| other.occurrence == occurrence)
            .map(|other| &other.id)
            .collect();
        if counted.len() >= account.spacing.per_window as usize {
            return Some("cap");
        }
        let gap = minutes(i64::from(account.spacing.gap_minutes));
        let gap = if here.is_break { gap.min(minutes(5)) } else { gap };
        if own.iter().any(|other| other.at.duration_since(at).abs() < gap) {
            return Some("gap");
        }
        let near = |other: &&Sent| {
            other.persona != account.persona && other.at.duration_since(at).abs() < self.world.persona_gap
        };
        others.iter().find(near).map(|_| "persona")
    }

    /// The time of a stored slot that did not pass by 60 s, as it would be claimed.
    fn standing(&self, item: &Item) -> Option<Timestamp> {
        let stored = item.stored.as_ref()?.at;
        let late = self.world.now.duration_since(stored);
        (late < SignedDuration::from_secs(60)).then_some(stored.max(self.world.now))
    }

    /// An account that is blocked has no times in the span that is open now.
    fn hidden(&self, item: &Item, at: Timestamp) -> bool {
        self.world.accounts[&item.account].blocked.is_some()
            && (minute(self.world.now)..=minute(at)).all(|number| {
                !self
                    .days
                    .open(&item.account, moment(number).max(self.world.now))
                    .is_empty()
            })
    }

    /// Judges the whole plan; answers why each stored time that was changed had to go. Knows nothing of items that
    /// go first of their account.
    pub fn check(&self, placed: &[Placed]) -> Vec<(DeliveryId, &'static str)> {
        let world = self.world;
        let mut front = self.counted();
        let mut causes = Vec::new();
        let mut rest = Vec::new();
        for (item, place) in world.queue.iter().zip(placed) {
            assert_eq!(item.id, place.id);
            let at = place.slot.as_ref().map(|slot| slot.at);
            if item.under_way {
                assert_eq!(place.slot, item.stored, "{}: under way", item.id);
                front.extend(at.map(|at| self.sent(item, at, true)));
            } else if item.held {
                assert_eq!(at, None, "{}: held", item.id);
            } else if let When::At {
                at: asked,
                override_window,
            } = item.when
            {
                let end = asked.checked_add(minutes(10)).unwrap();
                let met = at.filter(|at| *at < end);
                if override_window {
                    assert_eq!(met, at, "{}: an override is met or missed", item.id);
                } else if met.is_none() {
                    rest.push((item, place));
                    continue;
                }
                let changed = item.stored.as_ref().filter(|stored| Some(stored.at) != at);
                if changed.is_some() {
                    let cause = match self.standing(item) {
                        None => Some("passed"),
                        Some(stored) if self.hidden(item, stored) => Some("blocked"),
                        Some(stored) => self.wrong_alone(item, stored),
                    };
                    causes.push((
                        item.id.clone(),
                        cause.expect("an exact time moved without a cause"),
                    ));
                }
                if let Some(at) = met {
                    let judged = at.max(world.now);
                    assert!(
                        override_window || self.wrong_alone(item, judged).is_none(),
                        "{}: exact",
                        item.id
                    );
                    front.push(self.sent(item, at, true));
                }
            } else {
                rest.push((item, place));
            }
        }
        for number in 0..rest.len() {
            let (item, place) = rest[number];
            let behind: Vec<Sent> = rest[number + 1..]
                .iter()
                .filter(|(other, _)| {
                    world.accounts[&other.account].persona != world.accounts[&item.account].persona
                })
                .filter_map(|(other, _)| {
                    let stored = self.standing(other)?;
                    let stands = self.wrong_alone(other, stored).is_none() && !self.hidden(other, stored);
                    stands.then(|| self.sent(other, stored, false))
                })
                .collect();
            causes.extend(self.one(item, place, &front, behind, &rest[..number]));
            if let Some(slot) = &place.slot {
                front.push(self.sent(item, slot.at, true));
            }
        }
        causes
    }

    /// One that is in the queue's order: stored and allowed, it stands; else it is where it can be first.
    fn one(
        &self,
        item: &Item,
        place: &Placed,
        front: &[Sent],
        behind: Vec<Sent>,
        before: &[(&Item, &Placed)],
    ) -> Option<(DeliveryId, &'static str)> {
        let (now, id) = (self.world.now, &item.id);
        let at = place.slot.as_ref().map(|slot| slot.at);
        let mut cause = item.stored.as_ref().map(|_| "passed");
        if let Some(stored) = self.standing(item) {
            cause = if self.hidden(item, stored) {
                Some("blocked")
            } else {
                self.wrong(item, stored, front)
            };
            if cause.is_none() {
                assert_eq!(
                    at,
                    item.stored.as_ref().map(|slot| slot.at),
                    "{id}: its stored time stands"
                );
                return None;
            }
        }
        let blocked = self.world.accounts[&item.account].blocked.is_some();
        if let Some(at) = at {
            assert!(!self.hidden(item, at), "{id}: blocked, and in the open span");
            if at >= self.days.end() {
                return cause.map(|cause| (id.clone(), cause));
            }
            assert_eq!(self.wrong(item, at, front), None, "{id}: drawn for {at}");
            let counted = &self.days.open(&item.account, at)[0];
            let slot = place.slot.as_ref().unwrap();
            assert_eq!(slot.window.as_deref(), Some(counted.window.as_str()), "{id}");
            assert_eq!(slot.opened, Some(moment(counted.opened)), "{id}");
        }
        if blocked {
            // Where its others without a time stand in the queue is not to be seen from outside.
            return cause.map(|cause| (id.clone(), cause));
        }
        let last = before
            .iter()
            .filter(|(other, _)| other.account == item.account)
            .filter(|(other, _)| match (&other.when, &item.when) {
                (When::At { at, .. }, When::FromDay { .. }) if *at <= now => false,
                (When::At { at, .. }, _) => *at <= now,
                (When::FromDay { from: its, .. }, When::FromDay { from: mine, .. }) => its <= mine,
                (one, other) => {
                    !matches!(one, When::FromDay { .. }) && !matches!(other, When::FromDay { .. })
                }
            })
            .filter_map(|(_, place)| place.slot.as_ref().map(|slot| slot.at))
            .max()
            .unwrap_or(now);
        let others: Vec<Sent> = front.iter().cloned().chain(behind).collect();
        if let Some(at) = at {
            assert_eq!(
                self.wrong(item, at, &others),
                None,
                "{id}: drawn where a stored time stands"
            );
        }
        let first_from = |from: Timestamp, until: Timestamp| {
            let begin = minute(from) + i64::from(moment(minute(from)) < from);
            (begin..)
                .map(moment)
                .take_while(|at| *at < until)
                .find(|at| self.wrong(item, *at, &others).is_none())
        };
        let from = now.max(last);
        // A time that became forbidden moves later, if there is a later one.
        let floor = item.stored.as_ref().map_or(from, |stored| stored.at.max(from));
        let earlier = at.is_none_or(|at| at < floor);
        if earlier {
            assert_eq!(
                first_from(floor, self.days.end()),
                None,
                "{id}: there is a later time than {at:?}"
            );
        }
        let jitters = self.world.accounts[&item.account].spacing.jitter
            && place
                .slot
                .as_ref()
                .is_none_or(|slot| slot.window.as_deref() != Some("break"));
        let from = if earlier { from } else { floor };
        let free = match at {
            // Jitter is no more than 15 min, so what is free by then was passed over.
            Some(at) if jitters => first_from(from, at.checked_sub(minutes(15)).unwrap()),
            Some(at) => first_from(from, at),
            None => first_from(from, self.days.end()),
        };
        assert_eq!(free, None, "{id}: free before {at:?}");
        cause.map(|cause| (id.clone(), cause))
    }
}
