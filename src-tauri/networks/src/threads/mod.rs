//! Threads: a post is made in two steps (NETWORKS.md 5.2). A container is made, which publishes nothing, and is then published,
//! once: a container that was published is told as such, and is not published again. So whatever became of a publishing call,
//! the container can be asked, and to publish the same one again makes no second copy.
//!
//! Pictures are fetched by the network from a public address, which nothing here has: none are sent.
//!
//! Permissions that a token needs: `threads_basic`, `threads_content_publish`; for threads and replies
//! `threads_manage_replies` and `threads_read_replies`; to delete, `threads_delete`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software};
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Found, Frozen, Look, Named, Outgoing,
    OutgoingPicture, Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde::de::DeserializeOwned;

use crate::http::{Body, Call, Clients, Http, Reply};
use crate::refusal::tame_handle;
use crate::{Options, frozen, oauth};

mod container;
mod freeze;
mod look;
mod post;
mod sign_in;
#[cfg(test)]
mod refers_tests;
#[cfg(test)]
mod tests;
mod wire;

use container::Kept;

/// Where calls go, and where a person signs in. A stand-in is both.
const API: &str = "https://graph.threads.net";
const SITE: &str = "https://threads.com";
const API_VERSION: &str = "v1.0";

pub(crate) struct Threads {
    clients: Clients,
    clock: Arc<dyn Clock>,
    options: Options,
    /// Containers of later parts, which no record holds.
    kept: Kept,
}

/// The API, a token, and the client to speak with.
struct Server<'a> {
    http: Http,
    origin: &'a str,
    token: String,
    options: &'a Options,
}

impl Threads {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        Threads {
            clients: Clients::new(clock.clone(), options),
            clock,
            options: options.clone(),
            kept: Kept::default(),
        }
    }

    fn server<'a>(&'a self, session: &'a Session) -> Result<Server<'a>, CallError> {
        // It becomes part of paths.
        if !is_id(&session.account.author_id) {
            return Err(CallError::Unsupported("author"));
        }
        Ok(Server {
            http: self.clients.of(session)?,
            origin: &session.account.server,
            token: sign_in::read_tokens(&session.tokens)?.access_token,
            options: &self.options,
        })
    }
}

impl Server<'_> {
    /// The token goes along as the API documents it: in the query of what is read, in the form of what is written.
    fn url(&self, path: &str, pairs: &[(&str, &str)]) -> Result<String, CallError> {
        let mut pairs = pairs.to_vec();
        pairs.push(("access_token", &self.token));
        oauth::with_query(&format!("{}/{API_VERSION}/{path}", self.origin), &pairs)
    }

    async fn get_reply(&self, path: &str, pairs: &[(&str, &str)]) -> Result<Reply, CallError> {
        let call = Call::get(self.url(path, pairs)?, self.options.call_limit);
        Ok(self.http.send(call).await?)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, pairs: &[(&str, &str)]) -> Result<T, CallError> {
        let reply = self.get_reply(path, pairs).await?;
        if reply.status != 200 {
            return Err(wire::call_error(&reply));
        }
        parsed(reply)
    }

    fn form(&self, path: &str, mut pairs: Vec<(&'static str, String)>, limit: Duration) -> Call {
        pairs.push(("access_token", self.token.clone()));
        let url = format!("{}/{API_VERSION}/{path}", self.origin);
        Call::post(url, Body::Pairs(pairs), limit)
    }

    /// Who the token speaks for.
    async fn me(&self) -> Result<(wire::Me, Option<Timestamp>), CallError> {
        let reply = self.get_reply("me", &[("fields", "id,username")]).await?;
        if reply.status != 200 {
            return Err(wire::call_error(&reply));
        }
        let date = reply.date;
        let me: wire::Me = parsed(reply)?;
        if !is_id(&me.id) {
            return Err(CallError::Unclear { status: Some(200) });
        }
        Ok((me, date))
    }

    async fn delete(&self, id: &str) -> Result<(), CallError> {
        if !is_id(id) {
            return Err(CallError::BadFrozen);
        }
        let call = Call::delete(self.url(id, &[])?, self.options.call_limit);
        let reply = self.http.send(call).await?;
        if reply.status == 200 {
            return Ok(());
        }
        let error = wire::GraphError::of(&reply).filter(|_| (400..500).contains(&reply.status));
        match error {
            Some(error) if error.not_there() => Ok(()),
            // The same is said of what this token may not delete: gone is only what cannot be read either.
            Some(error) if error.not_to_be_seen() => {
                let seen = self.get_reply(id, &[("fields", "id")]).await?;
                let gone = wire::GraphError::of(&seen).is_some_and(|error| error.not_to_be_seen());
                if gone {
                    Ok(())
                } else {
                    Err(wire::call_error(&reply))
                }
            }
            _ => Err(wire::call_error(&reply)),
        }
    }
}

