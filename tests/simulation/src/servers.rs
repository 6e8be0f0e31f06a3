//! The adapters of a story: what the engine speaks to instead of the network's own.

use std::sync::Arc;

use async_trait::async_trait;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Software};
use kossori_engine::ports::{
    About, Author, CallError, Found, Frozen, Look, Named, Outgoing, OutgoingPart, OutgoingPicture, Publisher,
    Publishers, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::disk::Disk;
use super::net::{Caller, Commit, Keys, Net, ends_at, refused};
use crate::clock::SimClock;

/// A server that takes as many keys as it is sent, and remembers none; or of a network that has none.
pub const FORGETFUL: &str = "https://forgetful.example";
pub const SOCIAL: &str = "https://social.example";
pub const PDS: &str = "https://pds.example";
pub const OTHER_PDS: &str = "https://other-pds.example";

pub struct Adapters {
    pub wired: Vec<Arc<Wired>>,
    /// The app's own, over the simulated disk.
    pub practice: Arc<dyn Publisher>,
}

impl Publishers for Adapters {
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>> {
        if network == Network::Practice {
            return Some(Arc::clone(&self.practice));
        }
        let wired = self.wired.iter().find(|wired| wired.network == network)?;
        Some(wired.clone())
    }
}

pub struct Wired {
    pub network: Network,
    pub net: Arc<Net>,
    pub clock: Arc<SimClock>,
    pub disk: Arc<Disk>,
}

impl Wired {
    fn caller<'a>(&self, session: &'a Session) -> Caller<'a> {
        Caller {
            author: &session.account.author_id,
            server: &session.account.server,
            tokens: session.tokens.expose(),
            entry: format!("account.{}", session.account.id),
            keys: match self.network {
                Network::Bluesky => Keys::ForEver,
                // A container is published once.
                Network::Threads => Keys::ForEver,
                _ if session.account.server == FORGETFUL => Keys::Ignored,
                _ => Keys::ForAnHour,
            },
        }
    }

    async fn reach(&self, kind: &'static str, session: &Session) -> Result<(), CallError> {
        self.net.reach(kind, &self.caller(session)).await
    }

    /// The call belongs to a text, which a no turns away.
    async fn reach_for(&self, text: &str, kind: &'static str, session: &Session) -> Result<(), CallError> {
        let reached = self.reach(kind, session).await;
        if matches!(reached, Err(CallError::Refused { .. })) {
            self.net.turns_away(&session.account.author_id, text);
        }
        reached
    }

    fn about_of(&self, server: &str) -> About {
        let software = match self.network {
            Network::Mastodon if server != FORGETFUL => Software::Mastodon,
            _ => Software::Unknown,
        };
        About {
            limits: self.network.default_limits(),
            software,
        }
    }

    fn parts(&self, record: &Value, part: u32) -> Vec<u32> {
        match self.network {
            Network::Bluesky => {
                (0..u32::try_from(record["parts"].as_array().map_or(0, Vec::len)).unwrap_or(0)).collect()
            }
            _ => vec![part],
        }
    }

    /// What a look at the account's own posts shows: Bluesky's have the key for a name, elsewhere the words must do.
    fn is_it(&self, record: &Value, part: u32, replies_to: Option<&str>) -> impl Fn(&Commit) -> bool {
        let key = record["key"].as_str().unwrap_or_default().to_owned();
        let words = record["parts"][part as usize]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let since = usize::try_from(record["since"].as_u64().unwrap_or(0)).unwrap_or(0);
        let replies_to = replies_to.map(str::to_owned);
        // A part's own container, or the record that has the key for a name.
        let named = match self.network {
            Network::Bluesky => true,
            Network::Threads => part == 0,
            _ => false,
        };
        let at_once = self.network == Network::Bluesky;
        move |commit: &Commit| {
            if named {
                return commit.key == key && (at_once || commit.part == part);
            }
            let number: usize = commit.id.trim_start_matches("id-").parse().unwrap_or(0);
            number > since && commit.text == words && commit.reply_to == replies_to
        }
    }
}

/// The bytes of a story's picture are its words.
fn shown_by(picture: &OutgoingPicture) -> String {
    String::from_utf8_lossy(&picture.picture.bytes).into_owned()
}

/// Like an answer, it says how visible the first of them is.
fn receipt_of(commits: &[Commit]) -> Receipt {
    Receipt {
        ids: commits.iter().map(|commit| commit.id.clone()).collect(),
        url: Some("https://server.example/post".to_owned()),
        visibility: commits.first().map(|commit| commit.visibility.clone()),
        last_url: None,
    }
}

