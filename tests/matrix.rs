//! One suite for all adapters: the same cases for every one of them, against a server that shares no code with it and has its own
//! list of what it published. What a real server would not do by itself is done by the gate in front of it. A cell is "pass", or
//! core's reason why it cannot happen there; the tests print it, and docs/matrix.md has all of them.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod bench;
mod cases;
mod faults;
mod refers;
mod token;
mod x;

use std::fmt::Write;

use bench::{Bench, Home, Which};
use kossori_core::network::{Case, Network, Software, cannot_happen};

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
    let mut bench = Bench::of(home).await;
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
    bench.was_asked_as_documented().await;
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

/// The tests of the rows, and which rows have one.
macro_rules! rows {
    ($($test:ident: $name:literal,)+) => {
        const TRIED: &[&str] = &[$($name),+];
        $(
            #[tokio::test]
            async fn $test() {
                row($name).await;
            }
        )+
    };
}

rows! {
    practice_keeps_every_case: "practice",
    bluesky_server_keeps_every_case: "bluesky",
    mastodon_server_keeps_every_case: "mastodon",
    gotosocial_keeps_every_case: "gotosocial",
    akkoma_keeps_every_case: "akkoma",
    pleroma_keeps_every_case: "pleroma",
    pixelfed_keeps_every_case: "pixelfed",
    friendica_keeps_every_case: "friendica",
    snac_keeps_every_case: "snac",
    misskey_keeps_every_case: "misskey",
    x_keeps_every_case: "x",
    threads_keeps_every_case: "threads",
    linkedin_keeps_every_case: "linkedin",
}

#[test]
fn every_network_and_software_has_a_row() {
    for network in Network::ALL {
        assert!(HOMES.iter().any(|home| home.network == network), "{network:?}");
    }
    for software in Software::ALL {
        // What is unknown is no software of its own.
        let has_row = HOMES.iter().any(|home| home.software == software);
        assert!(has_row || software == Software::Unknown, "{software:?}");
    }
    let rows: Vec<&str> = HOMES.iter().map(|home| home.name).collect();
    assert_eq!(rows, TRIED, "what the page says is tried");
}
