//! Mastodon's API, which many other servers speak more or less. What they do differently is in NETWORKS.md 3 and
//! 10; nothing here rests on a server being Mastodon itself.
//!
//! Permissions that a token needs: to read accounts, statuses and search, to write statuses and media.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::ids::AccountId;
use kossori_core::network::{Software, Visibility};
use kossori_engine::model::Account;
use kossori_engine::ports::{
    About, Author, Begun, CallError, CameBack, Clock, Drawn, Found, Frozen, Look, Named, Outgoing,
    OutgoingPicture, Publisher, Refreshed, Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::http::{Call, Clients, Http, Reply, address, plain_id};
use crate::refusal::tame_handle;
use crate::{Options, frozen, refusal};

mod sign_in;

mod about;
mod at_url;
mod delete;
mod freeze;
mod look;
mod media;
mod post;
mod repost;
mod text;
mod wire;

#[cfg(test)]
mod at_url_tests;
#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod look_tests;
#[cfg(test)]
mod meant_tests;
#[cfg(test)]
mod refers_tests;
#[cfg(test)]
mod sign_in_tests;
#[cfg(test)]
mod tests;

/// Of what is kept of a sign-in that waits for a person.
const VERSION: u64 = 1;

pub(crate) struct Mastodon {
    clients: Clients,
    options: Options,
}

/// The token set. A token that was made elsewhere comes alone; of a sign-in by browser the app that was registered for it is
/// kept too, since only that app may end it.
#[derive(Serialize, Deserialize)]
struct Tokens {
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
}

/// A server, a token, and the client to speak with.
struct Server<'a> {
    http: Http,
    origin: &'a str,
    /// As it was last told. While signing in it is not known yet.
    software: Software,
    token: String,
    options: &'a Options,
}

impl Mastodon {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        Mastodon {
            clients: Clients::new(clock, options),
            options: options.clone(),
        }
    }

    fn server<'a>(&'a self, session: &'a Session) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.of(session)?,
            origin: &session.account.server,
            software: session.account.software,
            token: read_tokens(&session.tokens)?.access_token,
            options: &self.options,
        })
    }

    /// For an account that is not there yet.
    fn new_server<'a>(
        &'a self,
        sign_in: &SignIn,
        origin: &'a str,
        token: String,
    ) -> Result<Server<'a>, CallError> {
        Ok(Server {
            http: self.clients.fresh(sign_in)?,
            origin,
            software: Software::Unknown,
            token,
            options: &self.options,
        })
    }
}

impl Server<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The call as the account's own. Pixelfed words its errors in JSON only for those who say that they want it.
    fn signed(&self, call: Call) -> Call {
        call.bearer(&self.token)
            .header("Accept", "application/json".to_owned())
    }

    async fn get_reply(&self, path: &str) -> Result<Reply, CallError> {
        let call = Call::get(self.url(path), self.options.call_limit);
        Ok(self.http.send(self.signed(call)).await?)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        let reply = self.get_reply(path).await?;
        if reply.status != 200 {
            return Err(self.call_error(&reply));
        }
        parsed(reply)
    }

    /// What a reply means if it is no success. Not for the post call, of which a body without a word proves nothing.
    fn call_error(&self, reply: &Reply) -> CallError {
        // Its way to say that it does not know the token (NETWORKS.md 10).
        if self.software == Software::Snac && reply.status == 422 && reply.json.is_none() {
            return CallError::Token {
                code: "unauthorized".to_owned(),
                words: String::new(),
            };
        }
        refusal::call_error(reply, wire::api_error(reply))
    }
}

#[async_trait]
impl Publisher for Mastodon {
    async fn sign_in(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let origin = origin(sign_in)?;
        let given = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_token"))?;
        let tokens = given_tokens(given.expose());
        let server = self.new_server(sign_in, &origin, tokens.access_token.clone())?;
        signed_in(server, &tokens, None).await
    }

    async fn begin(
        &self,
        sign_in: &SignIn,
        redirect: Option<&str>,
        drawn: &Drawn,
    ) -> Result<Begun, CallError> {
        let origin = origin(sign_in)?;
        let server = self.new_server(sign_in, &origin, String::new())?;
        let name = sign_in
            .client_name
            .as_deref()
            .unwrap_or(&self.options.client_name);
        sign_in::begin(&server, name, redirect, drawn).await
    }

    async fn finish(&self, sign_in: &SignIn, begun: &Begun, came: &CameBack) -> Result<SignedIn, CallError> {
        let origin = origin(sign_in)?;
        let server = self.new_server(sign_in, &origin, String::new())?;
        let (tokens, ends_at) = sign_in::finish(&server, begun, came).await?;
        let server = self.new_server(sign_in, &origin, tokens.access_token.clone())?;
        signed_in(server, &tokens, ends_at).await
    }

    async fn revoke(&self, session: &Session) -> Result<(), CallError> {
        sign_in::revoke(&self.server(session)?, &read_tokens(&session.tokens)?).await
    }

