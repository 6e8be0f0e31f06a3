use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::{length, overhang};
use crate::network::{Network, TextLimit, TextUnit};
use crate::text::links::tests::table;

fn mastodon() -> TextLimit {
    Network::Mastodon.default_limits().text
}

fn bluesky() -> TextLimit {
    Network::Bluesky.default_limits().text
}

#[test]
fn graphemes_and_bytes_are_the_references() {
    for case in table() {
        let found = length(&case.text, None, &bluesky());
        assert_eq!(
            (found.count as usize, found.bytes),
            (case.graphemes, case.bytes),
            "{:?}",
            case.text
        );
    }
}

#[test]
fn mastodon_counts_urls_and_servers_apart() {
    let table: &[(&str, Option<&str>, u32)] = &[
        ("", None, 0),
        ("あいう", None, 3),
        ("👨‍👩‍👧‍👦🇯🇵e\u{301}", None, 3),
        ("a\r\nb", None, 3),
        ("本文", Some("注意"), 4),
        ("https://a.jp", None, 23),
        (
            "http://example.com/a/very/long/path/that/goes/on/and/on/and/on?with=query&more#frag",
            None,
            23,
        ),
        ("HTTPS://EXAMPLE.COM/", None, 23),
        ("(https://example.com/a_(b))", None, 25),
        ("https://example.com.", None, 24),
        ("https://example.com/a, b", None, 26),
        ("見てhttps://example.com を", None, 27),
        ("https://example.comを見て", None, 26),
        ("https://example.com/日本語。次", None, 23),
        ("https://example.com/x y https://example.org", None, 49),
        // Not what the server takes for a URL: counted as written.
        ("example.com", None, 11),
        ("ahttps://example.com", None, 20),
        ("#https://example.com", None, 20),
        ("https://localhost/x", None, 19),
        ("https://127.0.0.1/", None, 18),
        ("https://", None, 8),
        ("https://example.notatld", None, 23),
        // A server's name is free, a user's is not.
        ("@alice@example.com", None, 6),
        ("@alice", None, 6),
        ("hi @alice@example.com, @bob@social.example.org.", None, 16),
        ("mail alice@example.com", None, 22),
        ("/@alice@example.com", None, 19),
        ("@alice@", None, 7),
        ("@alice@example.com@x", None, 20),
    ];
    for (text, cw, count) in table {
        let found = length(text, *cw, &mastodon());
        assert_eq!(found.count, *count, "{text:?}");
        assert_eq!(found.bytes, text.len());
    }
}

#[test]
fn what_counts_depends_on_the_limit() {
    let text = "👩‍💻 https://example.com/a/long/path @a@example.com";
    let plain = TextLimit {
        url_length: None,
        ..mastodon()
    };
    assert_eq!(
        length(text, None, &plain).count,
        48,
        "a server without a URL length counts what it sees"
    );
    let points = TextLimit {
        unit: TextUnit::CodePoints,
        ..plain
    };
    assert_eq!(length(text, None, &points).count, 50);
    let reserved = TextLimit {
        url_length: Some(25),
        ..mastodon()
    };
    assert_eq!(length(text, None, &reserved).count, 1 + 1 + 25 + 1 + 2);
    assert_eq!(
        length("a", Some("cw"), &bluesky()).count,
        1,
        "no text warning there, so nothing to count"
    );
}

