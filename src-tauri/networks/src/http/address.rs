//! Where calls may go: `https://` and public addresses, unless the account is of a local server.
//!
//! Names are judged after they were resolved, by the resolver that the connection itself uses: what was judged is
//! what is connected to. Literal addresses never reach a resolver, so they are judged in the URL.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

#[derive(Debug, thiserror::Error)]
#[error("the address is not allowed")]
pub(crate) struct Refused;

pub(crate) struct Resolver {
    pub local: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let local = self.local;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|address| local || is_public(address.ip()))
                .collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(Refused.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// The URL if a call may be made to it, as far as that can be told before the name is resolved.
pub(crate) fn allowed(url: &str, local: bool) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let scheme = url.scheme() == "https" || (local && url.scheme() == "http");
    let host = url.host_str()?;
    // The parser has put every way of writing an IPv4 address (hex, octal, one number) into the usual one.
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let public = literal.is_none_or(is_public);
    let plain = url.username().is_empty() && url.password().is_none();
    (scheme && plain && (local || public)).then_some(url)
}

/// What a person typed as a server, as an origin: `example.social`, `https://example.social/@me` and
/// `https://example.social/` are one. `None`: no origin, or one that may not be called.
pub(crate) fn origin(typed: &str, local: bool) -> Option<String> {
    let typed = typed.trim();
    let url = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    };
    Some(allowed(&url, local)?.origin().ascii_serialization())
}

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || (a == 192 && b == 0 && c == 0) // protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays
        || (a == 198 && (18..20).contains(&b)) // benchmarks
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match parts {
        // NAT64 and 6to4 lead to the IPv4 address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, ORCHID, documentation, benchmarks.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Global unicast is 2000::/3; loopback, link-local, unique local, multicast and the rest lie outside.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::{allowed, is_public, origin};

    #[test]
    fn only_public_addresses() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:0a00:1::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "3fff::1",
            "fec0::1",
            "100::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address} must be refused");
        }
        for address in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "2002:0101:0101::1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address} must be allowed");
        }
    }

    #[test]
    fn urls_that_may_be_called() {
        // URL, without `local_server`, with it.
        for (url, public, local) in [
            ("https://example.social/a", true, true),
            ("http://example.social/a", false, true),
            ("https://1.1.1.1/", true, true),
            ("https://127.0.0.1/", false, true),
            ("http://127.0.0.1:3000/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://0177.0.0.1/", false, true),
            ("https://[::1]/", false, true),
            ("https://[::ffff:192.168.1.1]/", false, true),
            ("https://me:secret@example.social/", false, false),
            ("ftp://example.social/", false, false),
            ("file:///etc/passwd", false, false),
            ("unix:/run/x.sock", false, false),
            ("https://", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                allowed(url, false).is_some(),
                public,
                "{url} without local_server"
            );
            assert_eq!(allowed(url, true).is_some(), local, "{url} with local_server");
        }
    }

    #[test]
    fn servers_as_typed() {
        for (typed, expected) in [
            ("example.social", Some("https://example.social")),
            (" https://Example.Social/@me ", Some("https://example.social")),
            ("https://example.social:443/", Some("https://example.social")),
            ("https://example.social:8443", Some("https://example.social:8443")),
            ("例え.jp", Some("https://xn--r8jz45g.jp")),
            ("http://example.social", None),
            ("http://", None),
            ("", None),
        ] {
            assert_eq!(origin(typed, false).as_deref(), expected, "{typed:?}");
        }
        assert_eq!(
            origin("http://localhost:3000/x", true).as_deref(),
            Some("http://localhost:3000")
        );
    }
}
