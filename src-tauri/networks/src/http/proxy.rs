//! An account's own proxy. It looks up the names that are called: nothing here does, and a client with a proxy has no
//! resolver for anything but the proxy itself.

use kossori_core::proxy::{self, ProxyKind};
use reqwest::{Proxy, Url};

#[derive(Debug)]
pub(crate) struct Unreadable;

pub(super) struct Through {
    url: Url,
    /// Lower case; an address in brackets as in the URL.
    pub host: String,
}

impl Through {
    pub fn read(line: &str) -> Result<Through, Unreadable> {
        let line = line.trim();
        let kind = proxy::read(line).ok().flatten().ok_or(Unreadable)?;
        let url = Url::parse(line).map_err(|_| Unreadable)?;
        let host = url.host_str().ok_or(Unreadable)?.to_ascii_lowercase();
        // What is not understood alike by both readers is used by neither.
        if ProxyKind::parse(url.scheme()) != Some(kind) {
            return Err(Unreadable);
        }
        Ok(Through { url, host })
    }

    /// For every call, whatever its target.
    pub fn all(self) -> Proxy {
        let url = self.url;
        Proxy::custom(move |_| Some(url.clone()))
    }
}
