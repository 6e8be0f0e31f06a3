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
use crate::open;

/// Quiet for so long, a host rests.
const REST_AFTER: std::time::Duration = std::time::Duration::from_secs(5);
/// What was tried in vain is tried again after this.
const AGAIN_AFTER: std::time::Duration = std::time::Duration::from_secs(30);

/// How ticking with one engine ended.
#[derive(PartialEq, Eq)]
enum Ended {
    Retired,
    /// To another engine, that of a restored backup.
    GaveWay,
}

impl Host {
    /// Ticks until told to retire, then until nothing is sending.
    pub async fn tick_until_retired(&self) {
        let mut heard = Heard {
            signs: self.signs.lock().await,
            sleeps: false,
        };
        while let Some(engine) = self.wait_until_open(&mut heard).await {
            if heard.sleeps {
                // It was said while the folder was shut, or to the engine before this one.
                engine.set_machine_sleeps(true);
            }
            if self.tick_with(&engine, &mut heard).await == Ended::Retired {
                return;
            }
        }
    }

    async fn tick_with(&self, engine: &Arc<Engine>, heard: &mut Heard<'_>) -> Ended {
        let (mut retired, mut rested, mut look, mut next) = (false, false, true, None);
        let mut came = false;
        loop {
            if look {
                next = match engine.sleeps_for() {
                    // Nothing may begin; and should the waking go unheard, this is when it begins again.
                    Some(left) => self.parts.clock.now().saturating_add(left).ok(),
                    None => self.tick(engine).await,
                };
            }
            if std::mem::take(&mut came) {
                // A break that is over, a pause: time alone changed what there is to say.
                self.tell(kossori_api::Event::Changed);
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
                () = sleep => {
                    came = true;
                    (false, true)
                }
                sign = heard.next() => {
                    match sign {
                        Sign::Sleeps => engine.set_machine_sleeps(true),
                        Sign::Wakes => engine.set_machine_sleeps(false),
                        Sign::Unlocked => engine.look_again(),
                    }
                    (false, true)
                }
                () = self.retire.notified() => {
                    engine.retire();
                    retired = true;
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
                return if retired { Ended::Retired } else { Ended::GaveWay };
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
            // Damage is told by each read that meets it, and by the next start.
            if open::daily(&opened.database, self.parts.clock.now())
                .await
                .is_err()
            {
                tracing::error!("the database is damaged");
            }
            // It only holds on to memory then.
            let _ = opened.database.rest().await;
        }
        crate::memory::give_back();
    }

    /// `None`: retired before it opened, or opened again.
    async fn wait_until_open(&self, heard: &mut Heard<'_>) -> Option<Arc<Engine>> {
        // It said unlocked and gave nothing: it is asked again in a while, not in a loop.
        let mut in_vain = false;
        let mut engines = self.engine.subscribe();
        loop {
            if let Some(engine) = engines.borrow_and_update().clone() {
                return Some(engine);
            }
            let may_open = async {
                let by_itself = self.may_open_by_itself();
                if in_vain || by_itself {
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
                if !by_itself {
                    self.parts.vault.unlocked().await;
                }
            };
            tokio::select! {
                _ = engines.changed() => continue,
                () = may_open => {}
                sign = heard.next() => {
                    if sign != Sign::Unlocked {
                        continue;
                    }
                }
                () = self.retire.notified() => return None,
            }
            match self.try_open(Attention::Unattended).await {
                Ok(opened) => return Some(Arc::clone(&opened.engine)),
                Err(problem) if self.waits_for(&problem) => in_vain = true,
                Err(_) if self.may_open_by_itself() => {}
                Err(problem) => {
                    tracing::error!(code = %problem.code, "the folder cannot be opened");
                    // A backup that is restored may open it yet.
                    tokio::select! {
                        _ = engines.changed() => {}
                        () = self.retire.notified() => return None,
                    }
                }
            }
        }
    }

    /// For `run --until-empty`: waits until nothing is left that could be done now.
    pub async fn until_empty(&self) -> Result<RunView, Problem> {
        loop {
            // Asked for each time: a restored backup comes with an engine of its own.
            // While it is being put in place there is none, and this waits for it.
            let mut events = self.opened_or_why().await?.engine.events();
            let progress: RunView = match self.try_answer(call(Request::RunProgress)).await {
                Ok(value) => serde_json::from_value(value).map_err(|_| Problem::new(Code::Internal))?,
                Err(problem) => return Err(problem),
            };
            if progress.done {
                return Ok(progress);
            }
            // Time alone may change it too; a second is soon enough then.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), events.recv()).await;
        }
    }
}

/// What the machine says, and its last word on whether it sleeps.
struct Heard<'a> {
    signs: tokio::sync::MutexGuard<'a, Signs>,
    sleeps: bool,
}

impl Heard<'_> {
    /// Pends for ever when nothing tells any more.
    async fn next(&mut self) -> Sign {
        let Some(sign) = self.signs.next().await else {
            return std::future::pending().await;
        };
        match sign {
            Sign::Sleeps => self.sleeps = true,
            Sign::Wakes => self.sleeps = false,
            Sign::Unlocked => {}
        }
        sign
    }
}

fn call(request: Request) -> Call {
    Call {
        request_id: SystemIds.next(),
        request,
    }
}
