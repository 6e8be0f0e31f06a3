//! X's API, version 2: posts are made with a token of the person's own registration, and every call costs the person
//! money. Nothing there keeps a second copy away but the refusal of the same words, so an unknown outcome is looked for
//! among the account's own posts and never sent again (RULES.md 5). Facts: NETWORKS.md 1 and 10.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software};
use kossori_engine::model::Account;
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Found, Frozen, Look, Named, Outgoing,
    OutgoingPicture, Paid, Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde::de::DeserializeOwned;

use crate::http::{Call, Clients, Http, Reply};
use crate::refusal::tame_handle;
use crate::{Options, frozen, refusal};

mod freeze;
mod look;
mod media;
mod page;
mod post;
mod repost;
mod sign_in;
mod tally;
mod text;
mod tokens;
mod wire;

#[cfg(test)]
mod tests;

use tally::Tally;
use tokens::Tokens;

pub(crate) struct X {
    clients: Clients,
    clock: Arc<dyn Clock>,
    options: Options,
    tally: Tally,
}

/// The API's origin, a token, and the client to speak with.
struct Server<'a> {
    http: Http,
    origin: &'a str,
    token: String,
    options: &'a Options,
    /// Whose account is charged; `None` while there is none.
    charged: Option<(&'a Tally, &'a AccountId)>,
}

impl X {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        X {
            clients: Clients::new(clock.clone(), options),
            tally: Tally::new(clock.clone()),
            clock,
            options: options.clone(),
        }
    }

    fn server<'a>(&'a self, session: &'a Session) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.of(session)?,
            origin: &session.account.server,
            token: Tokens::read(&session.tokens)?.access_token,
            options: &self.options,
            charged: Some((&self.tally, &session.account.id)),
        })
    }

    /// Who `tokens` speak for, and the account that they make.
    async fn signed_in(
        &self,
        sign_in: &SignIn,
        origin: String,
        tokens: &Tokens,
    ) -> Result<SignedIn, CallError> {
        let server = Server {
            http: self.clients.fresh(sign_in)?,
            origin: &origin,
            token: tokens.access_token.clone(),
            options: &self.options,
            charged: None,
        };
        let (me, _) = server.me().await?;
        Ok(SignedIn {
            handle: tame_handle(&me.username),
            author_id: me.id,
            tokens: tokens.write()?,
            session_ends_at: None,
            about: about(),
            server: origin,
        })
    }
}

impl Server<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    fn charge(&self, what: impl FnOnce(&Tally, &AccountId)) {
        if let Some((tally, account)) = self.charged {
            what(tally, account);
        }
    }

    /// Each path has a limit of its own (NETWORKS.md 1.6): only the post call's answer says what is left for posts.
    async fn send(&self, call: Call) -> Result<Reply, CallError> {
        Ok(self.http.send(call.apart().bearer(&self.token)).await?)
    }

    async fn get_reply(&self, path: &str) -> Result<Reply, CallError> {
        self.send(Call::get(self.url(path), self.options.call_limit))
            .await
    }

    async fn me(&self) -> Result<(wire::User, Option<Timestamp>), CallError> {
        let reply = self.get_reply("/2/users/me").await?;
        let date = reply.date;
        let me: wire::User = data(reply)?;
        if !wire::is_id(&me.id) || me.username.is_empty() {
            return Err(CallError::Unclear { status: Some(200) });
        }
        Ok((me, date))
    }
}

#[async_trait]
impl Publisher for X {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let place = sign_in::Place::of(sign_in)?;
        let given = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_token"))?;
        let tokens = Tokens::given(given.expose(), sign_in.client_id.as_deref(), self.clock.now());
        self.signed_in(sign_in, place.api, &tokens).await
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
        let place = sign_in::Place::of(sign_in)?;
        let exchange = sign_in::Exchange::of(begun, came)?;
        let http = self.clients.fresh(sign_in)?;
        let tokens = exchange
            .tokens(&http, &place.api, &self.options, self.clock.as_ref())
            .await?;
        self.signed_in(sign_in, place.api, &tokens).await
    }

    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        let tokens = Tokens::read(&session.tokens)?;
        let http = self.clients.of(session)?;
        sign_in::revoke(&http, &session.account.server, &self.options, &tokens).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        post::delete(&self.server(session)?, &session.account.author_id, id).await
    }

    /// The server tells none of its limits; they are the network's own (NETWORKS.md 1.4, 1.5).
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
        let tokens = Tokens::read(&session.tokens)?;
        let http = self.clients.of(session)?;
        let origin = &session.account.server;
        let renewed = sign_in::refresh(&http, origin, &self.options, self.clock.as_ref(), tokens).await?;
        Ok(Refreshed {
            tokens: renewed.write()?,
            session_ends_at: None,
        })
    }

    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp> {
        Tokens::read(tokens).ok()?.ends_at()
    }

    fn paid(&self, account: &AccountId) -> Paid {
        self.tally.take(account)
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    fn page(&self, account: &Account, id: &str) -> Option<String> {
        wire::is_id(id).then(|| page::of(&account.server, &account.handle, id))
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        let server = self.server(session)?;
        frozen::write(&freeze::freeze(&server, &session.account, outgoing).await?)
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
        if pictures.is_empty() || !part.media.is_empty() {
            return Ok(frozen.clone());
        }
        part.media = media::upload(&self.server(session)?, pictures).await?;
        frozen::write(&record)
    }

    async fn post(&self, session: &Session, frozen: &Frozen, part: u32, replies_to: Option<&str>) -> Answer {
        let Ok(record) = frozen::read::<freeze::Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let Ok(server) = self.server(session) else {
            return Answer::NeverLeft;
        };
        post::post(&server, &session.account, &record, part, replies_to).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        let server = self.server(session)?;
        look::look(&server, &session.account, &record, part, replies_to).await
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let record = freeze::record(&session.account, outgoing, None)?;
        look::find(&self.server(session)?, &session.account, &record, since, known).await
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
        let server = self.server(session)?;
        look::named(&server, &session.account, &record, part, replies_to, url).await
    }
}

fn about() -> About {
    About {
        limits: Network::X.default_limits(),
        software: Software::Unknown,
    }
}

/// What an answer of 200 carries in `data`.
fn data<T: DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    if reply.status != 200 {
        return Err(call_error(&reply));
    }
    let senseless = CallError::Unclear { status: Some(200) };
    reply
        .json
        .and_then(|mut json| serde_json::from_value(json.get_mut("data")?.take()).ok())
        .ok_or(senseless)
}

fn call_error(reply: &Reply) -> CallError {
    match wire::problem(reply) {
        Some(problem) if problem.capped => CallError::OutOfCredit,
        problem => refusal::call_error(reply, problem.map(|problem| problem.error)),
    }
}
