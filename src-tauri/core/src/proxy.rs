//! How an account's calls leave this machine, where a person set a proxy for it. The whole line that they typed is a
//! secret, since it may hold a password: what is kept in plain sight is its kind.

/// Each resolves the names that are called at its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    Socks5h,
    Http,
    /// An HTTP proxy behind TLS.
    Https,
}

impl ProxyKind {
    pub const ALL: [ProxyKind; 3] = [ProxyKind::Socks5h, ProxyKind::Http, ProxyKind::Https];

    pub fn as_str(self) -> &'static str {
        match self {
            ProxyKind::Socks5h => "socks5h",
            ProxyKind::Http => "http",
            ProxyKind::Https => "https",
        }
    }

    pub fn parse(word: &str) -> Option<ProxyKind> {
        ProxyKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadProxy {
    /// `socks5://` and `socks4://`: the names would be looked up here, and tell the network of this machine who is called.
    ResolvesHere,
    /// No `SCHEME://[USER:PASSWORD@]HOST:PORT` of a kind that is known.
    Unreadable,
}

/// SOCKS5 counts the length of a user name and of a password in one byte (RFC 1929).
const MOST_BYTES: usize = 255;

/// What a person typed as a proxy. `Ok(None)`: none any more (`none`, or nothing).
///
/// As narrow as can be, so that whoever connects reads the same in it: a proxy that one part of the program understood
/// and another one did not would be no proxy. User name and password are percent-encoded as in any URL.
pub fn read(typed: &str) -> Result<Option<ProxyKind>, BadProxy> {
    let typed = typed.trim();
    if typed.is_empty() || typed.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    let (scheme, rest) = typed.split_once("://").ok_or(BadProxy::Unreadable)?;
    let kind = match scheme {
        "socks5" | "socks4" | "socks4a" => return Err(BadProxy::ResolvesHere),
        other => ProxyKind::parse(other).ok_or(BadProxy::Unreadable)?,
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let at = match rest.rsplit_once('@') {
        Some((user, at)) if is_user(user) => at,
        Some(_) => return Err(BadProxy::Unreadable),
        None => rest,
    };
    let (host, port) = at.rsplit_once(':').ok_or(BadProxy::Unreadable)?;
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = digits.then(|| port.parse::<u16>().ok()).flatten();
    if port.is_none_or(|port| port == 0) || !is_host(host) {
        return Err(BadProxy::Unreadable);
    }
    Ok(Some(kind))
}

/// `USER` or `USER:PASSWORD`, percent-encoded.
fn is_user(text: &str) -> bool {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let fits = |text: &str| decoded_length(text).is_some_and(|length| length <= MOST_BYTES);
    !user.is_empty() && fits(user) && fits(password)
}

/// In bytes. `None`: something that stands in no URL's user part, or that would not be text.
fn decoded_length(text: &str) -> Option<usize> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let (high, low) = (rest.next()?, rest.next()?);
                let digit = |byte: u8| {
                    char::from(byte)
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                digit(high)? * 16 + digit(low)?
            }
            b'!' | b'$' | b'&'..=b'.' | b':' | b';' | b'=' | b'_' | b'~' => byte,
            byte if byte.is_ascii_alphanumeric() => byte,
            _ => return None,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.chars().any(char::is_control)).then_some(text.len())
}

/// A name of letters, digits, dots and hyphens, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[') {
        let address = inside.strip_suffix(']').map(str::parse::<std::net::Ipv6Addr>);
        return matches!(address, Some(Ok(_)));
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    // One way to write a number: `0x7f.1` and the like are read differently by different readers.
    let numeric = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.starts_with(|first: char| first.is_ascii_digit()));
    let host_is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    host.len() <= 253 && host.split('.').all(is_label) && (!numeric || host_is_address)
}

#[cfg(test)]
mod tests {
    use super::{BadProxy, ProxyKind, read};

    #[test]
    fn what_is_a_proxy() {
        use ProxyKind::{Http, Https, Socks5h};
        for (typed, expected) in [
            ("socks5h://127.0.0.1:9050", Some(Socks5h)),
            ("  socks5h://localhost:9050/ ", Some(Socks5h)),
            ("socks5h://me:p%40ss%20w@proxy.example:1080", Some(Socks5h)),
            ("socks5h://me@[::1]:1080", Some(Socks5h)),
            ("http://proxy:3128", Some(Http)),
            ("http://a:b:c@proxy.example:3128", Some(Http)),
            ("https://me:x@proxy.example:443", Some(Https)),
            ("none", None),
            ("NONE", None),
            ("", None),
            (" ", None),
        ] {
            assert_eq!(read(typed), Ok(expected), "{typed:?}");
        }
    }

    #[test]
    fn what_is_none_that_could_be_kept_to() {
        for typed in ["socks5://127.0.0.1:9050", "socks4://a:1", "socks4a://me@a:1"] {
            assert_eq!(read(typed), Err(BadProxy::ResolvesHere), "{typed:?}");
        }
        let long = format!("socks5h://{}@a:1", "u".repeat(256));
        let name = format!("socks5h://{}:1", "a.".repeat(130));
        for typed in [
            "proxy.example:1080",
            "127.0.0.1:9050",
            "socks5h:127.0.0.1:9050",
            "SOCKS5H://a:1",
            "ftp://a:1",
            "socks5h://a",
            "socks5h://a:",
            "socks5h://a:0",
            "socks5h://a:65536",
            "socks5h://a:+1",
            "socks5h://:1080",
            "socks5h://a:1/path",
            "socks5h://a:1?query",
            "socks5h://a:1#part",
            "socks5h://a b:1",
            "socks5h://a\n:1",
            "socks5h://me@you@a:1",
            "socks5h://:pass@a:1",
            "socks5h://me:p ss@a:1",
            "socks5h://me:p%4@a:1",
            "socks5h://me:p%zz@a:1",
            "socks5h://me:%ff@a:1",
            "socks5h://me:%0d%0a@a:1",
            "socks5h://me:p/ss@a:1",
            "socks5h://例え.jp:1",
            "socks5h://::1:1080",
            "socks5h://[::1:1080",
            "socks5h://[1.1.1.1]:1080",
            "socks5h://0x7f.1:1080",
            "socks5h://2130706433:1080",
            "socks5h://127.1:1080",
            "socks5h://a..b:1",
            "no",
            long.as_str(),
            name.as_str(),
        ] {
            assert_eq!(read(typed), Err(BadProxy::Unreadable), "{typed:?}");
        }
    }

    #[test]
    fn words_read_back() {
        for kind in ProxyKind::ALL {
            assert_eq!(ProxyKind::parse(kind.as_str()), Some(kind));
        }
    }
}
