//! How a sign-in ends that does not go as it should: too late, twice, cancelled in the last moment, with a keyring that shut
//! meanwhile. Nothing half is ever there, and no token that nobody has stays good.

use std::time::Duration;

use jiff::SignedDuration;
use kossori_api::{Code, Problem, Request};
use kossori_core::network::Network;
use kossori_engine::ports::VaultError;
use serde_json::{Value, json};

use super::{Asked, asked, redirect_of, server, text, wait};
use crate::support::hosted::{Hosted, settle};
use crate::support::servers::{Gate, Launched, Place, Rule, http};

fn code(answer: Result<Value, Problem>) -> Code {
    answer.expect_err("it is refused").code
}

struct Bench {
    hosted: Hosted,
    gate: Gate,
    _server: Launched,
}

impl Bench {
    async fn new() -> Bench {
        let place = Place::reserve();
        let fake = server("family_server.py", &["gotosocial"]);
        let gate = Gate::open(place, text(&fake.ready, "server"));
        Bench {
            hosted: Hosted::new(super::NOW).await,
            gate,
            _server: fake,
        }
    }

    async fn begun(&self, paste: bool) -> Value {
        let asked = Asked {
            paste,
            ..asked(Network::Mastodon, &self.gate.url)
        };
        self.hosted.ask(asked.begin()).await
    }

    async fn accounts(&self) -> usize {
        let list = self.hosted.ask(Request::AccountList).await;
        list["accounts"].as_array().expect("a list").len()
    }

    /// How often the server was asked at `path`, and answered.
    fn answered(&self, path: &str) -> usize {
        let log = self.gate.log();
        log.iter()
            .filter(|call| call.path == path && call.status == Some(200))
            .count()
    }

    async fn pass(&self, minutes: i64) {
        let later = self.hosted.clock.true_now() + SignedDuration::from_mins(minutes);
        self.hosted.clock.pass_to(later);
        settle().await;
    }
}

