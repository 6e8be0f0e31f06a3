//! The system's clocks, zone and randomness: the one place that reads them.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kossori_engine::ports::{Clock, Ids};
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // This is the clock adapter that everything else asks.
        #[allow(clippy::disallowed_methods, reason = "the one reader of the wall clock")]
        Timestamp::now()
    }

    fn zone(&self) -> TimeZone {
        TimeZone::system()
    }

    fn since_boot(&self) -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        Duration::new(
            u64::try_from(time.tv_sec).unwrap_or(0),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }

    async fn sleep_until(&self, at: Timestamp) {
        if self.wait_on_timer(at).await.is_err() {
            // Without the kernel's timer: short sleeps, since tokio's do not count suspended time.
            while self.now() < at {
                let left = at.duration_since(self.now()).unsigned_abs();
                tokio::time::sleep(left.min(Duration::from_secs(60))).await;
            }
        }
    }
}

impl SystemClock {
    /// A timer on the wall clock that the kernel cancels when somebody sets it: both end the wait. One that is due
    /// while the machine sleeps fires when it wakes.
    async fn wait_on_timer(&self, at: Timestamp) -> io::Result<()> {
        if self.now() >= at {
            return Ok(());
        }
        let timer = timerfd_create(
            TimerfdClockId::Realtime,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        let value = Timespec {
            tv_sec: at.as_second(),
            tv_nsec: i64::from(at.subsec_nanosecond()),
        };
        let once = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: value,
        };
        timerfd_settime(
            &timer,
            TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET,
            &once,
        )?;
        // Sound: the OwnedFd is moved in and lives, under the same number, as long as the registration.
        #[allow(
            deprecated,
            reason = "the replacement is unsafe to call, and what it asks for holds here"
        )]
        let timer = AsyncFd::new(timer)?;
        timer.readable().await?.retain_ready();
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn next(&self) -> String {
        let now = SystemClock.now();
        let mut random = [0; 10];
        self.random(&mut random);
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random)
            .into_uuid()
            .to_string()
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut filled = 0;
        while filled < bytes.len() {
            match rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty()) {
                Ok(n) => filled += n,
                // Only an interrupted call can end here; the kernel's generator does not fail.
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => panic!("the system gives no randomness: {error}"),
            }
        }
    }
}
