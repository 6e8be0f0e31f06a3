//! Bluesky's reference server with its own page: allowed, posted with, renewed, ended; declined; somebody else's answer.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, Request};
use kossori_core::network::{Network, Persona, Software};
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{Attention, CallError, Publisher, Session, Vault};
use kossori_engine::secret::Secret;
use kossori_networks::{Networks, Options};
use kossori_store::Database;
use serde_json::{Value, json};

use super::{Asked, allowed, asked, chromium, denied, text, visit, wait};
use crate::support::hosted::Hosted;
use crate::support::readers::bluesky_posts;
use crate::support::servers::{BlueskyAccount, Pds};
use crate::support::world::now;

const PASSWORD: &str = "correct horse";

fn by_browser<'a>(pds: &'a Pds, whose: &'a BlueskyAccount) -> Asked<'a> {
    Asked {
        handle: Some(&whose.handle),
        plc: Some(&pds.plc),
        ..asked(Network::Bluesky, &pds.url)
    }
}

/// Signed in on the server's page, and its question answered.
fn answers(button: &str) -> Value {
    json!([
        {"fill": ["input[type=password]", PASSWORD]},
        {"press": "button[type=submit]"},
        {"click": format!("button:has-text('{button}')")},
    ])
}

fn allow() -> Value {
    answers("承認する")
}

/// What the keyring holds of an account.
async fn kept(hosted: &Hosted, id: &str) -> Value {
    let entry = format!("account.{id}");
    let kept = hosted.vault.read(&entry, Attention::Unattended).await;
    let kept = kept.expect("an open keyring").expect("an entry");
    serde_json::from_str(kept.expose()).expect("JSON")
}

/// The keyring holds this instead, and the host starts anew.
async fn put(hosted: &mut Hosted, id: &str, tokens: &Value) {
    hosted.end().await;
    let entry = format!("account.{id}");
    let tokens = Secret::new(tokens.to_string());
    let written = hosted.vault.write(&entry, &tokens, Attention::Unattended).await;
    written.expect("an open keyring");
    hosted.clock.jump_to(now());
    hosted.start().await;
}

/// The adapter itself, with tokens that the engine may have forgotten.
async fn alone(
    hosted: &Hosted,
    pds: &Pds,
    whose: &BlueskyAccount,
    tokens: &Value,
) -> (Arc<dyn Publisher>, Session) {
    let timeline = Arc::new(Database::in_memory().await.expect("a database"));
    let networks = Networks::new(timeline, hosted.clock.clone(), Options::default());
    let account = Account {
        id: "beside".into(),
        network: Network::Bluesky,
        server: pds.url.clone(),
        handle: whose.handle.clone(),
        author_id: whose.did.clone(),
        persona: Persona::Personal,
        client_name: None,
        software: Software::Unknown,
        limits: Network::Bluesky.default_limits(),
        local_server: true,
        plc: Some(pds.plc.clone()),
        proxy: None,
        health: Health::Ok,
        session_ends_at: None,
        added_at: now(),
        about_at: now(),
    };
    let tokens = Secret::new(tokens.to_string());
    (
        networks.publisher(Network::Bluesky),
        Session {
            account,
            tokens,
            proxy: None,
        },
    )
}

fn is_over<T: std::fmt::Debug>(answer: Result<T, CallError>) {
    assert!(matches!(answer, Err(CallError::Token { .. })), "{answer:?}");
}

