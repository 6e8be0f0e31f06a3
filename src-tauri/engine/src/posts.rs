//! From writing to queue: all deliveries of a post are made, or none.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_api::{AccountCheck, Code, Findings, PieceView, PostAdded, PostInput, Problem, QueuedView};
use kossori_core::bells::{self, Kind};
use kossori_core::cost::{PaidPart, Prices, of_post};
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, PostId};
use kossori_core::network::ThreadSending;
use kossori_core::plan::MARGIN;
use kossori_core::post::Content;
use kossori_core::text::count;

use crate::costs::Till;
use crate::engine::Engine;
use crate::intake::{Checked, Cut, Taken};
use crate::model::{Account, Delivery, Event, JournalEntry, Post, Revision, When};
use crate::planning::{Board, Redraw, persona_clash};
use crate::ports::{AnswerJson, Change, StoreError};
use crate::problem::{Outcome, of_store};

impl Engine {
    pub(crate) async fn post_check(&self, input: &PostInput) -> Outcome<Findings> {
        let board = self.board().await?;
        let accounts = chosen(&board, &input.accounts)?;
        let taken = self.content_of(input).await?;
        let cut = Cut::of(input.thread, input.numbered);
        let checked = self.check(&taken, &accounts, cut, &board.costs.till()).await?;
        let mut per_account = BTreeMap::new();
        for (account, (_, content)) in accounts.iter().zip(&checked.per_account) {
            per_account.insert(
                account.id.to_string(),
                measure(account, content, &board.costs.terms.prices),
            );
        }
        Ok(Findings {
            findings: checked.views(),
            accounts: per_account,
            times: self.trial(board, &checked, input),
        })
    }

    pub(crate) async fn post_add(&self, input: &PostInput, request: &str) -> Outcome<PostAdded> {
        let zone = input.zone.as_deref();
        let when = self.read_when(&input.when, zone)?;
        let expires_at = self.read_expiry(input.expires.as_deref(), &when, zone)?;
        let (accounts, till): (Vec<Account>, Till) = {
            let board = self.board().await?;
            // What was taken back waits again as it did, though its day has come.
            check_when(&board, &when, input.again.is_some())?;
            let accounts = chosen(&board, &input.accounts)?.into_iter().cloned();
            (accounts.collect(), board.costs.till())
        };
        let accounts: Vec<&Account> = accounts.iter().collect();
        // Pictures are worked on before the gate closes: that may take seconds, and nobody else waits for it.
        let taken_draft = match &input.draft {
            Some(id) => Some(self.draft(id).await?),
            None => None,
        };
        if let (Some(draft), Some(read)) = (&taken_draft, input.base_rev)
            && draft.rev != read
        {
            return Err(Problem::new(Code::DraftStale));
        }
        let taken = match &taken_draft {
            Some(draft) => Taken {
                content: draft.content.clone(),
                new_pictures: Vec::new(),
            },
            None => self.take(&input.content).await?,
        };
        let cut = Cut::of(input.thread, input.numbered);
        let checked = self.check(&taken, &accounts, cut, &till).await?;
        if checked.blocks() {
            return Err(checked.refusal());
        }
        if let Some(account) = accounts.iter().find(|account| account.persona.needs_confirm())
            && !input.confirm_persona
        {
            return Err(Problem::new(Code::ConfirmPersona).with("account", &account.handle));
        }

        let _gate = self.gate.lock().await;
        let mut board = self.board().await?;
        let hold_until = input.hold_until.as_ref();
        let hold_until = hold_until.map(|until| self.read_time(until, zone)).transpose()?;
        let again = match &input.again {
            Some(id) => Some(self.taken_back(id, &accounts).await?),
            None => None,
        };
        let state = if input.hold || hold_until.is_some() || checked.holds() {
            State::Held
        } else {
            State::Queued
        };
        let made = self
            .make(
                &board,
                &checked,
                &accounts,
                Wanted {
                    when,
                    override_window: input.override_window,
                    expires_at,
                    state,
                    hold_until,
                    again,
                },
            )
            .await?;
        for delivery in &made.deliveries {
            fits_some_window(&board, delivery)?;
            if let When::At(at) = delivery.when {
                refuse_clash(self, &board, delivery, at)?;
            }
            // The next of this post keeps its distance from this one too.
            board.queue.push(delivery.clone());
        }
        // What is queued again stands where it stood.
        board.queue.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
        let new: Vec<DeliveryId> = made
            .deliveries
            .iter()
            .map(|delivery| delivery.id.clone())
            .collect();
        let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
        let answer = PostAdded {
            post: made.post.to_string(),
            deliveries: board
                .queue
                .iter()
                .filter(|d| new.contains(&d.id))
                .map(|d| self.queued_view(d))
                .collect(),
            moved: drawn.moved_besides(&new),
            findings: checked.views(),
        };
        let mut changes: Vec<Change> = taken.new_pictures.into_iter().map(Change::AddPicture).collect();
        changes.extend(made.changes);
        changes.extend(drawn.changes);
        if let Some(draft) = taken_draft {
            // Only as it was read: a save that came in between is not thrown away with it.
            changes.push(Change::UpdateDraft {
                base_rev: draft.rev,
                draft: draft.clone(),
            });
            changes.push(Change::RemoveDraft(draft.id));
        }
        changes.push(self.answered_with(request, &answer));
        self.ports
            .store
            .commit(changes)
            .await
            .map_err(|error| match error {
                StoreError::Stale if input.draft.is_some() => Problem::new(Code::DraftStale),
                other => of_store(other),
            })?;
        self.tell_changed();
        Ok(answer)
    }

