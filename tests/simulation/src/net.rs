//! The network of a story and the servers at its other end. What a request does is decided when it leaves, and happens at
//! the servers' own time, whether or not the process that sent it still lives. The servers' lists of posts are the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_engine::ports::CallError;
use serde_json::Value;
use tokio::sync::oneshot;

use super::disk::Disk;
use super::luck::Luck;
use crate::clock::SimClock;
use crate::keyring::SimVault;
use crate::parts::{locked, tag};

/// How long a Mastodon-like server remembers an idempotency key.
pub const KEY_LIFE: SignedDuration = SignedDuration::from_hours(1);
/// How long a replaced refresh token is still taken, as Bluesky's server does.
const GRACE: SignedDuration = SignedDuration::from_hours(2);
/// The life of a Bluesky access token.
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(120);
/// What the network holds longest before it delivers it after all.
pub const HELD_AT_MOST: SignedDuration = SignedDuration::from_mins(20);

/// What an account's server does with a key that it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The key is the post's name.
    ForEver,
    ForAnHour,
    Ignored,
}

/// Everything that a call says of who makes it.
pub struct Caller<'a> {
    pub author: &'a str,
    pub tokens: &'a str,
    /// Where the keyring keeps them.
    pub entry: String,
    pub keys: Keys,
}

/// What goes wrong with one post call, or with what is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    Fine,
    NeverLeft,
    LostBeforeCommit,
    LostAfterCommit,
    /// Held for minutes, and delivered after the client has given up.
    DeliveredLate,
    /// The same request arrives twice.
    DeliveredTwice,
    ErrorBeforeCommit,
    ErrorAfterCommit,
    /// The commit takes most of the limit.
    SlowCommit,
    /// The answer comes after the limit.
    SlowAnswer,
    /// The connection stays open and nothing ever comes.
    Silent,
    Garbage,
    WrongAuthor,
    WiderVisibility,
    RateLimit,
    TokenRefused,
    /// Taken, and answered as a duplicate.
    CalledDuplicate,
    Refused,
    OutOfCredit,
}

impl Fate {
    pub const ALL: [Fate; 18] = [
        Fate::NeverLeft,
        Fate::LostBeforeCommit,
        Fate::LostAfterCommit,
        Fate::DeliveredLate,
        Fate::DeliveredTwice,
        Fate::ErrorBeforeCommit,
        Fate::ErrorAfterCommit,
        Fate::SlowCommit,
        Fate::SlowAnswer,
        Fate::Silent,
        Fate::Garbage,
        Fate::WrongAuthor,
        Fate::WiderVisibility,
        Fate::RateLimit,
        Fate::TokenRefused,
        Fate::CalledDuplicate,
        Fate::Refused,
        Fate::OutOfCredit,
    ];
}

#[derive(Clone, Debug)]
pub struct Commit {
    pub at: Timestamp,
    /// When the client let go of it.
    pub left_at: Timestamp,
    pub author: String,
    pub key: String,
    pub part: u32,
    pub text: String,
    pub visibility: String,
    pub reply_to: Option<String>,
    pub id: String,
    /// The network or the server did this by itself: no client could have kept it from happening.
    pub by_fate: Option<Fate>,
}

/// A post call on its way.
#[derive(Clone)]
struct Parcel {
    author: String,
    keys: Keys,
    key: String,
    parts: Vec<(u32, String)>,
    visibility: String,
    replies_to: Option<String>,
    left_at: Timestamp,
    by_fate: Option<Fate>,
}

enum Then {
    /// At the server.
    Commit(Parcel),
    /// At the client, if it still listens. The parcel's ids are looked up then.
    Answer(oneshot::Sender<Answer>, Reply),
    Wake(oneshot::Sender<()>),
}

enum Reply {
    Posted {
        key: String,
        author: String,
        named: Option<String>,
        visibility: Option<String>,
        parts: Vec<u32>,
    },
    Plain(Answer),
}

pub struct Net {
    clock: Arc<SimClock>,
    vault: Arc<SimVault>,
    disk: Arc<Disk>,
    state: Mutex<State>,
}

