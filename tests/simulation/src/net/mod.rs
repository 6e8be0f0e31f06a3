//! The network of a story and the servers at its other end. What a request does is decided when it leaves, and happens at
//! the servers' own time, whether or not the process that sent it still lives. The servers' lists of posts are the truth.

mod access;
mod fate;
mod lists;
mod manners;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::CallError;
use serde_json::Value;
use tokio::sync::oneshot;

use super::disk::Disk;
use super::luck::Luck;
use crate::clock::SimClock;
use crate::keyring::SimVault;
use crate::parts::{locked, tag};

use access::Access;
pub use access::ends_at;
pub use fate::Fate;
use lists::Upload;
pub use lists::{Commit, Keys};
use manners::Manners;
pub use words::refused;

/// What the network holds longest before it delivers it after all.
pub const HELD_AT_MOST: SignedDuration = SignedDuration::from_mins(20);

/// Everything that a call says of who makes it.
pub struct Caller<'a> {
    pub author: &'a str,
    pub server: &'a str,
    pub tokens: &'a str,
    /// Where the keyring keeps them.
    pub entry: String,
    pub keys: Keys,
}

/// A post call on its way.
#[derive(Clone)]
struct Parcel {
    author: String,
    keys: Keys,
    key: String,
    parts: Vec<Part>,
    visibility: String,
    replies_to: Option<String>,
    left_at: Timestamp,
    by_fate: Option<Fate>,
}

#[derive(Clone)]
struct Part {
    number: u32,
    text: String,
    /// What they show.
    pictures: Vec<String>,
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

impl Reply {
    /// That all of it was posted.
    fn to(parcel: &Parcel) -> Reply {
        Reply::Posted {
            key: parcel.key.clone(),
            author: parcel.author.clone(),
            named: Some(parcel.author.clone()),
            visibility: None,
            parts: parcel.parts.iter().map(|part| part.number).collect(),
        }
    }
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
    uploads: BTreeMap<(String, String), Upload>,
    offline: bool,
    /// A server that is away, for all of its accounts.
    away: Option<(String, CallError)>,
    manners: Manners,
    access: BTreeMap<String, Access>,
    /// Whom a server has told to wait, and until when.
    refuses_until: BTreeMap<String, Timestamp>,
    fired: BTreeSet<Fate>,
    counts: Counts,
    /// Texts with a post call that did not simply go well: by author and number.
    met: BTreeSet<(String, u64)>,
    /// Those of them whose call may have been taken, for all that the client could know.
    doubtful: BTreeSet<(String, u64)>,
    /// Texts that a server plainly turned away, or something that belonged to them.
    turned_away: BTreeSet<(String, u64)>,
    /// Texts whose client heard that more people see it than was asked.
    widened: BTreeSet<(String, u64)>,
    wrongs: Vec<String>,
    trace: Vec<String>,
}

/// Calls, and what they met.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub posts: u64,
    /// Made while nothing could be reached.
    pub offline: u64,
    /// Made with tokens that had been taken away.
    pub signed_out: u64,
    /// Stumbled over by a server on the way to a post, or to a look.
    pub stumbled: u64,
    /// Made to a server that was away for all of its accounts.
    pub away: u64,
    /// Uploads that went wrong.
    pub failed_uploads: u64,
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
            uploads: BTreeMap::new(),
            offline: false,
            away: None,
            manners: Manners::default(),
            access: BTreeMap::new(),
            refuses_until: BTreeMap::new(),
            fired: BTreeSet::new(),
            counts: Counts::default(),
            met: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            turned_away: BTreeSet::new(),
            widened: BTreeSet::new(),
            wrongs: Vec::new(),
            trace: Vec::new(),
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

    pub fn fired(&self) -> BTreeSet<Fate> {
        locked(&self.state).fired.clone()
    }

    pub fn met(&self) -> BTreeSet<(String, u64)> {
        locked(&self.state).met.clone()
    }

    pub fn set_away(&self, away: Option<(&str, CallError)>) {
        locked(&self.state).away = away.map(|(server, how)| (server.to_owned(), how));
    }

    /// A post call of the text was made, and nobody could know what became of it.
    pub fn was_doubtful(&self, author: &str, number: u64) -> bool {
        locked(&self.state)
            .doubtful
            .contains(&(author.to_owned(), number))
    }

    /// The author's server has turned the text away.
    pub fn turns_away(&self, author: &str, text: &str) {
        let number = tag(text).map_or(0, |(number, _)| number);
        locked(&self.state)
            .turned_away
            .insert((author.to_owned(), number));
    }