#[async_trait]
impl Publisher for Wired {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let name = sign_in.handle.clone().unwrap_or_default();
        let server = sign_in.server.clone().unwrap_or_else(|| match self.network {
            Network::Bluesky => PDS.to_owned(),
            _ => SOCIAL.to_owned(),
        });
        let author_id = name.clone();
        let tokens = self.net.sign_in(&author_id, self.network == Network::Bluesky);
        Ok(SignedIn {
            about: self.about_of(&server),
            server,
            handle: name,
            tokens: Secret::new(tokens),
            author_id,
            session_ends_at: None,
        })
    }

    async fn about(&self, session: &Session) -> Result<About, CallError> {
        self.reach("about", session).await?;
        Ok(self.about_of(&session.account.server))
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        self.reach("author", session).await?;
        Ok(Author {
            id: session.account.author_id.clone(),
            handle: session.account.handle.clone(),
            date: Some(self.clock.true_now()),
        })
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        if self.network != Network::Bluesky {
            return Err(CallError::Token {
                code: "invalid_token".to_owned(),
                words: String::new(),
            });
        }
        self.reach("refresh", session).await?;
        let made = self
            .net
            .renew(&session.account.author_id, session.tokens.expose())?;
        // The new set is made; the process may die before it has it.
        self.disk.pass().await;
        Ok(Refreshed {
            tokens: Secret::new(made),
            session_ends_at: None,
        })
    }

    fn access_ends_at(&self, tokens: &Secret) -> Option<jiff::Timestamp> {
        ends_at(tokens.expose())
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        let text = outgoing.parts.first().map_or("", |part| part.text.as_str());
        self.reach_for(text, "freeze", session).await?;
        let key: String = outgoing.key.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts: Vec<&str> = outgoing.parts.iter().map(|part| part.text.as_str()).collect();
        let visibility = outgoing
            .visibility
            .map_or("public", |visibility| visibility.as_str());
        let shows = |part: &OutgoingPart| part.pictures.iter().map(shown_by).collect::<Vec<String>>();
        let pictures: Vec<Vec<String>> = outgoing.parts.iter().map(shows).collect();
        // A picture is named by what it shows, or by what the upload answers.
        let media = match self.network {
            Network::Bluesky => pictures.clone(),
            _ => vec![Vec::new(); pictures.len()],
        };
        let record = json!({
            "key": key,
            "parts": parts,
            "pictures": pictures,
            "media": media,
            "at": outgoing.at.to_string(),
            "visibility": visibility,
            "since": self.net.commits_so_far(),
        });
        Ok(Frozen(record.to_string().into()))
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        let mut record: Value = serde_json::from_str(&frozen.0).map_err(|_| CallError::BadFrozen)?;
        let caller = self.caller(session);
        let named = match self.network {
            Network::Bluesky => false,
            // What has its names keeps them: the record may have been sent with them.
            _ => record["media"][part as usize]
                .as_array()
                .is_some_and(|names| !names.is_empty()),
        };
        if named {
            return Ok(frozen.clone());
        }
        let mut names = Vec::new();
        for picture in pictures {
            let text = record["parts"][part as usize].as_str().unwrap_or_default();
            self.reach_for(text, "upload", session).await?;
            names.push(self.net.keep_picture(&caller, &shown_by(picture)));
        }
        if self.network == Network::Bluesky {
            return Ok(frozen.clone());
        }
        record["media"][part as usize] = json!(names);
        Ok(Frozen(record.to_string().into()))
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let caller = self.caller(session);
        if !self.disk.is_sending(frozen) {
            self.net.wrong("a post call without a committed `sending`");
        }
        let Ok(record) = serde_json::from_str::<Value>(&frozen.0) else {
            return refused(400, Refusal::Other);
        };
        let parts = self.parts(&record, part);
        self.net.post(&caller, &record, &parts, replies_to).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        if self.network == Network::LinkedIn {
            return Ok(Look::CannotTell);
        }
        self.reach("look", session).await?;
        let record: Value = serde_json::from_str(&frozen.0).unwrap_or_default();
        let there = self
            .net
            .find(&session.account.author_id, self.is_it(&record, part, replies_to));
        if !there.is_empty() {
            return Ok(Look::There(receipt_of(&there)));
        }
        match self.network {
            // The container of a later part is made at its post call: another one may be published again.
            Network::Threads if part > 0 => Ok(Look::CannotTell),
            _ => Ok(Look::Absent),
        }
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: jiff::Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        if self.network == Network::LinkedIn {
            return Ok(Found::CannotTell);
        }
        self.reach("look", session).await?;
        // A thread that goes at once is there if its first part is.
        let parts = match self.network {
            Network::Bluesky => outgoing.parts.get(..1).unwrap_or_default(),
            _ => &outgoing.parts[..],
        };
        let mut there: Vec<Commit> = Vec::new();
        for part in parts {
            let before = there.last().map(|commit| commit.id.clone());
            let pictures: Vec<String> = part.pictures.iter().map(shown_by).collect();
            let found = self.net.find(&session.account.author_id, |commit| {
                commit.at >= since
                    && commit.text == part.text
                    && commit.pictures == pictures
                    && (before.is_none() || commit.reply_to == before)
                    && !known.contains(&commit.id)
            });
            match (found.into_iter().next(), there.first()) {
                (Some(commit), _) => there.push(commit),
                (None, None) => return Ok(Found::Absent),
                (None, Some(_)) => return Ok(Found::Alike { url: None }),
            }
        }
        Ok(Found::There(receipt_of(&there)))
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
        self.reach("look", session).await?;
        let record: Value = serde_json::from_str(&frozen.0).unwrap_or_default();
        let id = url.rsplit('/').next().unwrap_or_default().to_owned();
        let is_it = self.is_it(&record, part, replies_to);
        let found = self
            .net
            .find(&session.account.author_id, |commit| commit.id == id);
        Ok(match found.first() {
            None => Named::Nothing,
            Some(commit) if is_it(commit) => Named::ThePart(receipt_of(&found)),
            Some(_) => Named::OtherContent,
        })
    }
}
