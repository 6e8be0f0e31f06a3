//! One attempt, from the claim to the answer (RULES.md 3 and 4). Every step is committed before the next begins,
//! each compares what it expects to find, and whoever finds something else stops.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{self, Answer, Becomes, Receipt, Why};
use kossori_core::delivery::{State, Step, step};
use kossori_core::guard::Severity;
use kossori_core::ids::{AttemptId, DeliveryId};
use kossori_core::lookup::{self, Resend};
use kossori_core::network::ThreadSending;
use kossori_core::plan::MARGIN;
use kossori_core::rules::Spacing;

use crate::engine::{Busy, Engine};
use crate::model::{
    Account, Attempt, Delivery, EXACT_GRACE, Event, FrozenPost, Health, OpenQuestion, ServerRefusal, When,
};
use crate::planning::{Board, calls_left};
use crate::ports::{
    CallError, Change, Clock, Expect, Frozen, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session,
    StoreError,
};
use crate::tokens::Mute;

/// Where a delivery may go right now, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub until: Timestamp,
    pub window: Option<String>,
    pub opened: Option<Timestamp>,
}

/// Why an attempt ended before its post call.
enum Stop {
    /// Somebody voided the attempt, or it is no longer due: whoever did that has said what is now.
    Gone,
    /// The store did not take or give a row. The next tick finds what was left half way.
    Store,
    /// Back to the queue; nothing left.
    PutBack(Put),
    /// A plain no before the post call.
    Refused(ServerRefusal),
}

#[derive(Clone, Debug)]
struct Put {
    code: String,
    not_before: Option<Timestamp>,
    health: Option<Health>,
    refusal: Option<ServerRefusal>,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        match error {
            StoreError::Stale => Stop::Gone,
            _ => Stop::Store,
        }
    }
}

/// The open span that `delivery` may use at `now`: its own ten minutes for an override, else the calendar's.
pub(crate) fn opening_now(board: &Board, delivery: &Delivery, now: Timestamp) -> Option<Opening> {
    if let (When::At(at), true) = (&delivery.when, delivery.override_window) {
        let end = at.saturating_add(EXACT_GRACE).ok()?;
        let shut = board.calendar.shut_at(&delivery.account, now);
        let barred = matches!(
            shut,
            Some(kossori_core::calendar::Shut::Paused | kossori_core::calendar::Shut::Closed)
        );
        if now < *at || now >= end || barred {
            return None;
        }
        let closes = board
            .rules
            .closed
            .iter()
            .map(|closed| closed.from)
            .filter(|from| *from > now);
        let until = closes.fold(end, Timestamp::min);
        let occurrence = board
            .calendar
            .span_at(&delivery.account, now)
            .and_then(|span| span.occurrence_at(now).cloned());
        return Some(match occurrence {
            Some(occurrence) => Opening {
                until,
                window: Some(occurrence.window),
                opened: Some(occurrence.opened),
            },
            None => Opening {
                until,
                window: None,
                opened: None,
            },
        });
    }
    let span = board.calendar.span_at(&delivery.account, now)?;
    if let When::Window(name) = &delivery.when {
        let named = span
            .openings
            .iter()
            .find(|o| &o.window == name && o.from <= now && now < o.to)?;
        let occurrence = span.occurrence_at(now)?;
        return Some(Opening {
            until: named.to,
            window: Some(occurrence.window.clone()),
            opened: Some(occurrence.opened),
        });
    }
    let occurrence = span.occurrence_at(now)?;
    Some(Opening {
        until: span.to,
        window: Some(occurrence.window.clone()),
        opened: Some(occurrence.opened),
    })
}

/// What must be left of the span to claim: 45 s, for a thread sent part by part 45 s for each part to go.
pub(crate) fn margin(account: &Account, delivery: &Delivery) -> SignedDuration {
    MARGIN.saturating_mul(i32::try_from(calls_left(account.network, delivery)).unwrap_or(i32::MAX))
}

/// The first post call of this part, if nobody knows that it was not taken.
pub(crate) fn may_be_there_since(delivery: &Delivery) -> Option<Timestamp> {
    let frozen = delivery.frozen.as_ref().filter(|frozen| frozen.for_good)?;
    frozen.first_try.filter(|_| delivery.state != State::Sending)
}

