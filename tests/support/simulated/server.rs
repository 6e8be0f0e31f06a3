//! A server that plays what the test wrote down for it, and keeps its own list of what it committed and when.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{
    About, Author, CallError, Clock as _, Found, Frozen, Look, Named, Outgoing, OutgoingPicture, Paid,
    Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use kossori_simulation::Keys;
use serde_json::{Value, json};

use super::store::{Die, WatchedStore};
use super::{SimClock, SimVault, locked};

const PAGES: &str = "https://server.example/@me/";

/// Where a post is shown.
pub fn page(id: &str) -> String {
    format!("{PAGES}{id}")
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub at: Timestamp,
    pub author: String,
    pub key: String,
    pub part: u32,
    pub text: String,
    pub reply_to: Option<String>,
    /// The address of the post that it quotes or hands on.
    pub quote: Option<String>,
    pub repost: Option<String>,
    pub id: String,
    /// It is not there any more.
    pub deleted: bool,
}

/// What one post call meets.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Before the server has committed, or refused.
    pub before: SignedDuration,
    pub commits: bool,
    /// From the commit to the answer.
    pub after: SignedDuration,
    pub says: Said,
}

#[derive(Clone, Debug)]
pub enum Said {
    Posted,
    PostedBy(&'static str),
    PostedByNobody,
    PostedAs(&'static str),
    NeverLeft,
    Lost,
    Refused(u16, Refusal),
}

impl Turn {
    pub fn fine() -> Turn {
        Turn {
            before: SignedDuration::ZERO,
            commits: true,
            after: SignedDuration::ZERO,
            says: Said::Posted,
        }
    }

    pub fn lost_after_commit() -> Turn {
        Turn {
            says: Said::Lost,
            ..Turn::fine()
        }
    }

    pub fn lost_before_commit() -> Turn {
        Turn {
            commits: false,
            ..Turn::lost_after_commit()
        }
    }

    pub fn never_left() -> Turn {
        Turn {
            commits: false,
            says: Said::NeverLeft,
            ..Turn::fine()
        }
    }

    pub fn refused(status: u16, kind: Refusal) -> Turn {
        Turn {
            commits: false,
            says: Said::Refused(status, kind),
            ..Turn::fine()
        }
    }

    pub fn says(says: Said) -> Turn {
        Turn { says, ..Turn::fine() }
    }

    /// Seconds before and after the commit.
    pub fn slow(before: i64, after: i64) -> Turn {
        Turn {
            before: SignedDuration::from_secs(before),
            after: SignedDuration::from_secs(after),
            ..Turn::fine()
        }
    }
}

pub struct Server {
    clock: Arc<SimClock>,
    vault: Arc<SimVault>,
    store: Arc<WatchedStore>,
    state: Mutex<State>,
}

struct State {
    commits: Vec<Commit>,
    turns: VecDeque<Turn>,
    /// Delays of the coming `freeze` calls.
    freezes: VecDeque<SignedDuration>,
    /// Delays of the coming `author` calls.
    authors: VecDeque<SignedDuration>,
    /// Delays of the coming `about` calls.
    abouts: VecDeque<SignedDuration>,
    /// Delays of the coming deletes.
    deletes: VecDeque<SignedDuration>,
    /// Delays of the coming sign-ins.
    sign_ins: VecDeque<SignedDuration>,
    /// It says nothing of itself.
    about_is_refused: bool,
    longest_text: Option<u32>,
    /// Deletes of these are answered so.
    undeletable: BTreeMap<String, CallError>,
    calls: Vec<(Timestamp, String)>,
    /// The proxies that they came through.
    ways: Vec<Option<String>>,
    /// Tokens that were to be made worthless.
    ended: Vec<String>,
    /// What calls of a kind are answered.
    refusals: BTreeMap<String, CallError>,
    /// When calls were answered with one of these.
    refused: Vec<Timestamp>,
    /// Until when nothing more is allowed, as the last answer said.
    spent_until: Option<Timestamp>,
    paid: Paid,
    /// The access token that is good, by author; a refresh makes a new one.
    access: BTreeMap<String, u64>,
    revoked: bool,
    offline: bool,
    look_cannot_tell: bool,
    /// What is not found is not called absent.
    unproved: bool,
    shown_as: Option<&'static str>,
    /// Who frozen posts are for, where the network's records say so.
    meant_for: Option<Visibility>,
    /// Looks find nothing, whatever is there: what was sent is still on its way.
    blind: bool,
    software: Software,
    clock_is_off: SignedDuration,
    /// What no story allows.
    wrongs: Vec<String>,
    ends_at: Option<Timestamp>,
    session_ends_at: Option<Timestamp>,
}

impl Server {
    pub fn new(clock: Arc<SimClock>, vault: Arc<SimVault>, store: Arc<WatchedStore>) -> Arc<Server> {
        let state = State {
            commits: Vec::new(),
            turns: VecDeque::new(),
            freezes: VecDeque::new(),
            authors: VecDeque::new(),
            abouts: VecDeque::new(),
            deletes: VecDeque::new(),
            sign_ins: VecDeque::new(),
            about_is_refused: false,
            longest_text: None,
            undeletable: BTreeMap::new(),
            calls: Vec::new(),
            ways: Vec::new(),
            ended: Vec::new(),
            refusals: BTreeMap::new(),
            refused: Vec::new(),
            spent_until: None,
            paid: Paid::default(),
            access: BTreeMap::new(),
            revoked: false,
            offline: false,
            look_cannot_tell: false,
            unproved: false,
            shown_as: None,
            meant_for: None,
            blind: false,
            software: Software::Mastodon,
            clock_is_off: SignedDuration::ZERO,
            wrongs: Vec::new(),
            ends_at: None,
            session_ends_at: None,
        };
        Arc::new(Server {
            clock,
            vault,
            store,
            state: Mutex::new(state),
        })
    }

    /// The coming post calls meet these; after them all is well.
    pub fn script(&self, turns: impl IntoIterator<Item = Turn>) {
        locked(&self.state).turns.extend(turns);
    }

    pub fn slow_freezes(&self, seconds: impl IntoIterator<Item = i64>) {
        locked(&self.state)
            .freezes
            .extend(seconds.into_iter().map(SignedDuration::from_secs));
    }

    /// Nothing is left of what was written down for the coming calls.
    pub fn calm(&self) {
        locked(&self.state).turns.clear();
    }

    pub fn slow_authors(&self, seconds: impl IntoIterator<Item = i64>) {
        locked(&self.state)
            .authors
            .extend(seconds.into_iter().map(SignedDuration::from_secs));
    }

    pub fn slow_abouts(&self, seconds: impl IntoIterator<Item = i64>) {
        locked(&self.state)
            .abouts
            .extend(seconds.into_iter().map(SignedDuration::from_secs));
    }

    pub fn slow_deletes(&self, seconds: impl IntoIterator<Item = i64>) {
        locked(&self.state)
            .deletes
            .extend(seconds.into_iter().map(SignedDuration::from_secs));
    }

    pub fn slow_sign_ins(&self, seconds: impl IntoIterator<Item = i64>) {
        locked(&self.state)
            .sign_ins
            .extend(seconds.into_iter().map(SignedDuration::from_secs));
    }

    /// Every call of this kind is answered so, whoever makes it. `None`: no more.
    pub fn refuse(&self, kind: &str, error: Option<CallError>) {
        let refusals = &mut locked(&self.state).refusals;
        match error {
            Some(error) => refusals.insert(kind.to_owned(), error),
            None => refusals.remove(kind),
        };
    }

    /// What the adapter says was paid for when it is asked next.
    pub fn set_paid(&self, paid: Paid) {
        locked(&self.state).paid = paid;
    }

    pub fn set_spent(&self, until: Option<Timestamp>) {
        locked(&self.state).spent_until = until;
    }

    /// When anything came.
    pub fn all_calls(&self) -> Vec<Timestamp> {
        locked(&self.state).calls.iter().map(|(at, _)| *at).collect()
    }

    /// When what came was refused.
    pub fn refused(&self) -> Vec<Timestamp> {
        locked(&self.state).refused.clone()
    }

    pub fn refuse_abouts(&self, refuse: bool) {
        locked(&self.state).about_is_refused = refuse;
    }

    pub fn set_longest_text(&self, longest: Option<u32>) {
        locked(&self.state).longest_text = longest;
    }

    /// This one cannot be taken down, or can again.
    pub fn refuse_delete_of(&self, id: &str, error: Option<CallError>) {
        let undeletable = &mut locked(&self.state).undeletable;
        match error {
            Some(error) => undeletable.insert(id.to_owned(), error),
            None => undeletable.remove(id),
        };
    }

    /// By the person, on the server's own page.
    pub fn deleted_elsewhere(&self, id: &str) {
        let mut state = locked(&self.state);
        let commit = state.commits.iter_mut().find(|commit| commit.id == id);
        commit.expect("it is there").deleted = true;
    }

    pub fn set_software(&self, software: Software) {
        locked(&self.state).software = software;
    }

    pub fn set_offline(&self, offline: bool) {
        locked(&self.state).offline = offline;
    }

    pub fn set_clock_off(&self, by: SignedDuration) {
        locked(&self.state).clock_is_off = by;
    }

    pub fn set_cannot_tell(&self) {
        locked(&self.state).look_cannot_tell = true;
    }

    /// To send again may make a second copy, as far as the adapter knows.
    pub fn never_absent(&self) {
        locked(&self.state).unproved = true;
    }

    /// What is frozen from now on is for these, as the account's own posts are, whatever was chosen.
    pub fn means(&self, visibility: Visibility) {
        locked(&self.state).meant_for = Some(visibility);
    }

    /// What looks find is shown to these people.
    pub fn shows_as(&self, visibility: &'static str) {
        locked(&self.state).shown_as = Some(visibility);
    }

    pub fn blind_looks(&self, blind: bool) {
        locked(&self.state).blind = blind;
    }

    /// Sessions that are begun from now on end then, whatever is done.
    pub fn set_session_ends(&self, at: Option<Timestamp>) {
        locked(&self.state).session_ends_at = at;
    }

    /// Access tokens end at this moment, as far as the client can tell.
    pub fn set_access_ends(&self, at: Option<Timestamp>) {
        locked(&self.state).ends_at = at;
    }

    /// Access tokens given so far are good no more; refreshing is.
    pub fn expire_access(&self) {
        for serial in locked(&self.state).access.values_mut() {
            *serial += 1_000;
        }
    }

    /// Nothing helps but a new sign-in.
    pub fn revoke(&self) {
        self.expire_access();
        locked(&self.state).revoked = true;
    }

    /// By another program, in the name of the account that has made all posts so far.
    pub fn posted_elsewhere(&self, text: &str) -> String {
        let mut state = locked(&self.state);
        let id = format!("elsewhere-{}", state.commits.len());
        let author = state.commits.first().map(|commit| commit.author.clone());
        state.commits.push(Commit {
            at: self.clock.now(),
            author: author.expect("somebody has posted"),
            key: id.clone(),
            part: 0,
            text: text.to_owned(),
            reply_to: None,
            quote: None,
            repost: None,
            id: id.clone(),
            deleted: false,
        });
        id
    }

    pub fn commits(&self) -> Vec<Commit> {
        locked(&self.state).commits.clone()
    }

    pub fn wrongs(&self) -> Vec<String> {
        locked(&self.state).wrongs.clone()
    }

    /// When calls of this kind (`post`, `look`, `author`, `refresh`, `freeze`, `about`) came.
    pub fn calls(&self, kind: &str) -> Vec<Timestamp> {
        locked(&self.state)
            .calls
            .iter()
            .filter(|(_, called)| called == kind)
            .map(|(at, _)| *at)
            .collect()
    }

    /// The proxies that the calls so far came through, in turn. `None`: directly.
    pub fn ways(&self) -> Vec<Option<String>> {
        let mut ways = locked(&self.state).ways.clone();
        ways.dedup();
        ways
    }

    /// The tokens that were to be made worthless.
    pub fn ended(&self) -> Vec<String> {
        locked(&self.state).ended.clone()
    }

    async fn reached(&self, kind: &str, session: &Session) -> Result<(), CallError> {
        self.store.pass(None).await;
        let mut state = locked(&self.state);
        state.calls.push((self.clock.now(), kind.to_owned()));
        let way = session.proxy.as_ref().map(|line| line.expose().to_owned());
        if way.is_some() != session.account.proxy.is_some() {
            state
                .wrongs
                .push(format!("{kind}: the account does not say how it goes"));
        }
        state.ways.push(way);
        let used = session.tokens.expose();
        let kept = self.vault.entry(&format!("account.{}", session.account.id));
        if kept.as_deref() != Some(used) {
            state
                .wrongs
                .push(format!("{kind} used tokens that the keyring does not hold"));
        }
        if state.offline {
            return Err(CallError::Offline);
        }
        if let Some(error) = state.refusals.get(kind).cloned() {
            let now = self.clock.now();
            state.refused.push(now);
            return Err(error);
        }
        let good = state
            .access
            .get(&session.account.author_id)
            .map(|serial| token(&session.account.author_id, *serial));
        if kind != "refresh" && good.as_deref() != Some(used) {
            return Err(CallError::Token {
                code: "expired".to_owned(),
                words: String::new(),
            });
        }
        Ok(())
    }

    fn commit(
        &self,
        session: &Session,
        record: &Value,
        parts: &[u32],
        replies_to: Option<&str>,
    ) -> Vec<String> {
        let now = self.clock.now();
        let mut state = locked(&self.state);
        let author = session.account.author_id.clone();
        let key = record["key"].as_str().unwrap_or_default().to_owned();
        let network = session.account.network;
        let keys = match network {
            Network::Bluesky => Keys::ForEver,
            _ if state.software.honours_idempotency_key() => Keys::ForAnHour,
            _ => Keys::Ignored,
        };
        let mut ids: Vec<String> = Vec::new();
        for part in parts {
            let known = state.commits.iter().find(|commit| {
                commit.author == author
                    && commit.key == key
                    && commit.part == *part
                    && keys.keep(now.duration_since(commit.at))
            });
            if let Some(known) = known {
                ids.push(known.id.clone());
                continue;
            }
            let id = format!("id-{}", state.commits.len() + 1);
            let first = |name: &str| {
                let named = record[name].as_str().filter(|_| *part == 0);
                named.map(str::to_owned)
            };
            let reply_to = ids.last().cloned().or_else(|| replies_to.map(str::to_owned));
            let reply_to = reply_to.or_else(|| first("reply_to"));
            state.commits.push(Commit {
                at: now,
                author: author.clone(),
                key: key.clone(),
                part: *part,
                text: record["parts"][*part as usize]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                reply_to,
                quote: first("quote"),
                repost: first("repost"),
                id: id.clone(),
                deleted: false,
            });
            ids.push(id);
        }
        ids
    }
}

/// One adapter of a scripted network.
pub struct Scripted {
    pub network: Network,
    pub server: Arc<Server>,
}

impl Scripted {
    fn about_now(&self) -> About {
        let software = match self.network {
            Network::Mastodon => locked(&self.server.state).software,
            _ => Software::Unknown,
        };
        let mut limits = self.network.default_limits();
        if let Some(longest) = locked(&self.server.state).longest_text {
            limits.text.max = longest;
        }
        About { limits, software }
    }

    fn parts(&self, record: &Value, part: u32) -> Vec<u32> {
        match self.network {
            Network::Bluesky => {
                (0..u32::try_from(record["parts"].as_array().map_or(0, Vec::len)).unwrap_or(0)).collect()
            }
            _ => vec![part],
        }
    }
}

#[async_trait]
impl Publisher for Scripted {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let name = sign_in.handle.clone().unwrap_or_default();
        let author_id = format!("{}:{name}", self.network);
        let delay = locked(&self.server.state)
            .sign_ins
            .pop_front()
            .unwrap_or(SignedDuration::ZERO);
        self.server.clock.wait(self.server.clock.now() + delay).await;
        let mut state = locked(&self.server.state);
        if state.offline {
            return Err(CallError::Offline);
        }
        let serial = state.access.get(&author_id).copied().unwrap_or(0) + 1;
        state.access.insert(author_id.clone(), serial);
        let software = if self.network == Network::Mastodon {
            state.software
        } else {
            Software::Unknown
        };
        Ok(SignedIn {
            server: "https://server.example".to_owned(),
            handle: name,
            tokens: Secret::new(token(&author_id, serial)),
            author_id,
            session_ends_at: state.session_ends_at,
            about: About {
                limits: self.network.default_limits(),
                software,
            },
        })
    }

    /// One that is gone already is no error; one of somebody else's is.
    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        self.server.reached("delete", session).await?;
        let delay = locked(&self.server.state)
            .deletes
            .pop_front()
            .unwrap_or(SignedDuration::ZERO);
        self.server.clock.wait(self.server.clock.now() + delay).await;
        let mut state = locked(&self.server.state);
        if let Some(error) = state.undeletable.get(id).cloned() {
            return Err(error);
        }
        let author = &session.account.author_id;
        let Some(commit) = state.commits.iter_mut().find(|commit| commit.id == id) else {
            return Ok(());
        };
        if &commit.author != author {
            let wrong = format!("{author} asked to delete what is {}'s", commit.author);
            state.wrongs.push(wrong);
            return Ok(());
        }
        commit.deleted = true;
        Ok(())
    }

