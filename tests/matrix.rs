//! One suite for all adapters: the same cases for every one of them, against a server that shares no code with it and has its own
//! list of what it published. What a real server would not do by itself is done by the gate in front of it. A cell is "pass", or
//! core's reason why it cannot happen there; the tests print it, and docs/matrix.md has all of them.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod bench;
mod cases;
mod refers;

use std::fmt::Write;

use kossori_core::cost::{MicroUsd, PaidPart, Prices};
use kossori_core::network::{Case, Network, Software, cannot_happen};
use kossori_engine::ports::Paid;

use bench::{Bench, Home, Which};

use crate::support::servers::repository;
use crate::support::servers::stand_in::{
    AKKOMA, FRIENDICA, GOTOSOCIAL, LINKEDIN, MISSKEY, PIXELFED, PLEROMA, SNAC, THREADS, X,
};

const fn home(name: &'static str, network: Network, software: Software, server: Which) -> Home {
    Home {
        name,
        network,
        software,
        server,
    }
}

static HOMES: [Home; 13] = [
    home("practice", Network::Practice, Software::Unknown, Which::Practice),
    home("bluesky", Network::Bluesky, Software::Unknown, Which::Bluesky),
    home("mastodon", Network::Mastodon, Software::Mastodon, Which::Mastodon),
    home(
        "gotosocial",
        Network::Mastodon,
        Software::GoToSocial,
        Which::StandIn(&GOTOSOCIAL, "POST /api/v1/statuses"),
    ),
    home(
        "akkoma",
        Network::Mastodon,
        Software::Akkoma,
        Which::StandIn(&AKKOMA, "POST /api/v1/statuses"),
    ),
    home(
        "pleroma",
        Network::Mastodon,
        Software::Pleroma,
        Which::StandIn(&PLEROMA, "POST /api/v1/statuses"),
    ),
    home(
        "pixelfed",
        Network::Mastodon,
        Software::Pixelfed,
        Which::StandIn(&PIXELFED, "POST /api/v1/statuses"),
    ),
    home(
        "friendica",
        Network::Mastodon,
        Software::Friendica,
        Which::StandIn(&FRIENDICA, "POST /api/v1/statuses"),
    ),
    home(
        "snac",
        Network::Mastodon,
        Software::Snac,
        Which::StandIn(&SNAC, "POST /api/v1/statuses"),
    ),
    home(
        "misskey",
        Network::Misskey,
        Software::Unknown,
        Which::StandIn(&MISSKEY, "notes/create"),
    ),
    home(
        "x",
        Network::X,
        Software::Unknown,
        Which::StandIn(&X, "POST /2/tweets"),
    ),
    home(
        "threads",
        Network::Threads,
        Software::Unknown,
        Which::StandIn(&THREADS, "POST /{user}/threads_publish"),
    ),
    home(
        "linkedin",
        Network::LinkedIn,
        Software::Unknown,
        Which::StandIn(&LINKEDIN, "POST /rest/posts"),
    ),
];

/// Why a case cannot happen there, for each of them.
fn reasons(home: &Home) -> impl Iterator<Item = (Case, Option<&'static str>)> {
    Case::ALL
        .into_iter()
        .map(|case| (case, cannot_happen(home.network, home.software, case)))
}

fn of_name(name: &str) -> &'static Home {
    HOMES.iter().find(|home| home.name == name).expect("a row")
}

async fn row(name: &str) {
    let home = of_name(name);
    let bench = Bench::of(home).await;
    assert_eq!(
        bench.session.account.software, home.software,
        "what it is taken for"
    );
    for (case, reason) in reasons(home) {
        match reason {
            Some(reason) => println!("{name} × {}: – {reason}", case.as_str()),
            None => {
                println!("{name} × {} …", case.as_str());
                bench.case(case).await;
                println!("{name} × {}: pass", case.as_str());
            }
        }
    }
}

fn page() -> String {
    let mut sentences: Vec<&str> = Vec::new();
    let mut out = String::from(
        "# The contract, adapter by adapter\n\nWritten by its tests (`KOSSORI_WRITE=1 cargo nextest run … -E 'test(matrix::)'`): do not \
         edit. The same cases are tried\nwith every adapter, against a server that shares no code with it: Bluesky's own, mastodon_mock, and \
         stand-ins\n(`tests/servers`) for what no server can be run of. \"pass\": `matrix::*_keeps_every_case` tried it. A number: it cannot \
         happen\nthere, for the reason below.\n\n| |",
    );
    for case in Case::ALL {
        write!(out, " {} |", case.as_str()).unwrap();
    }
    out.push_str("\n|---|");
    out.push_str(&"---|".repeat(Case::ALL.len()));
    out.push('\n');
    for home in &HOMES {
        write!(out, "| {} |", home.name).unwrap();
        for (_, reason) in reasons(home) {
            let Some(reason) = reason else {
                out.push_str(" pass |");
                continue;
            };
            let known = sentences.iter().position(|known| *known == reason);
            let number = known.unwrap_or_else(|| {
                sentences.push(reason);
                sentences.len() - 1
            });
            write!(out, " {} |", number + 1).unwrap();
        }
        out.push('\n');
    }
    out.push('\n');
    for (number, sentence) in (1..).zip(&sentences) {
        writeln!(out, "{number}. {sentence}").unwrap();
    }
    out
}

#[test]
fn the_page_has_every_cell() {
    let page = page();
    let file = repository().join("docs/matrix.md");
    if std::env::var_os("KOSSORI_WRITE").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        written, page,
        "docs/matrix.md is stale: KOSSORI_WRITE=1 cargo nextest run … -E 'test(matrix::)'"
    );
}

#[tokio::test]
async fn practice_keeps_every_case() {
    row("practice").await;
}

#[tokio::test]
async fn bluesky_server_keeps_every_case() {
    row("bluesky").await;
}

#[tokio::test]
async fn mastodon_server_keeps_every_case() {
    row("mastodon").await;
}

#[tokio::test]
async fn gotosocial_keeps_every_case() {
    row("gotosocial").await;
}

#[tokio::test]
async fn akkoma_keeps_every_case() {
    row("akkoma").await;
}

#[tokio::test]
async fn pleroma_keeps_every_case() {
    row("pleroma").await;
}

#[tokio::test]
async fn pixelfed_keeps_every_case() {
    row("pixelfed").await;
}

#[tokio::test]
async fn friendica_keeps_every_case() {
    row("friendica").await;
}

#[tokio::test]
async fn snac_keeps_every_case() {
    row("snac").await;
}

#[tokio::test]
async fn misskey_keeps_every_case() {
    row("misskey").await;
}

#[tokio::test]
async fn x_keeps_every_case() {
    row("x").await;
}

#[tokio::test]
async fn threads_keeps_every_case() {
    row("threads").await;
}

#[tokio::test]
async fn linkedin_keeps_every_case() {
    row("linkedin").await;
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
