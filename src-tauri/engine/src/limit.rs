//! A time limit for work of several calls.

use std::future::Future;
use std::pin::pin;

use jiff::{SignedDuration, Timestamp};

use crate::ports::Clock;

/// Runs `work` for `longest` at most, suspended time counted, whatever the wall clock is set to meanwhile. `None`: it
/// was not done by then and is dropped, and its connections with it.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    longest: SignedDuration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let started = clock.since_boot();
    let longest = std::time::Duration::try_from(longest).unwrap_or_default();
    let mut work = pin!(work);
    loop {
        let left = longest.saturating_sub(clock.since_boot().saturating_sub(started));
        if left.is_zero() {
            return None;
        }
        let left = SignedDuration::try_from(left).unwrap_or(SignedDuration::MAX);
        let until = clock.now().saturating_add(left).unwrap_or(Timestamp::MAX);
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            // Also when the wall clock was set: what is left is counted anew.
            () = clock.sleep_until(until) => {}
        }
    }
}
