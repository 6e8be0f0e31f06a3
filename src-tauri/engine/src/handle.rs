//! Requests in, answers out: one line each. What concerns the folder itself (unlocking, backups, retiring) is the
//! host's, and so is what comes in pieces over one connection.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use kossori_api::{Call, Code, Problem, Reply, Request};
use serde_json::Value;

use crate::engine::Engine;
use crate::intake::Cut;
use crate::problem::{Outcome, of_store};
use crate::proxies::given;
use crate::signing_in::{NewAccount, Own};

impl Engine {
    /// Answers a request; one that was answered before (by its id) is answered the same and not done again.
    pub async fn handle(&self, call: Call) -> Reply {
        let Call { request_id, request } = call;
        let answer = if only_reads(&request) {
            self.answer(request, &request_id).await
        } else {
            self.answer_once(request, &request_id).await
        };
        match answer {
            Ok(value) => Reply::Done(value),
            Err(problem) => Reply::Refused(problem),
        }
    }

    async fn answer_once(&self, request: Request, id: &str) -> Outcome<Value> {
        let resolved = match &request {
            Request::QueueResolve { id, .. } => Some(id.clone()),
            _ => None,
        };
        let answer = self.once(id, || self.answer_and_remember(request, id)).await?;
        match resolved {
            // Remembered as done, with the process gone before it could say what came of it.
            Some(of) if answer.is_null() => value(self.resolved(&of, Vec::new()).await?),
            _ => Ok(answer),
        }
    }

    /// What was answered under this id, or what `answer` says now; sent twice at once, the second waits for the first.
    pub(crate) async fn once<F>(&self, id: &str, answer: impl FnOnce() -> F) -> Outcome<Value>
    where
        F: Future<Output = Outcome<Value>>,
    {
        let turn = Arc::clone(self.answering().entry(id.to_owned()).or_default());
        let answer = {
            let _turn = turn.lock().await;
            match self.answered(id).await? {
                Some(known) => Ok(known),
                None => answer().await,
            }
        };
        let mut answering = self.answering();
        // The map's and this one: nobody else waits for the answer.
        if Arc::strong_count(&turn) <= 2 {
            answering.remove(id);
        }
        answer
    }

    fn answering(&self) -> MutexGuard<'_, Answering> {
        self.answering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answered(&self, id: &str) -> Outcome<Option<Value>> {
        let answer = self.ports.store.answered(id).await.map_err(of_store)?;
        answer
            .map(|json| serde_json::from_str(&json).map_err(|_| Problem::new(Code::DatabaseDamaged)))
            .transpose()
    }

    /// What makes rows of its own remembers its answer in the same transaction. For the rest a second one right after
    /// is soon enough: done twice, it is the same.
    async fn answer_and_remember(&self, request: Request, id: &str) -> Outcome<Value> {
        let wants_sending = wants_sending(&request);
        let is_begin = matches!(request, Request::SignInBegin { .. });
        let answer = self.answer(request, id).await?;
        if wants_sending {
            self.ask_keyring_once_more();
        }
        // An address that a sign-in is begun with is nobody's to find later.
        if !is_begin && self.answered(id).await?.is_none() {
            let remembered = self.answered_with(id, &answer);
            if let Err(error) = self.ports.store.commit(vec![remembered]).await {
                // It is done; only an answer that is asked for again will be made anew.
                tracing::warn!(%error, "an answer could not be remembered");
            }
        }
        Ok(answer)
    }