struct State {
    luck: Luck,
    /// In a hundred post calls so many meet a fate.
    roughness: u64,
    /// The same for the calls around them.
    bumpiness: u64,
    /// What the next post call meets.
    next_fate: Option<Fate>,
    events: BTreeMap<(Timestamp, u64), Then>,
    next: u64,
    commits: Vec<Commit>,
    offline: bool,
    access: BTreeMap<String, Access>,
    /// Whom a server has told to wait, and until when.
    refuses_until: BTreeMap<String, Timestamp>,
    fired: BTreeSet<Fate>,
    /// Texts with a post call that did not simply go well: by author and number.
    met: BTreeSet<(String, u64)>,
    wrongs: Vec<String>,
    trace: Vec<String>,
    posts: u64,
}

struct Access {
    serial: u64,
    good_until: Timestamp,
    refreshed_at: Timestamp,
    revoked: bool,
}

impl Net {
    pub fn new(seed: u64, clock: Arc<SimClock>, vault: Arc<SimVault>, disk: Arc<Disk>) -> Arc<Net> {
        let state = State {
            luck: Luck::stream(seed, 2),
            roughness: 0,
            bumpiness: 0,
            next_fate: None,
            events: BTreeMap::new(),
            next: 0,
            commits: Vec::new(),
            offline: false,
            access: BTreeMap::new(),
            refuses_until: BTreeMap::new(),
            fired: BTreeSet::new(),
            met: BTreeSet::new(),
            wrongs: Vec::new(),
            trace: Vec::new(),
            posts: 0,
        };
        Arc::new(Net {
            clock,
            vault,
            disk,
            state: Mutex::new(state),
        })
    }

    pub fn set_roughness(&self, posts: u64, others: u64) {
        let mut state = locked(&self.state);
        (state.roughness, state.bumpiness) = (posts, others);
    }

    pub fn set_next_fate(&self, fate: Fate) {
        locked(&self.state).next_fate = Some(fate);
    }

    pub fn set_offline(&self, offline: bool) {
        locked(&self.state).offline = offline;
    }

    /// Nothing helps the account but a new sign-in.
    pub fn revoke(&self, author: &str) {
        if let Some(access) = locked(&self.state).access.get_mut(author) {
            access.revoked = true;
        }
    }

    pub fn commits(&self) -> Vec<Commit> {
        locked(&self.state).commits.clone()
    }

    pub fn fired(&self) -> BTreeSet<Fate> {
        locked(&self.state).fired.clone()
    }

    pub fn met(&self) -> BTreeSet<(String, u64)> {
        locked(&self.state).met.clone()
    }

    pub fn wrongs(&self) -> Vec<String> {
        locked(&self.state).wrongs.clone()
    }

    pub fn wrong(&self, what: &str) {
        let line = format!("{}: {what}", self.clock.true_now());
        locked(&self.state).wrongs.push(line);
    }

    pub fn posts(&self) -> u64 {
        locked(&self.state).posts
    }

    pub fn say(&self, line: impl FnOnce() -> String) {
        let at = self.clock.true_now();
        let line = line();
        locked(&self.state).trace.push(format!("{at} {line}"));
    }

    pub fn trace(&self) -> Vec<String> {
        locked(&self.state).trace.clone()
    }

    /// Something of the author's is still under way to the server.
    pub fn is_under_way(&self, author: &str) -> bool {
        let state = locked(&self.state);
        let mine = |then: &Then| matches!(then, Then::Commit(parcel) if parcel.author == author);
        state.events.values().any(mine)
    }

    pub fn next_event(&self) -> Option<Timestamp> {
        locked(&self.state).events.keys().next().map(|(at, _)| *at)
    }

    /// What happens at the servers and on the wire up to `to`, each at its own time.
    pub fn run_until(&self, to: Timestamp) {
        loop {
            let due = {
                let mut state = locked(&self.state);
                match state.events.first_key_value() {
                    Some(((at, _), _)) if *at <= to => state.events.pop_first(),
                    _ => None,
                }
            };
            match due {
                None => return,
                Some(((at, _), Then::Commit(parcel))) => locked(&self.state).commit(at, &parcel),
                Some((_, Then::Wake(waker))) => drop(waker.send(())),
                Some((_, Then::Answer(waker, reply))) => {
                    let answer = locked(&self.state).answer(reply);
                    drop(waker.send(answer));
                }
            }
        }
    }

