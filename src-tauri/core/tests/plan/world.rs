//! A folder as the plan sees it, written down in few words. Civil times are Tokyo's; jitter is off unless a test is
//! about it.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Calendar;
use kossori_core::ids::{AccountId, DeliveryId, PostId};
use kossori_core::network::Persona;
use kossori_core::plan::{AccountRules, Blocked, Counted, Input, Item, Placed, Slot, When, plan};
use kossori_core::rules::{BreakNow, Closed, Pause, Rules, Spacing, default_rules};

pub fn tokyo() -> TimeZone {
    TimeZone::fixed(Offset::constant(9))
}

/// `2026-11-23 12:00`, with seconds if you like. A day alone is its midnight; a time alone is of Monday, 2026-11-23,
/// which is no holiday here.
pub fn at(civil: &str) -> Timestamp {
    let civil = if civil.contains('-') {
        civil.to_owned()
    } else {
        format!("2026-11-23 {civil}")
    };
    let civil: DateTime = civil.parse().unwrap();
    tokyo().to_timestamp(civil).unwrap()
}

pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

pub fn account(name: &str) -> AccountId {
    AccountId::from(name)
}

#[derive(Clone)]
pub struct World {
    pub now: Timestamp,
    pub rules: Rules,
    pub accounts: BTreeMap<AccountId, AccountRules>,
    pub persona_gap: SignedDuration,
    pub counted: Vec<Counted>,
    pub queue: Vec<Item>,
    pub explain: bool,
}

impl World {
    /// A new folder's rules, three accounts: `me` and `pal` of the main persona, `cat` of another.
    pub fn new(now: &str) -> World {
        let mut world = World {
            now: at(now),
            rules: default_rules(None),
            accounts: BTreeMap::new(),
            persona_gap: minutes(10),
            counted: Vec::new(),
            queue: Vec::new(),
            explain: false,
        };
        world.account("me", Persona::Personal);
        world.account("pal", Persona::Personal);
        world.account("cat", Persona::Anonymous);
        world
    }

    pub fn account(&mut self, name: &str, persona: Persona) {
        let spacing = Spacing {
            jitter: false,
            ..Spacing::default()
        };
        self.accounts.insert(
            account(name),
            AccountRules {
                persona,
                spacing,
                blocked: None,
            },
        );
    }

    pub fn spacing(&mut self, name: &str) -> &mut Spacing {
        &mut self.accounts.get_mut(&account(name)).unwrap().spacing
    }

    pub fn block(&mut self, name: &str, blocked: Option<Blocked>) {
        self.accounts.get_mut(&account(name)).unwrap().blocked = blocked;
    }

    /// Appends a delivery. Its post has its own name, up to a `/`: `news/me` and `news/pal` are one post.
    pub fn add(&mut self, id: &str, of: &str, when: When) -> &mut Item {
        self.queue.push(Item {
            id: DeliveryId::from(id),
            post: PostId::from(id.split('/').next().unwrap()),
            account: account(of),
            when,
            stored: None,
            not_before: None,
            expires_at: None,
            calls: 1,
            held: false,
            under_way: false,
            first_of_account: false,
            parts_out: false,
            over_cap: false,
        });
        self.queue.last_mut().unwrap()
    }

    pub fn next(&mut self, id: &str, of: &str) -> &mut Item {
        self.add(id, of, When::Next)
    }

    pub fn exact(&mut self, id: &str, of: &str, civil: &str) -> &mut Item {
        self.add(
            id,
            of,
            When::At {
                at: at(civil),
                override_window: false,
            },
        )
    }

    pub fn item(&mut self, id: &str) -> &mut Item {
        self.queue.iter_mut().find(|item| item.id.as_str() == id).unwrap()
    }

    /// A send of `of` that left, counted for `window` that opened at `opened`.
    pub fn sent(&mut self, id: &str, of: &str, civil: &str, window: &str, opened: &str) {
        self.counted.push(Counted {
            account: account(of),
            delivery: DeliveryId::from(id),
            at: at(civil),
            occurrence: Some((window.to_owned(), at(opened))),
        });
    }

    pub fn break_now(&mut self, from: &str, to: &str) {
        self.rules.break_now = Some(BreakNow {
            from: at(from),
            to: at(to),
            accounts: None,
        });
    }

    pub fn closed(&mut self, from: &str, to: &str) {
        self.rules.closed.push(Closed {
            id: "c".to_owned(),
            from: at(from),
            to: at(to),
        });
    }

    pub fn pause(&mut self, from: &str, until: Option<&str>) {
        self.rules.pause = Some(Pause {
            from: at(from),
            until: until.map(at),
        });
    }

    pub fn calendar(&self) -> Calendar {
        Calendar::new(&self.rules, &tokyo()).unwrap()
    }

    pub fn plan(&self) -> Vec<Placed> {
        self.plan_by(&self.calendar())
    }

    pub fn plan_by(&self, calendar: &Calendar) -> Vec<Placed> {
        plan(&Input {
            now: self.now,
            calendar,
            accounts: &self.accounts,
            persona_gap: self.persona_gap,
            counted: &self.counted,
            queue: &self.queue,
            explain: self.explain,
        })
    }

    /// Plans, stores what was drawn, and answers the whole plan as words.
    pub fn planned(&mut self) -> Vec<String> {
        let placed = self.plan();
        for (item, place) in self.queue.iter_mut().zip(&placed) {
            assert_eq!(item.id, place.id, "the answer is in the queue's order");
            assert_eq!(
                place.changed,
                item.stored != place.slot,
                "changed says whether it differs"
            );
            assert_eq!(
                place.slot.is_none(),
                place.reason.is_some() && !item.under_way,
                "a time, or why none"
            );
            item.stored.clone_from(&place.slot);
        }
        placed.iter().map(|place| words(self.now, place)).collect()
    }

    /// The same at another moment.
    pub fn planned_at(&mut self, civil: &str) -> Vec<String> {
        self.now = at(civil);
        self.planned()
    }

    pub fn remove(&mut self, id: &str) {
        self.queue.retain(|item| item.id.as_str() != id);
    }
}

pub fn slot(civil: &str, window: &str, opened: &str) -> Slot {
    Slot {
        at: at(civil),
        window: Some(window.to_owned()),
        opened: Some(at(opened)),
    }
}

/// `a 12:00 lunch`, `a 11-24 12:00 lunch` on another day than now, `a none gap`.
fn words(now: Timestamp, place: &Placed) -> String {
    let Some(slot) = &place.slot else {
        return format!("{} none {:?}", place.id, place.reason.unwrap());
    };
    let (day, shown) = (tokyo().to_datetime(now).date(), tokyo().to_datetime(slot.at));
    let day = if shown.date() == day {
        String::new()
    } else {
        shown.strftime("%m-%d ").to_string()
    };
    let time = if shown.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let window = slot.window.as_deref().unwrap_or("-");
    format!("{} {day}{} {window}", place.id, shown.strftime(time))
}
