//! A host at work: it ticks when something changed or a moment has come, and rests in between.

use std::sync::Arc;

use futures_util::StreamExt;
use jiff::SignedDuration;
use kossori_api::{Call, Code, Problem, Request, RunView};
use kossori_engine::Engine;
use kossori_engine::ports::{Attention, Ids as _};

use crate::clock::SystemIds;
use crate::host::Host;
use crate::logind::{Sign, Signs};

/// Quiet for so long, a host rests.
const REST_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

impl Host {
    /// Ticks until told to retire, then until nothing is sending.
    pub async fn tick_until_retired(&self) {
        let mut signs = self.signs.lock().await;
        let Some(engine) = self.wait_until_open(&mut signs).await else {
            return;
        };
        let (mut rested, mut look, mut next) = (false, true, None);
        loop {
            if look {
                next = match engine.sleeps_for() {
                    // Nothing may begin; and should the waking go unheard, this is when it begins again.
                    Some(left) => self.parts.clock.now().saturating_add(left).ok(),
                    None => self.tick(&engine).await,
                };
            }
            let sleep = async {
                match next {
                    Some(at) => self.parts.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            // Once after each burst of work, when it is over: an idle host wakes for nothing.
            let rest = async {
                if rested || engine.is_busy() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(REST_AFTER).await;
            };
            (rested, look) = tokio::select! {
                () = engine.changed() => (false, true),
                () = sleep => (false, true),
                sign = next_sign(&mut signs) => {
                    match sign {
                        Sign::Sleeps => engine.set_machine_sleeps(true),
                        Sign::Wakes => engine.set_machine_sleeps(false),
                        Sign::Unlocked => engine.look_again(),
                    }
                    (false, true)
                }
                () = self.retire.notified() => {
                    engine.retire();
                    (rested, true)
                }
                // A question that changed nothing is no reason to plan anew.
                () = self.asked.notified() => (false, false),
                () = rest => {
                    self.rest().await;
                    (true, false)
                }
            };
            if engine.is_retiring() && !engine.is_busy() {
                return;
            }
        }
    }

    /// One tick; answers when to come again.
    async fn tick(&self, engine: &Arc<Engine>) -> Option<jiff::Timestamp> {
        match engine.tick().await {
            Ok(next) => next,
            Err(problem) => {
                tracing::warn!(code = %problem.code, "the tick could not be finished");
                self.parts
                    .clock
                    .now()
                    .saturating_add(SignedDuration::from_secs(30))
                    .ok()
            }
        }
    }

    /// Gives back what the last burst of work left behind.
    async fn rest(&self) {
        if let Some(opened) = self.opened.lock().await.as_ref() {
            if let Err(error) = opened.database.backup_if_due(self.parts.clock.now()).await {
                tracing::warn!(%error, "the daily backup could not be made");
            }
            // It only holds on to memory then.
            let _ = opened.database.rest().await;
        }
        crate::memory::give_back();
    }

    /// `None`: retired before it opened.
    async fn wait_until_open(&self, signs: &mut Signs) -> Option<Arc<Engine>> {
        // It said unlocked and gave nothing: it is asked again in a while, not in a loop.
        let mut in_vain = false;
        loop {
            if let Some(engine) = self.engine().await {
                return Some(engine);
            }
            let changed = self.changed.notified();
            let unlocked = async {
                if in_vain {
                    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
                }
                self.parts.vault.unlocked().await;
            };
            tokio::select! {
                () = changed => continue,
                () = unlocked => {}
                sign = next_sign(signs) => {
                    if sign != Sign::Unlocked {
                        continue;
                    }
                }
                () = self.retire.notified() => return None,
            }
            match self.try_open(Attention::Unattended).await {
                Ok(opened) => return Some(Arc::clone(&opened.engine)),
                Err(problem) if self.waits_for(&problem) => in_vain = true,
                Err(problem) => {
                    tracing::error!(code = %problem.code, "the folder cannot be opened");
                    self.retire.notified().await;
                    return None;
                }
            }
        }
    }

    /// For `run --until-empty`: waits until nothing is left that could be done now.
    pub async fn until_empty(&self) -> Result<RunView, Problem> {
        let engine = match self.engine().await {
            Some(engine) => engine,
            None => return Err(self.why_shut()),
        };
        let mut events = engine.events();
        loop {
            let progress: RunView = match self.try_answer(call(Request::RunProgress)).await {
                Ok(value) => serde_json::from_value(value).map_err(|_| Problem::new(Code::Internal))?,
                Err(problem) => return Err(problem),
            };
            if progress.done {
                return Ok(progress);
            }
            // An event may be missed between the look and this; a second is soon enough then.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), events.recv()).await;
        }
    }
}

/// Pends for ever when nothing tells any more.
async fn next_sign(signs: &mut Signs) -> Sign {
    match signs.next().await {
        Some(sign) => sign,
        None => std::future::pending().await,
    }
}

fn call(request: Request) -> Call {
    Call {
        request_id: SystemIds.next(),
        request,
    }
}
