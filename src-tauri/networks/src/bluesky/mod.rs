//! Bluesky: posts are records in the account's repository on its own server (its PDS). Keys and contents are made
//! here, so the server can be asked whether exactly this record is there, and sent the same again without harm.
//!
//! Signed in by app password, or by browser; the calls are the same for both. Facts: NETWORKS.md 2 and 10.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Software};
use kossori_engine::model::Account;
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Found, Frozen, Look, Outgoing, OutgoingPicture,
    Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde_json::json;

use crate::http::{Body, Clients, address};
use crate::oauth::refused;
use crate::refusal::tame_handle;
use crate::{Options, frozen};

mod session;
mod identity;
mod authority;
mod dpop;
mod oauth;
mod cid;
mod facets;
mod freeze;
mod labels;
mod post;
mod find;
mod post_at;
mod refers;
#[cfg(test)]
mod oauth_tests;
#[cfg(test)]
mod refers_tests;
#[cfg(test)]
mod tests;
mod wire;
mod xrpc;

use dpop::Proofs;
use session::Tokens;
use xrpc::{Pds, Voice};

const POSTS: &str = "app.bsky.feed.post";
const REPOSTS: &str = "app.bsky.feed.repost";
/// Where app passwords are taken for every account that Bluesky itself hosts.
const ENTRYWAY: &str = "https://bsky.social";
const PLC: &str = "https://plc.directory";

pub(crate) struct Bluesky {
    clients: Clients,
    options: Options,
    proofs: Proofs,
}

impl Bluesky {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        Bluesky {
            clients: Clients::new(clock.clone(), options),
            options: options.clone(),
            proofs: Proofs::new(clock),
        }
    }

    async fn revoke_tokens(&self, pds: &Pds<'_>, tokens: &Tokens) -> Result<(), CallError> {
        if let Some(bound) = &tokens.bound {
            return oauth::revoke(&pds.http, &self.proofs, &self.options, tokens, bound).await;
        }
        let voice = Some(Voice::Bearer(&tokens.refresh));
        pds.call("com.atproto.server.deleteSession", Body::Empty, voice)
            .await
            .map(drop)
    }

    fn pds<'a>(&'a self, session: &'a Session) -> Result<Pds<'a>, CallError> {
        let http = self.clients.of(session)?;
        Ok(Pds {
            http,
            origin: &session.account.server,
            options: &self.options,
            proofs: &self.proofs,
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
            proofs: &self.proofs,
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
        let tokens = Tokens::of_password(made.access_jwt, made.refresh_jwt);
        Ok(SignedIn {
            server,
            handle: tame_handle(&made.handle),
            author_id: made.did,
            session_ends_at: tokens.session_ends_at(),
            tokens: tokens.write()?,
            about: about(),
        })
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        redirect: Option<&str>,
        drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        let http = self.clients.fresh(sign_in)?;
        oauth::begin(&http, &self.proofs, &self.options, sign_in, redirect, drawn).await
    }

    async fn finish(&self, sign_in: &SignIn, begun: &Begun, came: &CameBack) -> Result<SignedIn, CallError> {
        let http = self.clients.fresh(sign_in)?;
        let granted = oauth::finish(&http, &self.proofs, &self.options, begun, came).await?;
        let pds = Pds {
            http,
            origin: &granted.pds,
            options: &self.options,
            proofs: &self.proofs,
        };
        // Its server has to take them for the same account's. Those that nobody will use do not stay good.
        let author = author(&pds, &granted.tokens).await;
        let author = match author {
            Ok(author) if author.id == granted.did => author,
            other => {
                let _ = self.revoke_tokens(&pds, &granted.tokens).await;
                return Err(other.err().unwrap_or_else(|| refused("other_account", "")));
            }
        };
        Ok(SignedIn {
            handle: author.handle,
            author_id: author.id,
            session_ends_at: granted.tokens.session_ends_at(),
            tokens: granted.tokens.write()?,
            about: about(),
            server: granted.pds,
        })
    }

    /// The server tells none of these limits; they are the network's own (NETWORKS.md 2.3, 2.4). Of the picture
    /// limit there are two versions about, 1,000,000 and 2,000,000 bytes; the smaller one passes on both.
    async fn about(&self, _session: &Session) -> Result<About, CallError> {
        Ok(about())
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let tokens = Tokens::read(&session.tokens)?;
        author(&self.pds(session)?, &tokens).await
    }

    async fn refresh(&self, session: &Session) -> Result<Refreshed, CallError> {
        let old = Tokens::read(&session.tokens)?;
        let pds = self.pds(session)?;
        let tokens = match &old.bound {
            Some(bound) => oauth::refresh(&pds.http, &self.proofs, &self.options, &old, bound).await?,
            None => {
                let voice = Some(Voice::Bearer(&old.refresh));
                let method = "com.atproto.server.refreshSession";
                let made: wire::Session = pds.call(method, Body::Empty, voice).await?.parsed()?;
                Tokens::of_password(made.access_jwt, made.refresh_jwt)
            }
        };
        Ok(Refreshed {
            session_ends_at: tokens.session_ends_at(),
            tokens: tokens.write()?,
        })
    }

    /// The whole session, by its refresh token; the app password stays.
    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        let tokens = Tokens::read(&session.tokens)?;
        self.revoke_tokens(&self.pds(session)?, &tokens).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        let tokens = Tokens::read(&session.tokens)?;
        post::delete(&self.pds(session)?, &tokens, &session.account.author_id, id).await
    }

    fn access_ends_at(&self, tokens: &Secret) -> Option<Timestamp> {
        Tokens::read(tokens).ok()?.access_ends_at()
    }

    fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        self.clients.spent_until(account)
    }

    fn page(&self, _account: &Account, id: &str) -> Option<String> {
        // Of a repost only what it reposts has a page, and its id does not tell that.
        post::page_of(id, &serde_json::Value::Null)
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
        let tokens = Tokens::read(&session.tokens)?;
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
        let (Ok(pds), Ok(tokens)) = (self.pds(session), Tokens::read(&session.tokens)) else {
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

/// Whom the tokens speak for.
async fn author(pds: &Pds<'_>, tokens: &Tokens) -> Result<Author, CallError> {
    let url = xrpc::url(pds.origin, "com.atproto.server.getSession", &[])?;
    let said = pds.get(url, Some(tokens.voice())).await?;
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

fn about() -> About {
    About {
        limits: Network::Bluesky.default_limits(),
        software: Software::Unknown,
    }
}