/// From when on the post call may not be made again without asking, because its key would no longer keep a second
/// copy away (RULES.md 5).
pub(crate) fn key_ends(delivery: &Delivery, account: &Account) -> Option<Timestamp> {
    let first = may_be_there_since(delivery)?;
    match lookup::resend(account.network, account.software) {
        Resend::SameKey => None,
        Resend::WithinKeyLife(life) => Some(first.saturating_add(life).unwrap_or(Timestamp::MAX)),
        Resend::Never => Some(first),
    }
}

/// When the distance from what other personas really sent is kept (RULES.md 2). The plan keeps it from what was
/// planned; a send may have come later than that. An exact time that was queued before the distance was widened
/// keeps the usual one.
fn persona_free_at(board: &Board, delivery: &Delivery, account: &Account) -> Option<Timestamp> {
    let set = board.spacing.default.persona_gap_minutes;
    let minutes = match delivery.when {
        When::At(_) => set.min(Spacing::default().persona_gap_minutes),
        When::Next | When::Window(_) => set,
    };
    let others = board.counted.iter().filter(|send| {
        board
            .accounts
            .get(&send.account)
            .is_some_and(|of| of.persona != account.persona)
    });
    let last = others.map(|send| send.at).max()?;
    last.saturating_add(SignedDuration::from_mins(i64::from(minutes)))
        .ok()
}

impl Engine {
    /// Claims `id` and sees the attempt through. The account is marked busy for as long as this runs.
    pub(crate) async fn attempt(self: Arc<Self>, busy: Busy<Arc<Engine>>, id: DeliveryId, account: Account) {
        let outcome = self.try_attempt(&id, &account).await;
        match outcome {
            Ok(()) | Err(Stop::Gone) => {}
            Err(Stop::Store) => {
                let until = self
                    .now()
                    .saturating_add(self.settings.backoff)
                    .unwrap_or(Timestamp::MAX);
                self.memory().backoff.insert(account.id.clone(), until);
            }
            Err(Stop::PutBack(put)) => self.put_back(&id, &account, put).await,
            Err(Stop::Refused(refusal)) => self.refuse_before_sending(&id, &account, refusal).await,
        }
        drop(busy);
    }

    async fn try_attempt(&self, id: &DeliveryId, account: &Account) -> Result<(), Stop> {
        // Ready first, claimed after: a locked keyring or a server that is away leaves no trace in the queue.
        let session = match self.ready(account).await {
            Ok(session) => self.with_todays_about(session).await,
            Err(mute) => {
                self.note_mute(account, &mute).await;
                return Err(Stop::Gone);
            }
        };
        // As its server describes it today.
        let account = &session.account.clone();
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or(Stop::Gone)?;
        let mut delivery = self.claim(id, account).await?;
        let mut session = session;
        let mut refreshed = false;

        let outgoing = self.outgoing(&delivery, account).await?;
        self.guard_again(&delivery, account).await?;
        if !delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good) {
            let errand = Errand::Freeze(&outgoing);
            let record = self
                .once_refreshed(&mut session, &mut refreshed, &publisher, errand)
                .await?;
            delivery.frozen = Some(FrozenPost {
                record,
                at: outgoing.at,
                author_id: account.author_id.clone(),
                for_good: false,
                first_try: None,
            });
        }

