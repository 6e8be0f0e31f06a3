//! One request at a time, made so that what became of it is known: no retry, no redirect, no connection kept or
//! shared, bodies capped, time limited, public addresses only.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::AccountId;
use kossori_engine::ports::{CallError, Clock, Session, SignIn};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::Options;

pub(crate) mod address;
mod ids;
mod headers;
mod proxy;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod proxy_tests;
#[cfg(test)]
mod tests;

pub(crate) use ids::plain_id;

/// No answer of any network here comes near it.
const BODY_MOST: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// DNS, connect, TLS: no byte of the request was written.
    NeverLeft,
    /// A loopback, private or `http://` address without leave; no byte was written.
    AddressRefused,
    /// Something may have been written, and no status came back: cut, or too late.
    Cut,
    /// A status, then a body that is over the cap, cut or too late.
    Senseless { status: u16 },
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    /// `None`: the body is not JSON, or does not say that it is.
    pub json: Option<Value>,
    /// The `Date` of an answer over HTTPS; of another one it proves nothing.
    pub date: Option<Timestamp>,
    pub retry_after: Option<SignedDuration>,
    headers: HeaderMap,
}

impl Reply {
    #[cfg(test)]
    pub fn of(status: u16, json: Value) -> Self {
        Reply {
            status,
            json: Some(json),
            date: None,
            retry_after: None,
            headers: HeaderMap::new(),
        }
    }

    /// A header's text. Names in lower case.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    Json(Value),
    Bytes {
        mime: String,
        bytes: Arc<[u8]>,
    },
    /// `application/x-www-form-urlencoded`, as OAuth's token endpoints want it.
    Pairs(Vec<(&'static str, String)>),
    Form {
        file: Arc<[u8]>,
        mime: String,
        name: String,
        fields: Vec<(&'static str, String)>,
    },
    /// As `Form`, with the file under a name of the network's own.
    NamedForm {
        part: &'static str,
        file: Arc<[u8]>,
        mime: String,
        name: String,
        fields: Vec<(&'static str, String)>,
    },
}

#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    authorization: Option<String>,
    body: Body,
    limit: Duration,
    apart: bool,
}

impl Call {
    pub fn get(url: String, limit: Duration) -> Self {
        Call {
            method: Method::GET,
            url,
            headers: Vec::new(),
            authorization: None,
            body: Body::Empty,
            limit,
            apart: false,
        }
    }

    pub fn post(url: String, body: Body, limit: Duration) -> Self {
        Call {
            method: Method::POST,
            url,
            headers: Vec::new(),
            authorization: None,
            body,
            limit,
            apart: false,
        }
    }

    pub fn put(url: String, body: Body, limit: Duration) -> Self {
        Call {
            method: Method::PUT,
            ..Self::post(url, body, limit)
        }
    }

    pub fn delete(url: String, limit: Duration) -> Self {
        Call {
            method: Method::DELETE,
            ..Self::get(url, limit)
        }
    }

    pub fn bearer(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    /// A token that is worth nothing without the key that `proof` is made with (RFC 9449); without a token, the proof alone.
    pub fn dpop(mut self, token: Option<&str>, proof: String) -> Self {
        self.authorization = token.map(|token| format!("DPoP {token}"));
        self.header("dpop", proof)
    }

    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What its answer says of limits is this path's alone, and nothing of posts.
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }
}

/// Every account's own client: connections, TLS sessions and names are never shared between two.
pub(crate) struct Clients {
    options: Options,
    clock: Arc<dyn Clock>,
    of_accounts: Mutex<HashMap<AccountId, (Way, Http)>>,
}

/// What a client is built from; another one is built when it changes.
#[derive(PartialEq)]
struct Way {
    /// The user agent.
    name: String,
    local: bool,
    proxy: Option<Zeroizing<String>>,
}

impl Clients {
    pub fn new(clock: Arc<dyn Clock>, options: &Options) -> Self {
        // Fails if the program has installed one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Clients {
            options: options.clone(),
            clock,
            of_accounts: Mutex::new(HashMap::new()),
        }
    }

    pub fn of(&self, session: &Session) -> Result<Http, CallError> {
        let account = &session.account;
        // An account that has a proxy and comes without it is not called for: there is no other way.
        if account.proxy.is_some() && session.proxy.is_none() {
            return Err(CallError::Offline);
        }
        let way = Way {
            name: account
                .client_name
                .clone()
                .unwrap_or_else(|| self.options.client_name.clone()),
            local: account.local_server,
            proxy: session.proxy.as_ref().map(|line| line.expose().to_owned().into()),
        };
        let mut known = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known_way, http)) = known.get(&account.id)
            && *known_way == way
            && http.home == account.server
        {
            return Ok(http.clone());
        }
        let http = self.build(&way, &account.server)?;
        known.insert(account.id.clone(), (way, http.clone()));
        Ok(http)
    }

    /// Until when the account's server said, with its last answer, that it takes nothing more.
    pub fn spent_until(&self, account: &AccountId) -> Option<Timestamp> {
        let known = self.of_accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, http) = known.get(account)?;
        *http.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a sign-in: used once, for an account that is not there yet. What an account calls itself later, and the way
    /// that its calls go, it has from the first call on.
    pub fn fresh(&self, sign_in: &SignIn) -> Result<Http, CallError> {
        let way = Way {
            name: sign_in
                .client_name
                .clone()
                .unwrap_or_else(|| self.options.client_name.clone()),
            local: sign_in.local_server,
            proxy: sign_in.proxy.as_ref().map(|line| line.expose().to_owned().into()),
        };
        self.build(&way, "")
    }

