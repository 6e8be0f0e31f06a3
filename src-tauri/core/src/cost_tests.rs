use jiff::Timestamp;

use super::{Booking, Budget, Kind, MicroUsd, PaidPart, Prices, Spent, month_ends, of_post};
use crate::ids::AccountId;
use crate::network::Network;
use crate::post::{Content, Part, Variant};

#[test]
fn what_a_post_costs() {
    let prices = Prices::default();
    // Parts as text and descriptions, and what they cost.
    for (parts, expected) in [
        (&[][..], 0),
        (&[("hello", &[][..])], 15_000),
        (&[("hello", &["a cat", "", "a dog"])], 25_000),
        (&[("see https://example.com/", &[])], 200_000),
        (&[("例えばexample.comなど", &["a cat"])], 205_000),
        // No links to X, however they look.
        (&[("me@example.com, index.html", &[])], 15_000),
        (
            &[("one", &[]), ("two example.com", &[]), ("three", &["x"])],
            235_000,
        ),
    ] {
        let paid: Vec<PaidPart> = parts
            .iter()
            .map(|(text, alts)| PaidPart::of(text, alts.iter().copied()))
            .collect();
        assert_eq!(of_post(&prices, &paid), MicroUsd(expected), "{parts:?}");
    }
}

#[test]
fn prices_are_data() {
    let stored: Prices = serde_json::from_str(r#"{"post":20000,"of_tomorrow":1}"#).unwrap();
    let expected = Prices {
        post: MicroUsd(20_000),
        ..Prices::default()
    };
    assert_eq!(stored, expected);
    let part = PaidPart {
        link: false,
        described: u32::MAX,
    };
    let dear = Prices {
        media_metadata: MicroUsd(u64::MAX),
        ..Prices::default()
    };
    assert_eq!(
        of_post(&dear, &[part, part]),
        MicroUsd(u64::MAX),
        "never less by being too much"
    );
    assert!((MicroUsd(215_000).usd() - 0.215).abs() < 1e-9);
}

/// What a person types, and what is shown of it.
#[test]
fn dollars_as_they_are_written() {
    for (text, micro, shown) in [
        ("5", 5_000_000, "5.00"),
        (" $0.20 ", 200_000, "0.20"),
        ("0.015", 15_000, "0.015"),
        ("0.000001", 1, "0.000001"),
        ("0", 0, "0.00"),
        ("12.5", 12_500_000, "12.50"),
    ] {
        assert_eq!(MicroUsd::parse(text), Some(MicroUsd(micro)), "{text}");
        assert_eq!(MicroUsd(micro).to_string(), shown);
        assert_eq!(MicroUsd::parse(shown), Some(MicroUsd(micro)), "{shown}");
    }
    for text in [
        "",
        "$",
        ".5",
        "5.",
        "-1",
        "1,5",
        "1e3",
        "0.0000001",
        "99999999999999999999",
        "five",
    ] {
        assert_eq!(MicroUsd::parse(text), None, "{text}");
    }
}

#[test]
fn only_one_network_costs() {
    let content = Content {
        parts: vec![Part {
            text: "see https://example.com/".to_owned(),
            media: Vec::new(),
        }],
        ..Content::default()
    };
    for network in Network::ALL {
        let paid = PaidPart::all(network, &content);
        assert_eq!(paid.is_some(), network == Network::X, "{network}");
    }
    // As the network gets it: its own wording has no link.
    let own = Content {
        variants: vec![Variant {
            network: Network::X,
            text: "see".to_owned(),
        }],
        ..content
    };
    let paid = PaidPart::all(Network::X, &own).unwrap();
    assert_eq!(of_post(&Prices::default(), &paid), MicroUsd(15_000));
}

#[test]
fn a_budget() {
    let budget = Budget {
        spent: MicroUsd::ZERO,
        cap: Some(MicroUsd(30_000)),
    };
    assert!(budget.may_send(MicroUsd(30_000)), "as much as the cap");
    assert!(!budget.may_send(MicroUsd(30_001)));
    let spent = budget.with_spent(MicroUsd(15_001));
    assert!(!spent.may_send(MicroUsd(15_000)));
    assert_eq!(spent.left(), Some(MicroUsd(14_999)));
    let over = spent.with_spent(MicroUsd(u64::MAX));
    assert_eq!(
        (over.left(), over.may_send(MicroUsd::ZERO)),
        (Some(MicroUsd::ZERO), false)
    );
    let free = Budget { cap: None, ..over };
    assert!(free.may_send(MicroUsd(1)));
}

/// What is spent is counted by account and for the month in which it was; what was turned away comes back.
#[test]
fn a_month() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let booking = |account: &str, moment: &str, sum: u64, kind: Kind| Booking {
        account: AccountId::from(account),
        at: at(moment),
        sum: MicroUsd(sum),
        kind,
        turns: true,
    };
    let late = "2026-11-30T23:59:59Z";
    let november = Spent::begin(at(late))
        .booked(&booking("one", late, 15_000, Kind::Spent))
        .booked(&booking("two", late, 200_000, Kind::Spent))
        .booked(&booking("one", late, 15_000, Kind::Spent));
    assert_eq!(november.sum(), MicroUsd(230_000));
    assert_eq!(november.accounts[&AccountId::from("one")], MicroUsd(30_000));
    let back = november
        .clone()
        .booked(&booking("one", late, 15_000, Kind::TurnedAway));
    assert_eq!(back.sum(), MicroUsd(215_000));
    let twice = back.booked(&booking("one", late, 99_000, Kind::TurnedAway));
    assert_eq!(twice.sum(), MicroUsd(200_000), "never less than nothing");

    assert_eq!(november.clone().at(at("2026-11-01T00:00:00Z")), november);
    let back = november.clone().at(at("2026-10-31T00:00:00Z"));
    assert_eq!(
        (back.month.month(), back.sum()),
        (10, november.sum()),
        "a clock set back"
    );
    assert_eq!(back.at(at(late)).accounts, november.accounts, "and forth");
    let first = "2026-12-01T00:00:00Z";
    assert_eq!(month_ends(at(late)), at(first));
    assert_eq!(month_ends(at(first)), at("2027-01-01T00:00:00Z"));
    let december = november.clone().at(at(first));
    assert_eq!((december.month.month(), december.sum()), (12, MicroUsd::ZERO));
    // Spent in November and turned away in December: December has nothing to give back.
    let december = november
        .clone()
        .booked(&booking("one", first, 15_000, Kind::Spent))
        .booked(&booking("one", late, 15_000, Kind::TurnedAway));
    assert_eq!((december.month.month(), december.sum()), (12, MicroUsd(15_000)));
    let written = serde_json::to_string(&december).unwrap();
    assert_eq!(serde_json::from_str::<Spent>(&written).unwrap(), december);
}

