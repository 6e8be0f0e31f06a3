//! Misskey and what was made of it (Sharkey, CherryPick and others). What they do differently is in NETWORKS.md 4.
//!
//! Every call is a `POST` with JSON. The token goes in the header `Authorization: Bearer`, never in the body as `i`, where
//! a server that writes bodies to its log would keep it. Misskey 12 and early 13 read the body alone (server/api/
//! ApiCallService.ts): they answer `CREDENTIAL_REQUIRED`, at the sign-in already.
//!
//! Permissions that a token needs: `write:notes`, `write:drive`, `read:account`.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::Visibility;
use kossori_engine::model::Account;
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Found, Frozen, Look, Named, Outgoing,
    OutgoingPicture, Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Body, Call, Clients, Http, Reply, plain_id};
use crate::{Options, frozen, refusal};

mod about;
mod at_url;
mod freeze;
mod look;
mod media;
mod own;
mod post;
mod sign_in;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) struct Misskey {
    clients: Clients,
    options: Options,
}

#[derive(Serialize, Deserialize)]
struct Tokens {
    token: String,
}

/// A server, a token, and the client to speak with.
struct Server<'a> {
    http: Http,
    origin: &'a str,
    /// `None` while there is none yet.
    token: Option<String>,
    options: &'a Options,
}

impl Misskey {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        Misskey {
            clients: Clients::new(clock, options),
            options: options.clone(),
        }
    }

    fn server<'a>(&'a self, session: &'a Session) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.of(session)?,
            origin: &session.account.server,
            token: Some(read_tokens(&session.tokens)?.token),
            options: &self.options,
        })
    }

    /// For an account that is not there yet.
    fn fresh<'a>(
        &'a self,
        sign_in: &SignIn,
        origin: &'a str,
        token: Option<String>,
    ) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.fresh(sign_in)?,
            origin,
            token,
            options: &self.options,
        })
    }
}

impl Server<'_> {
    fn url(&self, endpoint: &str) -> String {
        format!("{}/api/{endpoint}", self.origin)
    }

    fn signed(&self, call: Call) -> Call {
        match &self.token {
            Some(token) => call.bearer(token),
            None => call,
        }
    }

    async fn reply(&self, endpoint: &str, body: Value) -> Result<Reply, CallError> {
        let call = Call::post(self.url(endpoint), Body::Json(body), self.options.call_limit);
        Ok(self.http.send(self.signed(call)).await?)
    }

    async fn ask<T: DeserializeOwned>(&self, endpoint: &str, body: Value) -> Result<T, CallError> {
        parsed(self.reply(endpoint, body).await?)
    }

    /// What is public: the token is not sent along.
    async fn ask_openly<T: DeserializeOwned>(&self, endpoint: &str, body: Value) -> Result<T, CallError> {
        let call = Call::post(self.url(endpoint), Body::Json(body), self.options.call_limit);
        parsed(self.http.send(call).await?)
    }
}

#[async_trait]
impl Publisher for Misskey {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let origin = sign_in::origin(sign_in)?;
        let given = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_token"))?;
        let token = sign_in::given_token(given.expose());
        sign_in::with_token(&self.fresh(sign_in, &origin, Some(token))?).await
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        redirect: Option<&str>,
        drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        let origin = sign_in::origin(sign_in)?;
        sign_in::begin(&self.fresh(sign_in, &origin, None)?, redirect, drawn).await
    }

    async fn finish(&self, sign_in: &SignIn, begun: &Begun, came: &CameBack) -> Result<SignedIn, CallError> {
        let origin = sign_in::origin(sign_in)?;
        let mut server = self.fresh(sign_in, &origin, None)?;
        server.token = Some(sign_in::checked(&server, begun, came).await?);
        sign_in::with_token(&server).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        let reply = self
            .server(session)?
            .reply("notes/delete", json!({ "noteId": id }))
            .await?;
        // There is nothing to say of it: 204. A page with 200 is somebody else's.
        if reply.status == 204 || (reply.status == 200 && reply.json.is_some()) {
            return Ok(());
        }
        match call_error(&reply) {
            CallError::Refused { code, .. } if code == "NO_SUCH_NOTE" => Ok(()),
            error => Err(error),
        }
    }

    async fn about(&self, session: &Session) -> Result<About, CallError> {
        about::about(&self.server(session)?).await
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let server = self.server(session)?;
        let (me, date) = sign_in::me(&server).await?;
        Ok(Author {
            handle: sign_in::full_handle(&me, server.origin),
            id: me.id,
            date,
        })
    }

    /// Tokens do not expire (NETWORKS.md 4.1): one that is refused is over.
    async fn refresh(&self, _session: &Session) -> Result<Refreshed, CallError> {
        Err(CallError::Token {
            code: "AUTHENTICATION_FAILED".to_owned(),
            words: String::new(),
        })
    }

    fn access_ends_at(&self, _tokens: &Secret) -> Option<Timestamp> {
        None
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    fn meant_for(&self, frozen: &Frozen) -> Option<Visibility> {
        let record: freeze::Record = frozen::read(frozen).ok()?;
        record.meant_for()
    }

    fn page(&self, account: &Account, id: &str) -> Option<String> {
        let id = plain_id(id).ok()?;
        Some(post::page(id, &account.server))
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        let server = self.server(session)?;
        frozen::write(&freeze::freeze(&server, &session.account.author_id, outgoing).await?)
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        let mut record: freeze::Record = frozen::read(frozen)?;
        let part = record.parts.get_mut(part as usize).ok_or(CallError::BadFrozen)?;
        if pictures.is_empty() || !part.file_ids.is_empty() {
            return Ok(frozen.clone());
        }
        part.file_ids = media::upload(&self.server(session)?, pictures, part.cw.is_some()).await?;
        frozen::write(&record)
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let Ok(record) = frozen::read::<freeze::Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let Ok(server) = self.server(session) else {
            return Answer::NeverLeft;
        };
        post::post(&server, &record, part, replies_to).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        let (server, author) = (self.server(session)?, &session.account.author_id);
        look::look(&server, author, &record, part, replies_to).await
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let (server, author) = (self.server(session)?, &session.account.author_id);
        let record = freeze::freeze(&server, author, outgoing).await?;
        look::find(&server, author, &record, since, known).await
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
        let (server, author) = (self.server(session)?, &session.account.author_id);
        at_url::named(&server, author, &record, part, replies_to, url).await
    }
}

fn read_tokens(tokens: &Secret) -> Result<Tokens, CallError> {
    serde_json::from_str(tokens.expose()).map_err(|_| CallError::Token {
        code: "tokens_unreadable".to_owned(),
        words: String::new(),
    })
}

fn parsed<T: DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    if reply.status != 200 {
        return Err(call_error(&reply));
    }
    reply
        .json
        .and_then(|json| serde_json::from_value(json).ok())
        .ok_or(CallError::Unclear { status: Some(200) })
}

fn call_error(reply: &Reply) -> CallError {
    refusal::call_error(reply, wire::api_error(reply))
}