    /// A call that publishes nothing: it takes its time, and may fail.
    pub async fn reach(
        &self,
        kind: &'static str,
        author: &str,
        tokens: &str,
        entry: &str,
    ) -> Result<(), CallError> {
        self.disk.pass().await;
        let (done, verdict) = {
            let mut state = locked(&self.state);
            let now = self.clock.true_now();
            // Most answer at once; some take longer than what is left of a window.
            let bumpiness = state.bumpiness;
            let slow = state.luck.percent(bumpiness);
            let wait = if slow {
                state.luck.seconds(5, 55)
            } else {
                state.luck.seconds(0, 2)
            };
            state.wrongs.extend(self.used_before_kept(kind, tokens, entry));
            let verdict = if state.offline {
                Err(CallError::Offline)
            } else if state.refuses_until.get(author).is_some_and(|until| now < *until) {
                Err(CallError::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(60)),
                })
            } else if kind != "refresh" && !state.takes(author, tokens, now) {
                Err(CallError::Token {
                    code: "expired".to_owned(),
                    words: String::new(),
                })
            } else if state.luck.percent(bumpiness) {
                match state.luck.below(4) {
                    3 => Err(CallError::Refused {
                        status: 403,
                        code: "not_now".to_owned(),
                        words: String::new(),
                    }),
                    0 => Err(CallError::Offline),
                    1 => Err(CallError::Unclear { status: Some(503) }),
                    _ => Err(CallError::Unclear { status: None }),
                }
            } else {
                Ok(())
            };
            state.trace.push(format!("{now} {kind} {author}: {verdict:?}"));
            (state.after(now + wait), verdict)
        };
        let _ = done.await;
        self.disk.pass().await;
        verdict
    }

    /// A set that is newer than the keyring's would be lost with the process.
    fn used_before_kept(&self, kind: &str, tokens: &str, entry: &str) -> Option<String> {
        let kept = self.vault.entry(entry);
        let newer = kept.is_none_or(|kept| serial_of(&kept) < serial_of(tokens));
        newer.then(|| {
            format!(
                "{}: {kind} with tokens that the keyring does not hold",
                self.clock.true_now()
            )
        })
    }

    /// The answer to a refresh may be lost although the server has made the new set.
    pub fn renew(&self, author: &str, tokens: &str) -> Result<String, CallError> {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let revoked = || CallError::Token {
            code: "revoked".to_owned(),
            words: String::new(),
        };
        let serial = serial_of(tokens);
        let lost = {
            let bumpiness = state.bumpiness;
            state.luck.percent(bumpiness)
        };
        let access = state.access.get_mut(author).ok_or_else(revoked)?;
        let graced = serial + 1 == access.serial && now.duration_since(access.refreshed_at) < GRACE;
        if access.revoked || !(serial == access.serial || graced) {
            return Err(revoked());
        }
        if !graced {
            access.serial += 1;
            access.refreshed_at = now;
        }
        access.good_until = now + ACCESS_LIFE;
        let made = token(author, access.serial, access.good_until);
        if lost { Err(CallError::Offline) } else { Ok(made) }
    }

    pub fn sign_in(&self, author: &str, expires: bool) -> String {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let good_until = if expires {
            now + ACCESS_LIFE
        } else {
            Timestamp::MAX
        };
        let serial = state.access.get(author).map_or(0, |access| access.serial) + 2;
        state.access.insert(
            author.to_owned(),
            Access {
                serial,
                good_until,
                refreshed_at: Timestamp::MIN,
                revoked: false,
            },
        );
        token(author, serial, good_until)
    }

    /// Those of `parts` that are there under the key, or (where the server lists no keys) with these words.
    pub fn find(&self, author: &str, matches: impl Fn(&Commit) -> bool) -> Vec<Commit> {
        let state = locked(&self.state);
        let mine = state
            .commits
            .iter()
            .filter(|commit| commit.author == author && matches(commit));
        mine.cloned().collect()
    }

    pub fn commits_so_far(&self) -> usize {
        locked(&self.state).commits.len()
    }

    /// THE post call. What becomes of it is drawn here.
    pub async fn post(
        &self,
        caller: &Caller<'_>,
        record: &Value,
        parts: &[u32],
        replies_to: Option<&str>,
    ) -> Answer {
        self.disk.pass().await;
        let said = |part: u32| record["parts"][part as usize].as_str().unwrap_or_default();
        let number = parts.first().and_then(|part| tag(said(*part)));
        let of = (caller.author.to_owned(), number.map_or(0, |(number, _)| number));
        // Who hangs up, or dies, before the answer is there met a fault, too.
        let mut unheard = Unheard {
            state: &self.state,
            of: Some(of),
        };
        let heard = {
            let mut state = locked(&self.state);
            let now = self.clock.true_now();
            state.posts += 1;
            let limited = state
                .refuses_until
                .get(caller.author)
                .is_some_and(|until| now < *until);
            state
                .wrongs
                .extend(self.used_before_kept("post", caller.tokens, &caller.entry));
            let fate = state.draw(caller.keys);
            if state.offline {
                return Answer::NeverLeft;
            }
            if limited {
                return refused(
                    429,
                    Refusal::RateLimit {
                        retry_after: Some(SignedDuration::from_secs(60)),
                    },
                );
            }
            if !state.takes(caller.author, caller.tokens, now) {
                return refused(401, Refusal::Token);
            }
            if fate != Fate::Fine {
                state.fired.insert(fate);
                state.met.extend(unheard.of.clone());
            }
            let visibility = record["visibility"].as_str().unwrap_or("public").to_owned();
            let parcel = Parcel {
                author: caller.author.to_owned(),
                keys: caller.keys,
                key: record["key"].as_str().unwrap_or_default().to_owned(),
                parts: parts.iter().map(|part| (*part, said(*part).to_owned())).collect(),
                visibility,
                replies_to: replies_to.map(str::to_owned),
                left_at: now,
                by_fate: None,
            };
            let line = format!("{now} post {} {:?} {fate:?}", parcel.author, parcel.parts);
            state.trace.push(line);
            state.send(now, fate, parcel)
        };
        let answer = match heard {
            Ok(heard) => heard.await.unwrap_or(Answer::Unclear { status: None }),
            Err(answer) => answer,
        };
        unheard.of = None;
        self.disk.pass().await;
        answer
    }
}

