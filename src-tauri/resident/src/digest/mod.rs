//! The digest: off unless the person asks for it; then one fixed sentence a day, at the time that they chose, if there
//! is something to look at and it disturbs nobody. Nothing of a post, an account or a number is in it.

mod times;
mod desk;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Journal, JournalInput, Preferences, Request, Spans, Status};
use kossori_host::{Clock as _, Host, SystemClock};
use kossori_messages::{Language, say};
use tokio::sync::watch;

use crate::life::ask;
use desk::Desk;
use times::Times;

/// A desktop that does not answer by then does not know.
const ASKED_FOR: Duration = Duration::from_secs(5);

/// What decides, at the moment itself. What nobody could tell is `None`.
struct Moment {
    /// Something needs the person, or has gone out since the last digest.
    news: Option<bool>,
    /// Some account may publish now.
    quiet_time: Option<bool>,
    window_is_there: bool,
    desk: Desk,
}

impl Moment {
    /// Unknown means no.
    fn may_tell(&self) -> bool {
        let no = Some(false);
        self.news == Some(true)
            && self.quiet_time == no
            && !self.window_is_there
            && self.desk.locked == no
            && self.desk.presenting == no
            && self.desk.do_not_disturb == no
    }
}

/// Sleeps until the time has come, and otherwise wakes for nothing but another preference. Does not end.
pub async fn keep(
    host: &Arc<Host>,
    environment: Language,
    mut prefers: watch::Receiver<Option<Preferences>>,
) {
    let clock = SystemClock;
    let mut times = Times::new(clock.now());
    let mut last = None;
    loop {
        let preferences = prefers.borrow_and_update().clone();
        let at = preferences
            .as_ref()
            .and_then(|preferences| preferences.digest_at.as_deref()?.parse().ok());
        times.choose(at, clock.now());
        let next = times.next(&clock.zone());
        let sleep = async {
            match next {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = prefers.changed() => {
                if changed.is_err() {
                    return std::future::pending().await;
                }
            }
            () = sleep => {
                if times.pass(clock.now(), &clock.zone()) && look(host, last).await.may_tell() {
                    last = Some(clock.now());
                    let chosen = preferences.map_or(environment, |kept| environment.chosen(kept.language));
                    in_time(desk::tell(&say(chosen, "digest.text", &[]))).await;
                }
            }
        }
    }
}

/// The desktop may never answer; the next digest comes all the same.
async fn in_time(telling: impl Future<Output = ()>) {
    if tokio::time::timeout(ASKED_FOR, telling).await.is_err() {
        tracing::info!("the desktop did not answer to the digest");
    }
}

/// `last`: when a digest was told before, as far as this process knows.
async fn look(host: &Arc<Host>, last: Option<Timestamp>) -> Moment {
    let news = news(host, last).await;
    let nothing = Moment {
        news,
        quiet_time: None,
        window_is_there: true,
        desk: Desk::default(),
    };
    if news != Some(true) {
        // The desktop is not asked in vain.
        return nothing;
    }
    Moment {
        quiet_time: quiet_time(host).await,
        window_is_there: host.window_is_there(),
        desk: tokio::time::timeout(ASKED_FOR, Desk::ask())
            .await
            .unwrap_or_default(),
        ..nothing
    }
}

async fn news(host: &Arc<Host>, last: Option<Timestamp>) -> Option<bool> {
    let status: Status = ask(host, Request::Status).await.ok()?;
    if status.state == "needs_you" {
        return Some(true);
    }
    // It comes once a day.
    let a_day_ago = SystemClock.now().saturating_sub(SignedDuration::from_hours(24));
    let since = last.or(a_day_ago.ok())?;
    let request = Request::Journal(JournalInput::since(since.to_string()));
    let journal: Journal = ask(host, request).await.ok()?;
    Some(journal.entries.iter().any(|entry| entry.event == "sent"))
}

async fn quiet_time(host: &Arc<Host>) -> Option<bool> {
    let now = SystemClock.now();
    let soon = now.saturating_add(SignedDuration::from_secs(1)).ok()?;
    let request = Request::Spans {
        from: now.to_string(),
        to: soon.to_string(),
        hours: None,
    };
    let spans: Spans = ask(host, request).await.ok()?;
    Some(!spans.open.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{ASKED_FOR, Desk, Moment, in_time};

    #[tokio::test(start_paused = true)]
    async fn a_desktop_that_never_answers_holds_nothing_up() {
        let never = in_time(std::future::pending());
        tokio::time::timeout(ASKED_FOR * 2, never)
            .await
            .expect("it goes on");
    }

    fn free() -> Moment {
        Moment {
            news: Some(true),
            quiet_time: Some(false),
            window_is_there: false,
            desk: Desk {
                locked: Some(false),
                presenting: Some(false),
                do_not_disturb: Some(false),
            },
        }
    }

    #[test]
    fn anything_in_the_way_and_anything_unknown_is_a_no() {
        assert!(free().may_tell());
        type Change = fn(&mut Moment, Option<bool>);
        let changes: [(&str, Change); 4] = [
            ("quiet time", |moment, value| moment.quiet_time = value),
            ("locked", |moment, value| moment.desk.locked = value),
            ("presenting", |moment, value| moment.desk.presenting = value),
            ("do not disturb", |moment, value| {
                moment.desk.do_not_disturb = value
            }),
        ];
        for (name, change) in changes {
            for value in [Some(true), None] {
                let mut moment = free();
                change(&mut moment, value);
                assert!(!moment.may_tell(), "{name}: {value:?}");
            }
        }
        for news in [Some(false), None] {
            let moment = Moment { news, ..free() };
            assert!(!moment.may_tell(), "news: {news:?}");
        }
        let moment = Moment {
            window_is_there: true,
            ..free()
        };
        assert!(!moment.may_tell(), "who has the window open sees it there");
    }
}
