//! Time and chance, as the engine asks for them.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// The system's time zone, read anew when the system's setting changes.
    fn zone(&self) -> jiff::tz::TimeZone;
    /// Time since boot, suspended time counted (CLOCK_BOOTTIME).
    fn since_boot(&self) -> Duration;
    /// Ends at the wall-clock moment `at`, at once if it has passed, and also whenever the wall clock was
    /// set or the machine woke: callers look at `now` again.
    async fn sleep_until(&self, at: Timestamp);
}

/// Where ids and randomness come from.
pub trait Ids: Send + Sync {
    /// A UUIDv7 in text form; later calls sort later.
    fn next(&self) -> String;
    /// Fills `bytes` with randomness fit for keys.
    fn random(&self, bytes: &mut [u8]);
}
