//! Calls to a PDS.

use jiff::Timestamp;
use kossori_engine::ports::CallError;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::dpop::{Key, Proofs};
use super::wire;
use crate::http::{Body, Call, Failure, Http, Reply};
use crate::{Options, refusal};

pub(super) struct Pds<'a> {
    pub http: Http,
    pub origin: &'a str,
    pub options: &'a Options,
    pub proofs: &'a Proofs,
}

/// How a call says who makes it.
#[derive(Clone, Copy)]
pub(super) enum Voice<'a> {
    /// Of an app password's session.
    Bearer(&'a str),
    /// Of one by browser.
    Bound { token: &'a str, key: &'a Key },
}

/// A success that still has to be read.
pub(super) struct Said {
    json: Option<Value>,
    pub date: Option<Timestamp>,
    status: u16,
}

impl Said {
    pub fn parsed<T: DeserializeOwned>(self) -> Result<T, CallError> {
        let senseless = CallError::Unclear {
            status: Some(self.status),
        };
        self.json
            .and_then(|json| serde_json::from_value(json).ok())
            .ok_or(senseless)
    }
}

impl Pds<'_> {
    pub async fn get(&self, url: String, voice: Option<Voice<'_>>) -> Result<Said, CallError> {
        said(self.send(Call::get(url, self.options.call_limit), voice).await?)
    }

    /// Any call but the one that publishes.
    pub async fn call(&self, method: &str, body: Body, voice: Option<Voice<'_>>) -> Result<Said, CallError> {
        let limit = match body {
            Body::Bytes { .. } => self.options.upload_limit,
            _ => self.options.call_limit,
        };
        let call = Call::post(url(self.origin, method, &[])?, body, limit);
        said(self.send(call, voice).await?)
    }

    pub async fn send(&self, call: Call, voice: Option<Voice<'_>>) -> Result<Reply, Failure> {
        match voice {
            None => self.http.send(call).await,
            Some(Voice::Bearer(token)) => self.http.send(call.bearer(token)).await,
            Some(Voice::Bound { token, key }) => self.proofs.send(&self.http, call, key, Some(token)).await,
        }
    }
}

fn said(reply: Reply) -> Result<Said, CallError> {
    if reply.status != 200 {
        return Err(refusal::call_error(&reply, wire::api_error(&reply)));
    }
    Ok(Said {
        json: reply.json,
        date: reply.date,
        status: reply.status,
    })
}

pub(super) fn url(origin: &str, method: &str, query: &[(&str, &str)]) -> Result<String, CallError> {
    let plain = format!("{origin}/xrpc/{method}");
    if query.is_empty() {
        return Ok(plain);
    }
    let url = reqwest::Url::parse_with_params(&plain, query).map_err(|_| CallError::AddressRefused)?;
    Ok(url.into())
}
