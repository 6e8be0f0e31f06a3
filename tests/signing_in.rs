//! Signing in by browser, from the first request to the account: the real host, adapters and port of this machine, a real
//! Chromium, and each network's own page, or that of a server of the tests' own which shares no code with us.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kossori_api::{Code, Request, SecretInput};
use kossori_core::network::Network;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::support::hosted::Hosted;
use crate::support::servers::stand_in::x_specification;
use crate::support::servers::{Launched, Mastodon, cached_program, http, repository};

mod bluesky;
mod endings;
mod threads;

const NOW: &str = "2026-11-24 12:20";

/// A Chromium that is started once a test: each visit in it is somebody who was nowhere before.
struct Browser {
    program: Child,
    /// `None` once it is to end.
    asks: Mutex<Option<(ChildStdin, Lines<BufReader<ChildStdout>>)>>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It takes its folder with it if it is left to end by itself, as it does when nobody asks any more.
        self.asks.get_mut().take();
        for _ in 0..2_000 {
            if !matches!(self.program.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(self.program.start_kill());
    }
}

/// `None`, and it is said why: this system has no Chromium.
fn chromium() -> Option<Browser> {
    let found = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .map(PathBuf::from)
    .into_iter()
    .find(|path| path.exists());
    let Some(found) = found else {
        println!("skipped: no Chromium here; script/setup installs it where the system has the package");
        return None;
    };
    let mut program = Command::new(cached_program("node/bin/node"))
        .arg(repository().join("tests/browser/visit.mjs"))
        .arg(found)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js starts");
    let ends = program.stdin.take().zip(program.stdout.take());
    let asks = ends.map(|(stdin, stdout)| (stdin, BufReader::new(stdout).lines()));
    Some(Browser {
        program,
        asks: Mutex::new(asks),
    })
}

async fn visit(chromium: &Browser, address: &str, steps: &Value) -> Value {
    let picture = std::env::var_os("KOSSORI_PICTURES").map(|folder| {
        let name = address.split(['?', '#']).next().unwrap_or_default();
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        Path::new(&folder).join(format!("{name}.png"))
    });
    let ask = json!({ "address": address, "steps": steps, "picture": picture });
    let mut asks = chromium.asks.lock().await;
    let (stdin, stdout) = asks.as_mut().expect("it is there as long as the test");
    let written = stdin.write_all(format!("{ask}\n").as_bytes()).await;
    written.expect("it listens");
    let line = stdout.next_line().await.expect("it can be read");
    let seen: Value = serde_json::from_str(&line.expect("an answer")).expect("one line of JSON");
    assert_eq!(seen["failed"], Value::Null, "{address}");
    seen
}

/// What is asked of the host, for a server of the tests' own.
struct Asked<'a> {
    network: Network,
    server: &'a str,
    handle: Option<&'a str>,
    plc: Option<&'a str>,
    client_id: Option<&'a str>,
    client_secret: Option<&'a str>,
    account: Option<&'a str>,
    paste: bool,
}

fn asked(network: Network, server: &str) -> Asked<'_> {
    Asked {
        network,
        server,
        handle: None,
        plc: None,
        client_id: None,
        client_secret: None,
        account: None,
        paste: false,
    }
}