struct Unheard<'a> {
    state: &'a Mutex<State>,
    of: Option<(String, u64)>,
}

impl Drop for Unheard<'_> {
    fn drop(&mut self) {
        if let Some(of) = self.of.take() {
            locked(self.state).met.insert(of);
        }
    }
}

impl State {
    fn draw(&mut self, keys: Keys) -> Fate {
        if let Some(fate) = self.next_fate.take() {
            return fate;
        }
        let roughness = self.roughness;
        if !self.luck.percent(roughness) {
            return Fate::Fine;
        }
        let fate = *self.luck.of(&Fate::ALL);
        match fate {
            // A server that forgets keys makes two of it, whatever the client does: no TCP delivers twice, and what a
            // broken proxy does is not the client's.
            Fate::DeliveredTwice if keys != Keys::ForEver && keys != Keys::ForAnHour => Fate::LostAfterCommit,
            fate => fate,
        }
    }

    fn takes(&self, author: &str, tokens: &str, now: Timestamp) -> bool {
        self.access.get(author).is_some_and(|access| {
            !access.revoked
                && tokens.split('/').next() == Some(author)
                && serial_of(tokens) == access.serial
                && now < access.good_until
        })
    }

    fn at(&mut self, at: Timestamp, then: Then) {
        self.next += 1;
        self.events.insert((at, self.next), then);
    }

