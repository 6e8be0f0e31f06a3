//! Threads sends nobody back to this machine: the browser ends at an address of the person's own that nothing serves, and what
//! stands in its bar is pasted.

use kossori_api::{Code, Request};
use kossori_core::network::Network;
use serde_json::{Value, json};

use super::{Asked, asked, chromium, server, text, visit, wait};
use crate::support::hosted::Hosted;

#[tokio::test]
async fn threads_by_browser_and_the_address_that_it_ends_at() {
    let Some(chromium) = chromium() else { return };
    let hosted = Hosted::new(super::NOW).await;
    let fake = server("threads_server.py", &[]);
    let redirect = text(&fake.ready, "redirect");
    let app = format!("{} {redirect}", text(&fake.ready, "client_id"));
    let own = Asked {
        client_id: Some(&app),
        client_secret: fake.ready["client_secret"].as_str(),
        paste: true,
        ..asked(Network::Threads, text(&fake.ready, "server"))
    };
    let no_paste = Asked { paste: false, ..own };
    let refused = hosted.try_ask(no_paste.begin()).await.expect_err("no such way");
    assert_eq!(refused.code, Code::NoBrowserSignIn);
    let no_page = Asked {
        client_id: fake.ready["client_id"].as_str(),
        ..own
    };
    let refused = hosted.try_ask(no_page.begin()).await.expect_err("nowhere to end");
    assert_eq!(refused.code, Code::RedirectMissing);

    let as_person = |name: &str| json!([{"click": format!("button[value='{name}']")}]);
    let ends_at = async |begun: &Value, name: &str| {
        let seen = visit(&chromium, text(begun, "url"), &as_person(name)).await;
        let bar = text(&seen, "url").to_owned();
        assert!(bar.starts_with(&format!("{redirect}?")), "{bar}");
        bar
    };

    let begun = hosted.ask(own.begin()).await;
    let bar = ends_at(&begun, "").await;
    let refused = hosted
        .try_ask(wait(&begun, Some(&bar)))
        .await
        .expect_err("declined");
    assert_eq!(refused.code, Code::SignInDenied);
    cancel(&hosted, &begun).await;

    let begun = hosted.ask(own.begin()).await;
    let bar = ends_at(&begun, "alice").await;
    let account = hosted.ask(wait(&begun, Some(&format!("  {bar}\n")))).await;
    assert_eq!(text(&account, "handle"), "alice");
    assert!(account["session_ends_at"].is_string(), "60 days: {account}");
    let id = text(&account, "id");
    hosted.ask(Request::AccountCheck { id: id.to_owned() }).await;

    // The code is good for one time, by itself too; an address of another sign-in is not taken at all.
    let begun = hosted.ask(own.begin()).await;
    let refused = hosted
        .try_ask(wait(&begun, Some(&bar)))
        .await
        .expect_err("another state");
    assert_eq!(refused.code, Code::SignInDiffers);
    let code = bar
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("code="))
        .expect("a code");
    let code = code.split('#').next().expect("a code");
    let refused = hosted.try_ask(wait(&begun, Some(code))).await.expect_err("used");
    assert!(
        matches!(refused.code, Code::ServerRefused | Code::SignInRefused),
        "{refused:?}"
    );
    // A slip, and the right one after it: here already.
    let bar = ends_at(&begun, "alice").await;
    let refused = hosted
        .try_ask(wait(&begun, Some(&bar)))
        .await
        .expect_err("here already");
    assert_eq!(refused.code, Code::AccountExists);
    hosted.ask(Request::AccountCheck { id: id.to_owned() }).await;

    let again = Asked {
        account: Some(id),
        ..own
    };
    let begun = hosted.ask(again.begin()).await;
    let bar = ends_at(&begun, "bob").await;
    let refused = hosted
        .try_ask(wait(&begun, Some(&bar)))
        .await
        .expect_err("another account");
    assert_eq!(refused.code, Code::OtherAccount);

    // The person's own app is kept with the sign-in, and not asked for again.
    let kept = Asked {
        account: Some(id),
        client_id: None,
        client_secret: None,
        ..own
    };
    let begun = hosted.ask(kept.begin()).await;
    let bar = ends_at(&begun, "alice").await;
    hosted.ask(wait(&begun, Some(&bar))).await;
    hosted.ask(Request::AccountCheck { id: id.to_owned() }).await;
    let accounts = hosted.ask(Request::AccountList).await;
    assert_eq!(accounts["accounts"].as_array().map(Vec::len), Some(1));
}

async fn cancel(hosted: &Hosted, begun: &Value) {
    let id = text(begun, "id").to_owned();
    hosted.ask(Request::SignInCancel { id }).await;
}
