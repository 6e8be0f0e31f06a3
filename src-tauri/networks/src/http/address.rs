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

pub(crate) enum Resolver {
    Direct {
        local: bool,
    },
    /// Nothing but the proxy's own host is looked up here. It may be anywhere: a person set it.
    OfProxy(String),
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let local = match self {
            Resolver::Direct { local } => *local,
            Resolver::OfProxy(host) if name.as_str().eq_ignore_ascii_case(host) => true,
            Resolver::OfProxy(_) => return Box::pin(async { Err(Refused.into()) }),
        };
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let addresses: Addrs = Box::new(judged(found, local)?.into_iter());
            Ok(addresses)
        })
    }
}

/// Those of a name's addresses that may be connected to. A name that leads to public and to inner ones leads to the public ones.
fn judged(found: Vec<SocketAddr>, local: bool) -> Result<Vec<SocketAddr>, Refused> {
    let all = found.len();
    let allowed: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| local || is_public(address.ip()))
        .collect();
    if allowed.is_empty() && all > 0 {
        return Err(Refused);
    }
    Ok(allowed)
}

/// The URL if a call may be made to it, as far as that can be told before the name is resolved.
pub(crate) fn allowed(typed: &str, local: bool) -> Option<Url> {
    let url = Url::parse(typed).ok()?;
    let scheme = url.scheme() == "https" || (local && url.scheme() == "http");
    let host = url.host_str()?;
    // The parser has put every way of writing an IPv4 address (hex, octal, one number) into the usual one.
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let public = literal.is_none_or(is_public);
    let plain = url.username().is_empty() && url.password().is_none() && is_as_written(typed);
    (scheme && plain && (local || public)).then_some(url)
}

/// The parser leaves out `..` with the part before it, takes a backslash for a slash, and drops tabs and line breaks. Whoever
/// put a part into an address meant none of that: another path would be called than was written.
fn is_as_written(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let is_dots = |part: &str| {
        let part = part.to_ascii_lowercase().replace("%2e", ".");
        part == "." || part == ".."
    };
    !url.chars()
        .any(|c| c == '\\' || c.is_control() || c.is_whitespace())
        && !path.split('/').any(is_dots)
}

/// Whether its host is an address, or a name that could be anybody's but the proxy's own: through a proxy nobody here sees
/// what a name leads to, and these lead to the proxy's machine or to its network (RFC 6761, 6762, 8375, 9476).
pub(crate) fn is_global_name(url: &Url) -> bool {
    const INNER: [&str; 9] = [
        "localhost",
        "localdomain",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "home.arpa",
    ];
    let Some(host) = url.host_str() else { return false };
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return true;
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_in = |inner: &str| host == inner || host.ends_with(&format!(".{inner}"));
    host.contains('.') && !INNER.iter().any(|inner| is_in(inner))
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
    use std::net::SocketAddr;

    use super::{allowed, is_global_name, is_public, judged, origin};

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
            ("https://127.0.0.1./", false, true),
            ("https://017700000001/", false, true),
            ("https://0x7f000001/", false, true),
            ("https://127.1/", false, true),
            ("https://0/", false, true),
            ("https://[64:ff9b::7f00:1]/", false, true),
            ("https://[2002:7f00:1::]/", false, true),
            ("https://[::ffff:7f00:1]/", false, true),
            ("https://[fe80::1]/", false, true),
            ("https://\u{ff11}27.0.0.1/", false, true),
            (
                "https://example.social/api/v1/media/../../oauth/revoke",
                false,
                false,
            ),
            ("https://example.social/api/%2e%2E/x", false, false),
            ("https://example.social/./x", false, false),
            ("https://example.social\\@10.0.0.1/", false, false),
            ("https://example.social/a\tb", false, false),
            ("https://example.social/a\r\nHost: x", false, false),
            ("https://example.social/a b", false, false),
            ("https://example.social/a..b/x?y=../z", true, true),
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

    /// A name whose answers change is judged at each connection, by what it leads to then.
    #[test]
    fn what_a_name_leads_to() {
        let of = |text: &str| -> Vec<SocketAddr> {
            let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
            text.split_whitespace().map(address).collect()
        };
        for (found, kept) in [
            ("1.1.1.1 2606:4700::1111", Some("1.1.1.1 2606:4700::1111")),
            ("1.1.1.1 127.0.0.1", Some("1.1.1.1")),
            ("::1 10.0.0.1 1.1.1.1", Some("1.1.1.1")),
            ("127.0.0.1", None),
            ("192.168.1.1 fd00::1 ::ffff:10.0.0.1", None),
            ("169.254.169.254", None),
            ("64:ff9b::a9fe:a9fe", None),
            ("", Some("")),
        ] {
            assert_eq!(judged(of(found), false).ok(), kept.map(of), "{found}");
            assert_eq!(judged(of(found), true).ok(), Some(of(found)), "{found}, local");
        }
    }

    #[test]
    fn names_that_lead_into_the_proxys_own_network() {
        let global = |url: &str| is_global_name(&reqwest::Url::parse(url).unwrap());
        for url in [
            "https://localhost/",
            "https://LocalHost./",
            "https://a.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://router.lan/",
            "https://nas.home.arpa/",
            "https://intranet/",
            "https://proxy/",
        ] {
            assert!(!global(url), "{url}");
        }
        for url in [
            "https://example.social/",
            "https://localhost.example/",
            "https://thelan.example/",
            "https://abcdef.onion/",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
        ] {
            assert!(global(url), "{url}");
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
