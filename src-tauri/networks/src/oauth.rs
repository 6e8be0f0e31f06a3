//! What sign-ins by browser have in common, and where the networks without servers of their own may be looked for.

use std::net::IpAddr;

use kossori_engine::ports::{CallError, CameBack, Drawn};
use reqwest::Url;

use crate::http::address;
use crate::refusal::tame;

/// The `state` that goes along, as it has to come back.
pub(crate) fn state(drawn: &Drawn) -> String {
    hex::encode(drawn.state)
}

/// The code, if this is the answer to what was begun. A code that was pasted alone has no state to compare; it is the
/// person's own hand that carried it.
///
/// # Errors
/// `state_differs`, `access_denied`, or `no_code` where there is nothing of that kind.
pub(crate) fn code(came: &CameBack, state: &str) -> Result<String, CallError> {
    match came {
        CameBack::Redirected(pairs) => code_of(pairs, state),
        CameBack::Pasted(pasted) => {
            let pasted = pasted.expose().trim();
            if let Some(url) = Url::parse(pasted).ok().filter(Url::has_host) {
                let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
                return code_of(&pairs, state);
            }
            // Meta's codes are shown with a fragment that is none of theirs.
            let alone = pasted.strip_suffix("#_").unwrap_or(pasted);
            if alone.is_empty() || alone.contains(char::is_whitespace) {
                return Err(refused("no_code", ""));
            }
            Ok(alone.to_owned())
        }
    }
}

fn code_of(pairs: &[(String, String)], state: &str) -> Result<String, CallError> {
    let of = |name: &str| {
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    if !same(of("state").unwrap_or_default(), state) {
        return Err(refused("state_differs", ""));
    }
    if let Some(error) = of("error") {
        let words = of("error_description").unwrap_or(error);
        // LinkedIn has two words of its own for the person's no.
        let denied = matches!(
            error,
            "access_denied" | "user_cancelled_login" | "user_cancelled_authorize"
        );
        return Err(refused(
            if denied { "access_denied" } else { "not_signed_in" },
            words,
        ));
    }
    let code = of("code").filter(|code| !code.is_empty());
    code.map(str::to_owned).ok_or_else(|| refused("no_code", ""))
}

pub(crate) fn refused(code: &str, words: &str) -> CallError {
    CallError::Refused {
        status: 400,
        code: code.to_owned(),
        words: tame(words),
    }
}

/// Takes as long whether the first or the last byte differs.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let different = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |so_far, (a, b)| so_far | (a ^ b));
    one.len() == other.len() && different == 0
}

/// `address` with `pairs` as its query.
pub(crate) fn with_query(address: &str, pairs: &[(&str, &str)]) -> Result<String, CallError> {
    let made = Url::parse_with_params(address, pairs).map_err(|_| CallError::AddressRefused)?;
    Ok(made.into())
}

/// The origin of a stand-in for a network that has one place only: for tests, on this machine.
pub(crate) fn stand_in(typed: &str, local: bool) -> Result<String, CallError> {
    let origin = address::origin(typed, local).ok_or(CallError::AddressRefused)?;
    let host = Url::parse(&origin)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let here = host == "localhost" || literal.is_some_and(|address| address.is_loopback());
    if here {
        Ok(origin)
    } else {
        Err(CallError::AddressRefused)
    }
}

#[cfg(test)]
mod tests {
    use kossori_engine::ports::{CallError, CameBack};
    use kossori_engine::secret::Secret;

    use super::{code, same, stand_in};

    fn pairs(query: &[(&str, &str)]) -> CameBack {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        CameBack::Redirected(query.iter().map(own).collect())
    }

    fn pasted(text: &str) -> CameBack {
        CameBack::Pasted(Secret::new(text.to_owned()))
    }

    #[test]
    fn how_one_comes_back() {
        // What came; the code, or the error's code.
        for (came, expected) in [
            (pairs(&[("code", "c0de"), ("state", "ab")]), Ok("c0de")),
            (pairs(&[("code", "c0de"), ("state", "ac")]), Err("state_differs")),
            (pairs(&[("code", "c0de"), ("state", "abc")]), Err("state_differs")),
            (pairs(&[("code", "c0de")]), Err("state_differs")),
            (
                pairs(&[("error", "access_denied"), ("state", "a")]),
                Err("state_differs"),
            ),
            (
                pairs(&[("error", "access_denied"), ("state", "ab")]),
                Err("access_denied"),
            ),
            (
                pairs(&[("state", "ab"), ("error", "user_cancelled_login")]),
                Err("access_denied"),
            ),
            (
                pairs(&[("state", "ab"), ("error", "server_error")]),
                Err("not_signed_in"),
            ),
            (pairs(&[("state", "ab"), ("code", "")]), Err("no_code")),
            (
                pasted(" https://me.example/back?code=c0de&state=ab#_\n"),
                Ok("c0de"),
            ),
            (
                pasted("https://me.example/back?code=c0de&state=ba"),
                Err("state_differs"),
            ),
            (
                pasted("http://127.0.0.1:8737/?error=access_denied&state=ab"),
                Err("access_denied"),
            ),
            (pasted(" c0de#_ "), Ok("c0de")),
            (pasted("two words"), Err("no_code")),
            (pasted(""), Err("no_code")),
        ] {
            let found = code(&came, "ab");
            let found = found.as_ref().map(String::as_str).map_err(|error| match error {
                CallError::Refused { code, .. } => code.as_str(),
                other => panic!("{other:?}"),
            });
            assert_eq!(found, expected, "{came:?}");
        }
    }

    #[test]
    fn what_is_the_same() {
        assert!(same("", "") && same("abc", "abc"));
        for other in ["", "abd", "bbc", "ab", "abcd"] {
            assert!(!same("abc", other), "{other}");
        }
    }

    #[test]
    fn a_stand_in_is_on_this_machine() {
        for (typed, local, expected) in [
            ("http://127.0.0.1:4000/", true, Some("http://127.0.0.1:4000")),
            ("http://[::1]:4000", true, Some("http://[::1]:4000")),
            ("http://localhost:4000", true, Some("http://localhost:4000")),
            ("http://127.0.0.1:4000/", false, None),
            ("http://192.168.0.2", true, None),
            ("https://api.linkedin.com", true, None),
            ("https://localhost.example.com", true, None),
            ("", true, None),
        ] {
            assert_eq!(stand_in(typed, local).ok().as_deref(), expected, "{typed}");
        }
    }
}
