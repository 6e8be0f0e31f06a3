//! Signing in by browser: what is registered and asked for, and what is believed of how the person comes back.

use kossori_core::network::Network;
use kossori_engine::ports::{CallError, CameBack, Drawn, SignIn};
use serde_json::json;

use crate::testing::{Does, Seen, Stub, json};

mod coming_back;
mod asked;

const REDIRECT: &str = "http://127.0.0.1:8737/";

const FINE: &str = "read:accounts read:statuses read:search write:statuses write:media";

/// 32 times 2, and the SHA-256 of that text, as RFC 7636 writes them.
const VERIFIER: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

const CHALLENGE: &str = "bB1ju9q0N8VDaMu9iIaohqea2XcpfiZe6_H19fAVM7k";

const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQ";

const DRAWN: Drawn = Drawn {
    state: [1; 16],
    verifier: [2; 32],
};

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::Mastodon,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn pairs(query: &[u8]) -> Vec<(String, String)> {
    let query = String::from_utf8(query.to_vec()).unwrap();
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(known, _)| known == name)?;
    Some(value)
}

/// What a server does of its own; the rest is the usual.
type Quirk = fn(&Seen) -> Option<Does>;

async fn server(quirk: Quirk) -> Stub {
    Stub::start(move |seen: &Seen| {
        if let Some(does) = quirk(seen) {
            return does;
        }
        match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/api/v1/apps") => {
                json(200, &json!({"id": "9", "client_id": "c1", "client_secret": "s1"}))
            }
            ("POST", "/oauth/token") => json(200, &json!({"access_token": "t0ken", "token_type": "Bearer"})),
            ("POST", "/oauth/revoke") => json(200, &json!({})),
            ("GET", "/api/v1/accounts/verify_credentials") => json(200, &json!({"id": "1", "acct": "alice"})),
            ("GET", "/api/v2/instance") => json(200, &json!({"domain": "example.social"})),
            _ => json(404, &json!({"error": "Record not found"})),
        }
    })
    .await
}

fn plain(_: &Seen) -> Option<Does> {
    None
}

fn nodeinfo(seen: &Seen, name: &str) -> Option<Does> {
    let host = seen.header("host")?;
    match seen.path.as_str() {
        "/.well-known/nodeinfo" => Some(json(
            200,
            &json!({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                               "href": format!("http://{host}/nodeinfo/2.0")}]}),
        )),
        "/nodeinfo/2.0" => Some(json(200, &json!({"software": {"name": name}}))),
        _ => None,
    }
}

fn sent(stub: &Stub, path: &str) -> Vec<Vec<(String, String)>> {
    let all = stub.seen();
    let posts = all
        .iter()
        .filter(|seen| seen.method == "POST" && seen.path == path);
    posts.map(|seen| pairs(&seen.body)).collect()
}

fn back(pairs: &[(&str, &str)]) -> CameBack {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    CameBack::Redirected(pairs.iter().map(own).collect())
}

fn code_of(error: CallError) -> String {
    match error {
        CallError::Refused { code, .. } => code,
        other => format!("{other:?}"),
    }
}