#[tokio::test]
async fn bluesky_by_browser_from_the_first_page_to_the_end_of_the_session() {
    let Some(chromium) = chromium() else { return };
    let mut hosted = Hosted::from(now()).await;
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", PASSWORD).await;
    let own = by_browser(&pds, &alice);

    denied(&hosted, &chromium, &own, &answers("拒否する")).await;
    let account = allowed(&hosted, &chromium, &own, &allow()).await;
    assert_eq!(text(&account, "handle"), "alice.test");
    let ends: Timestamp = text(&account, "session_ends_at").parse().expect("a time");
    let left = ends.duration_since(now());
    assert!(
        left > SignedDuration::from_hours(14 * 24 - 1) && left <= SignedDuration::from_hours(14 * 24),
        "14 days, and told two before: {left}"
    );
    let id = text(&account, "id");
    // Nobody else's page is told what it is for: only the account's own server was asked.
    let pushed = pds.gate.log();
    assert!(pushed.iter().any(|call| call.path == "/oauth/par"));

    // A post of this session, by the engine, in a break.
    let posted = hosted.post(id, "こっそり by browser").await;
    hosted
        .ask(Request::BreakNow {
            minutes: 30,
            accounts: Vec::new(),
            practice_only: false,
        })
        .await;
    hosted.until(&posted, "sent").await;
    let blobs = tempfile::tempdir().expect("a folder");
    let there = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
    let texts: Vec<&Value> = there.iter().map(|post| &post.record["text"]).collect();
    assert_eq!(texts, ["こっそり by browser"]);
    let log = pds.gate.log();
    let writes: Vec<_> = log
        .iter()
        .filter(|call| call.path.contains("com.atproto.repo.putRecord"))
        .collect();
    assert!(!writes.is_empty());
    for write in &writes {
        let shown = write.header("authorization").expect("a token");
        assert!(shown.starts_with("DPoP ") && write.header("dpop").is_some());
    }
    let accepted = writes.iter().filter(|write| write.status == Some(200)).count();
    assert_eq!(accepted, 1, "asked for another nonce at most, and done once");

    // An access token that is taken no more is renewed, and the session ends when it did.
    let before = kept(&hosted, id).await;
    let mut worn = before.clone();
    worn["access"] = json!("worn");
    put(&mut hosted, id, &worn).await;
    let checked = hosted.ask(Request::AccountCheck { id: id.to_owned() }).await;
    assert_eq!(checked["health"], json!("ok"));
    let renewed = kept(&hosted, id).await;
    assert_ne!(renewed["refresh"], before["refresh"], "good for one time");
    assert_eq!(
        renewed["bound"]["session_ends_at"],
        before["bound"]["session_ends_at"]
    );
    assert_eq!(checked["session_ends_at"], account["session_ends_at"]);

    // One that was used is refused, and the server ends what came of it as well.
    put(&mut hosted, id, &worn).await;
    let refused = hosted.try_ask(Request::AccountCheck { id: id.to_owned() }).await;
    assert_eq!(refused.expect_err("used before").code, Code::NeedsSignIn);
    let list = hosted.ask(Request::AccountList).await;
    assert_eq!(list["accounts"][0]["health"], json!("needs_sign_in"));
    let (adapter, session) = alone(&hosted, &pds, &alice, &renewed).await;
    is_over(adapter.refresh(&session).await);

    // Signed in again, and out: the session is worth nothing to whoever has it.
    let again = Asked {
        account: Some(id),
        ..asked(Network::Bluesky, &pds.url)
    };
    let begun = hosted.ask(again.begin()).await;
    visit(&chromium, text(&begun, "url"), &allow()).await;
    let account = hosted.ask(wait(&begun, None)).await;
    assert_eq!(account["health"], json!("ok"));
    let last = kept(&hosted, id).await;
    let (adapter, session) = alone(&hosted, &pds, &alice, &last).await;
    let author = adapter.author(&session).await.expect("it works as yet");
    assert_eq!(author.id, alice.did);
    hosted.ask(Request::AccountSignOut { id: id.to_owned() }).await;
    is_over(adapter.refresh(&session).await);
    is_over(adapter.author(&session).await);
}

#[tokio::test]
async fn bluesky_takes_nobody_elses_answer() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::from(now()).await;
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", PASSWORD).await;
    let bob = pds.create_account("bob.test", PASSWORD).await;

    // Bob's code in Alice's sign-in: it was made for another key and another secret.
    let alices = hosted.ask(by_browser(&pds, &alice).begin()).await;
    let bobs = hosted.ask(by_browser(&pds, &bob).begin()).await;
    let seen = visit(&chromium, text(&bobs, "url"), &allow()).await;
    let came = text(&seen, "url").to_owned();
    let forged = hosted
        .try_ask(wait(&alices, Some(&came)))
        .await
        .expect_err("bob's state");
    assert_eq!(forged.code, Code::SignInDiffers);
    // What a page that knew the state would do.
    let state_of = |url: &str| {
        let pairs = url.split_once('?').expect("a query").1.split('&');
        let mut states = pairs.filter_map(|pair| pair.strip_prefix("state="));
        states.next().expect("a state").to_owned()
    };
    let alices_state = pushed_state(&pds, "alice.test");
    let swapped = came.replace(&state_of(&came), &alices_state);
    let refused = hosted
        .try_ask(wait(&alices, Some(&swapped)))
        .await
        .expect_err("bob's code");
    assert_eq!(refused.code, Code::ServerRefused, "{refused:?}");
    let accounts = hosted.ask(Request::AccountList).await;
    assert_eq!(accounts["accounts"], json!([]), "neither is added");

    // A handle that nobody has.
    let nobody = Asked {
        handle: Some("nobody.test"),
        ..by_browser(&pds, &alice)
    };
    let refused = hosted.try_ask(nobody.begin()).await.expect_err("nobody");
    assert_eq!(refused.code, Code::HandleNotFound);

    // The same account a second time: the session that was just made is ended, and the one that is here is not.
    let first = allowed(&hosted, &chromium, &by_browser(&pds, &alice), &allow()).await;
    let begun = hosted.ask(by_browser(&pds, &alice).begin()).await;
    visit(&chromium, text(&begun, "url"), &allow()).await;
    let there = hosted.try_ask(wait(&begun, None)).await.expect_err("it is here");
    assert_eq!(there.code, Code::AccountExists);
    let ended = pds
        .gate
        .log()
        .iter()
        .filter(|call| call.path == "/oauth/revoke")
        .count();
    assert_eq!(ended, 1);
    let id = text(&first, "id").to_owned();
    hosted.ask(Request::AccountCheck { id }).await;
}

/// The state that was pushed last for a handle, as a page that saw it would know it.
fn pushed_state(pds: &Pds, handle: &str) -> String {
    let log = pds.gate.log();
    let bodies = log.iter().filter(|call| call.path == "/oauth/par");
    let mut of_handle = bodies
        .map(|call| String::from_utf8_lossy(&call.body).into_owned())
        .filter(|body| body.contains(&format!("login_hint={handle}")));
    let body = of_handle.next_back().expect("a pushed request");
    let state = body.split('&').find_map(|pair| pair.strip_prefix("state="));
    state.expect("a state").to_owned()
}
