//! LinkedIn: posts of a person. It has no servers but its own, and lets nobody look at what a person posted (NETWORKS.md
//! 6), so an outcome that is not known is asked about at once.
//!
//! Permissions that a token needs: `openid profile w_member_social`.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software};
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Frozen, Look, Outgoing, OutgoingPicture,
    Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde::de::DeserializeOwned;

use crate::http::{Body, Call, Clients, Http, Reply};
use crate::{Options, frozen, refusal};

mod freeze;
mod media;
mod post;
mod sign_in;
#[cfg(test)]
mod tests;
mod wire;

/// Where calls go, and where a person signs in and looks at posts. A stand-in is both.
const API: &str = "https://api.linkedin.com";
const SITE: &str = "https://www.linkedin.com";
/// The month of the API that is spoken, in `LinkedIn-Version`. Each is served for at least a year and then answers 426
/// (NETWORKS.md 6.2); nothing else here knows it.
const API_VERSION: &str = "202605";

pub(crate) struct LinkedIn {
    clients: Clients,
    clock: Arc<dyn Clock>,
    options: Options,
}

/// The API, a token, and the client to speak with.
struct Server<'a> {
    http: Http,
    origin: &'a str,
    token: String,
    options: &'a Options,
}

impl LinkedIn {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        LinkedIn {
            clients: Clients::new(clock.clone(), options),
            clock,
            options: options.clone(),
        }
    }

    fn server<'a>(&'a self, session: &'a Session) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.of(session)?,
            origin: &session.account.server,
            token: sign_in::read_tokens(&session.tokens)?.access_token,
            options: &self.options,
        })
    }
}

/// Where people see what the API at `origin` holds.
fn site(origin: &str) -> &str {
    if origin == API { SITE } else { origin }
}

impl Server<'_> {
    /// A call of the versioned API. `path` begins with `/rest/`.
    async fn send(&self, call: Call) -> Result<Reply, CallError> {
        Ok(self.http.send(self.versioned(call)).await?)
    }

    fn versioned(&self, call: Call) -> Call {
        call.bearer(&self.token)
            .header("LinkedIn-Version", API_VERSION.to_owned())
            .header("X-Restli-Protocol-Version", "2.0.0".to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Who the token speaks for. Not versioned.
    async fn userinfo(&self) -> Result<(wire::UserInfo, Option<Timestamp>), CallError> {
        let call = Call::get(self.url("/v2/userinfo"), self.options.call_limit).bearer(&self.token);
        let reply = self.http.send(call).await?;
        if reply.status != 200 {
            return Err(call_error(&reply));
        }
        let date = reply.date;
        let info: wire::UserInfo = parsed(reply)?;
        // It becomes part of a URN.
        let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if info.sub.is_empty() || !info.sub.chars().all(sound) {
            return Err(CallError::Unclear { status: Some(200) });
        }
        Ok((info, date))
    }
}

#[async_trait]
impl Publisher for LinkedIn {
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
        let server = self.server(session)?;
        let url = server.url(&format!("/rest/posts/{}", encoded(id)));
        let call = Call::delete(url, self.options.call_limit).header("X-RestLi-Method", "DELETE".to_owned());
        let reply = server.send(call).await?;
        match reply.status {
            200 | 204 | 404 => Ok(()),
            _ => Err(call_error(&reply)),
        }
    }

    async fn about(&self, _session: &Session) -> Result<About, CallError> {
        Ok(about())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let (info, date) = self.server(session)?.userinfo().await?;
        Ok(Author {
            id: info.urn(),
            handle: info.handle(),
            date,
        })
    }

    /// Only partners of LinkedIn's get tokens that can be renewed (NETWORKS.md 6.1): after 60 days one signs in again.
    async fn refresh(&self, _session: &Session) -> Result<Refreshed, CallError> {
        Err(CallError::Token {
            code: "unauthorized".to_owned(),
            words: String::new(),
        })
    }

    /// There is nothing to be renewed before a window. When the session ends is told at the sign-in.
    fn access_ends_at(&self, _tokens: &Secret) -> Option<Timestamp> {
        None
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        frozen::write(&freeze::freeze(outgoing, site(&session.account.server))?)
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        let mut record: freeze::Record = frozen::read(frozen)?;
        if part != 0 {
            return Err(CallError::BadFrozen);
        }
        if pictures.is_empty() || !record.images.is_empty() {
            return Ok(frozen.clone());
        }
        record.images = media::upload(&self.server(session)?, &session.account.author_id, pictures).await?;
        frozen::write(&record)
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, _replies_to: Option<&str>) -> Answer {
        let Ok(record) = frozen::read::<freeze::Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let Ok(server) = self.server(session) else {
            return Answer::NeverLeft;
        };
        post::post(&server, &session.account.author_id, &record, part).await
    }

    /// Reading a person's posts needs a permission that LinkedIn gives to hardly anybody (NETWORKS.md 6.2).
    async fn look(
        &self,
        _session: &Session,
        _frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        Ok(Look::CannotTell)
    }
}

/// It tells nothing of itself: these are the documented numbers.
fn about() -> About {
    About {
        limits: Network::LinkedIn.default_limits(),
        software: Software::Unknown,
    }
}

/// An URN as a part of a path.
fn encoded(urn: &str) -> String {
    let mut path = String::with_capacity(urn.len() * 2);
    for byte in urn.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
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

fn call_error(reply: &Reply) -> CallError {
    refusal::call_error(reply, wire::api_error(reply))
}

/// A form for the site's own endpoint, which takes no token.
fn form(url: String, pairs: Vec<(&'static str, String)>, options: &Options) -> Call {
    Call::post(url, Body::Pairs(pairs), options.call_limit)
}
