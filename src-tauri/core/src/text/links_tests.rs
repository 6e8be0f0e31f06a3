//! The table beside this file was made by running the reference over texts of our own making. `ours` and `why`
//! stand where we differ on purpose.

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use super::{Entity, EntityKind, addresses, entities};

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) graphemes: usize,
    pub(crate) bytes: usize,
    reference: Vec<Facet>,
    ours: Option<Vec<Facet>>,
    #[serde(default)]
    why: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Facet(usize, usize, String, String);

impl From<Entity> for Facet {
    fn from(entity: Entity) -> Facet {
        let (kind, value) = match entity.kind {
            EntityKind::Link(url) => ("link", url),
            EntityKind::Tag(name) => ("tag", name),
            EntityKind::Mention(handle) => ("mention", handle),
        };
        Facet(entity.from, entity.to, kind.to_owned(), value)
    }
}

pub(crate) fn table() -> Vec<Case> {
    serde_json::from_str(include_str!("rich_text.json")).expect("the table is JSON")
}

fn found(text: &str) -> Vec<Facet> {
    entities(text).into_iter().map(Facet::from).collect()
}

#[test]
fn entities_are_the_references_or_differ_with_a_reason() {
    let mut wrong = Vec::new();
    for case in table() {
        if case.ours.is_some() {
            assert!(
                !case.why.is_empty(),
                "a difference without a reason: {:?}",
                case.text
            );
            assert_ne!(
                case.ours.as_ref(),
                Some(&case.reference),
                "no difference: {:?}",
                case.text
            );
        }
        let wanted = case.ours.unwrap_or(case.reference);
        let got = found(&case.text);
        if got != wanted {
            wrong.push(format!("{:?}\n  wanted {wanted:?}\n  got    {got:?}", case.text));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn a_long_text_costs_in_proportion() {
    // Each would take minutes if a token were read again from each of its characters.
    for piece in [
        "(",
        ")",
        "h",
        "http://",
        "https://a.b(",
        "@a.",
        "#",
        "a.com",
        "(a.com",
        "(@a.test",
        "あ.",
        "$A",
    ] {
        let long = piece.repeat(400_000 / piece.len());
        let _ = entities(&long);
        let _ = super::super::fediverse::runs(&long);
        let _ = super::super::fediverse::hashtags(&long);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn entities_are_sound(text in "(https?://|#|＃|@|\\$|[()（）。、.,!?]|a\\.com|b\\.test|[a-z]{1,3}|[ぁ-ん]{1,2}| |\u{3000}|\n|👨‍👩‍👧|é|\u{200b}|\\PC){0,24}") {
        let mut end = 0;
        for entity in entities(&text) {
            prop_assert!(entity.from >= end && entity.to > entity.from, "in order, apart, not empty");
            end = entity.to;
            let covered = text.get(entity.from..entity.to);
            prop_assert!(covered.is_some(), "on character boundaries");
            let covered = covered.unwrap_or_default();
            match entity.kind {
                EntityKind::Link(url) => prop_assert!(url == covered || url.strip_prefix("https://") == Some(covered)),
                EntityKind::Mention(handle) => prop_assert_eq!(format!("@{handle}"), covered),
                EntityKind::Tag(name) => {
                    prop_assert!(name.graphemes(true).count() <= 64);
                    prop_assert!(covered.ends_with(&name) || covered.eq_ignore_ascii_case(&name));
                }
            }
        }
    }
}

#[test]
fn addresses_are_found_wherever_they_stand() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("http:// https:// ://a.jp ftp://a.jp", &[]),
        ("a=https://a.jp b=https://a.jp", &["https://a.jp"]),
        (
            "a=https://a.jp/1,b=http://a.jp/2",
            &["https://a.jp/1,b=http://a.jp/2"],
        ),
        ("#https://a.jp/x", &["https://a.jp/x"]),
        ("xHTTPS://a.jp。y", &["HTTPS://a.jp"]),
        ("https://a.jp/https://b.jp", &["https://a.jp/https://b.jp"]),
        (
            "www.a.jp と https://b.jp、http://b.jp",
            &["http://b.jp", "https://b.jp", "https://www.a.jp"],
        ),
        ("日本://a.jp", &[]),
    ];
    for (text, wanted) in table {
        let found: Vec<String> = addresses(text).into_iter().collect();
        assert_eq!(found, *wanted, "{text}");
    }
}