    async fn about(&self, session: &Session) -> Result<About, CallError> {
        self.server.reached("about", session).await?;
        let (delay, refused) = {
            let mut state = locked(&self.server.state);
            let delay = state.abouts.pop_front().unwrap_or(SignedDuration::ZERO);
            (delay, state.about_is_refused)
        };
        self.server.clock.wait(self.server.clock.now() + delay).await;
        if refused {
            return Err(CallError::Unclear { status: Some(503) });
        }
        Ok(self.about_now())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        self.server.reached("author", session).await?;
        let delay = locked(&self.server.state)
            .authors
            .pop_front()
            .unwrap_or(SignedDuration::ZERO);
        self.server.clock.wait(self.server.clock.now() + delay).await;
        let date = self.server.clock.now() + locked(&self.server.state).clock_is_off;
        let account = &session.account;
        Ok(Author {
            id: account.author_id.clone(),
            handle: account.handle.clone(),
            date: Some(date),
        })
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        self.server.reached("refresh", session).await?;
        let mut state = locked(&self.server.state);
        if state.revoked {
            return Err(CallError::Token {
                code: "revoked".to_owned(),
                words: String::new(),
            });
        }
        let author = &session.account.author_id;
        let serial = state.access.get(author).copied().unwrap_or(0) + 1;
        state.access.insert(author.clone(), serial);
        state.ends_at = None;
        Ok(Refreshed {
            tokens: Secret::new(token(author, serial)),
            session_ends_at: None,
        })
    }

    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        let tokens = session.tokens.expose().to_owned();
        locked(&self.server.state).ended.push(tokens);
        Ok(())
    }

    fn access_ends_at(&self, _: &Secret) -> Option<Timestamp> {
        locked(&self.server.state).ends_at
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        self.server.reached("freeze", session).await?;
        let delay = locked(&self.server.state)
            .freezes
            .pop_front()
            .unwrap_or(SignedDuration::ZERO);
        self.server.clock.wait(self.server.clock.now() + delay).await;
        let key: String = outgoing.key.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts: Vec<&str> = outgoing.parts.iter().map(|part| part.text.as_str()).collect();
        Ok(Frozen(
            json!({
                "key": key,
                "parts": parts,
                "at": outgoing.at.to_string(),
                "reply_to": outgoing.reply_to,
                "quote": outgoing.quote,
                "repost": outgoing.repost,
            })
            .to_string()
            .into(),
        ))
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        _: u32,
        _: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        self.server.reached("upload", session).await?;
        Ok(frozen.clone())
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let server = &self.server;
        if !server.store.is_sending(frozen) {
            locked(&server.state)
                .wrongs
                .push("a post call without a committed `sending`".to_owned());
        }
        match server.reached("post", session).await {
            Ok(()) => {}
            Err(CallError::Offline) => return Answer::NeverLeft,
            Err(CallError::RateLimit { retry_after }) => {
                return refused(429, Refusal::RateLimit { retry_after });
            }
            Err(CallError::OutOfCredit) => return refused(402, Refusal::OutOfCredit),
            Err(CallError::Refused { status, .. }) => return refused(status, Refusal::Other),
            Err(CallError::Unclear { status }) => return Answer::Unclear { status },
            Err(_) => return refused(401, Refusal::Token),
        }
        let turn = locked(&server.state).turns.pop_front().unwrap_or_else(Turn::fine);
        let record: Value = serde_json::from_str(&frozen.0).unwrap_or_default();
        server.clock.wait(server.clock.now() + turn.before).await;
        server.store.pass(Some(Die::ServerBefore)).await;
        let parts = self.parts(&record, part);
        let ids = if turn.commits {
            server.commit(session, &record, &parts, replies_to)
        } else {
            Vec::new()
        };
        server.store.pass(Some(Die::ServerAfter)).await;
        server.clock.wait(server.clock.now() + turn.after).await;
        let author = session.account.author_id.clone();
        let receipt = Receipt {
            url: ids.first().map(|id| page(id)),
            ids,
            visibility: None,
            last_url: None,
        };
        match turn.says {
            Said::Posted => Answer::Posted {
                receipt,
                author: Some(author),
            },
            Said::PostedBy(other) => Answer::Posted {
                receipt,
                author: Some(other.to_owned()),
            },
            Said::PostedAs(visibility) => Answer::Posted {
                receipt: Receipt {
                    visibility: Some(visibility.to_owned()),
                    ..receipt
                },
                author: Some(author),
            },
            Said::PostedByNobody => Answer::Posted {
                receipt,
                author: None,
            },
            Said::NeverLeft => Answer::NeverLeft,
            Said::Lost => Answer::Unclear { status: None },
            Said::Refused(status, kind) => refused(status, kind),
        }
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        _: Option<&str>,
    ) -> Result<Look, CallError> {
        self.server.reached("look", session).await?;
        let state = locked(&self.server.state);
        if state.look_cannot_tell {
            return Ok(Look::CannotTell);
        }
        let record: Value = serde_json::from_str(&frozen.0).unwrap_or_default();
        let parts = self.parts(&record, part);
        let ids: Vec<String> = state
            .commits
            .iter()
            .filter(|commit| commit.author == session.account.author_id && !commit.deleted)
            .filter(|commit| {
                Some(commit.key.as_str()) == record["key"].as_str() && parts.contains(&commit.part)
            })
            .map(|commit| commit.id.clone())
            .collect();
        Ok(if ids.is_empty() || state.blind {
            if state.unproved {
                Look::Unseen
            } else {
                Look::Absent
            }
        } else {
            Look::There(Receipt {
                url: ids.first().map(|id| page(id)),
                ids,
                visibility: state.shown_as.map(str::to_owned),
                last_url: None,
            })
        })
    }

    /// By its words alone.
    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        _: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        self.server.reached("find", session).await?;
        let state = locked(&self.server.state);
        let wanted = outgoing.parts.iter().map(|part| part.text.as_str());
        let ids: Vec<String> = wanted
            .map_while(|text| {
                let found = state.commits.iter().find(|commit| {
                    commit.author == session.account.author_id
                        && !commit.deleted
                        && commit.text == text
                        && !known.contains(&commit.id)
                });
                found.map(|commit| commit.id.clone())
            })
            .collect();
        let url = ids.first().map(|id| page(id));
        Ok(if ids.is_empty() {
            Found::Absent
        } else if ids.len() < outgoing.parts.len() {
            Found::Alike { url }
        } else {
            Found::There(Receipt {
                ids,
                url,
                ..Receipt::default()
            })
        })
    }

    fn paid(&self, _: &AccountId) -> Paid {
        std::mem::take(&mut locked(&self.server.state).paid)
    }

    fn meant_for(&self, _: &Frozen) -> Option<Visibility> {
        locked(&self.server.state).meant_for
    }

    fn spent_until(&self, _: &AccountId) -> Option<Timestamp> {
        locked(&self.server.state).spent_until
    }

    /// Pages end in the id of what they show.
    async fn at_url(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
        url: &str,
    ) -> Result<Named, CallError> {
        self.server.reached("at_url", session).await?;
        let record: Value = serde_json::from_str(&frozen.0).unwrap_or_default();
        let id = url.strip_prefix(PAGES);
        let state = locked(&self.server.state);
        let Some(commit) = state.commits.iter().find(|commit| Some(commit.id.as_str()) == id) else {
            return Ok(Named::Nothing);
        };
        let same = record["parts"][part as usize] == commit.text && commit.reply_to.as_deref() == replies_to;
        Ok(if commit.author != session.account.author_id {
            Named::OtherAuthor
        } else if same {
            Named::ThePart(Receipt {
                ids: vec![commit.id.clone()],
                url: Some(url.to_owned()),
                visibility: state.shown_as.map(str::to_owned),
                last_url: None,
            })
        } else {
            Named::OtherContent
        })
    }
}

fn refused(status: u16, kind: Refusal) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: format!("code_{status}"),
        words: format!("Words of {status}."),
    }
}

fn token(author: &str, serial: u64) -> String {
    format!("{author}/{serial}")
}