    /// By what it is about. Each kind is a function of its own, and lies apart in memory: together they would be more than a
    /// thread's stack holds.
    async fn answer(&self, request: Request, id: &str) -> Outcome<Value> {
        use Request as R;
        match request {
            R::AccountAdd { .. }
            | R::SignInBegin { .. }
            | R::SignInWait { .. }
            | R::SignInCancel { .. }
            | R::AccountList
            | R::AccountCheck { .. }
            | R::AccountSignIn { .. }
            | R::AccountSignOut { .. }
            | R::AccountEdit { .. }
            | R::AccountRemove { .. } => Box::pin(self.answer_account(request, id)).await,
            R::DraftAdd { .. }
            | R::DraftEdit { .. }
            | R::DraftList
            | R::DraftShow { .. }
            | R::DraftRemove { .. }
            | R::PictureAdd(_)
            | R::PictureThumb { .. }
            | R::PostAdd(_)
            | R::PostDelete { .. }
            | R::PostCheck(_) => Box::pin(self.answer_writing(request, id)).await,
            R::QueueList { .. }
            | R::QueueShow { .. }
            | R::QueueEdit { .. }
            | R::QueueWhen { .. }
            | R::QueueMove { .. }
            | R::QueueHold { .. }
            | R::QueueApprove { .. }
            | R::QueueRetry { .. }
            | R::QueueRemove { .. }
            | R::QueueResolve { .. } => Box::pin(self.answer_queue(request, id)).await,
            R::WindowList
            | R::WindowAdd { .. }
            | R::WindowEdit { .. }
            | R::WindowEnable { .. }
            | R::WindowRemove { .. }
            | R::HoursShow
            | R::HoursSet { .. }
            | R::HoursAdd { .. }
            | R::HoursClear
            | R::BreakNow { .. }
            | R::BreakEnd
            | R::Pause { .. }
            | R::Resume
            | R::ClosedAdd { .. }
            | R::ClosedList
            | R::ClosedRemove { .. }
            | R::Overtime { .. }
            | R::OvertimeShow
            | R::OvertimeEnd
            | R::DayOff { .. }
            | R::DayOffList
            | R::DayOffRemove { .. }
            | R::HolidaysShow
            | R::HolidaysSet { .. }
            | R::SpacingShow
            | R::SpacingSet { .. }
            | R::SpacingAsAll { .. } => Box::pin(self.answer_time(request)).await,
            other => Box::pin(self.answer_rest(other)).await,
        }
    }

    async fn answer_account(&self, request: Request, id: &str) -> Outcome<Value> {
        match request {
            Request::AccountAdd {
                network,
                handle,
                server,
                secret,
                client_id,
                persona,
                client_name,
                local_server,
                plc,
                proxy,
            } => {
                let proxy = given(network, proxy)?;
                let new = NewAccount {
                    network,
                    handle,
                    server,
                    secret,
                    client_id,
                    client_secret: None,
                    own: Own {
                        persona,
                        client_name,
                        local_server,
                        plc,
                        proxy,
                    },
                };
                value(self.account_add(new, id).await?)
            }
            Request::SignInBegin {
                account,
                network,
                handle,
                server,
                client_id,
                client_secret,
                persona,
                client_name,
                local_server,
                plc,
                proxy,
                paste,
            } => {
                let network = match &account {
                    Some(id) => Some(self.account(id).await?.network),
                    None => network,
                };
                let proxy = network
                    .map(|network| given(network, proxy))
                    .transpose()?
                    .flatten();
                let new = network.map(|network| NewAccount {
                    network,
                    handle,
                    server,
                    secret: None,
                    client_id,
                    client_secret,
                    own: Own {
                        persona,
                        client_name,
                        local_server,
                        plc,
                        proxy,
                    },
                });
                value(self.sign_in_begin(account.as_deref(), new, paste).await?)
            }
            Request::SignInWait { id: sign_in, pasted } => {
                value(self.sign_in_wait(&sign_in, pasted, id).await?)
            }
            Request::SignInCancel { id } => {
                self.sign_in_cancel(&id)?;
                Ok(serde_json::json!({}))
            }
            Request::AccountList => value(self.account_list().await?),
            Request::AccountCheck { id } => value(self.account_check(&id).await?),
            Request::AccountSignIn {
                id,
                secret,
                client_id,
            } => value(self.account_sign_in(&id, secret, client_id).await?),
            Request::AccountSignOut { id } => value(self.account_sign_out(&id).await?),
            Request::AccountEdit {
                id,
                persona,
                client_name,
                proxy,
            } => value(
                self.account_edit(&id, persona, client_name.as_deref(), proxy)
                    .await?,
            ),
            Request::AccountRemove { id } => value(self.account_remove(&id).await?),
            _ => Err(Problem::new(Code::Internal)),
        }
    }