#[test]
fn over_at_the_edges() {
    let family = "👨‍👩‍👧‍👦";
    let table: &[(String, bool, Option<usize>)] = &[
        ("a".repeat(300), false, None),
        ("a".repeat(301), true, Some(300)),
        ("あ".repeat(300), false, None),
        ("あ".repeat(301), true, Some(900)),
        (family.repeat(120), false, None),
        // 25 bytes each: the bytes run out before the graphemes do, and no family is torn.
        (family.repeat(121), true, Some(3_000)),
        (format!("{}x", family.repeat(120)), true, Some(3_000)),
        (format!("x{}", family.repeat(120)), true, Some(1 + 119 * 25)),
    ];
    for (text, over, at) in table {
        assert_eq!(length(text, None, &bluesky()).over, *over, "{} bytes", text.len());
        assert_eq!(overhang(text, None, &bluesky()), *at, "{} bytes", text.len());
    }
    let url = "https://example.com/abcdefghijklmnopqrstuvwxyz";
    assert_eq!(
        overhang(&format!("{}{url}", "a ".repeat(239)), None, &mastodon()),
        Some(478),
        "a URL goes as a whole"
    );
    assert_eq!(overhang("x", Some(&"y".repeat(501)), &mastodon()), Some(0));
    assert_eq!(overhang("x", Some(&"y".repeat(500)), &mastodon()), Some(0));
    assert_eq!(overhang("x", Some(&"y".repeat(499)), &mastodon()), None);
}

/// A text, what Threads counts (an emoji as its UTF-8 bytes, all else as its code points: NETWORKS.md 5.3), what LinkedIn
/// does (UTF-16 code units: 6.3), what Misskey does (code points).
const COUNTED: &[(&str, [u32; 3])] = &[
    ("", [0, 0, 0]),
    ("hello, world 1#*", [16, 16, 16]),
    ("a\r\nb", [4, 4, 4]),
    ("あいう、漢字", [6, 6, 6]),
    ("か\u{3099}", [2, 2, 2]),
    ("e\u{301}", [2, 2, 2]),
    ("é", [1, 1, 1]),
    ("𠮷", [1, 2, 1]),
    ("👍", [4, 2, 1]),
    ("👍🏽", [8, 4, 2]),
    ("👩‍💻", [11, 5, 3]),
    ("👨‍👩‍👧‍👦", [25, 11, 7]),
    ("🧑🏽‍🤝‍🧑🏿", [26, 12, 7]),
    ("🇯🇵", [8, 4, 2]),
    (
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        [28, 14, 7],
    ),
    ("1\u{fe0f}\u{20e3}", [7, 3, 3]),
    ("#\u{20e3}", [4, 2, 2]),
    ("❤\u{fe0f}", [6, 2, 2]),
    ("❤\u{fe0f}\u{200d}🔥", [13, 5, 4]),
    ("🫠", [4, 2, 1]),
    ("☎\u{fe0e}", [2, 2, 2]),
    (
        "あ👍e\u{301}🇯🇵!",
        [1 + 4 + 2 + 8 + 1, 1 + 2 + 2 + 4 + 1, 1 + 1 + 2 + 2 + 1],
    ),
];

fn threads_linkedin_misskey() -> [TextLimit; 3] {
    [Network::Threads, Network::LinkedIn, Network::Misskey].map(|network| network.default_limits().text)
}

#[test]
fn emoji_bytes_code_units_and_code_points() {
    let limits = threads_linkedin_misskey();
    let units = limits.each_ref().map(|limit| limit.unit);
    assert_eq!(
        units,
        [TextUnit::EmojiBytes, TextUnit::Utf16, TextUnit::CodePoints]
    );
    for (text, wanted) in COUNTED {
        let found = limits.each_ref().map(|limit| length(text, None, limit).count);
        assert_eq!(found, *wanted, "{text:?}");
    }
}