    fn build(&self, way: &Way, home: &str) -> Result<Http, CallError> {
        let proxy = way.proxy.as_deref().map(|line| proxy::Through::read(line));
        // A proxy that cannot be read is none to call through, and there is no other way.
        let proxy = proxy.transpose().map_err(|_| CallError::Offline)?;
        let resolver = match &proxy {
            Some(through) => address::Resolver::OfProxy(through.host.clone()),
            None => address::Resolver::Direct { local: way.local },
        };
        let mut builder = reqwest::Client::builder()
            .user_agent(&way.name)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // An environment's proxy would be one for all accounts; an account's own is a setting of its own.
            .no_proxy()
            // Each call connects anew: a kept connection links calls, and one that died meanwhile makes an
            // outcome unknown for nothing.
            .pool_max_idle_per_host(0)
            .connect_timeout(self.options.connect_limit)
            .https_only(!way.local)
            .dns_resolver(resolver);
        let proxied = proxy.is_some();
        if let Some(through) = proxy {
            builder = builder.proxy(through.all());
        }
        let client = builder
            .build()
            // No usable certificates in the system, for one: nothing can be reached.
            .map_err(|_| CallError::Offline)?;
        Ok(Http {
            client,
            local: way.local,
            proxied,
            home: home.to_owned(),
            spent: Arc::default(),
            clock: self.clock.clone(),
        })
    }
}

#[derive(Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    local: bool,
    /// Names are looked up by the proxy: what they lead to is not seen here.
    proxied: bool,
    /// The account's own server: what others say of their limits is none of its.
    home: String,
    /// Until when the last answer said that nothing more is allowed.
    spent: Arc<Mutex<Option<Timestamp>>>,
    clock: Arc<dyn Clock>,
}

impl Http {
    pub async fn send(&self, call: Call) -> Result<Reply, Failure> {
        let url = address::allowed(&call.url, self.local)
            .filter(|url| !self.proxied || self.local || address::is_global_name(url))
            .ok_or(Failure::AddressRefused)?;
        let https = url.scheme() == "https";
        // Uploads have a measure of their own, which says nothing of posts.
        let counts = !call.apart && matches!(call.body, Body::Empty | Body::Json(_));
        let url_origin = url.origin().ascii_serialization();
        let request = self.request(url, call)?;
        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| before_status(&error))?;

        let status = response.status().as_u16();
        let senseless = Failure::Senseless { status };
        let date = response.headers().get(DATE).and_then(headers::date);
        let retry_after = headers::retry_after(response.headers(), date.unwrap_or_else(|| self.clock.now()));
        if counts && url_origin == self.home {
            let spent = headers::spent_until(response.headers());
            *self.spent.lock().unwrap_or_else(PoisonError::into_inner) = spent.map(|until| {
                // The moment is by the server's clock; the wait is ours.
                let now = self.clock.now();
                let wait = until.duration_since(date.unwrap_or(now));
                now.saturating_add(wait).unwrap_or(Timestamp::MAX)
            });
        }
        let headers = response.headers().clone();
        let says_json = says_json(&headers);
        if response
            .content_length()
            .is_some_and(|length| length > BODY_MOST as u64)
        {
            return Err(senseless);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| senseless.clone())? {
            if body.len() + chunk.len() > BODY_MOST {
                return Err(senseless);
            }
            body.extend_from_slice(&chunk);
        }
        let json = if says_json {
            serde_json::from_slice(&body).ok()
        } else {
            None
        };
        Ok(Reply {
            status,
            json,
            date: date.filter(|_| https),
            retry_after,
            headers,
        })
    }

    fn request(&self, url: Url, call: Call) -> Result<reqwest::Request, Failure> {
        let mut builder = self.client.request(call.method, url).timeout(call.limit);
        for (name, value) in call.headers {
            builder = builder.header(name, value);
        }
        if let Some(authorization) = call.authorization {
            // A token with a line break in it is none, and nothing was written.
            let mut value = HeaderValue::from_str(&authorization).map_err(|_| Failure::NeverLeft)?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        builder = match call.body {
            Body::Empty => builder,
            Body::Json(json) => builder.json(&json),
            Body::Pairs(pairs) => builder.form(&pairs),
            Body::Bytes { mime, bytes } => builder.header(CONTENT_TYPE, mime).body(bytes.to_vec()),
            Body::Form {
                file,
                mime,
                name,
                fields,
            } => builder.multipart(form("file", &file, &mime, name, fields)?),
            Body::NamedForm {
                part,
                file,
                mime,
                name,
                fields,
            } => builder.multipart(form(part, &file, &mime, name, fields)?),
        };
        builder.build().map_err(|_| Failure::NeverLeft)
    }
}

fn form(
    part: &'static str,
    file: &[u8],
    mime: &str,
    name: String,
    fields: Vec<(&'static str, String)>,
) -> Result<reqwest::multipart::Form, Failure> {
    let file = reqwest::multipart::Part::bytes(file.to_vec())
        .file_name(name)
        .mime_str(mime)
        .map_err(|_| Failure::NeverLeft)?;
    let mut form = reqwest::multipart::Form::new().part(part, file);
    for (name, value) in fields {
        form = form.text(name, value);
    }
    Ok(form)
}

/// `is_connect` covers DNS, TCP and TLS, all of it before the request is handed to the connection. Everything
/// else may have written something, so it is not called "never left".
fn before_status(error: &reqwest::Error) -> Failure {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<address::Refused>() {
            return Failure::AddressRefused;
        }
        source = inner.source();
    }
    if error.is_connect() || error.is_dns() || error.is_builder() {
        Failure::NeverLeft
    } else {
        Failure::Cut
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}