    fn after(&mut self, at: Timestamp) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        self.at(at, Then::Wake(wake));
        woken
    }

    fn send(
        &mut self,
        now: Timestamp,
        fate: Fate,
        parcel: Parcel,
    ) -> Result<oneshot::Receiver<Answer>, Answer> {
        let (tell, told) = oneshot::channel();
        let commit_at = now + self.luck.seconds(0, 2);
        let answer_at = commit_at + self.luck.seconds(0, 2);
        let posted = Reply::Posted {
            key: parcel.key.clone(),
            author: parcel.author.clone(),
            named: Some(parcel.author.clone()),
            visibility: None,
            parts: parcel.parts.iter().map(|(part, _)| *part).collect(),
        };
        let lost = || Reply::Plain(Answer::Unclear { status: None });
        let mut by_fate = parcel.clone();
        by_fate.by_fate = Some(fate);
        match fate {
            Fate::Fine => {
                self.at(commit_at, Then::Commit(parcel));
                self.at(answer_at, Then::Answer(tell, posted));
            }
            Fate::NeverLeft => return Err(Answer::NeverLeft),
            Fate::LostBeforeCommit => self.at(answer_at, Then::Answer(tell, lost())),
            Fate::LostAfterCommit => {
                self.at(commit_at, Then::Commit(parcel));
                self.at(answer_at, Then::Answer(tell, lost()));
            }
            Fate::DeliveredLate => {
                let minutes = self.luck.seconds(31, HELD_AT_MOST.as_secs());
                self.at(now + minutes, Then::Commit(by_fate));
                // Half of the time the connection breaks at once, half of the time nobody hears anything.
                if self.luck.percent(50) {
                    self.at(answer_at, Then::Answer(tell, lost()));
                } else {
                    self.at(now + HELD_AT_MOST, Then::Answer(tell, posted));
                }
            }
            Fate::DeliveredTwice => {
                let again = commit_at + self.luck.seconds(0, 120);
                self.at(commit_at, Then::Commit(parcel));
                self.at(again, Then::Commit(by_fate));
                let reply = if self.luck.percent(50) { posted } else { lost() };
                self.at(answer_at, Then::Answer(tell, reply));
            }
            Fate::ErrorBeforeCommit => {
                let status = *self.luck.of(&[500, 502, 503, 504]);
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(Answer::Unclear { status: Some(status) })),
                );
            }
            Fate::ErrorAfterCommit => {
                let status = *self.luck.of(&[500, 502, 503, 504]);
                self.at(commit_at, Then::Commit(parcel));
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(Answer::Unclear { status: Some(status) })),
                );
            }
            Fate::SlowCommit => {
                let commit_at = now + self.luck.seconds(20, 29);
                self.at(commit_at, Then::Commit(parcel));
                let answer_at = commit_at + self.luck.seconds(0, 5);
                self.at(answer_at, Then::Answer(tell, posted));
            }
            Fate::SlowAnswer => {
                self.at(commit_at, Then::Commit(parcel));
                let answer_at = commit_at + self.luck.seconds(31, 90);
                self.at(answer_at, Then::Answer(tell, posted));
            }
            Fate::Silent => {
                if self.luck.percent(50) {
                    self.at(commit_at, Then::Commit(parcel));
                }
                // The connection stays up for longer than anybody should wait for it.
                self.at(
                    now + SignedDuration::from_hours(24 * 365),
                    Then::Answer(tell, lost()),
                );
            }
            Fate::Garbage => {
                if self.luck.percent(50) {
                    self.at(commit_at, Then::Commit(parcel));
                }
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(Answer::Unclear { status: Some(200) })),
                );
            }
            Fate::WrongAuthor => {
                by_fate.author = "somebody-else".to_owned();
                self.at(commit_at, Then::Commit(by_fate));
                let reply = Reply::Posted {
                    key: parcel.key.clone(),
                    author: "somebody-else".to_owned(),
                    named: Some("somebody-else".to_owned()),
                    visibility: None,
                    parts: parcel.parts.iter().map(|(part, _)| *part).collect(),
                };
                self.at(answer_at, Then::Answer(tell, reply));
            }
            Fate::WiderVisibility => {
                by_fate.visibility = "public".to_owned();
                let reply = Reply::Posted {
                    key: parcel.key.clone(),
                    author: parcel.author.clone(),
                    named: Some(parcel.author.clone()),
                    visibility: Some("public".to_owned()),
                    parts: parcel.parts.iter().map(|(part, _)| *part).collect(),
                };
                self.at(commit_at, Then::Commit(by_fate));
                self.at(answer_at, Then::Answer(tell, reply));
            }
            Fate::RateLimit => {
                let wait = self.luck.seconds(1, 7_200);
                self.refuses_until.insert(parcel.author, now + wait);
                let kind = Refusal::RateLimit {
                    retry_after: Some(wait),
                };
                self.at(answer_at, Then::Answer(tell, Reply::Plain(refused(429, kind))));
            }
            Fate::TokenRefused => {
                if let Some(access) = self.access.get_mut(&parcel.author) {
                    access.good_until = now;
                }
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(refused(401, Refusal::Token))),
                );
            }
            Fate::CalledDuplicate => {
                self.at(commit_at, Then::Commit(parcel));
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(refused(409, Refusal::Duplicate))),
                );
            }
            Fate::Refused => {
                let status = *self.luck.of(&[400, 403, 413, 422]);
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(refused(status, Refusal::Other))),
                );
            }
            Fate::OutOfCredit => {
                self.at(
                    answer_at,
                    Then::Answer(tell, Reply::Plain(refused(402, Refusal::OutOfCredit))),
                );
            }
        }
        Ok(told)
    }

    fn commit(&mut self, now: Timestamp, parcel: &Parcel) {
        let mut ids: Vec<String> = Vec::new();
        for (part, text) in &parcel.parts {
            let same = |commit: &&Commit| {
                commit.author == parcel.author && commit.key == parcel.key && commit.part == *part
            };
            let known = self
                .commits
                .iter()
                .rev()
                .find(same)
                .filter(|commit| match parcel.keys {
                    Keys::ForEver => true,
                    Keys::ForAnHour => now.duration_since(commit.at) < KEY_LIFE,
                    Keys::Ignored => false,
                });
            if let Some(known) = known {
                ids.push(known.id.clone());
                continue;
            }
            let id = format!("id-{}", self.commits.len() + 1);
            let reply_to = ids.last().cloned().or_else(|| parcel.replies_to.clone());
            self.trace
                .push(format!("{now} commit {} {text:?} {id}", parcel.author));
            self.commits.push(Commit {
                at: now,
                left_at: parcel.left_at,
                author: parcel.author.clone(),
                key: parcel.key.clone(),
                part: *part,
                text: text.clone(),
                visibility: parcel.visibility.clone(),
                reply_to,
                id: id.clone(),
                by_fate: parcel.by_fate,
            });
            ids.push(id);
        }
    }

    fn answer(&self, reply: Reply) -> Answer {
        match reply {
            Reply::Plain(answer) => answer,
            Reply::Posted {
                key,
                author,
                named,
                visibility,
                parts,
            } => {
                let ids = parts.iter().filter_map(|part| {
                    let found =
                        self.commits.iter().rev().find(|commit| {
                            commit.author == author && commit.key == key && commit.part == *part
                        });
                    found.map(|commit| commit.id.clone())
                });
                let receipt = Receipt {
                    ids: ids.collect(),
                    url: Some("https://server.example/post".to_owned()),
                    visibility,
                };
                Answer::Posted {
                    receipt,
                    author: named,
                }
            }
        }
    }
}

pub fn refused(status: u16, kind: Refusal) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: format!("code_{status}"),
        words: String::new(),
    }
}

pub fn token(author: &str, serial: u64, good_until: Timestamp) -> String {
    format!("{author}/{serial}/{}", good_until.as_nanosecond())
}

fn serial_of(token: &str) -> u64 {
    token
        .split('/')
        .nth(1)
        .and_then(|serial| serial.parse().ok())
        .unwrap_or(0)
}

/// What a client can read of its access token.
pub fn ends_at(token: &str) -> Option<Timestamp> {
    let nanos: i128 = token.split('/').nth(2)?.parse().ok()?;
    Timestamp::from_nanosecond(nanos)
        .ok()
        .filter(|at| *at < Timestamp::MAX)
}
