//! What only X has: its own document of what may be asked, a bill, pictures in pieces.

use kossori_core::cost::{MicroUsd, PaidPart, Prices};
use kossori_core::network::Network;
use kossori_engine::ports::{CallError, Outgoing, Paid};
use serde_json::json;

use super::bench::{Bench, Server};
use super::of_name;
use crate::networks::PNG;
use crate::support::servers::http;

impl Bench {
    /// X's stand-in has turned nothing away as not according to X's own document, and has answered according to it.
    pub(super) async fn was_asked_as_documented(&self) {
        if self.home.network == Network::X {
            assert_eq!(self.asked("/_refused").await, json!([]));
        }
    }

    /// A post with one picture of `length` bytes, no two of which in a row are the same.
    fn pictured(&self, text: &str, length: usize) -> Outgoing {
        let mut outgoing = self.outgoing(&[text], 1);
        let rest = (0..length - PNG.len()).map(|at| (at % 251).to_le_bytes()[0]);
        outgoing.parts[0].pictures[0].picture.bytes = PNG.iter().copied().chain(rest).collect();
        outgoing
    }
}

/// More than goes in one call (`PIECE`), the last piece being a short one.
#[tokio::test]
async fn x_takes_a_large_picture_in_pieces() {
    let bench = Bench::of(of_name("x")).await;
    let Server::StandIn(server) = &bench.server else {
        panic!("a stand-in")
    };
    let calls = async |part: &str| {
        let log = server.gate.log();
        let calls = log.iter().filter(|request| request.path.contains(part));
        calls.count()
    };
    let states = async |states: &[&str]| server.post("/_settings", &json!({ "media": states })).await;
    let outgoing = bench.pictured("in pieces", 2 * 1024 * 1024 + 12_345);
    let mut frozen = bench.freeze(&outgoing).await;
    states(&["pending", "in_progress", "in_progress", "succeeded"]).await;
    let (_, answer) = bench.send(&outgoing, &mut frozen).await;
    bench.is_sent(&answer);
    let published = bench.published("in pieces").await;
    assert_eq!(
        (published.len(), &published[0].alts[..]),
        (1, &["picture 0 猫".to_owned()][..])
    );
    let log = server.log().await;
    let id = log[0]["media"][0]["id"].as_str().unwrap();
    let kept = http("GET", &format!("{}/_media/{id}", server.direct), &[], Vec::new()).await;
    assert!(
        kept.body[..] == outgoing.parts[0].pictures[0].picture.bytes[..],
        "every byte"
    );
    assert_eq!((calls("/append").await, calls("command=STATUS").await), (3, 3));
    bench.tells_no_names();

    // Large or small: what cannot be shown there is not posted.
    for length in [2 * 1024 * 1024, 1024] {
        let outgoing = bench.pictured("cannot be shown", length);
        let frozen = bench.freeze(&outgoing).await;
        states(&["pending", "failed"]).await;
        let pictures = &outgoing.parts[0].pictures;
        let uploaded = bench.publisher.upload(&bench.session, &frozen, 0, pictures).await;
        assert!(
            matches!(&uploaded, Err(CallError::Refused { code, .. }) if code == "media_failed"),
            "{uploaded:?}"
        );
        assert!(bench.published("cannot be shown").await.is_empty());
    }
    bench.was_asked_as_documented().await;
}

/// What is counted here is what the server bills: posts by their links, descriptions, deletions, and each post read once.
#[tokio::test]
async fn x_bills_what_is_counted() {
    let bench = Bench::of(of_name("x")).await;
    let prices = Prices::default();
    let (mut counted, mut frozen) = (MicroUsd::ZERO, None);
    for (texts, pictures) in [
        (&["昼休み"][..], 2),
        (&["see https://example.com/ and example.org"], 0),
        (&["one", "two example.com", "three"], 1),
    ] {
        let outgoing = bench.outgoing(texts, pictures);
        let mut record = bench.freeze(&outgoing).await;
        let (ids, answer) = bench.send(&outgoing, &mut record).await;
        bench.is_sent(&answer);
        for part in &outgoing.parts {
            let alts = part.pictures.iter().map(|picture| picture.alt.as_str());
            counted = counted.plus(PaidPart::of(&part.text, alts).call(&prices));
        }
        frozen = Some((record, ids));
    }
    let (record, ids) = frozen.unwrap();
    // Looked at twice, and paid for once.
    bench.looks(&record, "one", true).await;
    bench.looks(&record, "one", true).await;
    bench.publisher.delete(&bench.session, &ids[2]).await.unwrap();
    // What is turned away costs nothing.
    bench.fault("rate_limit").await;
    bench.one("again").await;

    let paid = bench.publisher.paid(&bench.session.account.id);
    assert_eq!((paid.described, paid.deleted), (3, 1));
    assert!(paid.read > 0, "{paid:?}");
    let counted = counted
        .plus(prices.read_own.times(paid.read))
        .plus(prices.media_metadata.times(paid.described))
        .plus(prices.delete.times(paid.deleted));
    let bill = bench.asked("/_cost").await;
    assert_eq!(bill["total"].as_u64(), Some(counted.0), "{bill}");
    let again = bench.publisher.paid(&bench.session.account.id);
    assert_eq!(again, Paid::default(), "told once");
    bench.was_asked_as_documented().await;
}