    /// The draft's content, or what came with the request.
    pub(crate) async fn content_of(&self, input: &PostInput) -> Outcome<Taken> {
        match &input.draft {
            Some(id) => {
                let draft = self.draft(id).await?;
                Ok(Taken {
                    content: draft.content,
                    new_pictures: Vec::new(),
                })
            }
            None => self.take(&input.content).await,
        }
    }

    /// What was taken back and is queued again for the same account alone.
    async fn taken_back(&self, id: &str, accounts: &[&Account]) -> Outcome<Delivery> {
        let delivery = self.delivery(id).await?;
        let same = accounts.iter().all(|account| account.id == delivery.account);
        if delivery.state != State::Removed || accounts.len() != 1 || !same {
            return Err(Problem::new(Code::NotPossibleNow));
        }
        Ok(delivery)
    }

    async fn make(
        &self,
        board: &Board,
        checked: &Checked,
        accounts: &[&Account],
        wanted: Wanted,
    ) -> Outcome<Made> {
        let now = board.now;
        let state = wanted.state;
        let mut changes = Vec::new();
        let post = match &wanted.again {
            Some(before) => before.post.clone(),
            None => {
                let post = PostId(self.ports.ids.next());
                changes.push(Change::AddPost(Post {
                    id: post.clone(),
                    created_at: now,
                }));
                post
            }
        };
        let mut revisions: Vec<Revision> = Vec::new();
        let mut deliveries = Vec::new();
        let mut rank = self
            .ports
            .store
            .ranks()
            .await
            .map_err(of_store)?
            .map_or(0, |(_, last)| last);
        for (account, (_, content)) in accounts.iter().zip(&checked.per_account) {
            let revision = match revisions.iter().find(|revision| &revision.content == content) {
                Some(same) => same.id.clone(),
                None => {
                    let id = self.ports.ids.next();
                    let revision = Revision {
                        id: id.clone(),
                        post: post.clone(),
                        content: content.clone(),
                        created_at: now,
                    };
                    revisions.push(revision);
                    id
                }
            };
            rank += 1;
            // Its place is still free: moving deals out the ranks of those that wait.
            let place = wanted.again.as_ref().map_or(rank, |before| before.rank);
            let delivery = Delivery {
                id: DeliveryId(self.ports.ids.next()),
                post: post.clone(),
                account: account.id.clone(),
                revision,
                rank: place,
                when: wanted.when.clone(),
                override_window: wanted.override_window,
                expires_at: wanted.expires_at,
                state,
                planned: None,
                attempt: None,
                attempts: 0,
                frozen: None,
                parts: u32::try_from(content.parts.len()).unwrap_or(u32::MAX).max(1),
                parts_sent: 0,
                receipt: None,
                not_before: None,
                hold_until: wanted.hold_until,
                refusal: None,
                open_question: None,
                sent_at: None,
                deleted_at: None,
                deleted_ids: Vec::new(),
                created_at: now,
            };
            deliveries.push((delivery, self.digest(content).await?));
        }
        changes.extend(revisions.into_iter().map(Change::AddRevision));
        for (delivery, digest) in &deliveries {
            changes.push(Change::AddDelivery(Box::new(delivery.clone())));
            let event = if state == State::Held {
                Event::Held
            } else {
                Event::Queued
            };
            changes.push(Change::Journal(JournalEntry {
                at: now,
                delivery: Some(delivery.id.clone()),
                attempt: None,
                account: Some(delivery.account.clone()),
                event,
                detail: None,
                digest: digest.clone(),
            }));
        }
        Ok(Made {
            post,
            deliveries: deliveries.into_iter().map(|(delivery, _)| delivery).collect(),
            changes,
        })
    }

    pub(crate) fn queued_view(&self, delivery: &Delivery) -> QueuedView {
        QueuedView {
            id: delivery.id.to_string(),
            account: delivery.account.to_string(),
            state: delivery.state.as_str().to_owned(),
            planned_at: delivery
                .planned
                .as_ref()
                .map(|planned| self.show_time(planned.at)),
            window: delivery
                .planned
                .as_ref()
                .and_then(|planned| planned.window.clone()),
        }
    }

    /// Remembered in the same transaction as what was done: a request sent again is not done again.
    pub(crate) fn answered_with<T: serde::Serialize>(&self, request: &str, answer: &T) -> Change {
        Change::Answered {
            request: request.to_owned(),
            // Views are plain data: they always serialise.
            answer: AnswerJson(serde_json::to_string(answer).unwrap_or_default()),
            at: self.now(),
        }
    }
}

