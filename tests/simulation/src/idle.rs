//! When nothing in a process moves any more: every task waits for the clock, a server or a request.

use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use crate::parts::locked;

/// Tells when every task of a runtime waits.
pub struct Idle(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    waker: Option<Waker>,
    over: bool,
}

impl Idle {
    /// It has no driver: whatever a task waits for comes from this simulation.
    pub fn runtime() -> (tokio::runtime::Runtime, Idle) {
        let waiting: Arc<Mutex<Waiting>> = Arc::default();
        let told = Arc::clone(&waiting);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .on_thread_park(move || {
                let mut waiting = locked(&told);
                if let Some(waker) = waiting.waker.take() {
                    waiting.over = true;
                    waker.wake();
                }
            })
            .build()
            .expect("a runtime");
        (runtime, Idle(waiting))
    }

    pub fn wait(&self, runtime: &tokio::runtime::Runtime) {
        locked(&self.0).over = false;
        runtime.block_on(std::future::poll_fn(|context| {
            let mut waiting = locked(&self.0);
            if waiting.over {
                return Poll::Ready(());
            }
            waiting.waker = Some(context.waker().clone());
            Poll::Pending
        }));
    }
}
