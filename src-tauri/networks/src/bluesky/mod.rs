//! Bluesky: posts are records in the account's repository on its own server (its PDS). Keys and contents are made
//! here, so the server can be asked whether exactly this record is there, and sent the same again without harm.
//!
//! Sign-in is by app password. Facts: NETWORKS.md 2 and 10.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software};
use kossori_engine::ports::{
    About, Author, CallError, Clock, Found, Frozen, Look, Outgoing, OutgoingPicture, Publisher, Refreshed,
    Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde_json::json;

use crate::http::{Body, Clients, address};
use crate::refusal::tame_handle;
use crate::{Options, frozen};

mod cid;
mod facets;
mod freeze;
mod labels;
mod post;
mod find;
mod post_at;
mod refers;
mod session;
#[cfg(test)]
mod refers_tests;
#[cfg(test)]
mod tests;
mod wire;
mod xrpc;

use xrpc::Pds;

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";
/// Where app passwords are taken for every account that Bluesky itself hosts.
const ENTRYWAY: &str = "https://bsky.social";
const PLC: &str = "https://plc.directory";

pub(crate) struct Bluesky {
    clients: Clients,
    options: Options,
}

impl Bluesky {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        Bluesky {
            clients: Clients::new(clock, options),
            options: options.clone(),
        }
    }

    fn pds<'a>(&'a self, session: &'a Session) -> Result<Pds<'a>, CallError> {
        let http = self.clients.of(session)?;
        Ok(Pds {
            http,
            origin: &session.account.server,
            options: &self.options,
        })
    }
}

#[async_trait]
impl Publisher for Bluesky {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let typed = sign_in.server.as_deref().unwrap_or(ENTRYWAY);
        let origin = address::origin(typed, sign_in.local_server).ok_or(CallError::AddressRefused)?;
        let handle = sign_in
            .handle
            .as_deref()
            .ok_or(CallError::Unsupported("no_handle"))?;
        let password = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_app_password"))?;
        let http = self.clients.fresh(sign_in)?;

        let asked = Pds {
            http,
            origin: &origin,
            options: &self.options,
        };
        let identifier = handle.trim().trim_start_matches('@');
        let body = json!({ "identifier": identifier, "password": password.expose().trim() });
        let made: wire::Session = asked
            .call("com.atproto.server.createSession", Body::Json(body), None)
            .await?
            .parsed()?;
        // From the entryway to the account's own server. A local server's document may name an address that only
        // the server itself can use, so the one that the person gave stands.
        let own = made
            .did_doc
            .as_ref()
            .filter(|_| !sign_in.local_server)
            .and_then(session::pds_of);
        let server = match own {
            Some(endpoint) => address::origin(&endpoint, false).ok_or(CallError::AddressRefused)?,
            None => origin.clone(),
        };
        let tokens = session::Tokens {
            access: made.access_jwt,
            refresh: made.refresh_jwt,
        };
        Ok(SignedIn {
            server,
            handle: tame_handle(&made.handle),
            author_id: made.did,
            session_ends_at: session::ends_at(&tokens.refresh),
            tokens: tokens.write()?,
            about: about(),
        })
    }

    /// The server tells none of these limits; they are the network's own (NETWORKS.md 2.3, 2.4). Of the picture
    /// limit there are two versions about, 1,000,000 and 2,000,000 bytes; the smaller one passes on both.
    async fn about(&self, _session: &Session) -> Result<About, CallError> {
        Ok(about())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let tokens = session::Tokens::read(&session.tokens)?;
        let url = xrpc::url(&session.account.server, "com.atproto.server.getSession", &[])?;
        let said = self.pds(session)?.get(url, Some(&tokens.access)).await?;
        let date = said.date;
        let me: wire::Me = said.parsed()?;
        if me.active == Some(false) {
            let code = format!(
                "account_{}",
                tame_handle(me.status.as_deref().unwrap_or("inactive"))
            );
            return Err(CallError::Refused {
                status: 403,
                code,
                words: String::new(),
            });
        }
        Ok(Author {
            id: me.did,
            handle: tame_handle(&me.handle),
            date,
        })
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        let tokens = session::Tokens::read(&session.tokens)?;
        let pds = self.pds(session)?;
        let said = pds
            .call(
                "com.atproto.server.refreshSession",
                Body::Empty,
                Some(&tokens.refresh),
            )
            .await?;
        let made: wire::Session = said.parsed()?;
        let tokens = session::Tokens {
            access: made.access_jwt,
            refresh: made.refresh_jwt,
        };
        Ok(Refreshed {
            session_ends_at: session::ends_at(&tokens.refresh),
            tokens: tokens.write()?,
        })
    }

    /// The whole session, by its refresh token; the app password stays.
    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        let tokens = session::Tokens::read(&session.tokens)?;
        let method = "com.atproto.server.deleteSession";
        self.pds(session)?
            .call(method, Body::Empty, Some(&tokens.refresh))
            .await
            .map(drop)
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        let tokens = session::Tokens::read(&session.tokens)?;
        post::delete(&self.pds(session)?, &tokens, &session.account.author_id, id).await
    }

    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp> {
        session::ends_at(&session::Tokens::read(tokens).ok()?.access)
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    async fn freeze(&self, session: &Session, outgoing: &Outgoing) -> Result<Frozen, CallError> {
        frozen::write(&freeze::freeze(&self.pds(session)?, &session.account, outgoing).await?)
    }

    async fn upload(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        pictures: &[OutgoingPicture],
    ) -> Result<Frozen, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        let tokens = session::Tokens::read(&session.tokens)?;
        post::upload(&self.pds(session)?, &tokens, &record, part, pictures).await?;
        // Nothing is learnt from it: the references were known before.
        Ok(frozen.clone())
    }

    async fn post(
        &self,
        session: &Session,
        frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
    ) -> Answer {
        let Ok(record) = frozen::read::<freeze::Record>(frozen) else {
            return Answer::NeverLeft;
        };
        let (Ok(pds), Ok(tokens)) = (self.pds(session), session::Tokens::read(&session.tokens)) else {
            return Answer::NeverLeft;
        };
        post::post(&pds, &tokens, &record).await
    }

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let pds = self.pds(session)?;
        let record = freeze::freeze(&pds, &session.account, outgoing).await?;
        find::find(&pds, &record, since, known).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        _part: u32,
        _replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        post::look(&self.pds(session)?, &record).await
    }
}

fn about() -> About {
    About {
        limits: Network::Bluesky.default_limits(),
        software: Software::Unknown,
    }
}
