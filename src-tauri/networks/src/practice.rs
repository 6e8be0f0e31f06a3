//! The network that needs no account: a timeline in the data folder, which can also answer late, wrongly or not at
//! all, so that every state can be seen without a server (`practice next`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Software};
use kossori_core::text::count::length;
use kossori_engine::ports::{
    About, Author, CallError, Clock, Fault, Found, Frozen, Look, NewTimelinePart, NewTimelinePost, Outgoing,
    OutgoingPicture, Publisher, Refreshed, Session, SignIn, SignedIn, Timeline, TimelinePicture,
};
use kossori_engine::secret::Secret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Options, frozen};

const USUAL_NAME: &str = "practice";
const RATE_LIMIT: SignedDuration = SignedDuration::from_secs(60);

pub(crate) struct Practice {
    timeline: Arc<dyn Timeline>,
    clock: Arc<dyn Clock>,
    slow: Duration,
}

/// What a claim froze: the parts as the timeline will keep them.
#[derive(Serialize, Deserialize)]
struct Record {
    v: u64,
    key: String,
    parts: Vec<NewTimelinePart>,
}

impl Practice {
    pub fn new(timeline: Arc<dyn Timeline>, clock: Arc<dyn Clock>, options: &Options) -> Self {
        Practice {
            timeline,
            clock,
            slow: options.practice_slow,
        }
    }

    async fn publish(&self, session: &Session, record: Record) -> Answer {
        let limit = Network::Practice.default_limits().text;
        if record
            .parts
            .iter()
            .any(|part| length(&part.text, part.cw.as_deref(), &limit).over)
        {
            return refused(
                422,
                Refusal::Other,
                "practice_too_long",
                "The text is too long, for practice too.",
            );
        }
        let post = NewTimelinePost {
            account: session.account.id.clone(),
            key: record.key,
            published_at: self.clock.now(),
            parts: record.parts,
        };
        match self.timeline.publish(post).await {
            Ok(ids) => Answer::Posted {
                receipt: receipt(ids),
                author: Some(session.account.author_id.clone()),
            },
            // The transaction may have been committed before it failed to say so.
            Err(_) => Answer::Unclear { status: None },
        }
    }
}

#[async_trait]
impl Publisher for Practice {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let name = sign_in
            .handle
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .unwrap_or(USUAL_NAME);
        Ok(SignedIn {
            server: String::new(),
            handle: name.to_owned(),
            author_id: format!("practice:{name}"),
            tokens: Secret::new(String::new()),
            session_ends_at: None,
            about: about(),
        })
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        let removed = self.timeline.remove(&session.account.id, id).await;
        removed.map_err(|_| CallError::Unclear { status: None })
    }

    async fn about(&self, _session: &Session) -> Result<About, CallError> {
        Ok(about())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let account = &session.account;
        Ok(Author {
            id: account.author_id.clone(),
            handle: account.handle.clone(),
            date: None,
        })
    }

    /// There is nothing to refresh, so the fault `sign-out` leads to a sign-in, as on a real network.
    async fn refresh(&self, _session: &Session) -> Result<Refreshed, CallError> {
        Err(CallError::Token {
            code: "practice_sign_out".to_owned(),
            words: "Signed out for practice.".to_owned(),
        })
    }

    fn access_ends_at(&self, _tokens: &Secret) -> Option<Timestamp> {
        None
    }

    async fn freeze(&self, _session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        // Nobody else posts there.
        if outgoing.quote.is_some() || outgoing.repost.is_some() {
            return Err(CallError::Unsupported("refers"));
        }
        let parts = outgoing
            .parts
            .iter()
            .enumerate()
            .map(|(index, part)| NewTimelinePart {
                text: part.text.clone(),
                cw: outgoing.cw.clone(),
                // Later parts answer the one before them; that needs no words.
                reply_to: outgoing.reply_to.clone().filter(|_| index == 0),
                pictures: part.pictures.iter().map(timeline_picture).collect(),
            });
        frozen::write(&Record {
            v: frozen::version(outgoing),
            key: hex::encode(outgoing.key),
            parts: parts.collect(),
        })
    }

    async fn upload(
        &self,
        _session: &Session,
        frozen: &Frozen,
        _part: u32,
        _pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        Ok(frozen.clone())
    }

    async fn post(
        &self,
        session: &Session,
        frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
    ) -> Answer {
        let Ok(record) = frozen::read::<Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let Ok(fault) = self.timeline.take_fault(&session.account.id).await else {
            return Answer::NeverLeft;
        };
        match fault {
            None => self.publish(session, record).await,
            // People who practise need not wait for a deadline: the outcome is unknown at once.
            Some(Fault::LostAnswer) => {
                self.publish(session, record).await;
                Answer::Unclear { status: None }
            }
            Some(Fault::Slow) => {
                let answer = self.publish(session, record).await;
                tokio::time::sleep(self.slow).await;
                answer
            }
            Some(Fault::Refuse) => refused(422, Refusal::Other, "practice_refused", "Refused for practice."),
            Some(Fault::RateLimit) => {
                let kind = Refusal::RateLimit {
                    retry_after: Some(RATE_LIMIT),
                };
                refused(429, kind, "practice_rate_limit", "Too many posts, for practice.")
            }
            Some(Fault::SignOut) => refused(
                401,
                Refusal::Token,
                "practice_sign_out",
                "Signed out for practice.",
            ),
        }
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let posts = self.timeline.posts(&session.account.id).await;
        let posts = posts.map_err(|_| CallError::Unclear { status: None })?;
        let text = outgoing.parts.first().map(|part| part.text.as_str());
        let found = posts.into_iter().find(|post| {
            post.part == 0
                && post.published_at >= since
                && Some(post.text.as_str()) == text
                && !known.contains(&post.id)
        });
        Ok(found.map_or(Found::Absent, |post| Found::There(receipt(vec![post.id]))))
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: Record = frozen::read(frozen)?;
        let found = self.timeline.find(&session.account.id, &record.key).await;
        let ids = found.map_err(|_| CallError::Unclear { status: None })?;
        Ok(if ids.is_empty() {
            Look::Absent
        } else {
            Look::There(receipt(ids))
        })
    }
}

fn about() -> About {
    About {
        limits: Network::Practice.default_limits(),
        software: Software::Unknown,
    }
}

fn receipt(ids: Vec<String>) -> Receipt {
    Receipt {
        ids,
        url: None,
        visibility: None,
        last_url: None,
    }
}

fn refused(status: u16, kind: Refusal, code: &str, words: &str) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

fn timeline_picture(picture: &OutgoingPicture) -> TimelinePicture {
    TimelinePicture {
        media: None,
        alt: picture.alt.clone(),
        sha256: hex::encode(Sha256::digest(&picture.picture.bytes)),
    }
}