impl Asked<'_> {
    fn begin(&self) -> Request {
        Request::SignInBegin {
            account: self.account.map(str::to_owned),
            network: Some(self.network),
            handle: self.handle.map(str::to_owned),
            server: Some(self.server.to_owned()),
            client_id: self.client_id.map(str::to_owned),
            client_secret: self
                .client_secret
                .map(|secret| SecretInput::new(secret.to_owned())),
            persona: None,
            client_name: None,
            local_server: true,
            plc: self.plc.map(str::to_owned),
            proxy: None,
            paste: self.paste,
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn wait(begun: &Value, pasted: Option<&str>) -> Request {
    Request::SignInWait {
        id: text(begun, "id").to_owned(),
        pasted: pasted.map(|pasted| SecretInput::new(pasted.to_owned())),
    }
}

fn server(script: &str, arguments: &[&str]) -> Launched {
    Launched::start(&cached_program("venv/bin/python"), script, arguments)
}

/// Begun, allowed in the browser, ended: the account is there, and answers for itself.
async fn allowed(hosted: &Hosted, chromium: &Browser, asked: &Asked<'_>, steps: &Value) -> Value {
    let begun = hosted.ask(asked.begin()).await;
    let seen = visit(chromium, text(&begun, "url"), steps).await;
    assert!(text(&seen, "url").starts_with("http://127.0.0.1:"), "{seen}");
    let page = text(&seen, "text");
    assert!(
        page.contains("Kossori に戻りました") && page.contains("Back to Kossori"),
        "{page}"
    );
    let account = hosted.ask(wait(&begun, None)).await;
    assert_eq!(account["health"], json!("ok"));
    let id = text(&account, "id").to_owned();
    hosted.ask(Request::AccountCheck { id }).await;
    // Once: what came back is used up, and so is the port.
    let again = hosted.try_ask(wait(&begun, None)).await.expect_err("it is over");
    assert_eq!(again.code, Code::UnknownSignIn);
    assert!(
        tokio::net::TcpStream::connect(host_of(text(&seen, "url")))
            .await
            .is_err()
    );
    account
}

/// A person's no is told as one.
async fn denied(hosted: &Hosted, chromium: &Browser, asked: &Asked<'_>, steps: &Value) {
    let begun = hosted.ask(asked.begin()).await;
    visit(chromium, text(&begun, "url"), steps).await;
    let refused = hosted
        .try_ask(wait(&begun, None))
        .await
        .expect_err("it was declined");
    assert_eq!(refused.code, Code::SignInDenied);
}

fn host_of(url: &str) -> String {
    url.split('/').nth(2).expect("an address").to_owned()
}

/// Signed in again as somebody else: refused, and nothing of the account is changed.
async fn another_is_refused(hosted: &Hosted, chromium: &Browser, again: &Asked<'_>, steps: &Value) {
    let begun = hosted.ask(again.begin()).await;
    visit(chromium, text(&begun, "url"), steps).await;
    let refused = hosted
        .try_ask(wait(&begun, None))
        .await
        .expect_err("another account");
    assert_eq!(refused.code, Code::OtherAccount);
}

#[tokio::test]
async fn mastodon_by_browser() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::new(NOW).await;
    let mastodon = Mastodon::start().await;
    let pick = json!([{"click": "button:has-text('alice'), input[value='alice'], [type=submit]"}]);
    let account = allowed(
        &hosted,
        &chromium,
        &asked(Network::Mastodon, &mastodon.url),
        &pick,
    )
    .await;
    assert!(text(&account, "handle").starts_with("alice@"), "{account}");
}

#[tokio::test]
async fn the_mastodon_family_by_browser_and_by_a_pasted_code() {
    let Some(chromium) = chromium() else { return };
    for software in ["gotosocial", "pixelfed", "friendica", "snac"] {
        let hosted = Hosted::new(NOW).await;
        let fake = server("family_server.py", &[software]);
        let url = text(&fake.ready, "server");
        let allow = |who: &str| json!([{"choose": ["select[name=account]", who]}, {"click": "button[value=authorize]"}]);
        let account = allowed(
            &hosted,
            &chromium,
            &asked(Network::Mastodon, url),
            &allow("lane0"),
        )
        .await;
        let id = text(&account, "id");
        let again = Asked {
            account: Some(id),
            ..asked(Network::Mastodon, url)
        };
        another_is_refused(&hosted, &chromium, &again, &allow("lane1")).await;
        let deny = json!([{"click": "button[value=deny]"}]);
        denied(&hosted, &chromium, &asked(Network::Mastodon, url), &deny).await;

        // The code on a page, pasted: wrong first.
        let by_hand = Asked {
            paste: true,
            ..asked(Network::Mastodon, url)
        };
        let begun = hosted.ask(by_hand.begin()).await;
        let seen = visit(&chromium, text(&begun, "url"), &allow("lane1")).await;
        let wrong = hosted
            .try_ask(wait(&begun, Some("not-a-code")))
            .await
            .expect_err("wrong");
        assert!(
            matches!(wrong.code, Code::ServerRefused | Code::SignInRefused),
            "{wrong:?}"
        );
        let code = text(&seen, "text")
            .split_whitespace()
            .last()
            .expect("a code on the page");
        let account = hosted.ask(wait(&begun, Some(code))).await;
        assert!(
            text(&account, "handle").starts_with("lane1"),
            "{software}: {account}"
        );
    }
}

#[tokio::test]
async fn misskey_by_browser() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::new(NOW).await;
    let fake = server("misskey_server.py", &[]);
    let url = text(&fake.ready, "server");
    let account_id = |index: usize| text(&fake.ready["accounts"][index], "username");
    let allow =
        |who: &str| json!([{"choose": ["select[name=account]", who]}, {"click": "button[value=allow]"}]);
    let account = allowed(
        &hosted,
        &chromium,
        &asked(Network::Misskey, url),
        &allow(account_id(0)),
    )
    .await;
    let again = Asked {
        account: Some(text(&account, "id")),
        ..asked(Network::Misskey, url)
    };
    another_is_refused(&hosted, &chromium, &again, &allow(account_id(1))).await;
}

