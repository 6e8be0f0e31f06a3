//! Looking only: the plan, what goes next, what was tried, the practice timeline.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use kossori_api::{
    Code, FaultInput, Plan, PlanView, Problem, RunView, Status, Timeline, TimelinePictureView,
    TimelinePostView,
};
use kossori_core::delivery::State;
use kossori_core::network::Network;
use kossori_core::rules::Pause;

use crate::engine::Engine;
use crate::model::Health;
use crate::planning::Board;
use crate::ports::Fault;
use crate::problem::{Outcome, of_store, of_timeline, of_vault};

/// Halted because a person wants it so. Every other reason asks for one.
const PAUSED: &str = "paused";

fn running_pause(board: &Board) -> Option<&Pause> {
    let runs = |pause: &&Pause| pause.from <= board.now && pause.until.is_none_or(|until| board.now < until);
    board.rules.pause.as_ref().filter(runs)
}

impl Engine {
    pub(crate) async fn plan_view(&self, days: Option<u32>, on: Option<&str>) -> Outcome<Plan> {
        let board = self.board().await?;
        let zone = self.ports.clock.zone();
        let (from, to) = match on {
            Some(text) => {
                let date: Date = text
                    .parse()
                    .map_err(|_| Problem::new(Code::BadDate).with("text", text))?;
                let day = date
                    .to_zoned_datetime(zone)
                    .map_err(|_| Problem::new(Code::BadDate).with("text", text))?;
                let end = day
                    .checked_add(1.day())
                    .map_err(|_| Problem::new(Code::BadDate).with("text", text))?;
                (day.timestamp(), Some(end.timestamp()))
            }
            None => {
                let ahead = days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
                (
                    Timestamp::MIN,
                    ahead.and_then(|ahead| board.now.saturating_add(ahead).ok()),
                )
            }
        };
        let placed = board.explained();
        let deliveries = board
            .queue
            .iter()
            .filter(|delivery| match &delivery.planned {
                Some(planned) => planned.at >= from && to.is_none_or(|to| planned.at < to),
                None => on.is_none(),
            })
            .map(|delivery| {
                let place = placed.get(&delivery.id);
                PlanView {
                    id: delivery.id.to_string(),
                    account: delivery.account.to_string(),
                    planned_at: delivery
                        .planned
                        .as_ref()
                        .map(|planned| self.show_time(planned.at)),
                    window: delivery
                        .planned
                        .as_ref()
                        .and_then(|planned| planned.window.clone()),
                    reason: self.reason_of(&board, place, delivery),
                    why_not_sooner: place.map(|place| self.why_views(place)).unwrap_or_default(),
                }
            })
            .collect();
        Ok(Plan {
            deliveries,
            notes: self.plan_notes(&board),
        })
    }

    /// A year that the holiday table does not cover is said, not taken for a year without holidays.
    fn plan_notes(&self, board: &Board) -> Vec<String> {
        let last = board
            .queue
            .iter()
            .filter_map(|d| d.planned.as_ref())
            .map(|planned| planned.at)
            .max();
        let year = last
            .unwrap_or(board.now)
            .to_zoned_datetime(self.ports.clock.zone())
            .year();
        match board.calendar.holiday_year_covered(year) {
            true => Vec::new(),
            false => vec!["holiday_year_not_covered".to_owned()],
        }
    }

    pub(crate) async fn status(&self) -> Outcome<Status> {
        let board = self.board().await?;
        let counts: BTreeMap<String, u64> = self
            .ports
            .store
            .counts()
            .await
            .map_err(of_store)?
            .into_iter()
            .map(|(state, n)| (state.as_str().to_owned(), n))
            .collect();
        let next = self.next_at(&board);
        let halted = self.halted(&board);
        let waits = self.waited_too_long(&board);
        let needs_you = board.queue.iter().any(|d| d.asks_person(board.now))
            || halted.is_some_and(|why| why != PAUSED)
            || !waits.is_empty()
            || board
                .accounts
                .values()
                .any(|account| matches!(account.health, Health::NeedsSignIn | Health::ProxyMissing));
        let state = if needs_you {
            "needs_you"
        } else if halted == Some(PAUSED) {
            "paused"
        } else if board.queue.iter().any(|d| !matches!(d.state, State::NeedsYou)) {
            "queued"
        } else {
            "idle"
        };
        Ok(Status {
            host: self.role.as_str().to_owned(),
            state: state.to_owned(),
            next_at: next.map(|at| self.show_time(at)),
            counts,
            reason: halted.map(str::to_owned),
            break_until: board
                .rules
                .break_now
                .as_ref()
                .filter(|break_now| break_now.from <= board.now && board.now < break_now.to)
                .map(|break_now| self.show_time(break_now.to)),
            paused_until: running_pause(&board)
                .and_then(|pause| pause.until)
                .map(|until| self.show_time(until)),
            waits,
            // The host's to know.
            tray: None,
            shortcuts: None,
            drafts: self.ports.store.draft_count().await.map_err(of_store)?,
            visibility_differs: self.differing_count().await?,
        })
    }