    async fn answer_writing(&self, request: Request, id: &str) -> Outcome<Value> {
        match request {
            Request::DraftAdd { accounts, content } => value(self.draft_add(&accounts, &content, id).await?),
            Request::DraftEdit {
                id: draft,
                base_rev,
                accounts,
                content,
            } => value(
                self.draft_edit(&draft, base_rev, accounts.as_ref(), &content, id)
                    .await?,
            ),
            Request::DraftList => value(self.draft_list().await?),
            Request::DraftShow { id } => value(self.draft_show(&id).await?),
            Request::DraftRemove { id } => self.draft_remove(&id).await,

            Request::PictureAdd(file) => value(self.picture_add(&file.path, id).await?),
            Request::PictureThumb { id } => value(self.picture_thumb(&id).await?),
            Request::PostAdd(input) => value(self.post_add(&input, id).await?),
            Request::PostDelete { id } => value(self.post_delete(&id).await?),
            Request::PostCheck(input) => value(self.post_check(&input).await?),
            _ => Err(Problem::new(Code::Internal)),
        }
    }

    async fn answer_queue(&self, request: Request, id: &str) -> Outcome<Value> {
        match request {
            Request::QueueList { all } => value(self.queue_list(all).await?),
            Request::QueueShow { id } => value(self.queue_show(&id).await?),
            Request::QueueEdit {
                id,
                content,
                thread,
                numbered,
                confirm_persona,
            } => {
                let cut = Cut::of(thread, numbered);
                value(self.queue_edit(&id, &content, cut, confirm_persona).await?)
            }
            Request::QueueWhen {
                id,
                when,
                override_window,
                zone,
                expires,
            } => value(
                self.queue_when(&id, &when, override_window, expires.as_deref(), zone.as_deref())
                    .await?,
            ),
            Request::QueueMove { id, to } => value(self.queue_move(&id, to).await?),
            Request::QueueHold { id, until, zone } => {
                value(self.queue_hold(&id, until.as_deref(), zone.as_deref()).await?)
            }
            Request::QueueApprove {
                id,
                confirm_persona,
                anyway,
            } => value(self.queue_approve(&id, confirm_persona, anyway).await?),
            Request::QueueRetry { id } => value(self.queue_retry(&id).await?),
            Request::QueueRemove {
                id: delivery,
                discard,
            } => value(self.queue_remove(&delivery, discard, id).await?),
            Request::QueueResolve {
                id: delivery,
                resolution,
            } => value(self.queue_resolve(&delivery, &resolution, id).await?),
            _ => Err(Problem::new(Code::Internal)),
        }
    }