    async fn delete(&self, session: &Session, id: &str) -> Result<(), CallError> {
        delete::delete(&self.server(session)?, id).await
    }

    async fn about(&self, session: &Session) -> Result<About, CallError> {
        Ok(about::about(&self.server(session)?).await?.0)
    }

    async fn author(&self, session: &Session) -> Result<Author, CallError> {
        let (me, date) = verify_credentials(&self.server(session)?).await?;
        // The stored handle has the server's domain, which this answer leaves out.
        let handle = match session.account.handle.split_once('@') {
            Some((_, domain)) if !me.acct.contains('@') => format!("{}@{domain}", me.acct),
            _ => me.acct,
        };
        Ok(Author {
            id: me.id,
            handle: tame_handle(&handle),
            date,
        })
    }

    /// Tokens do not expire (NETWORKS.md 3.1): one that is refused is over.
    async fn refresh(&self, _session: &Session) -> Result<Refreshed, CallError> {
        Err(CallError::Token {
            code: "unauthorized".to_owned(),
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
        // The others of the family have pages of other forms.
        let own = account.software == Software::Mastodon && id.bytes().all(|byte| byte.is_ascii_digit());
        let (name, _) = account.handle.split_once('@')?;
        own.then(|| format!("{}/@{name}/{id}", account.server))
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
        if pictures.is_empty() || !part.media_ids.is_empty() {
            return Ok(frozen.clone());
        }
        part.media_ids = media::upload(&self.server(session)?, pictures).await?;
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

    async fn find(
        &self,
        session: &Session,
        outgoing: &Outgoing,
        since: Timestamp,
        known: &[String],
    ) -> Result<Found, CallError> {
        let server = self.server(session)?;
        if let Some(url) = &outgoing.repost {
            return repost::find(&server, url, known).await;
        }
        let record = freeze::freeze(&server, &session.account, outgoing).await?;
        look::find(&server, &session.account, &record, since, known).await
    }

    async fn look(
        &self,
        session: &Session,
        frozen: &Frozen,
        part: u32,
        replies_to: Option<&str>,
    ) -> Result<Look, CallError> {
        let record: freeze::Record = frozen::read(frozen)?;
        look::look(
            &self.server(session)?,
            &session.account,
            &record,
            part,
            replies_to,
        )
        .await
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
        let (server, account) = (self.server(session)?, &session.account);
        at_url::named(&server, account, &record, part, replies_to, url).await
    }
}

fn origin(sign_in: &SignIn) -> Result<String, CallError> {
    let typed = sign_in
        .server
        .as_deref()
        .ok_or(CallError::Unsupported("no_server"))?;
    address::origin(typed, sign_in.local_server).ok_or(CallError::AddressRefused)
}

/// Who the token speaks for, and where.
async fn signed_in(
    mut server: Server<'_>,
    tokens: &Tokens,
    session_ends_at: Option<Timestamp>,
) -> Result<SignedIn, CallError> {
    let first = verify_credentials(&server).await;
    let known = match &first {
        Ok(_) => true,
        // What a refusal without words means depends on the software.
        Err(CallError::Unclear { status: Some(422) }) => false,
        Err(error) => return Err(error.clone()),
    };
    server.software = about::software(&server).await;
    let (me, _) = if known {
        first?
    } else {
        verify_credentials(&server).await?
    };
    let (about, domain) = about::about_of(&server, server.software).await?;
    let written = serde_json::to_string(tokens).map_err(|_| CallError::Unsupported("token"))?;
    Ok(SignedIn {
        handle: tame_handle(&full_handle(&me.acct, domain.as_deref(), server.origin)),
        author_id: me.id,
        tokens: Secret::new(written),
        session_ends_at,
        about,
        server: server.origin.to_owned(),
    })
}

async fn verify_credentials(server: &Server<'_>) -> Result<(wire::Account, Option<Timestamp>), CallError> {
    let reply = server.get_reply("/api/v1/accounts/verify_credentials").await?;
    if reply.status != 200 {
        return Err(server.call_error(&reply));
    }
    let date = reply.date;
    let me: wire::Account = parsed(reply)?;
    plain_id(&me.id)?;
    Ok((me, date))
}

/// One line with the token, or what a sign-in elsewhere answered, as JSON.
fn given_tokens(given: &str) -> Tokens {
    serde_json::from_str(given).unwrap_or_else(|_| Tokens {
        access_token: given.trim().to_owned(),
        client_id: None,
        client_secret: None,
    })
}

fn read_tokens(tokens: &Secret) -> Result<Tokens, CallError> {
    serde_json::from_str(tokens.expose()).map_err(|_| CallError::Token {
        code: "tokens_unreadable".to_owned(),
        words: String::new(),
    })
}

fn full_handle(acct: &str, domain: Option<&str>, origin: &str) -> String {
    if acct.contains('@') {
        return acct.to_owned();
    }
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    format!("{acct}@{}", domain.unwrap_or(host))
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