    /// Why nothing at all goes out now.
    fn halted(&self, board: &Board) -> Option<&'static str> {
        let memory = self.memory();
        if memory.folder_is_a_copy {
            return Some("folder_is_a_copy");
        }
        if memory.doubt.is_some() {
            return Some("clock_unsure");
        }
        // Of use only to what waits for it: nobody asks it for anything else, so nobody would learn that it opened.
        let shut = board
            .queue
            .iter()
            .filter(|delivery| matches!(delivery.state, State::Queued | State::Unknown))
            .find_map(|delivery| memory.keyring_keeps_from(&delivery.account));
        if let Some(why) = shut {
            return Some(of_vault(why).code.as_str());
        }
        drop(memory);
        if let Some(why) = board
            .queue
            .iter()
            .find_map(|delivery| self.unwritten(board, delivery))
        {
            return Some(why);
        }
        running_pause(board).map(|_| PAUSED)
    }

    fn next_at(&self, board: &Board) -> Option<Timestamp> {
        // Of a copy nothing goes at any time, whatever was planned in the original.
        if self.memory().folder_is_a_copy {
            return None;
        }
        board
            .queue
            .iter()
            .filter(|delivery| delivery.state == State::Queued)
            .filter_map(|delivery| delivery.planned.as_ref())
            .map(|planned| planned.at)
            .min()
    }

    pub(crate) async fn run_progress(&self) -> Outcome<RunView> {
        let board = self.board().await?;
        let count = |state: State| board.queue.iter().filter(|d| d.state == state).count() as u64;
        let holds_over = board.queue.iter().filter(|d| d.hold_is_over(board.now)).count() as u64;
        let (sent, rejected) = {
            let memory = self.memory();
            (memory.sent, memory.rejected)
        };
        Ok(RunView {
            sent,
            rejected,
            unknown: count(State::Unknown),
            needs_you: count(State::NeedsYou) + holds_over,
            waiting: count(State::Queued) + count(State::Held) - holds_over,
            next_at: self.next_at(&board).map(|at| self.show_time(at)),
            done: self.nothing_left_now().await?,
        })
    }

    pub(crate) async fn timeline(&self, account: &str) -> Outcome<Timeline> {
        let account = self.account(account).await?;
        if account.network != Network::Practice {
            return Err(Problem::new(Code::NotPractice));
        }
        let posts = self
            .ports
            .timeline
            .posts(&account.id)
            .await
            .map_err(of_timeline)?;
        let view = |post: crate::ports::TimelinePost| TimelinePostView {
            id: post.id,
            text: post.text,
            published_at: self.show_time(post.published_at),
            reply_to: post.reply_to,
            cw: post.cw,
            media: post
                .pictures
                .into_iter()
                .map(|picture| TimelinePictureView {
                    alt: picture.alt,
                    sha256: picture.sha256,
                })
                .collect(),
        };
        Ok(Timeline {
            posts: posts.into_iter().map(view).collect(),
        })
    }

    pub(crate) async fn practice_next(&self, account: &str, fault: FaultInput) -> Outcome<serde_json::Value> {
        let account = self.account(account).await?;
        if account.network != Network::Practice {
            return Err(Problem::new(Code::NotPractice));
        }
        let fault = match fault {
            FaultInput::LostAnswer => Fault::LostAnswer,
            FaultInput::Refuse => Fault::Refuse,
            FaultInput::RateLimit => Fault::RateLimit,
            FaultInput::SignOut => Fault::SignOut,
            FaultInput::Slow => Fault::Slow,
        };
        self.ports
            .timeline
            .set_fault(&account.id, Some(fault))
            .await
            .map_err(of_timeline)?;
        Ok(serde_json::json!({}))
    }
}