    async fn answer_time(&self, request: Request) -> Outcome<Value> {
        match request {
            Request::WindowList => value(self.window_list().await?),
            Request::WindowAdd {
                name,
                title,
                period,
                disabled,
            } => value(
                self.window_add(&name, title.as_deref(), &period, !disabled)
                    .await?,
            ),
            Request::WindowEdit { name, patch } => value(self.window_edit(&name, &patch).await?),
            Request::WindowEnable { name, enabled } => value(self.window_enable(&name, enabled).await?),
            Request::WindowRemove { name } => value(self.window_remove(&name).await?),
            Request::HoursShow => value(self.hours_show().await?),
            Request::HoursSet { period } => value(self.hours_change(Some(&period), true).await?),
            Request::HoursAdd { period } => value(self.hours_change(Some(&period), false).await?),
            Request::HoursClear => value(self.hours_change(None, true).await?),
            Request::BreakNow {
                minutes,
                accounts,
                practice_only,
            } => value(self.break_now(minutes, &accounts, practice_only).await?),
            Request::BreakEnd => value(self.break_end().await?),
            Request::Pause { duration, until } => {
                value(self.pause(duration.as_deref(), until.as_deref()).await?)
            }
            Request::Resume => value(self.resume().await?),
            Request::ClosedAdd { from, to, zone } => {
                value(self.closed_add(&from, &to, zone.as_deref()).await?)
            }
            Request::ClosedList => value(self.closed_list().await?),
            Request::ClosedRemove { id } => value(self.closed_remove(&id).await?),
            Request::Overtime { until } => value(self.overtime(&until).await?),
            Request::OvertimeShow => value(self.overtime_show().await?),
            Request::OvertimeEnd => value(self.overtime_end().await?),
            Request::DayOff { date } => value(self.day_off(date.as_deref()).await?),
            Request::DayOffList => value(self.day_off_list().await?),
            Request::DayOffRemove { date } => value(self.day_off_remove(&date).await?),
            Request::HolidaysShow => value(self.holidays_show().await?),
            Request::HolidaysSet { table } => value(self.holidays_set(table).await?),
            Request::SpacingShow => value(self.spacing_show().await?),
            Request::SpacingSet {
                account,
                gap_minutes,
                per_window,
                jitter,
                persona_gap_minutes,
            } => value(
                self.spacing_set(
                    account.as_deref(),
                    gap_minutes,
                    per_window,
                    jitter,
                    persona_gap_minutes,
                )
                .await?,
            ),
            Request::SpacingAsAll { account } => value(self.spacing_as_all(&account).await?),
            _ => Err(Problem::new(Code::Internal)),
        }
    }

    async fn answer_rest(&self, request: Request) -> Outcome<Value> {
        match request {
            Request::CostShow => value(self.cost_show().await?),
            Request::CostSet(patch) => value(self.cost_set(&patch).await?),

            Request::PreferencesShow => value(self.preferences_show().await?),
            Request::PreferencesSet(patch) => value(self.preferences_set(patch).await?),

            Request::Spans { from, to, hours } => value(self.spans(&from, &to, hours.as_deref()).await?),
            Request::Plan { days, on } => value(self.plan_view(days, on.as_deref()).await?),
            Request::Status => value(self.status().await?),
            Request::Journal(rows) => value(self.journal(&rows).await?),
            Request::Timeline { account } => value(self.timeline(&account).await?),
            Request::PracticeNext { account, fault } => self.practice_next(&account, fault).await,
            Request::RunProgress => value(self.run_progress().await?),
            Request::ClockConfirm => {
                if !self.clock_is_unsure() {
                    return Err(Problem::new(Code::ClockIsSure));
                }
                self.confirm_clock().await?;
                Ok(serde_json::json!({}))
            }
            // The host answers these.
            _ => Err(Problem::new(Code::Internal)),
        }
    }
}

type Answering = BTreeMap<String, Arc<tokio::sync::Mutex<()>>>;

/// Changes nothing, so it may be answered anew.
fn only_reads(request: &Request) -> bool {
    matches!(
        request,
        Request::AccountList
            | Request::DraftList
            | Request::DraftShow { .. }
            | Request::PictureThumb { .. }
            | Request::PostCheck(_)
            | Request::QueueList { .. }
            | Request::QueueShow { .. }
            | Request::WindowList
            | Request::HoursShow
            | Request::ClosedList
            | Request::OvertimeShow
            | Request::DayOffList
            | Request::HolidaysShow
            | Request::SpacingShow
            | Request::CostShow
            | Request::PreferencesShow
            | Request::Spans { .. }
            | Request::Plan { .. }
            | Request::Status
            | Request::Journal(_)
            | Request::Timeline { .. }
            | Request::RunProgress
    )
}

/// A person typed it so that something goes out now. Queueing and editing may be a script's, and happen often.
fn wants_sending(request: &Request) -> bool {
    matches!(
        request,
        Request::BreakNow { .. }
            | Request::Resume
            | Request::QueueRetry { .. }
            | Request::QueueApprove { .. }
    )
}

pub(crate) fn value<T: serde::Serialize>(view: T) -> Outcome<Value> {
    serde_json::to_value(view).map_err(|_| Problem::new(Code::Internal))
}