    pub fn was_turned_away(&self, author: &str, number: u64) -> bool {
        locked(&self.state)
            .turned_away
            .contains(&(author.to_owned(), number))
    }

    pub fn was_widened(&self, author: &str, number: u64) -> bool {
        locked(&self.state).widened.contains(&(author.to_owned(), number))
    }

    pub fn wrongs(&self) -> Vec<String> {
        locked(&self.state).wrongs.clone()
    }

    pub fn wrong(&self, what: &str) {
        let line = format!("{}: {what}", self.clock.true_now());
        locked(&self.state).wrongs.push(line);
    }

    pub fn counts(&self) -> Counts {
        locked(&self.state).counts
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
    pub async fn reach(&self, kind: &'static str, caller: &Caller<'_>) -> Result<(), CallError> {
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
            state.wrongs.extend(self.used_before_kept(kind, caller));
            state.begins(now, kind, caller);
            let verdict = state.word(now, kind, caller);
            let line = format!("{now} {kind} {}: {verdict:?}", caller.author);
            state.trace.push(line);
            (state.after(now + wait), verdict)
        };
        let _ = done.await;
        self.disk.pass().await;
        self.heard(kind, caller, &verdict);
        verdict
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
            of: Some(of.clone()),
        };
        let heard = {
            let mut state = locked(&self.state);
            let now = self.clock.true_now();
            state.counts.posts += 1;
            state.wrongs.extend(self.used_before_kept("post", caller));
            state.begins(now, "post", caller);
            self.disk.posts();
            let visibility = record["visibility"].as_str().unwrap_or("public");
            let fate = state.draw(caller.keys, visibility);
            let pictures = parts.iter().map(|part| state.shown(now, caller, record, *part));
            let pictures: Option<Vec<Vec<String>>> = pictures.collect();
            match (state.word_on_posting(now, caller), pictures) {
                (Err(answer), _) => {
                    state.met.insert(of.clone());
                    Err(answer)
                }
                (Ok(()), None) => Err(refused(422, Refusal::Other)),
                (Ok(()), Some(pictures)) => {
                    if fate != Fate::Fine {
                        state.fired.insert(fate);
                        state.met.insert(of.clone());
                    }
                    let part = |(part, pictures): (&u32, Vec<String>)| Part {
                        number: *part,
                        text: said(*part).to_owned(),
                        pictures,
                    };
                    let parcel = Parcel {
                        author: caller.author.to_owned(),
                        keys: caller.keys,
                        key: record["key"].as_str().unwrap_or_default().to_owned(),
                        parts: parts.iter().zip(pictures).map(part).collect(),
                        visibility: visibility.to_owned(),
                        replies_to: replies_to.map(str::to_owned),
                        left_at: now,
                        by_fate: None,
                    };
                    let texts: Vec<&str> = parcel.parts.iter().map(|part| part.text.as_str()).collect();
                    let line = format!("{now} post {} {texts:?} {fate:?}", parcel.author);
                    state.trace.push(line);
                    state.send(now, fate, parcel)
                }
            }
        };
        let answer = match heard {
            Ok(heard) => heard.await.unwrap_or(Answer::Unclear { status: None }),
            Err(answer) => answer,
        };
        unheard.of = None;
        let known = match &answer {
            Answer::Posted { author, .. } => author.as_deref() == Some(caller.author),
            Answer::NeverLeft => true,
            Answer::Refused { kind, .. } => *kind != Refusal::Duplicate,
            Answer::Unclear { .. } => false,
        };
        if !known {
            locked(&self.state).doubtful.insert(of.clone());
        }
        self.disk.pass().await;
        match &answer {
            Answer::Refused {
                kind: Refusal::Other, ..
            } => drop(locked(&self.state).turned_away.insert(of)),
            Answer::Posted { receipt, .. } if receipt.visibility.is_some() => {
                locked(&self.state).widened.insert(of);
            }
            _ => {}
        }
        self.heard_of_post(caller, &answer);
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
            let mut state = locked(self.state);
            state.met.insert(of.clone());
            state.doubtful.insert(of);
        }
    }
}

impl State {
    fn at(&mut self, at: Timestamp, then: Then) {
        self.next += 1;
        self.events.insert((at, self.next), then);
    }

    fn after(&mut self, at: Timestamp) -> oneshot::Receiver<()> {
        let (wake, woken) = oneshot::channel();
        self.at(at, Then::Wake(wake));
        woken
    }
}
