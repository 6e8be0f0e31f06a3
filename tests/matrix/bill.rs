//! What is counted here is what the server bills.

use kossori_core::cost::{MicroUsd, PaidPart, Prices};
use kossori_engine::ports::Paid;

use super::HOMES;
use super::bench::Bench;

/// Posts by their links, descriptions, deletions, and each post read once.
#[tokio::test]
async fn x_bills_what_is_counted() {
    let bench = Bench::of(HOMES.iter().find(|home| home.name == "x").unwrap()).await;
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
    bench.looks(&record, true).await;
    bench.looks(&record, true).await;
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
}