/// The server's own form, sent as the browser would: the code that it shows.
async fn code_of(begun: &Value, who: &str) -> String {
    let form = format!("account={who}&decision=authorize");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let said = http("POST", text(begun, "url"), &headers, form.into_bytes()).await;
    let page = String::from_utf8(said.body).expect("a page");
    let code = page
        .split("<code>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    code.expect("a code on the page").to_owned()
}

#[tokio::test]
async fn five_minutes_and_nothing_is_left() {
    let bench = Bench::new().await;
    let hosted = &bench.hosted;
    // Somebody waits, and somebody asks later.
    let begun = bench.begun(false).await;
    let port = super::host_of(&redirect_of(text(&begun, "url")));
    let (waited, ()) = tokio::join!(hosted.try_ask(wait(&begun, None)), async {
        settle().await;
        bench.pass(4).await;
        assert!(
            tokio::net::TcpStream::connect(&port).await.is_ok(),
            "four minutes"
        );
        bench.pass(2).await;
    });
    assert_eq!(code(waited), Code::SignInExpired);
    assert!(tokio::net::TcpStream::connect(&port).await.is_err());
    assert_eq!(
        code(hosted.try_ask(wait(&begun, None)).await),
        Code::SignInExpired
    );

    let begun = bench.begun(true).await;
    let pasted = code_of(&begun, "lane0").await;
    bench.pass(6).await;
    for _ in 0..2 {
        let late = hosted.try_ask(wait(&begun, Some(&pasted))).await;
        assert_eq!(code(late), Code::SignInExpired);
    }
    assert_eq!(bench.answered("/oauth/token"), 0, "the code is not used");

    // Those that are over hold up nobody.
    for _ in 0..4 {
        bench.begun(true).await;
    }
    bench.pass(6).await;
    let begun = bench.begun(true).await;
    let pasted = code_of(&begun, "lane0").await;
    hosted.ask(wait(&begun, Some(&pasted))).await;
    assert_eq!(bench.accounts().await, 1);
}

#[tokio::test]
async fn two_who_wait_for_one_sign_in() {
    let bench = Bench::new().await;
    let hosted = &bench.hosted;
    let begun = bench.begun(true).await;
    let pasted = code_of(&begun, "lane0").await;
    bench
        .gate
        .delay(Duration::from_millis(300), Duration::ZERO, "/oauth/token");
    let one = || hosted.try_ask(wait(&begun, Some(&pasted)));
    let (first, second) = tokio::join!(one(), one());
    let (done, refused) = match (first, second) {
        (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => (done, refused),
        both => panic!("{both:?}"),
    };
    assert!(text(&done, "handle").starts_with("lane0"));
    assert_eq!(refused.code, Code::UnknownSignIn);
    assert_eq!(bench.accounts().await, 1);
    assert_eq!(bench.answered("/oauth/token"), 1);

    let begun = bench.begun(false).await;
    let url = text(&begun, "url");
    let state = url
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("state="))
        .expect("a state");
    let denied = format!("{}?error=access_denied&state={state}", redirect_of(url));
    let (first, second, _) = tokio::join!(
        hosted.try_ask(wait(&begun, None)),
        hosted.try_ask(wait(&begun, None)),
        http("GET", &denied, &[], Vec::new())
    );
    let mut told = [code(first), code(second)].map(|code| code.as_str());
    told.sort_unstable();
    assert_eq!(told, ["sign_in_denied", "unknown_sign_in"]);
}

#[tokio::test]
async fn cancelled_while_the_server_is_asked() {
    let bench = Bench::new().await;
    let hosted = &bench.hosted;
    bench.gate.rule(Rule {
        matching: "/oauth/token".to_owned(),
        after: Duration::from_millis(500),
        ..Rule::default()
    });
    let begun = bench.begun(true).await;
    let pasted = code_of(&begun, "lane0").await;
    let id = text(&begun, "id").to_owned();
    let (waited, ()) = tokio::join!(hosted.try_ask(wait(&begun, Some(&pasted))), async {
        while !bench.gate.log().iter().any(|call| call.path == "/oauth/token") {
            settle().await;
        }
        hosted.ask(Request::SignInCancel { id: id.clone() }).await;
        // It is no longer theirs to cancel.
        let again = hosted.try_ask(Request::SignInCancel { id: id.clone() }).await;
        assert_eq!(code(again), Code::UnknownSignIn);
    });
    assert_eq!(code(waited), Code::UnknownSignIn);
    assert_eq!(bench.accounts().await, 0, "cancelled is cancelled");
    assert_eq!(bench.answered("/oauth/token"), 1);
    assert_eq!(
        bench.answered("/oauth/revoke"),
        1,
        "what was given is worth nothing"
    );

    // A wrong code keeps a sign-in open, but not one that was cancelled meanwhile.
    let begun = bench.begun(true).await;
    let id = text(&begun, "id").to_owned();
    let asked_before = bench.gate.log().len();
    let (waited, ()) = tokio::join!(hosted.try_ask(wait(&begun, Some("not-a-code"))), async {
        let asked = || {
            bench.gate.log()[asked_before..]
                .iter()
                .any(|call| call.path == "/oauth/token")
        };
        while !asked() {
            settle().await;
        }
        hosted.ask(Request::SignInCancel { id: id.clone() }).await;
    });
    waited.expect_err("no code");
    let late = hosted.try_ask(wait(&begun, Some("not-a-code"))).await;
    assert_eq!(code(late), Code::UnknownSignIn);
}

#[tokio::test]
async fn a_keyring_that_shut_meanwhile_and_an_account_that_is_here() {
    let bench = Bench::new().await;
    let hosted = &bench.hosted;
    let begun = bench.begun(true).await;
    let pasted = code_of(&begun, "lane0").await;
    hosted.vault.shut(Some(VaultError::Locked));
    let refused = hosted.try_ask(wait(&begun, Some(&pasted))).await;
    assert_eq!(
        code(refused),
        Code::KeyringLocked,
        "and its hint says what opens it"
    );
    hosted.vault.shut(None);
    assert_eq!(bench.accounts().await, 0);
    assert_eq!(bench.answered("/oauth/revoke"), 1, "nobody could have kept it");

    let sign_in = async |who: &str| {
        let begun = bench.begun(true).await;
        let pasted = code_of(&begun, who).await;
        hosted.try_ask(wait(&begun, Some(&pasted))).await
    };
    let account = sign_in("lane0").await.expect("it is open again");
    assert_eq!(code(sign_in("lane0").await), Code::AccountExists);
    assert_eq!(bench.answered("/oauth/revoke"), 2, "the second set");
    let id = text(&account, "id").to_owned();
    let checked = hosted.ask(Request::AccountCheck { id: id.clone() }).await;
    assert_eq!(checked["health"], json!("ok"), "not the first");

    let again = Asked {
        account: Some(&id),
        paste: true,
        ..asked(Network::Mastodon, &bench.gate.url)
    };
    let begun = hosted.ask(again.begin()).await;
    let pasted = code_of(&begun, "lane1").await;
    let refused = hosted.try_ask(wait(&begun, Some(&pasted))).await;
    assert_eq!(code(refused), Code::OtherAccount);
    assert_eq!(bench.answered("/oauth/revoke"), 3, "somebody else's");
    hosted.ask(Request::AccountCheck { id: id.clone() }).await;

    // The new set is good, and the old one is not.
    let begun = hosted.ask(again.begin()).await;
    let pasted = code_of(&begun, "lane0").await;
    hosted.ask(wait(&begun, Some(&pasted))).await;
    assert_eq!(bench.answered("/oauth/revoke"), 4, "the old set");
    hosted.ask(Request::AccountCheck { id }).await;
}
