//! Secrets that the real servers refuse.

use kossori_api::Code;
use serde_json::json;

use super::refused;
use crate::support::servers::{Mastodon, Pds};
use crate::support::world::{World, bluesky_sign_in, mastodon_sign_in};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_on_bluesky_is_refused() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let world = World::start();
    let sign_in = |handle: &'static str| bluesky_sign_in(handle, &pds.url, &pds.plc);
    for said in refused(
        &world,
        &sign_in("alice.test"),
        "wrong-wrong-wrong\n",
        Code::SignInRefused,
    ) {
        assert!(!said.to_string().contains("wrong-wrong"), "{said}");
    }
    refused(
        &world,
        &sign_in("nobody.test"),
        &alice.app_password,
        Code::SignInRefused,
    );
    assert_eq!(world.ctl(&["account", "list"])["accounts"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_on_mastodon_is_refused() {
    let mastodon = Mastodon::start().await;
    let world = World::start();
    let sign_in = mastodon_sign_in(&mastodon.url);
    for said in refused(&world, &sign_in, "wrong-wrong-wrong\n", Code::SignInRefused) {
        assert!(!said.to_string().contains("wrong-wrong"), "{said}");
    }
    assert_eq!(world.ctl(&["account", "list"])["accounts"], json!([]));
}