#[tokio::test]
async fn x_by_browser_on_its_registered_ports() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::new(NOW).await;
    let specification = x_specification();
    let fake = server("x_server.py", specification.as_deref().as_slice());
    let own = Asked {
        client_id: fake.ready["client_id"].as_str(),
        ..asked(Network::X, text(&fake.ready, "server"))
    };
    let nobody = Asked {
        client_id: None,
        ..own
    };
    let refused = hosted.try_ask(nobody.begin()).await.expect_err("no client id");
    assert_eq!(refused.code, Code::ClientIdMissing);
    let account = allowed(&hosted, &chromium, &own, &json!([{"click": "button[value=yes]"}])).await;
    assert_eq!(text(&account, "handle"), "alice");
    denied(&hosted, &chromium, &own, &json!([{"click": "button[value=no]"}])).await;
    let refused = format!("{}/_refused", text(&fake.ready, "server"));
    assert_eq!(http("GET", &refused, &[], Vec::new()).await.json(), json!([]));
}

#[tokio::test]
async fn linkedin_by_browser() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::new(NOW).await;
    let fake = server("linkedin_server.py", &[]);
    let own = Asked {
        client_id: fake.ready["client_id"].as_str(),
        client_secret: fake.ready["client_secret"].as_str(),
        ..asked(Network::LinkedIn, text(&fake.ready, "server"))
    };
    let account = allowed(
        &hosted,
        &chromium,
        &own,
        &json!([{"click": "button[value=alice]"}]),
    )
    .await;
    assert!(
        account["session_ends_at"].is_string(),
        "60 days, and shown: {account}"
    );
    let again = Asked {
        account: Some(text(&account, "id")),
        ..own
    };
    another_is_refused(
        &hosted,
        &chromium,
        &again,
        &json!([{"click": "button[value=bob]"}]),
    )
    .await;
    denied(&hosted, &chromium, &own, &json!([{"click": "button[value='']"}])).await;
}

/// Whoever begins and leaves keeps no port; what comes from somewhere else is not taken.
#[tokio::test]
async fn what_is_given_up_or_forged_opens_nothing() {
    let hosted = Hosted::new(NOW).await;
    let fake = server("family_server.py", &["gotosocial"]);
    let url = text(&fake.ready, "server");
    let begun = hosted.ask(asked(Network::Mastodon, url).begin()).await;
    let redirect = redirect_of(text(&begun, "url"));
    assert!(tokio::net::TcpStream::connect(host_of(&redirect)).await.is_ok());
    let id = text(&begun, "id").to_owned();
    hosted.ask(Request::SignInCancel { id }).await;
    let mut closed = false;
    for _ in 0..1_000 {
        closed = tokio::net::TcpStream::connect(host_of(&redirect)).await.is_err();
        if closed {
            break;
        }
        crate::support::hosted::settle().await;
    }
    assert!(closed, "its port is closed");
    let over = hosted
        .try_ask(wait(&begun, None))
        .await
        .expect_err("it was cancelled");
    assert_eq!(over.code, Code::UnknownSignIn);

    // A page that guesses the port does not know the state.
    let begun = hosted.ask(asked(Network::Mastodon, url).begin()).await;
    let redirect = redirect_of(text(&begun, "url"));
    let forged = format!("{redirect}?code=stolen&state=guessed");
    let said = http("GET", &forged, &[], Vec::new()).await;
    assert_eq!(said.status, 404, "and it goes on waiting for who does");
    let pasted = hosted
        .try_ask(wait(&begun, Some(&forged)))
        .await
        .expect_err("forged");
    assert_eq!(pasted.code, Code::SignInDiffers);
    let id = text(&begun, "id").to_owned();
    hosted.ask(Request::SignInCancel { id }).await;
    let accounts = hosted.ask(Request::AccountList).await;
    assert_eq!(accounts["accounts"], json!([]));

    // And no more than a few wait at once.
    let mut last = Ok(Value::Null);
    for _ in 0..8 {
        last = hosted.try_ask(asked(Network::Mastodon, url).begin()).await;
    }
    assert_eq!(last.expect_err("too many").code, Code::SignInsFull);
}

fn redirect_of(url: &str) -> String {
    let pairs = url.split_once('?').expect("a query").1.split('&');
    let encoded = pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(name, value)| (name == "redirect_uri").then_some(value))
        .expect("where it leads back to");
    encoded.replace("%3A", ":").replace("%2F", "/")
}