/// What fits to the last unit, and what is one over; an emoji that does not fit goes as a whole.
#[test]
fn emoji_at_the_edge_of_each_unit() {
    let family = "👨‍👩‍👧‍👦";
    let table: &[(usize, u32, usize, &str, bool)] = &[
        // Threads: 500.
        (0, 500, 496, "👍", false),
        (0, 500, 497, "👍", true),
        (0, 500, 475, family, false),
        (0, 500, 476, family, true),
        (0, 500, 499, "é", false),
        (0, 500, 499, "e\u{301}", true),
        // LinkedIn: 3,000.
        (1, 3_000, 2_998, "👍", false),
        (1, 3_000, 2_999, "👍", true),
        (1, 3_000, 2_989, family, false),
        (1, 3_000, 2_990, family, true),
        (1, 3_000, 2_998, "𠮷", false),
        (1, 3_000, 2_999, "𠮷", true),
    ];
    let limits = threads_linkedin_misskey();
    for (network, max, before, last, over) in table {
        let limit = &limits[*network];
        assert_eq!(limit.max, *max);
        let text = "a".repeat(*before) + last;
        assert_eq!(length(&text, None, limit).over, *over, "{before} and {last:?}");
        assert_eq!(
            overhang(&text, None, limit),
            over.then_some(*before),
            "{before} and {last:?}"
        );
    }
    // Misskey: code points, and nothing that it is worse to cut.
    let misskey = &limits[2];
    assert_eq!(misskey.max, 3_000);
    let text = |before: usize| "あ".repeat(before) + family;
    assert_eq!(length(&text(2_993), None, misskey).count, 3_000);
    assert!(!length(&text(2_993), None, misskey).over);
    assert_eq!(length(&text(2_994), None, misskey).count, 3_001);
    assert!(length(&text(2_994), None, misskey).over);
    assert!(overhang(&text(2_994), None, misskey).is_some());
}

proptest! {
    /// What is made of pieces whose counts are known counts as their sum. A letter stands between: two flags would be one.
    #[test]
    fn a_text_counts_as_its_pieces(pieces in proptest::collection::vec(0..COUNTED.len(), 0..60)) {
        let text: String = pieces.iter().map(|&piece| format!("{}x", COUNTED[piece].0)).collect();
        for (network, limit) in threads_linkedin_misskey().iter().enumerate() {
            let wanted: u32 = pieces.iter().map(|&piece| COUNTED[piece].1[network] + 1).sum();
            prop_assert_eq!(length(&text, None, limit).count, wanted);
        }
    }

    /// Counted another way: std's own, and of emoji-free text no difference between the units.
    #[test]
    fn any_text_counts_as_std_encodes_it(text in "(\\PC|👨‍👩‍👧|🇯🇵|e\u{301}|\n){0,80}", plain in "[a-zA-Z ぁ-んァ-ヶ一-鿋éü、。\n]{0,80}") {
        let [threads, linkedin, misskey] = threads_linkedin_misskey();
        prop_assert_eq!(length(&text, None, &linkedin).count as usize, text.encode_utf16().count());
        prop_assert_eq!(length(&text, None, &misskey).count as usize, text.chars().count());
        let counted = length(&text, None, &threads).count as usize;
        prop_assert!((text.chars().count()..=text.len()).contains(&counted));
        prop_assert_eq!(length(&plain, None, &threads).count as usize, plain.chars().count());
    }

    #[test]
    fn the_overhang_is_where_it_stops_fitting(text in "(https://a\\.jp/[a-z]{0,9}|@a@b\\.com|[a-z ]{1,9}|[ぁ-ん]{1,4}|👨‍👩‍👧|\n|\\PC){0,60}", max in 0u32..80) {
        let limit = TextLimit { max, ..mastodon() };
        let whole = length(&text, None, &limit);
        match overhang(&text, None, &limit) {
            None => prop_assert!(!whole.over),
            Some(at) => {
                prop_assert!(whole.over);
                prop_assert!(text.is_char_boundary(at));
                // A mention that loses its server counts no more than with it, a URL is never cut.
                prop_assert!(length(&text[..at], None, &limit).count <= max);
            }
        }
    }

    #[test]
    fn plain_text_counts_as_its_graphemes(text in "[a-z ぁ-んー一-龠\n]{0,200}") {
        prop_assert_eq!(length(&text, None, &mastodon()).count, length(&text, None, &bluesky()).count);
    }
}