        loop {
            self.upload(
                &mut delivery,
                &publisher,
                &mut session,
                &mut refreshed,
                &outgoing,
                account,
            )
            .await?;
            let Some(opening) = self.send(&mut delivery, account).await? else {
                return Err(Stop::PutBack(self.put("margin", None)));
            };
            let answer = self
                .post_call(&delivery, &publisher, &session, opening.until)
                .await;
            match answer::becomes(answer, &account.author_id, refreshed) {
                Becomes::RefreshOnce => {
                    refreshed = true;
                    match self.refreshed(&session).await {
                        Ok(fresh) => {
                            session = fresh;
                            self.move_on(
                                &mut delivery,
                                State::Sending,
                                Step::TryAgain,
                                Event::PutBack,
                                "token",
                            )
                            .await?;
                        }
                        Err(mute) => {
                            self.answered_no(&mut delivery, account, &self.put_of_mute(&mute), false)
                                .await?;
                            self.note_mute(account, &mute).await;
                            return Ok(());
                        }
                    }
                }
                Becomes::Sent(receipt) => {
                    if !self.prove(&mut delivery, account, receipt).await? {
                        return Ok(());
                    }
                }
                Becomes::Queued(why) => {
                    let never_left = why == Why::NeverLeft;
                    let put = self.put_of_why(&why);
                    self.answered_no(&mut delivery, account, &put, never_left).await?;
                    return Ok(());
                }
                Becomes::Rejected { code, words } => {
                    self.rejected(&mut delivery, ServerRefusal { code, words })
                        .await?;
                    return Ok(());
                }
                Becomes::Unknown => {
                    self.lose(&mut delivery).await?;
                    return Ok(());
                }
            }
        }
    }

    /// A new token set, and the server's word on whom it speaks for.
    async fn refreshed(&self, session: &Session) -> Result<Session, Mute> {
        let fresh = self.refresh(session).await?;
        self.confirm_author(&fresh).await?;
        Ok(fresh)
    }

    /// The same checks as when it was queued: what the server accepts may have changed since. What is frozen for good
    /// goes as it is.
    async fn guard_again(&self, delivery: &Delivery, account: &Account) -> Result<(), Stop> {
        if delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good) {
            return Ok(());
        }
        let revision = self
            .ports
            .store
            .revision(&delivery.revision)
            .await?
            .ok_or(Stop::Store)?;
        let taken = crate::intake::Taken {
            content: revision.content,
            new_pictures: Vec::new(),
        };
        let checked = self
            .check(&taken, &[account], false)
            .await
            .map_err(|_| Stop::Store)?;
        let block = checked
            .findings
            .iter()
            .find(|finding| finding.severity == Severity::Block);
        match block {
            Some(finding) => Err(Stop::Refused(ServerRefusal {
                code: format!("finding.{}", finding.rule.as_str()),
                words: String::new(),
            })),
            None => Ok(()),
        }
    }

    /// `queued` → `claimed`, if it is still what the plan saw.
    async fn claim(&self, id: &DeliveryId, account: &Account) -> Result<Delivery, Stop> {
        let _gate = self.gate.lock().await;
        let board = self.board().await.map_err(|_| Stop::Store)?;
        let now = board.now;
        let Some(delivery) = board.queue.iter().find(|delivery| &delivery.id == id) else {
            return Err(Stop::Gone);
        };
        let account = board.accounts.get(&account.id).ok_or(Stop::Gone)?;
        if !self.may_claim(&board, delivery, account, now) {
            return Err(Stop::Gone);
        }
        let mut delivery = delivery.clone();
        delivery.state = step(delivery.state, Step::Claim).map_err(|_| Stop::Gone)?;
        delivery.attempts += 1;
        delivery.refusal = None;
        let attempt = self.new_attempt(&mut delivery);
        let changes = vec![
            Change::Delivery {
                expect: Expect {
                    state: State::Queued,
                    attempt: None,
                },
                delivery: Box::new(delivery.clone()),
            },
            Change::AddAttempt(attempt),
            self.entry(&delivery, Event::Claimed, None),
        ];
        self.ports.store.commit(changes).await?;
        self.tell_delivery(&delivery);
        Ok(delivery)
    }

    /// Everything that must hold at the moment of a claim.
    pub(crate) fn may_claim(
        &self,
        board: &Board,
        delivery: &Delivery,
        account: &Account,
        now: Timestamp,
    ) -> bool {
        let due = delivery.planned.as_ref().is_some_and(|planned| planned.at <= now);
        let waiting = delivery.not_before.is_some_and(|not_before| now < not_before)
            || delivery.expires_at.is_some_and(|expires| now >= expires);
        let blocked = board.queue.iter().any(|other| {
            other.account == delivery.account
                && other.id != delivery.id
                && (other.state.blocks_account()
                    || other.state.is_before_sending()
                    // The rest of a thread goes before anything else of its account.
                    || other.state == State::Queued && other.parts_sent > 0 && delivery.parts_sent == 0)
        });
        // Of another persona, and about to be sent: this one waits until it is known when.
        let crossed = board.queue.iter().any(|other| {
            (other.state.is_before_sending() || other.state == State::Sending)
                && board
                    .accounts
                    .get(&other.account)
                    .is_some_and(|of| of.persona != account.persona)
        });
        let mute = matches!(account.health, Health::NeedsSignIn | Health::OutOfCredit);
        delivery.state == State::Queued
            && due
            && !waiting
            && !blocked
            && !crossed
            && !mute
            && persona_free_at(board, delivery, account).is_none_or(|free| free <= now)
            && key_ends(delivery, account).is_none_or(|end| now < end)
            && !self.is_retiring()
            && !self.clock_is_unsure()
            && !self.memory().folder_is_a_copy
            && opening_now(board, delivery, now)
                .is_some_and(|opening| opening.until.duration_since(now) >= margin(account, delivery))
    }

    /// Uploads what the next post call needs, then `claimed` → `staged` with the record as it will be sent.
    async fn upload(
        &self,
        delivery: &mut Delivery,
        publisher: &Arc<dyn Publisher>,
        session: &mut Session,
        refreshed: &mut bool,
        outgoing: &Outgoing,
        account: &Account,
    ) -> Result<(), Stop> {
        let part = delivery.parts_sent;
        let pictures = pictures_for(outgoing, part, account.network.thread());
        if let Some(frozen) = &mut delivery.frozen {
            let record = frozen.record.clone();
            // Bytes already on the server are uploaded again before a resend too: unused ones are swept there.
            if !pictures.is_empty() {
                let errand = Errand::Upload {
                    record: &record,
                    part,
                    pictures: &pictures,
                };
                frozen.record = self.once_refreshed(session, refreshed, publisher, errand).await?;
            }
        }
        if delivery.state == State::Claimed {
            self.move_on(delivery, State::Claimed, Step::Stage, Event::Staged, "")
                .await?;
        }
        Ok(())
    }

    /// `staged` → `sending`, committed before the first byte leaves. `None`: too little of the span is left.
    async fn send(&self, delivery: &mut Delivery, account: &Account) -> Result<Option<Opening>, Stop> {
        let _gate = self.gate.lock().await;
        // Uploads take time: the clock may have been set since the claim.
        self.watch_clock().await.map_err(|_| Stop::Store)?;
        let board = self.board().await.map_err(|_| Stop::Store)?;
        let now = board.now;
        // As it is now: it may have been edited since the attempt began.
        let account = board.accounts.get(&account.id).ok_or(Stop::Gone)?;
        let Some(opening) = opening_now(&board, delivery, now) else {
            return Ok(None);
        };
        // The whole time that the call may take has to fit, or a slow server would commit outside.
        let left = opening.until.duration_since(now);
        let retiring = self.is_retiring() && delivery.parts_sent == 0;
        // Signed out since the claim: the tokens in hand are not used any more.
        let mute = matches!(account.health, Health::NeedsSignIn | Health::OutOfCredit);
        if left < self.settings.post_limit
            || self.clock_is_unsure()
            || mute
            || retiring
            || account.id != delivery.account
        {
            return Ok(None);
        }
        if let Some(free) = persona_free_at(&board, delivery, account).filter(|free| *free > now) {
            // Somebody else's send was late: this one keeps its distance from when it really was.
            let put = Put {
                not_before: Some(free),
                ..self.put("persona", None)
            };
            return Err(Stop::PutBack(put));
        }
        if key_ends(delivery, account).is_some_and(|end| now >= end) {
            return Ok(None);
        }
        let expect = Expect {
            state: delivery.state,
            attempt: delivery.attempt.clone(),
        };
        delivery.state = step(delivery.state, Step::Send).map_err(|_| Stop::Gone)?;
        let again = delivery
            .frozen
            .as_ref()
            .is_some_and(|frozen| frozen.first_try.is_some());
        if let Some(frozen) = &mut delivery.frozen {
            frozen.for_good = true;
            frozen.first_try.get_or_insert(now);
        }
        let mut attempt = self.live_attempt(delivery).await?;
        attempt.sending_at = Some(now);
        attempt.window = opening.window.clone();
        attempt.opened = opening.opened;
        let event = if again { Event::Resent } else { Event::Sending };
        let overridden = delivery.override_window && opening.window.is_none();
        let changes = vec![
            Change::Delivery {
                expect,
                delivery: Box::new(delivery.clone()),
            },
            Change::UpdateAttempt(attempt),
            self.entry(delivery, event, overridden.then(|| "override_window".to_owned())),
        ];
        self.ports.store.commit(changes).await?;
        self.tell_delivery(delivery);
        Ok(Some(opening))
    }

    async fn post_call(
        &self,
        delivery: &Delivery,
        publisher: &Arc<dyn Publisher>,
        session: &Session,
        until: Timestamp,
    ) -> Answer {
        let Some(frozen) = &delivery.frozen else {
            return Answer::NeverLeft;
        };
        let part = delivery.parts_sent;
        let replies_to = delivery
            .receipt
            .as_ref()
            .and_then(|receipt| receipt.ids.last())
            .cloned();
        let limit = self
            .now()
            .saturating_add(self.settings.post_limit)
            .unwrap_or(until)
            .min(until);
        let call = publisher.post(session, &frozen.record, part, replies_to.as_deref());
        bounded(self.ports.clock.as_ref(), limit, self.settings.post_limit, call)
            .await
            .unwrap_or(Answer::Unclear { status: None })
    }

    /// The answer proves this part, or all. Answers whether another part is to go now.
    async fn prove(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        receipt: Receipt,
    ) -> Result<bool, Stop> {
        let before = delivery.clone();
        let more = merge_proof(delivery, account, receipt);
        let which = if more { Step::NextPart } else { Step::Prove };
        delivery.state = step(before.state, which).map_err(|_| Stop::Gone)?;
        let now = self.now();
        let mut changes = Vec::new();
        changes.push(Change::UpdateAttempt(self.ended(&before, "sent", None).await?));
        let event = if more { Event::PartSent } else { Event::Sent };
        let expect = Expect {
            state: before.state,
            attempt: before.attempt.clone(),
        };
        if more {
            if let Some(frozen) = &mut delivery.frozen {
                frozen.first_try = None;
            }
            changes.push(self.entry(delivery, event, None));
            let attempt = self.new_attempt(delivery);
            changes.push(Change::AddAttempt(attempt));
        } else {
            delivery.sent_at = Some(now);
            changes.push(self.entry(delivery, event, None));
            changes.extend(self.visibility_entry(delivery).await);
        }
        changes.push(Change::Delivery {
            expect,
            delivery: Box::new(delivery.clone()),
        });
        self.commit_stubbornly(changes).await?;
        if !more {
            self.memory().sent += 1;
        }
        self.recovered(account).await;
        self.tell_delivery(delivery);
        Ok(more)
    }

    /// A row if the server made something else of the visibility than was asked.
    pub(crate) async fn visibility_entry(&self, delivery: &Delivery) -> Option<Change> {
        let came_back = delivery.receipt.as_ref()?.visibility.clone()?;
        let revision = self.ports.store.revision(&delivery.revision).await.ok()??;
        let asked = revision.content.visibility?;
        let asked = serde_json::to_value(asked).ok()?.as_str()?.to_owned();
        (asked != came_back).then(|| {
            self.entry(
                delivery,
                Event::VisibilityDiffers,
                Some(format!("{asked}→{came_back}")),
            )
        })
    }

    async fn rejected(&self, delivery: &mut Delivery, refusal: ServerRefusal) -> Result<(), Stop> {
        let before = delivery.clone();
        delivery.state = step(before.state, Step::Refuse).map_err(|_| Stop::Gone)?;
        delivery.planned = None;
        let code = refusal.code.clone();
        delivery.refusal = Some(refusal);
        let changes = vec![
            Change::UpdateAttempt(self.ended(&before, "rejected", Some(code.clone())).await?),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::Rejected, Some(code)),
        ];
        self.commit_stubbornly(changes).await?;
        self.memory().rejected += 1;
        self.tell_delivery(delivery);
        Ok(())
    }

    async fn lose(&self, delivery: &mut Delivery) -> Result<(), Stop> {
        let before = delivery.clone();
        let now = self.now();
        delivery.state = step(before.state, Step::Lose).map_err(|_| Stop::Gone)?;
        delivery.planned = None;
        delivery.open_question = Some(OpenQuestion {
            since: now,
            looks: 0,
            looked: 0,
            next_look: self.settings.looks.next(now, 0),
        });
        let changes = vec![
            Change::UpdateAttempt(self.ended(&before, "unknown", None).await?),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::Unknown, None),
        ];
        self.commit_stubbornly(changes).await?;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// `sending` → `queued`: provably not posted.
    async fn answered_no(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        put: &Put,
        never_left: bool,
    ) -> Result<(), Stop> {
        let before = delivery.clone();
        delivery.state = step(before.state, Step::PutBack).map_err(|_| Stop::Gone)?;
        delivery.not_before = put.not_before;
        delivery.refusal.clone_from(&put.refusal);
        delivery.planned = None;
        let mut attempt = self.ended(&before, "put_back", Some(put.code.clone())).await?;
        attempt.never_left = never_left;
        if let Some(frozen) = &mut delivery.frozen
            && frozen.first_try.is_some_and(|first| first >= attempt.began_at)
        {
            // Nothing of this attempt was taken, so its key's life has not begun. An earlier one may have been.
            frozen.first_try = None;
        }
        let changes = vec![
            Change::UpdateAttempt(attempt),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::PutBack, Some(put.code.clone())),
        ];
        self.commit_stubbornly(changes).await?;
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
        self.tell_delivery(delivery);
        Ok(())
    }

    /// `claimed` or `staged` → `queued`.
    async fn put_back(&self, id: &DeliveryId, account: &Account, put: Put) {
        if let Ok(Some(mut delivery)) = self.ports.store.delivery(id).await
            && delivery.state.is_before_sending()
            && let Ok(state) = step(delivery.state, Step::PutBack)
        {
            let before = delivery.clone();
            delivery.state = state;
            delivery.planned = None;
            delivery.not_before = put.not_before;
            delivery.refusal.clone_from(&put.refusal);
            let Ok(attempt) = self.ended(&before, "put_back", Some(put.code.clone())).await else {
                return;
            };
            let changes = vec![
                Change::UpdateAttempt(attempt),
                Change::Delivery {
                    expect: expect_of(&before),
                    delivery: Box::new(delivery.clone()),
                },
                self.entry(&delivery, Event::PutBack, Some(put.code)),
            ];
            if self.ports.store.commit(changes).await.is_ok() {
                self.tell_delivery(&delivery);
            }
        }
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
    }

    /// A plain no to a call before the post call: nothing was posted, trying again changes nothing.
    async fn refuse_before_sending(&self, id: &DeliveryId, _account: &Account, refusal: ServerRefusal) {
        if let Ok(Some(mut delivery)) = self.ports.store.delivery(id).await
            && delivery.state.is_before_sending()
        {
            let _ = self.rejected(&mut delivery, refusal).await;
        }
    }

    /// A step that changes the state and nothing else of note.
    async fn move_on(
        &self,
        delivery: &mut Delivery,
        from: State,
        which: Step,
        event: Event,
        detail: &str,
    ) -> Result<(), Stop> {
        let expect = Expect {
            state: from,
            attempt: delivery.attempt.clone(),
        };
        delivery.state = step(from, which).map_err(|_| Stop::Gone)?;
        let detail = (!detail.is_empty()).then(|| detail.to_owned());
        let changes = vec![
            Change::Delivery {
                expect,
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, event, detail),
        ];
        self.ports.store.commit(changes).await?;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// What came of a post call must not be lost to a disk that is full for a moment: tried until it is written or
    /// somebody else has moved the row. A crash meanwhile leaves `sending`, which becomes `unknown`: the truth too.
    async fn commit_stubbornly(&self, changes: Vec<Change>) -> Result<(), Stop> {
        loop {
            match self.ports.store.commit(changes.clone()).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Full | StoreError::ReadOnly | StoreError::Broken) => {
                    let again = self
                        .now()
                        .saturating_add(SignedDuration::from_secs(5))
                        .unwrap_or(Timestamp::MAX);
                    self.ports.clock.sleep_until(again).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A call that publishes nothing, with the attempt's one refresh if the token is not taken.
    async fn once_refreshed(
        &self,
        session: &mut Session,
        refreshed: &mut bool,
        publisher: &Arc<dyn Publisher>,
        errand: Errand<'_>,
    ) -> Result<Frozen, Stop> {
        let first = errand.run(publisher, session).await;
        let outcome = match first {
            Err(CallError::Token { .. }) if !*refreshed => {
                *refreshed = true;
                match self.refreshed(session).await {
                    Ok(fresh) => *session = fresh,
                    Err(mute) => return Err(Stop::PutBack(self.put_of_mute(&mute))),
                }
                errand.run(publisher, session).await
            }
            other => other,
        };
        outcome.map_err(|error| match error {
            CallError::Refused { code, words, .. } => Stop::Refused(ServerRefusal { code, words }),
            CallError::Unsupported(what) => Stop::Refused(ServerRefusal {
                code: "unsupported".into(),
                words: what.to_owned(),
            }),
            CallError::BadFrozen => Stop::Refused(ServerRefusal {
                code: "bad_record".into(),
                words: String::new(),
            }),
            other => Stop::PutBack(self.put_of_mute(&Mute::Call(other))),
        })
    }

    fn put(&self, code: &str, health: Option<Health>) -> Put {
        let not_before = self.now().saturating_add(self.settings.backoff).ok();
        Put {
            code: code.to_owned(),
            not_before,
            health,
            refusal: None,
        }
    }

    fn put_of_why(&self, why: &Why) -> Put {
        match why {
            Why::NeverLeft => self.put("never_left", None),
            Why::RateLimit(wait) => Put {
                code: "rate_limit".to_owned(),
                not_before: self.now().saturating_add(*wait).ok(),
                health: None,
                refusal: None,
            },
            Why::NeedsSignIn => self.put("needs_sign_in", Some(Health::NeedsSignIn)),
            Why::OutOfCredit => self.put("out_of_credit", Some(Health::OutOfCredit)),
        }
    }

    fn put_of_mute(&self, mute: &Mute) -> Put {
        match mute {
            Mute::NeedsSignIn | Mute::Call(CallError::Token { .. }) => {
                self.put("needs_sign_in", Some(Health::NeedsSignIn))
            }
            Mute::Keyring(_) => self.put("keyring", None),
            Mute::Call(CallError::RateLimit { retry_after }) => {
                let why = answer::becomes(
                    Answer::Refused {
                        status: 429,
                        kind: answer::Refusal::RateLimit {
                            retry_after: *retry_after,
                        },
                        code: String::new(),
                        words: String::new(),
                    },
                    "",
                    true,
                );
                match why {
                    Becomes::Queued(why) => self.put_of_why(&why),
                    _ => self.put("rate_limit", None),
                }
            }
            Mute::Call(CallError::OutOfCredit) => self.put("out_of_credit", Some(Health::OutOfCredit)),
            Mute::Call(CallError::Offline) => self.put("offline", Some(Health::Unreachable)),
            Mute::Call(_) => self.put("unclear", Some(Health::Unreachable)),
        }
    }

    /// Before a claim there is no row to put back: the account waits, and says why.
    pub(crate) async fn note_mute(&self, account: &Account, mute: &Mute) {
        if matches!(mute, Mute::Keyring(_)) {
            // It waits for the keyring, and not for half a minute.
            return;
        }
        let put = self.put_of_mute(mute);
        if let Some(until) = put.not_before {
            self.memory().backoff.insert(account.id.clone(), until);
        }
        // A server that is away says nothing against the tokens, and the keyring may be locked by now.
        if matches!(mute, Mute::NeedsSignIn | Mute::Call(CallError::Token { .. })) {
            self.drop_tokens(&account.id);
        }
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
    }

    /// The account has just worked.
    pub(crate) async fn recovered(&self, account: &Account) {
        self.memory().backoff.remove(&account.id);
        let reached = |stored: &mut Account| {
            if stored.health == Health::Unreachable {
                stored.health = Health::Ok;
            }
        };
        // Only what is shown; the next call says it again.
        let _ = self.amend_account(&account.id, reached).await;
    }

    fn new_attempt(&self, delivery: &mut Delivery) -> Attempt {
        let id = AttemptId(self.ports.ids.next());
        delivery.attempt = Some(id.clone());
        Attempt {
            id,
            delivery: delivery.id.clone(),
            account: delivery.account.clone(),
            n: delivery.attempts,
            part: delivery.parts_sent,
            began_at: self.now(),
            sending_at: None,
            ended_at: None,
            outcome: None,
            code: None,
            window: None,
            opened: None,
            never_left: false,
        }
    }

    async fn live_attempt(&self, delivery: &Delivery) -> Result<Attempt, Stop> {
        let attempts = self.ports.store.attempts(&delivery.id).await?;
        attempts
            .into_iter()
            .find(|attempt| Some(&attempt.id) == delivery.attempt.as_ref())
            .ok_or(Stop::Gone)
    }

    async fn ended(&self, delivery: &Delivery, outcome: &str, code: Option<String>) -> Result<Attempt, Stop> {
        let mut attempt = self.live_attempt(delivery).await?;
        attempt.ended_at = Some(self.now());
        attempt.outcome = Some(outcome.to_owned());
        attempt.code = code;
        Ok(attempt)
    }

    pub(crate) fn tell_delivery(&self, delivery: &Delivery) {
        let state = delivery.state.as_str().to_owned();
        self.tell(kossori_api::Event::Delivery {
            id: delivery.id.to_string(),
            state,
        });
    }

    async fn outgoing(&self, delivery: &Delivery, account: &Account) -> Result<Outgoing, Stop> {
        let revision = self
            .ports
            .store
            .revision(&delivery.revision)
            .await?
            .ok_or_else(missing)?;
        let content = revision.content.for_network(account.network);
        let mut parts = Vec::new();
        for part in content.parts {
            let mut pictures = Vec::new();
            for picture in part.media {
                let stored = self
                    .ports
                    .store
                    .picture(&picture.media)
                    .await?
                    .ok_or_else(missing)?;
                let limits = &account.limits.media;
                let picture_for_network = self.fitted(stored, limits).await.map_err(|error| {
                    Stop::Refused(ServerRefusal {
                        code: format!("picture: {error}"),
                        words: String::new(),
                    })
                })?;
                pictures.push(OutgoingPicture {
                    picture: picture_for_network,
                    alt: picture.alt,
                });
            }
            parts.push(OutgoingPart {
                text: part.text,
                pictures,
            });
        }
        let mut key = [0; 16];
        self.ports.ids.random(&mut key);
        Ok(Outgoing {
            parts,
            cw: content.cw,
            visibility: content.visibility,
            lang: content.lang,
            reply_to: content.reply_to,
            at: self.now(),
            key,
        })
    }
}

/// A call that publishes nothing and answers the record as it stands after it.
enum Errand<'a> {
    Freeze(&'a Outgoing),
    Upload {
        record: &'a Frozen,
        part: u32,
        pictures: &'a [OutgoingPicture],
    },
}

impl Errand<'_> {
    async fn run(&self, publisher: &Arc<dyn Publisher>, session: &Session) -> Result<Frozen, CallError> {
        match self {
            Errand::Freeze(outgoing) => publisher.freeze(session, outgoing).await,
            Errand::Upload {
                record,
                part,
                pictures,
            } => publisher.upload(session, record, *part, pictures).await,
        }
    }
}

/// A text or picture of ours that is not in the store any more: trying again finds no more.
fn missing() -> Stop {
    Stop::Refused(ServerRefusal {
        code: "finding.picture_missing".to_owned(),
        words: String::new(),
    })
}

pub(crate) fn expect_of(delivery: &Delivery) -> Expect {
    Expect {
        state: delivery.state,
        attempt: delivery.attempt.clone(),
    }
}

/// Writes a proof into the delivery; answers whether parts are still to go.
pub(crate) fn merge_proof(delivery: &mut Delivery, account: &Account, receipt: Receipt) -> bool {
    match account.network.thread() {
        ThreadSending::AtOnce => {
            delivery.parts_sent = delivery.parts;
            delivery.receipt = Some(receipt);
            false
        }
        ThreadSending::PartByPart => {
            delivery.parts_sent += 1;
            match &mut delivery.receipt {
                // The thread's URL is its first part's.
                Some(so_far) => so_far.ids.extend(receipt.ids),
                None => delivery.receipt = Some(receipt),
            }
            delivery.parts_sent < delivery.parts
        }
    }
}

fn pictures_for(outgoing: &Outgoing, part: u32, sending: ThreadSending) -> Vec<OutgoingPicture> {
    match sending {
        ThreadSending::AtOnce => outgoing
            .parts
            .iter()
            .flat_map(|part| part.pictures.clone())
            .collect(),
        ThreadSending::PartByPart => outgoing
            .parts
            .get(part as usize)
            .map(|part| part.pictures.clone())
            .unwrap_or_default(),
    }
}

/// Runs `call` until the wall clock says `limit`, or `longest` has passed since boot (suspended time counts).
/// The clock is read before every poll: after a wake-up nothing of the call runs past its limit.
async fn bounded<T>(
    clock: &dyn Clock,
    limit: Timestamp,
    longest: SignedDuration,
    call: impl Future<Output = T>,
) -> Option<T> {
    let started = clock.since_boot();
    let longest = std::time::Duration::try_from(longest).unwrap_or_default();
    let over = || clock.now() >= limit || clock.since_boot().saturating_sub(started) >= longest;
    let mut call = pin!(call);
    let mut guarded = std::future::poll_fn(|cx| {
        if over() {
            Poll::Ready(None)
        } else {
            call.as_mut().poll(cx).map(Some)
        }
    });
    loop {
        tokio::select! {
            biased;
            () = clock.sleep_until(limit) => if over() { return None },
            answer = &mut guarded => return answer,
        }
    }
}
