//! The engine's rows as the contract shows them.

use std::collections::BTreeMap;

use kossori_api::{
    AccountView, BellsView, DeliveryView, DraftView, ReceiptView, RefersView, VisibilityDiffersView,
    WaitView, WhenInput, WhyNotSooner, WillSendView,
};
use kossori_core::bells::{self, Kind};
use kossori_core::delivery::State;
use kossori_core::ids::DeliveryId;
use kossori_core::network::Network;
use kossori_core::plan::{Placed, Reason, WhyCode};
use kossori_core::post::Content;

use crate::deleting::may_be_deleted;
use crate::engine::Engine;
use crate::intake::{offers_quiet_reply, takes_replies};
use crate::model::{Account, Delivery, Draft, Health, When};
use crate::planning::Board;
use crate::ports::StoreError;
use crate::problem::of_vault;

pub(crate) fn health(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::NeedsSignIn => "needs_sign_in",
        Health::ProxyMissing => "proxy_missing",
        Health::OutOfCredit => "out_of_credit",
        Health::Unreachable => "unreachable",
        Health::Refused => "refused",
    }
}

pub(crate) fn persona(account: &Account) -> &'static str {
    match account.persona {
        kossori_core::network::Persona::Personal => "personal",
        kossori_core::network::Persona::Official => "official",
        kossori_core::network::Persona::Anonymous => "anonymous",
    }
}

/// Where no visibility was chosen.
fn bells_view(account: &Account) -> BellsView {
    let bell = |kind| {
        bells::rings(account.network, account.software, None, kind)
            .as_str()
            .to_owned()
    };
    BellsView {
        post: bell(Kind::TopLevel),
        reply: bell(Kind::Reply),
        repost: bell(Kind::Repost),
    }
}

pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Paused => "paused",
        Reason::NeedsSignIn => "needs_sign_in",
        Reason::ProxyMissing => "proxy_missing",
        Reason::OutOfCredit => "out_of_credit",
        Reason::CostCap => "cost_cap",
        Reason::OutsideWindow => "outside_window",
        Reason::NoWindow => "no_window",
        Reason::BehindUnknown => "behind_unknown",
        // Said more exactly by `reason_of_queued`, which knows what the keyring answered.
        Reason::Keyring => "keyring_locked",
        Reason::Retry => "retry",
        Reason::Gap => "gap",
        Reason::Cap => "cap",
        Reason::Persona => "persona",
        Reason::Hold => "hold",
        Reason::Closed => "closed",
        Reason::Busy => "busy",
    }
}

pub(crate) fn why_code(code: WhyCode) -> &'static str {
    match code {
        WhyCode::Gap => "gap",
        WhyCode::Cap => "cap",
        WhyCode::Persona => "persona",
        WhyCode::Margin => "margin",
        WhyCode::Closed => "closed",
        WhyCode::Busy => "busy",
        WhyCode::Holiday => "holiday",
        WhyCode::Hold => "hold",
        WhyCode::Pause => "pause",
        WhyCode::Order => "order",
        WhyCode::Retry => "retry",
        WhyCode::Jitter => "jitter",
        WhyCode::OutsideWindow => "outside_window",
        WhyCode::CostCap => "cost_cap",
        WhyCode::Day => "day",
    }
}

/// Part 1's text: what lists show.
pub(crate) fn first_text(content: &Content) -> String {
    content
        .parts
        .first()
        .map(|part| part.text.clone())
        .unwrap_or_default()
}

/// A thread as one text again, its parts apart by rules.
pub(crate) fn whole_text(content: &Content) -> String {
    content
        .parts
        .iter()
        .map(|part| part.text.as_str())
        .collect::<Vec<_>>()
        .join("\n---\n")
}

impl Engine {
    pub(crate) fn account_view(&self, account: &Account) -> AccountView {
        AccountView {
            id: account.id.to_string(),
            network: account.network.to_string(),
            server: account.server.clone(),
            handle: account.handle.clone(),
            persona: persona(account).to_owned(),
            client_name: account.client_name.clone(),
            health: health(account.health).to_owned(),
            session_ends_at: account.session_ends_at.map(|at| self.show_time(at)),
            proxy: account.proxy.map(|kind| kind.as_str().to_owned()),
            refers: RefersView {
                replies: takes_replies(account),
                quotes: account.limits.refers.quote,
                reposts: account.limits.refers.repost,
                quiet_replies: offers_quiet_reply(account),
            },
            bells: bells_view(account),
            checked_at: (account.network != Network::Practice).then(|| self.show_time(account.about_at)),
        }
    }

    pub(crate) fn draft_view(&self, draft: &Draft) -> DraftView {
        DraftView {
            id: draft.id.to_string(),
            text: whole_text(&draft.content),
            accounts: draft.accounts.iter().map(ToString::to_string).collect(),
            updated_at: self.show_time(draft.updated_at),
            rev: draft.rev,
        }
    }