/// A clock that was ahead: what came by it counts, and the months go on from where they were.
#[test]
fn a_month_that_lies_ahead() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let booking = |moment: &str, sum: u64, turns: bool| Booking {
        account: AccountId::from("one"),
        at: at(moment),
        sum: MicroUsd(sum),
        kind: Kind::Spent,
        turns,
    };
    let (now, wrong, next) = (
        "2026-11-24T12:00:00Z",
        "2030-01-05T12:00:00Z",
        "2026-12-01T00:00:00Z",
    );
    let november = Spent::begin(at(now)).booked(&booking(now, 200_000, true));
    // Not by a clock that nobody has checked.
    let doubted = november.clone().booked(&booking(wrong, 1_000, false));
    assert_eq!(
        (doubted.month, doubted.sum()),
        (november.month, MicroUsd(201_000))
    );

    for (spent_there, sum) in [(1_000, 200_000), (300_000, 300_000)] {
        let ahead = november.clone().booked(&booking(wrong, spent_there, true));
        assert!(ahead.is_ahead(at(now)) && !november.is_ahead(at(now)));
        assert_eq!(ahead.sum(), MicroUsd(spent_there));
        let back = ahead.clone().at(at(now));
        assert_eq!((back.month, back.sum()), (november.month, MicroUsd(sum)));
        // Nothing is won by going there again.
        assert_eq!(back.clone().at(at(wrong)).sum(), MicroUsd(spent_there));
        assert_eq!(back.at(at(next)).sum(), MicroUsd::ZERO, "a new month");
        let later = ahead.booked(&booking(next, 15_000, true));
        assert_eq!(
            (later.month.month(), later.sum()),
            (12, MicroUsd(spent_there + 15_000))
        );
    }

    // Years of months are not kept.
    let mut spent = november;
    for month in 1..=12 {
        spent = spent.at(at(&format!("2027-{month:02}-01T00:00:00Z")));
    }
    spent = spent.at(at("2028-01-01T00:00:00Z"));
    assert_eq!((spent.left.len(), spent.sum()), (12, MicroUsd::ZERO));
    let written = serde_json::to_string(&spent).unwrap();
    assert_eq!(serde_json::from_str::<Spent>(&written).unwrap(), spent);
    let old = r#"{"month":"2026-11-01","accounts":{"one":5}}"#;
    assert_eq!(serde_json::from_str::<Spent>(old).unwrap().sum(), MicroUsd(5));
}