#[async_trait]
impl Publisher for Threads {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        self.sign_in_by_token(sign_in).await
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        redirect: Option<&str>,
        drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        sign_in::begin(sign_in, redirect, drawn)
    }

    async fn finish(&self, sign_in: &SignIn, begun: &Begun, came: &CameBack) -> Result<SignedIn, CallError> {
        self.finish_in_browser(sign_in, begun, came).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        self.server(session)?.delete(id).await
    }

    async fn about(&self, _session: &Session) -> Result<About, CallError> {
        Ok(about())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let (me, date) = self.server(session)?.me().await?;
        Ok(Author {
            id: me.id,
            handle: tame_handle(&me.username),
            date,
        })
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        self.renewed(session).await
    }

    /// Not when it ends, but when it is time to renew it: one that has ended cannot be.
    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp> {
        sign_in::renew_at(tokens)
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    /// The container of the first part is made here: the record that is committed before the post call holds it.
    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        let server = self.server(session)?;
        let account = &session.account;
        let mut record = freeze::draft(&server, &account.handle, outgoing).await?;
        if record.repost.is_some() {
            return frozen::write(&record);
        }
        record.container = container::make(&server, &account.author_id, &record, 0, None).await?;
        container::wait_until_ready(&server, &record.container).await?;
        frozen::write(&record)
    }

    /// There are no pictures to upload, and the engine does not ask for none.
    async fn upload(
        &self,
        _session: &Session,
        frozen: &Frozen,
        _part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        if pictures.is_empty() {
            Ok(frozen.clone())
        } else {
            Err(CallError::Unsupported("pictures"))
        }
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let Ok(record) = frozen::read::<freeze::Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let Ok(server) = self.server(session) else {
            return Answer::NeverLeft;
        };
        post::post(&server, &session.account, &self.kept, &record, part, replies_to).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        look::look(&self.server(session)?, &self.kept, &record, part, replies_to).await
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let server = self.server(session)?;
        let refers = freeze::refers(&server, &session.account.handle, outgoing).await?;
        match look::find(&server, outgoing, refers, since, known).await {
            // Said, and not to be seen through however often it is asked: a person has to look.
            Err(look::ENDLESS) => Err(CallError::Unclear { status: Some(200) }),
            found => found,
        }
    }

    async fn at_url(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
        url: &str,
    ) -> Result<Named, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        look::at_url(
            &self.server(session)?,
            &session.account,
            &record,
            part,
            replies_to,
            url,
        )
        .await
    }
}

/// It tells nothing of itself: these are the documented numbers.
fn about() -> About {
    About {
        limits: Network::Threads.default_limits(),
        software: Software::Unknown,
    }
}

/// Graph's ids are numbers.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn parsed<T: DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    let senseless = CallError::Unclear {
        status: Some(reply.status),
    };
    reply
        .json
        .and_then(|json| serde_json::from_value(json).ok())
        .ok_or(senseless)
}