    /// Why it does not go now, in the contract's words; `None` for what is final or going.
    pub(crate) fn reason_of(
        &self,
        board: &Board,
        placed: Option<&Placed>,
        delivery: &Delivery,
    ) -> Option<String> {
        let stopped = self.memory().stopped.contains(&delivery.id);
        let word = match delivery.state {
            state if stopped && !state.is_final() => "stopped",
            State::Held if delivery.hold_is_over(board.now) => "hold_over",
            State::Held => "hold",
            State::Unknown => "looking",
            State::Claimed | State::Staged | State::Sending => self.unwritten(board, delivery)?,
            State::Queued => return self.reason_of_queued(board, placed, delivery),
            _ => return None,
        };
        Some(word.to_owned())
    }

    fn reason_of_queued(
        &self,
        board: &Board,
        placed: Option<&Placed>,
        delivery: &Delivery,
    ) -> Option<String> {
        {
            let memory = self.memory();
            if memory.folder_is_a_copy {
                return Some("folder_is_a_copy".to_owned());
            }
            if memory.doubt.is_some() {
                return Some("clock_unsure".to_owned());
            }
            if let Some(why) = memory.keyring_keeps_from(&delivery.account) {
                return Some(of_vault(why).code.as_str().to_owned());
            }
        }
        if let Some(why) = self.unwritten(board, delivery) {
            return Some(why.to_owned());
        }
        if let Some(why) = placed.and_then(|place| place.reason) {
            return Some(reason(why).to_owned());
        }
        if delivery
            .not_before
            .max(board.asked.get(&delivery.account).copied())
            .is_some_and(|not_before| board.now < not_before)
        {
            return Some("retry".to_owned());
        }
        let planned = delivery.planned.as_ref()?;
        if planned.at <= board.now {
            return None;
        }
        if board.calendar.span_at(&delivery.account, board.now).is_none() {
            let shut = board.calendar.shut_at(&delivery.account, board.now);
            return Some(
                match shut {
                    Some(kossori_core::calendar::Shut::Paused) => "paused",
                    Some(kossori_core::calendar::Shut::Closed) => "closed",
                    Some(kossori_core::calendar::Shut::Busy) => "busy",
                    _ => "outside_window",
                }
                .to_owned(),
            );
        }
        let why = placed.and_then(|place| place.why_not_sooner.last())?;
        Some(why_code(why.code).to_owned())
    }

