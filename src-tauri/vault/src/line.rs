//! The one thread that calls the keyring, and the time limit of each call.
//!
//! A keyring call can block for as long as the other side likes. So calls run one after another on a thread
//! of their own; one that misses its limit is answered `TimedOut`, and its thread is left to itself and
//! replaced. Three threads at most are alive: when all three are stuck, calls answer `TimedOut` at once,
//! until one of them comes back.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use kossori_engine::ports::{Attention, VaultError};
use tokio::sync::{Mutex, oneshot, watch};

use crate::Limits;
use crate::backend::{Backend, Errand};

const MAX_THREADS: usize = 3;

type Job<B> = Box<dyn FnOnce(&B) + Send>;

pub(crate) struct Line<B> {
    backend: Arc<B>,
    limits: Limits,
    /// Whose turn it is: the holder alone may send to the thread. `None` until the first call and after an
    /// abandoned one.
    seat: Mutex<Option<mpsc::Sender<Job<B>>>>,
    /// Threads alive, stuck ones among them.
    threads: Arc<AtomicUsize>,
    /// True while the system asks the person something on behalf of the call that has the turn.
    asking: watch::Sender<bool>,
}

impl<B: Backend> Line<B> {
    pub(crate) fn new(backend: Arc<B>, limits: Limits) -> Self {
        Line {
            backend,
            limits,
            seat: Mutex::new(None),
            threads: Arc::new(AtomicUsize::new(0)),
            asking: watch::Sender::new(false),
        }
    }

    /// Runs `work` on the thread. An unattended call that would have to wait for a prompt to be answered
    /// says `Locked` at once. A call whose caller went away is finished all the same: a write cut in two
    /// would help nobody.
    pub(crate) async fn call<T: Send + 'static>(
        self: &Arc<Self>,
        attention: Attention,
        work: impl FnOnce(&B, &Errand) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let line = Arc::clone(self);
        let call = tokio::spawn(async move { line.call_to_the_end(attention, work).await });
        call.await.unwrap_or(Err(VaultError::Broken))
    }

    async fn call_to_the_end<T: Send + 'static>(
        &self,
        attention: Attention,
        work: impl FnOnce(&B, &Errand) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let limit = match attention {
            Attention::Unattended => self.limits.unattended,
            Attention::Attended => self.limits.attended,
        };
        let mut deadline = pin!(tokio::time::sleep(limit));
        let mut asking = self.asking.subscribe();

        let mut seat = tokio::select! {
            biased;
            seat = self.seat.lock() => seat,
            _ = asking.wait_for(|asking| *asking), if attention == Attention::Unattended => {
                return Err(VaultError::Locked);
            }
            () = &mut deadline => return Err(VaultError::TimedOut),
        };

        let (give_up, given_up) = watch::channel(false);
        let errand = Errand::new(attention, given_up, self.asking.clone());
        let (answer_to, mut answer) = oneshot::channel();
        let job: Job<B> = Box::new(move |backend| {
            // The caller may have gone meanwhile; there is nobody else to tell.
            let _ = answer_to.send(work(backend, &errand));
        });
        let thread = match seat.take() {
            Some(thread) => thread,
            None => self.start_thread()?,
        };
        if thread.send(job).is_err() {
            return Err(VaultError::Broken);
        }
        *seat = Some(thread);

        tokio::select! {
            biased;
            answered = &mut answer => answered.unwrap_or_else(|_| {
                *seat = None;
                tracing::error!("the keyring's thread ended in the middle of a call");
                Err(VaultError::Broken)
            }),
            () = &mut deadline => {
                give_up.send_replace(true);
                *seat = None;
                tracing::warn!("a call to the keyring missed its time limit");
                Err(VaultError::TimedOut)
            }
        }
    }

    fn start_thread(&self) -> Result<mpsc::Sender<Job<B>>, VaultError> {
        if self.threads.load(Ordering::SeqCst) >= MAX_THREADS {
            return Err(VaultError::TimedOut);
        }
        self.threads.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.threads));
        let backend = Arc::clone(&self.backend);
        let (thread, jobs) = mpsc::channel::<Job<B>>();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                let _alive = alive;
                // Ends when the sender was dropped: by abandoning this thread, or with the vault.
                for job in jobs {
                    job(&backend);
                }
            })
            .map_err(|_| VaultError::Broken)?;
        Ok(thread)
    }
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
