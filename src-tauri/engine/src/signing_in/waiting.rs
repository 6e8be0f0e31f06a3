//! Sign-ins that wait for a person in the browser: each ends once, whoever is faster, and what it holds is gone with its time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::Whose;
use crate::limit::within;
use crate::ports::{Begun, Clock, Listening, SignIn};

/// How long a person has in the browser.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// At once: each may hold a port.
const MOST: usize = 4;

#[derive(Clone)]
pub(super) enum Came {
    NotYet,
    Back(Vec<(String, String)>),
    TooLate,
}

/// One that waits. Dropping it closes its port.
pub(super) struct SigningIn {
    pub sign_in: SignIn,
    pub whose: Whose,
    pub begun: Begun,
    came: watch::Receiver<Came>,
    waiting: AbortHandle,
    /// Counted from boot.
    ends: Duration,
}

impl Drop for SigningIn {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

enum Stage {
    Waiting(Box<SigningIn>),
    /// Somebody took it out to end it.
    Ending,
    /// Cancelled while it was being ended.
    GivenUp,
    /// Its time is over; that is all that is left of it.
    Expired,
}

/// Why there is none to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    Unknown,
    Expired,
}

#[derive(Clone, Default)]
pub(crate) struct SignIns(Arc<Mutex<BTreeMap<String, Stage>>>);

impl SignIns {
    fn stages(&self) -> MutexGuard<'_, BTreeMap<String, Stage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets those that are over, too.
    pub(super) fn is_full(&self) -> bool {
        let mut stages = self.stages();
        stages.retain(|_, stage| matches!(stage, Stage::Waiting(_) | Stage::Ending));
        let waiting = |stage: &&Stage| matches!(stage, Stage::Waiting(_));
        stages.values().filter(waiting).count() >= MOST
    }

    /// Waits from now on, for five minutes of suspended time too.
    pub(super) fn put(
        &self,
        id: &str,
        sign_in: SignIn,
        whose: Whose,
        begun: Begun,
        listening: Option<Box<dyn Listening>>,
        clock: &Arc<dyn Clock>,
    ) {
        let (tell, came) = watch::channel(Came::NotYet);
        let (all, key, expects, by) = (
            self.clone(),
            id.to_owned(),
            begun.expects.clone(),
            Arc::clone(clock),
        );
        let ends = clock.since_boot() + Duration::try_from(PATIENCE).unwrap_or_default();
        let waiting = tokio::spawn(async move {
            let visited = async {
                if let Some(mut listening) = listening {
                    let pairs = listening.visit(&expects).await;
                    // Nobody may be waiting any more.
                    let _ = tell.send(Came::Back(pairs));
                }
                std::future::pending::<()>().await;
            };
            within(by.as_ref(), PATIENCE, visited).await;
            tell.send_modify(|came| {
                if matches!(came, Came::NotYet) {
                    *came = Came::TooLate;
                }
            });
            if let Some(stage) = all.stages().get_mut(&key)
                && matches!(stage, Stage::Waiting(_))
            {
                *stage = Stage::Expired;
            }
        });
        let signing_in = SigningIn {
            sign_in,
            whose,
            begun,
            came,
            waiting: waiting.abort_handle(),
            ends,
        };
        self.stages()
            .insert(id.to_owned(), Stage::Waiting(Box::new(signing_in)));
    }

    /// What comes from the browser.
    pub(super) fn came(&self, id: &str) -> Result<watch::Receiver<Came>, Gone> {
        match self.stages().get(id) {
            Some(Stage::Waiting(signing_in)) => Ok(signing_in.came.clone()),
            Some(Stage::Expired) => Err(Gone::Expired),
            Some(Stage::Ending | Stage::GivenUp) | None => Err(Gone::Unknown),
        }
    }

    /// Whoever takes it out ends it: once.
    pub(super) fn take(&self, id: &str, clock: &dyn Clock) -> Result<Box<SigningIn>, Gone> {
        let mut stages = self.stages();
        let stage = stages.get_mut(id).ok_or(Gone::Unknown)?;
        match std::mem::replace(stage, Stage::Ending) {
            Stage::Waiting(signing_in) if signing_in.ends < clock.since_boot() => {
                *stage = Stage::Expired;
                Err(Gone::Expired)
            }
            Stage::Waiting(signing_in) => Ok(signing_in),
            other => {
                let gone = match other {
                    Stage::Expired => Gone::Expired,
                    _ => Gone::Unknown,
                };
                *stage = other;
                Err(gone)
            }
        }
    }

    /// It could not be ended, and may be tried again while its time lasts.
    pub(super) fn put_back(&self, id: &str, signing_in: Box<SigningIn>, clock: &dyn Clock) {
        let mut stages = self.stages();
        if let Some(stage) = stages.get_mut(id)
            && matches!(stage, Stage::Ending)
        {
            *stage = match signing_in.ends < clock.since_boot() {
                true => Stage::Expired,
                false => Stage::Waiting(signing_in),
            };
        } else {
            stages.remove(id);
        }
    }

    /// From here on nobody can cancel it. `false`: somebody has.
    pub(super) fn end(&self, id: &str) -> bool {
        matches!(self.stages().remove(id), Some(Stage::Ending))
    }

    /// `false`: there is none that could be cancelled.
    pub(super) fn cancel(&self, id: &str) -> bool {
        let mut stages = self.stages();
        match stages.get_mut(id) {
            Some(stage @ Stage::Ending) => {
                *stage = Stage::GivenUp;
                true
            }
            Some(Stage::Waiting(_) | Stage::Expired) => stages.remove(id).is_some(),
            Some(Stage::GivenUp) | None => false,
        }
    }
}