    /// Its next step is due and cannot be written down, so it is not taken: the disk is full, or not ours to write.
    /// What is due is tried again and again, so the last commit says how it is now.
    pub(crate) fn unwritten(&self, board: &Board, delivery: &Delivery) -> Option<&'static str> {
        let due = match delivery.state {
            State::Queued => delivery
                .planned
                .as_ref()
                .is_some_and(|planned| planned.at <= board.now),
            State::Unknown => delivery
                .open_question
                .as_ref()
                .is_some_and(|question| question.next_look <= board.now),
            State::Claimed | State::Staged | State::Sending => true,
            _ => false,
        };
        match self.ports.store.unwritable().filter(|_| due)? {
            StoreError::Full => Some("disk_full"),
            StoreError::ReadOnly => Some("folder_read_only"),
            _ => None,
        }
    }

    pub(crate) fn delivery_view(
        &self,
        board: &Board,
        placed: &BTreeMap<DeliveryId, Placed>,
        positions: &BTreeMap<DeliveryId, u32>,
        content: Option<&Content>,
        delivery: &Delivery,
    ) -> DeliveryView {
        DeliveryView {
            id: delivery.id.to_string(),
            post: delivery.post.to_string(),
            account: delivery.account.to_string(),
            state: delivery.state.as_str().to_owned(),
            reason: self.reason_of(board, placed.get(&delivery.id), delivery),
            position: positions.get(&delivery.id).copied(),
            planned_at: delivery
                .planned
                .as_ref()
                .map(|planned| self.show_time(planned.at)),
            window: delivery
                .planned
                .as_ref()
                .and_then(|planned| planned.window.clone()),
            text: content.map(first_text).unwrap_or_default(),
            parts: delivery.parts,
            parts_sent: delivery.parts_sent,
            attempts: delivery.attempts,
            frozen: delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good),
            expires_at: delivery.expires_at.map(|at| self.show_time(at)),
            url: delivery.receipt.as_ref().and_then(|receipt| receipt.url.clone()),
            code: delivery.refusal.as_ref().map(|refusal| refusal.code.clone()),
            server_words: delivery
                .refusal
                .as_ref()
                .map(|refusal| refusal.words.clone())
                .filter(|words| !words.trim().is_empty()),
            said: delivery.refusal.as_ref().and_then(|refusal| {
                let network = board.accounts.get(&delivery.account)?.network;
                let said = network.said(&refusal.code, &refusal.words)?;
                Some(said.as_str().to_owned())
            }),
            asked_at: delivery
                .open_question
                .as_ref()
                .map(|question| self.show_time(question.since)),
            looks: delivery.open_question.as_ref().map(|question| question.looked),
            copied: delivery
                .open_question
                .as_ref()
                .is_some_and(|question| question.copied),
            alike: delivery
                .open_question
                .as_ref()
                .and_then(|question| question.alike.clone()),
            waits: self.waited_for_too_long(board, placed.get(&delivery.id), delivery),
            sent_at: delivery.sent_at.map(|at| self.show_time(at)),
            repost: content.and_then(|content| content.repost.clone()),
            deletable: may_be_deleted(delivery).is_ok(),
            deleted_at: delivery.deleted_at.map(|at| self.show_time(at)),
            parts_there: delivery.parts_there(),
            visibility_differs: board
                .accounts
                .get(&delivery.account)
                .and_then(|account| self.differing(account.network, content, delivery)),
            when: match &delivery.when {
                When::Next => WhenInput::Next,
                When::Window(name) => WhenInput::Window(name.clone()),
                When::At(at) => WhenInput::At(self.show_time(*at)),
                When::FromDay { day, window } => WhenInput::FromDay {
                    day: day.to_string(),
                    window: window.clone(),
                },
            },
            override_window: delivery.override_window,
            hold_until: delivery.hold_until.map(|at| self.show_time(at)),
            receipts: self.receipts(board.accounts.get(&delivery.account), delivery),
        }
    }

    /// Each proved part with its address: the server's own where it told one, else what its network makes of the id.
    fn receipts(&self, account: Option<&Account>, delivery: &Delivery) -> Vec<ReceiptView> {
        let Some(receipt) = &delivery.receipt else {
            return Vec::new();
        };
        let publisher = account.and_then(|account| self.ports.publishers.publisher(account.network));
        let parts = delivery.parts_sent;
        (1..=parts)
            .map(|part| {
                let id = receipt.ids.get(part as usize - 1).cloned();
                let told = match part {
                    1 => receipt.url.clone(),
                    part if part == parts => receipt.last_url.clone(),
                    _ => None,
                };
                let made = || publisher.as_ref()?.page(account?, id.as_deref()?);
                let url = told.or_else(made);
                ReceiptView { part, id, url }
            })
            .collect()
    }

    /// What was asked for and what the server made of it, where it says so and they are not the same.
    pub(crate) fn differing(
        &self,
        network: Network,
        content: Option<&Content>,
        delivery: &Delivery,
    ) -> Option<VisibilityDiffersView> {
        let got = delivery.receipt.as_ref()?.visibility.as_deref()?;
        let asked = self
            .frozen_for(network, delivery)
            .or(content?.visibility)?
            .as_str();
        (asked != got).then(|| VisibilityDiffersView {
            asked: asked.to_owned(),
            got: got.to_owned(),
        })
    }

    pub(crate) fn why_views(&self, placed: &Placed) -> Vec<WhyNotSooner> {
        placed
            .why_not_sooner
            .iter()
            .map(|why| WhyNotSooner {
                code: why_code(why.code).to_owned(),
                until: why.until.map(|at| self.show_time(at)),
                // The sentence is the client's, in its reader's language.
                text: String::new(),
            })
            .collect()
    }

    /// What will go in the next 24 hours, and what waits and why.
    pub(crate) fn will_and_waits(
        &self,
        board: &Board,
        placed: &BTreeMap<DeliveryId, Placed>,
        until: jiff::Timestamp,
    ) -> (Vec<WillSendView>, Vec<WaitView>) {
        let (mut will, mut waits) = (Vec::new(), Vec::new());
        for delivery in &board.queue {
            match &delivery.planned {
                Some(planned) if delivery.state == State::Queued && planned.at < until => {
                    will.push((planned.at, delivery.id.to_string()));
                }
                planned => waits.push(WaitView {
                    delivery: delivery.id.to_string(),
                    reason: self
                        .reason_of(board, placed.get(&delivery.id), delivery)
                        .unwrap_or_else(|| delivery.state.as_str().to_owned()),
                    until: planned.as_ref().map(|planned| self.show_time(planned.at)),
                }),
            }
        }
        will.sort();
        let will = will
            .into_iter()
            .map(|(at, delivery)| WillSendView {
                delivery,
                at: self.show_time(at),
            })
            .collect();
        (will, waits)
    }
}

/// From 1, among the not-final deliveries without an exact time, over all accounts.
pub(crate) fn positions(queue: &[Delivery]) -> BTreeMap<DeliveryId, u32> {
    queue
        .iter()
        .filter(|delivery| !delivery.state.is_final() && !matches!(delivery.when, When::At(_)))
        .zip(1..)
        .map(|(delivery, position)| (delivery.id.clone(), position))
        .collect()
}

pub(crate) fn by_id(placed: Vec<Placed>) -> BTreeMap<DeliveryId, Placed> {
    placed
        .into_iter()
        .map(|place| (place.id.clone(), place))
        .collect()
}