/// Beside the words: what is asked of each new delivery.
struct Wanted {
    when: When,
    override_window: bool,
    expires_at: Option<Timestamp>,
    state: State,
    hold_until: Option<Timestamp>,
    /// The one that was taken back and is queued again.
    again: Option<Delivery>,
}

struct Made {
    post: PostId,
    deliveries: Vec<Delivery>,
    changes: Vec<Change>,
}

pub(crate) fn chosen<'a>(board: &'a Board, ids: &[String]) -> Outcome<Vec<&'a Account>> {
    if ids.is_empty() {
        return Err(Problem::new(Code::NoAccount));
    }
    let mut accounts: Vec<&Account> = Vec::new();
    for id in ids {
        let account = board.account(&AccountId(id.clone()))?;
        // Naming an account twice is still one delivery to it.
        if !accounts.iter().any(|chosen| chosen.id == account.id) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// `again`: it is asked for as it was before.
pub(crate) fn check_when(board: &Board, when: &When, again: bool) -> Outcome<()> {
    let (day, window) = match when {
        When::Window(name) => (None, Some(name)),
        When::FromDay { day, window } => (Some(*day), window.as_ref()),
        When::Next | When::At(_) => return Ok(()),
    };
    if let Some(name) = window
        && !board.rules.windows.iter().any(|window| &window.name == name)
    {
        return Err(Problem::new(Code::UnknownWindow).with("name", name));
    }
    match day {
        Some(day) if !again && board.day_is_past(day, window.map(String::as_str)) => {
            Err(Problem::new(Code::TimeIsPast).with("text", day))
        }
        _ => Ok(()),
    }
}

/// Never within the persona distance of another persona's exact time or send (RULES.md 2).
pub(crate) fn refuse_clash(
    engine: &Engine,
    board: &Board,
    delivery: &Delivery,
    at: Timestamp,
) -> Outcome<()> {
    let account = board.account(&delivery.account)?;
    match persona_clash(board, account.persona, at, Some(&delivery.id)) {
        Some(free) => Err(Problem::new(Code::PersonaTooNear).with("free", engine.show_time(free))),
        None => Ok(()),
    }
}

/// A thread sent part by part needs 45 s a part within one span of its account.
pub(crate) fn fits_some_window(board: &Board, delivery: &Delivery) -> Outcome<()> {
    let account = board.account(&delivery.account)?;
    if account.network.thread() == ThreadSending::AtOnce || delivery.parts < 2 || delivery.override_window {
        return Ok(());
    }
    let need = MARGIN.saturating_mul(i32::try_from(delivery.parts).unwrap_or(i32::MAX));
    let horizon = board
        .now
        .saturating_add(SignedDuration::from_hours(24 * kossori_core::plan::HORIZON_DAYS))
        .unwrap_or(Timestamp::MAX);
    let mut spans = board
        .calendar
        .spans_from(&account.id, board.now, horizon)
        .peekable();
    if spans.peek().is_none() {
        return Ok(());
    }
    let fits = spans.any(|span| match &delivery.when {
        When::Window(name)
        | When::FromDay {
            window: Some(name), ..
        } => span
            .openings
            .iter()
            .any(|o| &o.window == name && o.to.duration_since(o.from) >= need),
        _ => span.to.duration_since(span.from) >= need,
    });
    if fits {
        return Ok(());
    }
    Err(Problem::new(Code::ThreadDoesNotFit)
        .with("parts", delivery.parts)
        .with("minutes", need.as_mins() + 1))
}

fn measure(account: &Account, content: &Content, prices: &Prices) -> AccountCheck {
    let kind = if content.repost.is_some() {
        Kind::Repost
    } else if content.is_reply() {
        Kind::Reply
    } else {
        Kind::TopLevel
    };
    let bells = |kind| bells::rings(account.network, account.software, content.visibility, kind).as_str();
    let paid = PaidPart::all(account.network, content);
    let cost = |parts: &[PaidPart]| of_post(prices, parts).usd();
    let limit = &account.limits.text;
    let pieces: Vec<PieceView> = content
        .parts
        .iter()
        .enumerate()
        .map(|(at, part)| PieceView {
            text: part.text.clone(),
            length: count::length(&part.text, content.cw.as_deref(), limit).count,
            pictures: u32::try_from(part.media.len()).unwrap_or(u32::MAX),
            // A later part answers the one before.
            bells: bells(if at == 0 { kind } else { Kind::Reply }).to_owned(),
            cost_usd: paid.as_ref().and_then(|paid| paid.get(at..=at)).map(cost),
        })
        .collect();
    AccountCheck {
        length: pieces.iter().map(|piece| piece.length).max().unwrap_or_default(),
        limit: limit.max,
        bells: bells(kind).to_owned(),
        cost_usd: paid.as_deref().map(cost),
        parts: u32::try_from(pieces.len()).unwrap_or(u32::MAX),
        alt_max: account.limits.media.alt_max,
        pieces,
    }
}
