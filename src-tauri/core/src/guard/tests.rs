use std::collections::{BTreeMap, BTreeSet};

use super::Severity::{Block, Hold, Note, Warn};
use super::{Finding, GuardAccount, GuardInput, PictureFacts, Rule, Severity, check, is_language_tag};
use crate::ids::MediaId;
use crate::network::{Limits, Network, Visibility};
use crate::post::{Content, Part, Picture, Variant};

/// What a finding says, without its arguments: rule, severity, part, from and to, account.
type Said = (
    &'static str,
    Severity,
    Option<u32>,
    Option<(u32, u32)>,
    Option<&'static str>,
);

struct Case {
    networks: Vec<(&'static str, Network)>,
    content: Content,
    pictures: BTreeMap<MediaId, PictureFacts>,
    limits: fn(&mut Limits),
    /// The account's server has no such thing.
    unsupported: bool,
    no_last_thread: bool,
}

impl Case {
    fn new(networks: &[(&'static str, Network)], content: Content) -> Case {
        let facts = PictureFacts {
            bytes: 1_000,
            pixels: 1_000,
        };
        let pictures = content
            .parts
            .iter()
            .flat_map(|part| &part.media)
            .map(|p| (p.media.clone(), facts))
            .collect();
        Case {
            networks: networks.to_vec(),
            content,
            pictures,
            limits: |_| {},
            unsupported: false,
            no_last_thread: false,
        }
    }

    fn found(&self) -> Vec<Finding> {
        let limits: Vec<Limits> = self
            .networks
            .iter()
            .map(|(_, network)| {
                let mut limits = network.default_limits();
                (self.limits)(&mut limits);
                limits
            })
            .collect();
        let accounts = self
            .networks
            .iter()
            .zip(&limits)
            .map(|((id, network), limits)| GuardAccount {
                id: (*id).into(),
                network: *network,
                limits,
                content: &self.content,
                reply_unsupported: self.unsupported && self.content.reply_to.is_some(),
                quote_unsupported: self.unsupported && self.content.quote.is_some(),
                repost_unsupported: self.unsupported && self.content.repost.is_some(),
                quiet_reply_unsupported: self.unsupported && self.content.quiet_reply,
                no_last_thread: self.no_last_thread,
                cost: None,
            });
        check(&GuardInput {
            accounts: accounts.collect(),
            pictures: self.pictures.clone(),
        })
    }

    fn says(&self, wanted: &[Said]) {
        let found = self.found();
        let ids: Vec<&'static str> = self.networks.iter().map(|(id, _)| *id).collect();
        let said: Vec<Said> = found
            .iter()
            .map(|f| {
                let account = f
                    .account
                    .as_ref()
                    .map(|id| *ids.iter().find(|known| **known == id.as_str()).unwrap());
                (f.rule.as_str(), f.severity, f.part, f.from.zip(f.to), account)
            })
            .collect();
        assert_eq!(said, wanted, "{found:#?}");
    }
}

const PRACTICE: (&str, Network) = ("p", Network::Practice);
const BLUESKY: (&str, Network) = ("b", Network::Bluesky);
const MASTODON: (&str, Network) = ("m", Network::Mastodon);
const MISSKEY: (&str, Network) = ("k", Network::Misskey);
const LINKEDIN: (&str, Network) = ("l", Network::LinkedIn);
const THREADS: (&str, Network) = ("t", Network::Threads);
const ALL: [(&str, Network); 3] = [PRACTICE, BLUESKY, MASTODON];

fn content(texts: &[&str]) -> Content {
    let part = |text: &&str| Part {
        text: (*text).to_owned(),
        media: Vec::new(),
    };
    Content {
        parts: texts.iter().map(part).collect(),
        ..Content::default()
    }
}

fn with_pictures(text: &str, alts: &[&str]) -> Content {
    let mut content = content(&[text]);
    content.parts[0].media = (1..)
        .zip(alts)
        .map(|(n, alt)| Picture {
            media: MediaId(format!("m{n}")),
            alt: (*alt).to_owned(),
        })
        .collect();
    content
}

fn args(finding: &Finding) -> Vec<(&'static str, &str)> {
    finding
        .args
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[test]
fn a_sound_post_finds_nothing() {
    Case::new(
        &ALL,
        content(&["昼休みの話。https://example.com #メモ 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "つづき。"]),
    )
    .says(&[]);
    Case::new(&ALL, with_pictures("", &["白い机"])).says(&[]);
}

#[test]
fn an_empty_post() {
    Case::new(&ALL, content(&[])).says(&[("empty", Block, None, None, None)]);
    Case::new(&ALL, content(&["a", " \n\u{3000}"])).says(&[("empty", Block, Some(2), None, None)]);
    Case::new(&[BLUESKY], content(&["\u{200b}\u{fe0f}"])).says(&[
        ("empty", Block, Some(1), None, None),
        ("invisible_characters", Note, Some(1), Some((0, 1)), None),
    ]);
}

#[test]
fn a_text_too_long_is_marked_from_where_it_stops_fitting() {
    let text = "あ".repeat(310);
    let case = Case::new(&ALL, content(&["a", &text]));
    case.says(&[("too_long", Block, Some(2), Some((300, 310)), Some("b"))]);
    assert_eq!(
        args(&case.found()[0]),
        [("count", "310"), ("max", "300"), ("over", "10")]
    );

    // Offsets are code points: an astral letter is one, a family of seven is seven.
    let text = format!("{}𠮷a", "👨‍👩‍👧‍👦".repeat(50));
    let case = Case::new(
        &[BLUESKY],
        content(&[&format!("{text}{}", "e\u{301}".repeat(260))]),
    );
    case.says(&[(
        "too_long",
        Block,
        Some(1),
        Some((50 * 7 + 2 + 248 * 2, 50 * 7 + 2 + 260 * 2)),
        Some("b"),
    )]);

    let case = Case::new(&[BLUESKY], content(&[&"👨‍👩‍👧‍👦".repeat(121)]));
    case.says(&[("too_many_bytes", Block, Some(1), Some((840, 847)), Some("b"))]);
    assert_eq!(
        args(&case.found()[0]),
        [("count", "3025"), ("max", "3000"), ("over", "25")]
    );
}

#[test]
fn the_content_warning_counts_where_it_is_shown() {
    let mut long = content(&[&"a".repeat(499)]);
    long.cw = Some("ab".to_owned());
    Case::new(&[PRACTICE, MASTODON], long).says(&[
        ("too_long", Block, Some(1), Some((498, 499)), Some("m")),
        ("too_long", Block, Some(1), Some((498, 499)), Some("p")),
    ]);
    let mut warned = with_pictures("", &["机"]);
    warned.cw = Some("a".repeat(501));
    let case = Case::new(&[MASTODON], warned);
    case.says(&[("cw_too_long", Block, Some(1), None, Some("m"))]);
    let mut shown = content(&["a"]);
    shown.cw = Some("ネタバレ".to_owned());
    Case::new(&ALL, shown.clone()).says(&[("cw_becomes_label", Warn, None, None, Some("b"))]);
    Case::new(&[THREADS, LINKEDIN], shown.clone()).says(&[
        ("cw_not_here", Hold, None, None, Some("l")),
        ("cw_not_here", Hold, None, None, Some("t")),
    ]);
    shown.cw = Some("  ".to_owned());
    Case::new(&ALL, shown).says(&[]);
}

#[test]
fn a_content_warning_has_a_length_of_its_own() {
    let warned = |length: usize| {
        let mut warned = content(&["a"]);
        warned.cw = Some("字".repeat(length));
        warned
    };
    Case::new(&[MISSKEY], warned(100)).says(&[]);
    let case = Case::new(&[MISSKEY, MASTODON], warned(101));
    case.says(&[("cw_too_long", Block, None, None, Some("k"))]);
    assert_eq!(args(&case.found()[0]), [("count", "101"), ("max", "100")]);
}

#[test]
fn a_content_warning_that_hides_nothing_is_told() {
    let mut warned = content(&["a", "b"]);
    warned.cw = Some("x".to_owned());
    let mut case = Case::new(&[MASTODON], warned);
    case.limits = |limits| limits.text.cw_is_title = true;
    case.says(&[("cw_becomes_title", Warn, None, None, Some("m"))]);
    case.content.reply_to = Some("https://example.social/1".to_owned());
    case.says(&[]);
}

#[test]
fn different_links_are_counted() {
    let numbered = |count: usize| {
        (1..=count)
            .map(|n| format!("https://example.com/{n} "))
            .collect::<String>()
    };
    Case::new(&[THREADS], content(&[&numbered(5), &numbered(5)])).says(&[]);
    let twice = format!("{}{} #tag @bob.example.com", numbered(5), numbered(5));
    Case::new(&[THREADS], content(&[&twice])).says(&[]);
    let case = Case::new(&[THREADS, MASTODON], content(&["a", &numbered(6)]));
    case.says(&[("too_many_links", Block, Some(2), None, Some("t"))]);
    assert_eq!(args(&case.found()[0]), [("count", "6"), ("max", "5")]);
    let glued = numbered(6).replace("https", "a=https");
    let case = Case::new(&[THREADS], content(&[&glued]));
    case.says(&[("too_many_links", Block, Some(1), None, Some("t"))]);
}

#[test]
fn where_pictures_are_needed_or_not_taken() {
    let case = Case::new(&[THREADS, MASTODON], with_pictures("a", &["机", "窓"]));
    case.says(&[("pictures_unsupported", Block, Some(1), None, Some("t"))]);
    assert_eq!(args(&case.found()[0]), [("network", "threads")]);
    let mut case = Case::new(&[MASTODON], with_pictures("a", &["机"]));
    case.limits = |limits| limits.media.max_count = 0;
    case.says(&[("pictures_not_here", Block, Some(1), None, Some("m"))]);

    let needed = |content: Content| {
        let mut case = Case::new(&[MASTODON], content);
        case.limits = |limits| limits.media.required = true;
        case
    };
    // Later parts are replies.
    needed(content(&["a", "b"])).says(&[("picture_required", Block, Some(1), None, Some("m"))]);
    needed(content(&[" "])).says(&[("empty", Block, Some(1), None, None)]);
    needed(with_pictures("a", &["机"])).says(&[]);
    let mut reply = content(&["a"]);
    reply.reply_to = Some("https://example.social/1".to_owned());
    needed(reply).says(&[]);
}

#[test]
fn a_variant_is_checked_where_it_goes() {
    let mut varied = content(&[&"a".repeat(400)]);
    varied.variants.push(Variant {
        network: Network::Bluesky,
        text: "short".to_owned(),
    });
    Case::new(&ALL, varied.clone()).says(&[]);
    varied.variants[0].text = String::new();
    Case::new(&ALL, varied).says(&[("empty", Block, Some(1), None, Some("b"))]);
}

#[test]
fn parts_and_pictures() {
    let mut case = Case::new(&[BLUESKY, MASTODON], content(&["a", "b", "c"]));
    case.limits = |limits| limits.max_parts = 2;
    case.says(&[
        ("too_many_parts", Block, None, None, Some("b")),
        ("too_many_parts", Block, None, None, Some("m")),
    ]);
    assert_eq!(args(&case.found()[0]), [("count", "3"), ("max", "2")]);

    let case = Case::new(&[BLUESKY], with_pictures("a", &["1", "2", "3", "4", "5"]));
    case.says(&[("too_many_pictures", Block, Some(1), None, Some("b"))]);

    let mut case = Case::new(&ALL, with_pictures("a", &["机"]));
    case.pictures.insert(
        "m1".into(),
        PictureFacts {
            bytes: 1_500_000,
            pixels: 40_000_000,
        },
    );
    case.limits = |limits| limits.media.max_bytes = limits.media.max_bytes.max(1_499_999);
    case.says(&[
        ("picture_too_large", Block, Some(1), None, Some("b")),
        ("picture_too_many_pixels", Block, Some(1), None, Some("b")),
        ("picture_too_many_pixels", Block, Some(1), None, Some("m")),
        ("picture_too_many_pixels", Block, Some(1), None, Some("p")),
    ]);
    assert_eq!(
        args(&case.found()[0]),
        [("bytes", "1500000"), ("max", "1499999"), ("picture", "1")]
    );

    let mut case = Case::new(&ALL, with_pictures("a", &["机", "窓"]));
    case.pictures.remove(&MediaId::from("m2"));
    case.says(&[("picture_missing", Block, Some(1), None, None)]);
    assert_eq!(args(&case.found()[0]), [("picture", "2")]);
}

#[test]
fn alt_text() {
    let mut case = Case::new(&ALL, with_pictures("a", &["机", " "]));
    case.says(&[("alt_missing", Warn, Some(1), None, None)]);
    assert_eq!(args(&case.found()[0]), [("picture", "2")]);
    case.limits = |limits| limits.media.alt_required = true;
    case.says(&[("alt_missing", Block, Some(1), None, None)]);
    let long = "字".repeat(1_501);
    let case = Case::new(&ALL, with_pictures("a", &[&long]));
    case.says(&[
        ("alt_too_long", Block, Some(1), None, Some("m")),
        ("alt_too_long", Block, Some(1), None, Some("p")),
    ]);
    assert_eq!(
        args(&case.found()[0]),
        [
            ("count", "1501"),
            ("max", "1500"),
            ("over", "1"),
            ("picture", "1")
        ]
    );
}

#[test]
fn visibility_is_never_mapped() {
    for visibility in [
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Private,
        Visibility::Direct,
    ] {
        let mut asked = content(&["a"]);
        asked.visibility = Some(visibility);
        let case = Case::new(&ALL, asked);
        case.says(&[
            ("visibility_unknown", Block, None, None, Some("b")),
            ("visibility_unknown", Block, None, None, Some("p")),
        ]);
        assert_eq!(
            args(&case.found()[0]),
            [("network", "bluesky"), ("visibility", visibility.as_str())]
        );
    }
}

#[test]
fn a_visibility_that_one_server_lacks() {
    let mut asked = content(&["a"]);
    asked.visibility = Some(Visibility::Direct);
    let mut case = Case::new(&[MASTODON], asked);
    case.says(&[]);
    case.limits = |limits| limits.without = vec![Visibility::Direct];
    case.says(&[("visibility_not_here", Block, None, None, Some("m"))]);
    assert_eq!(args(&case.found()[0]), [("visibility", "direct")]);
}

const POST: Option<&str> = Some("https://example.social/@her/1");

fn around(change: impl FnOnce(&mut Content)) -> Content {
    let mut made = content(&["a"]);
    change(&mut made);
    made
}

#[test]
fn replies_quotes_and_reposts_that_cannot_be() {
    let both = around(|made| {
        made.reply_to = POST.map(str::to_owned);
        made.quote = POST.map(str::to_owned);
    });
    let mut case = Case::new(&[MASTODON], both);
    case.says(&[]);
    case.unsupported = true;
    case.says(&[
        ("reply_unsupported", Block, None, None, Some("m")),
        ("quote_unsupported", Block, None, None, Some("m")),
    ]);
    case.content = repost(|_| {});
    case.says(&[("repost_unsupported", Block, None, None, Some("m"))]);
    assert_eq!(args(&case.found()[0]), [("network", "mastodon")]);
}

fn repost(change: impl FnOnce(&mut Content)) -> Content {
    let mut made = content(&[""]);
    made.repost = POST.map(str::to_owned);
    change(&mut made);
    made
}

#[test]
fn a_post_that_is_handed_on_has_nothing_of_its_own() {
    Case::new(&ALL, repost(|_| {})).says(&[]);
    let url = || POST.map(str::to_owned);
    let with_words: [Content; 8] = [
        repost(|made| made.parts[0].text = "Look".into()),
        repost(|made| made.parts.push(Part::default())),
        repost(|made| made.parts = with_pictures("", &["A cat"]).parts),
        repost(|made| made.cw = Some("cat".into())),
        repost(|made| made.reply_to = url()),
        repost(|made| made.quote = url()),
        repost(|made| made.quiet_reply = true),
        repost(|made| {
            made.variants = vec![Variant {
                network: Network::Mastodon,
                text: "Look".into(),
            }];
        }),
    ];
    for (which, made) in with_words.into_iter().enumerate() {
        let rules: BTreeSet<&str> = Case::new(&[MASTODON], made)
            .found()
            .iter()
            .map(|found| found.rule.as_str())
            .collect();
        assert_eq!(rules, BTreeSet::from(["repost_with_words"]), "{which}");
    }
    // Where there is no repost the words would still be missing.
    Case::new(&[MASTODON], content(&[""])).says(&[("empty", Block, Some(1), None, None)]);
}

#[test]
fn what_a_network_does_not_make_of_another_post() {
    let quote = |alts: &[&str], parts: &[&str]| {
        let mut made = with_pictures("Look", alts);
        made.parts.extend(content(parts).parts);
        made.quote = POST.map(str::to_owned);
        made
    };
    for (network, made, refused) in [
        (LINKEDIN, quote(&["A cat"], &[]), true),
        (LINKEDIN, quote(&[], &[]), false),
        (LINKEDIN, with_pictures("Look", &["A cat"]), false),
        (BLUESKY, quote(&["A cat"], &["more"]), false),
    ] {
        let block = ("quote_with_pictures", Block, None, None, Some(network.0));
        let said: &[Said] = if refused { &[block] } else { &[] };
        Case::new(&[network], made).says(said);
    }
    for (network, visibility, refused) in [
        (MASTODON, Visibility::Direct, true),
        (MISSKEY, Visibility::Direct, true),
        (MASTODON, Visibility::Private, false),
        (MISSKEY, Visibility::Unlisted, false),
    ] {
        let block = ("repost_would_be_wider", Block, None, None, Some(network.0));
        let said: &[Said] = if refused { &[block] } else { &[] };
        Case::new(&[network], repost(|made| made.visibility = Some(visibility))).says(said);
    }
    let mut direct = content(&["Look"]);
    direct.visibility = Some(Visibility::Direct);
    Case::new(&[MASTODON], direct).says(&[]);
}

#[test]
fn a_quiet_reply() {
    let quiet = |change: fn(&mut Content)| {
        around(|made| {
            made.quiet_reply = true;
            change(made);
        })
    };
    let mut case = Case::new(&[MISSKEY], quiet(|_| {}));
    case.says(&[]);
    case.no_last_thread = true;
    case.says(&[("quiet_reply_no_thread", Block, None, None, Some("k"))]);
    case.unsupported = true;
    // Where none is offered nobody is told to post a thread first.
    case.says(&[("quiet_reply_unsupported", Block, None, None, Some("k"))]);
    let both = quiet(|made| made.reply_to = POST.map(str::to_owned));
    Case::new(&[MISSKEY], both).says(&[("quiet_reply_with_reply", Block, None, None, None)]);
    // It is a reply in every other respect: no picture is asked of it, and its warning becomes no title.
    let mut case = Case::new(&[MASTODON], quiet(|made| made.cw = Some("cat".into())));
    case.limits = |limits| {
        limits.media.required = true;
        limits.text.cw_is_title = true;
    };
    case.says(&[]);
}

#[test]
fn addresses() {
    let of = |url: &str| {
        let mut case = Case::new(&[BLUESKY], repost(|made| made.repost = Some(url.to_owned())));
        case.content.lang = Some("ja".to_owned());
        case.found().first().map(|found| found.rule.as_str())
    };
    for good in [
        "https://example.social/@her/1",
        "http://127.0.0.1:8080/notes/9",
        "HTTPS://example.social",
        "https://bsky.app/profile/did:plc:abc/post/3k?x=1#y",
        "https://例え.jp/@her/1",
    ] {
        assert_eq!(of(good), None, "{good}");
    }
    for bad in [
        "",
        "example.social/@her/1",
        "at://did:plc:abc/app.bsky.feed.post/3k",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///notes/1",
        "https://me@/notes/1",
        "https://:80/",
        "https://example.social/a b",
        "https://example.social/\nb",
    ] {
        assert_eq!(of(bad), Some("address_invalid"), "{bad}");
    }
    for field in [0, 1] {
        let made = around(|made| {
            let bad = Some("no address".to_owned());
            match field {
                0 => made.reply_to = bad,
                _ => made.quote = bad,
            }
        });
        Case::new(&[BLUESKY], made).says(&[("address_invalid", Block, None, None, None)]);
    }
}

#[test]
fn language_tags() {
    for good in [
        "ja",
        "en",
        "en-US",
        "zh-Hant-TW",
        "zh-yue-HK",
        "de-1996",
        "sl-rozaj-biske",
        "es-419",
        "x-mine",
        "en-x-a-b",
        "de-DE-u-co-phonebk",
        "JA",
        "haw",
    ] {
        assert!(is_language_tag(good), "{good}");
    }
    for bad in [
        "",
        "j",
        "日本語",
        "ja_JP",
        "ja-",
        "-ja",
        "ja--JP",
        "ja JP",
        "x",
        "en-x",
        "en-u",
        "en-u-co-u-xx",
        "de-1996-1996",
        "toolonglang",
        "en-US-JP",
        "c3",
        "japanese!",
    ] {
        assert!(!is_language_tag(bad), "{bad}");
    }
    let mut tagged = content(&["a"]);
    tagged.lang = Some("ja_JP".to_owned());
    Case::new(&ALL, tagged).says(&[("lang_invalid", Block, None, None, None)]);
}

#[test]
fn what_nobody_sees_is_shown() {
    type Run = (&'static str, u32, u32);
    let table: &[(&str, &[Run])] = &[
        ("a\u{200b}b", &[("U+200B", 1, 2)]),
        (
            "𠮷\u{200b}\u{200b}\u{2060}",
            &[("U+200B", 1, 3), ("U+2060", 3, 4)],
        ),
        ("\u{202e}abc", &[("U+202E", 0, 1)]),
        ("a\u{2066}b\u{2069}", &[("U+2066", 1, 2), ("U+2069", 3, 4)]),
        ("a\u{e0041}\u{e0042}", &[("U+E0041", 1, 2), ("U+E0042", 2, 3)]),
        ("a\u{ad}b\u{feff}", &[("U+00AD", 1, 2), ("U+FEFF", 3, 4)]),
        ("a\u{0}\u{1b}b", &[("U+0000", 1, 2), ("U+001B", 2, 3)]),
        // Joiners: fine in emoji and in scripts that join, not in between Latin letters or kana.
        ("👨‍👩‍👧‍👦 ❤️‍🔥 👩🏽‍💻 🏳️‍🌈", &[]),
        ("می‌خواهم क्‍ष", &[]),
        ("a\u{200d}b か\u{200c}な", &[("U+200D", 1, 2), ("U+200C", 5, 6)]),
        ("👨\u{200d}", &[("U+200D", 1, 2)]),
        // Flags of regions carry tags; a tag without its flag is hidden text.
        ("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}", &[]),
        ("🏴\u{e0067}\u{e007f}x\u{e0067}", &[("U+E0067", 4, 5)]),
        // Variants of emoji and kanji, and white space that takes room.
        ("❤️ 葛\u{e0100} 辻\u{fe00} #️⃣ a\u{3000}b\tc\r\n", &[]),
        // Direction marks settle neighbours in right-to-left text, and have no other use.
        ("שלום\u{200e}!", &[]),
        ("abc\u{200f}", &[("U+200F", 3, 4)]),
        ("abc\u{61c}", &[("U+061C", 3, 4)]),
        ("שלום\u{202e}!", &[("U+202E", 4, 5)]),
    ];
    for (text, wanted) in table {
        let found = Case::new(&[MASTODON], content(&[&format!("{text}.")])).found();
        let said: Vec<(&str, u32, u32)> = found
            .iter()
            .map(|f| (f.args["code"].as_str(), f.from.unwrap(), f.to.unwrap()))
            .collect();
        assert_eq!(said, *wanted, "{text:?}");
        assert!(
            found
                .iter()
                .all(|f| f.rule == Rule::InvisibleCharacters && f.severity == Severity::Note)
        );
    }
    let many = "a\u{200b}".repeat(100);
    assert_eq!(Case::new(&[MASTODON], content(&[&many])).found().len(), 20);
    Case::new(&ALL, content(&["a\u{200b}b"])).says(&[(
        "invisible_characters",
        Note,
        Some(1),
        Some((1, 2)),
        None,
    )]);
}

#[test]
fn the_gravest_comes_first() {
    let mut all = with_pictures(&format!("\u{200b}{}", "a".repeat(301)), &[""]);
    all.cw = Some("x".to_owned());
    Case::new(&[BLUESKY], all).says(&[
        ("too_long", Block, Some(1), Some((300, 302)), Some("b")),
        ("cw_becomes_label", Warn, None, None, Some("b")),
        ("alt_missing", Warn, Some(1), None, None),
        ("invisible_characters", Note, Some(1), Some((0, 1)), None),
    ]);
}

#[test]
fn codes_are_distinct_and_plain() {
    let codes: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!(codes.len(), Rule::ALL.len());
    assert!(
        codes
            .iter()
            .all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
    );
}

#[test]
fn no_argument_carries_the_text() {
    let secret = "ひみつ";
    let mut all = with_pictures(&secret.repeat(200), &[&secret.repeat(1_000)]);
    all.cw = Some(secret.to_owned());
    all.lang = Some(secret.to_owned());
    let found = Case::new(&ALL, all).found();
    assert!(found.len() > 4);
    assert!(
        found
            .iter()
            .all(|f| f.args.values().all(|value| !value.contains(secret)))
    );
}
