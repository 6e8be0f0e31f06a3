//! Strings by chance, of the kinds that are counted or cut in ways of their own, to ask the networks' own libraries about.

use super::chance::Chance;

pub const KINDS: [&str; 9] = [
    "Latin",
    "Japanese, Korean, Chinese",
    "emoji sequences",
    "links",
    "bare domains",
    "combining marks",
    "dots and slashes",
    "any character",
    "tags and mentions",
];

/// One of `kind`.
pub fn text(kind: &str, chance: &mut Chance) -> String {
    let most = if matches!(kind, "links" | "bare domains") {
        5
    } else {
        14
    };
    let pieces = 1 + chance.below(most);
    (0..pieces).map(|_| piece(kind, chance)).collect()
}

const LATIN: &str = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789";
const MARKS: &str = " .,:;!?-_/\\()[]{}@#$%&*+=~|<>\"'`^\n\t";
const EAST: &str = "今日はいい天気ですねカタカナ漢字東京、。「」（）！？ー・…　한국어中文繁體";
const JOINING: &[&str] = &[
    "\u{301}", "\u{308}", "\u{3099}", "\u{309a}", "\u{345}", "\u{20dd}", "\u{327}", "\u{1161}", "\u{11a8}",
    "\u{323}", "é", "が", "ﾊ", "ﾞ", "각", "Å", "Ω", "\u{958}", "ﬁ", "ς", "ı", "ß", "K",
];
/// Of later years than X's library, and such that are none alone.
const LATER: &[&str] = &[
    "🫠",
    "🧑‍🤝‍🧑",
    "🧑🏽‍💻",
    "🏳️‍⚧️",
    "🐈‍⬛",
    "❤️‍🔥",
    "🫶🏻",
    "𠮷",
    "𝒳",
    "🇯🇵🇺🇸🇯",
    "🇽🇽",
    "#️⃣",
    "©",
    "®️",
    "™",
    "☕︎",
    "✈",
    "㊗️",
    "‼️",
];
const TOPS: &[&str] = &[
    "com",
    "jp",
    "co.jp",
    "org",
    "dev",
    "social",
    "onion",
    "zip",
    "xn--q9jyb4c",
    "みんな",
    "рф",
    "РФ",
    "भारतम्",
    "vermögensberater",
    "active",
    "zz",
    "html",
    "COM",
    "music",
    "an",
];

fn of(chance: &mut Chance, letters: &str) -> String {
    let all: Vec<char> = letters.chars().collect();
    chance.one_of(&all).to_string()
}

fn or(chance: &mut Chance, one_in: u64) -> bool {
    chance.below(one_in) == 0
}

fn piece(kind: &str, chance: &mut Chance) -> String {
    match kind {
        "Latin" => {
            let letters = if or(chance, 3) { MARKS } else { LATIN };
            of(chance, letters)
        }
        "Japanese, Korean, Chinese" => match chance.below(8) {
            0 => of(chance, MARKS),
            1 => of(chance, LATIN),
            _ => of(chance, EAST),
        },
        "emoji sequences" => match chance.below(6) {
            0 => of(chance, LATIN),
            1 => chance.one_of(LATER).to_owned(),
            _ => emoji(chance),
        },
        "links" => match chance.below(4) {
            0 => between(chance),
            1 => " ".to_owned() + &url(chance),
            _ => url(chance),
        },
        "bare domains" => match chance.below(6) {
            0 => of(chance, MARKS),
            1 => of(chance, EAST),
            2 => label(chance),
            3 => domain(chance) + &path(chance),
            _ => domain(chance),
        },
        "combining marks" => match chance.below(4) {
            0 => of(chance, LATIN),
            1 => of(chance, EAST),
            2 => " ".to_owned(),
            _ => chance.one_of(JOINING).to_owned(),
        },
        "dots and slashes" => chance
            .one_of(&[
                ".", "a", ".", "b", "-", "_", "com", "jp", "日", "/", "?", ":", "x", "https://", "@", "(",
                ")", "", "t.co/", "#", "$A", " ",
            ])
            .to_owned(),
        "any character" => {
            if or(chance, 4) {
                return chance.one_of(&[".com", ".", "a", "/", " "]).to_owned();
            }
            let most = if or(chance, 2) { 0x3000 } else { 0x2_0000 };
            let code = u32::try_from(chance.below(most)).expect("small");
            // What neither library has a normal form for yet is nobody's to type.
            char::from_u32(code)
                .filter(|c| *c != '\0')
                .unwrap_or('a')
                .to_string()
        }
        "tags and mentions" => match chance.below(8) {
            0 => between(chance),
            1 => of(chance, EAST),
            2 => format!(" ${}", label(chance).to_uppercase()),
            3 | 4 => " @".to_owned() + &name(chance),
            5 => format!(" @{}", domain(chance)),
            6 => format!("(@{}) ", name(chance)),
            // More bytes than a tag may have, of no more characters than it may.
            _ if or(chance, 100) => " #".to_owned() + &format!("e{}", "\u{301}".repeat(10)).repeat(40),
            _ => format!(" {}{}", chance.one_of(&["#", "＃"]), label(chance)),
        },
        other => panic!("no kind: {other}"),
    }
}

/// A base with what may follow it: selectors, skin, joiners, flags, keycaps, whether that makes sense or not.
fn emoji(chance: &mut Chance) -> String {
    const BASES: &[&str] = &[
        "👨", "👩", "🧑", "👦", "👧", "❤", "💋", "☝", "✌", "⛹", "🏋", "🕵", "🏃", "👮", "🤦", "🏳", "🏴", "👁",
        "☀", "☎", "⌚", "🅰", "🈁", "1", "#", "*", "©", "‼", "㊙", "〰", "🇯", "🇵", "🇺", "🇸", "🇦", "♟", "☠",
        "🦰",
    ];
    const AFTER: &[&str] = &[
        "\u{fe0f}",
        "\u{fe0e}",
        "\u{1f3fb}",
        "\u{1f3ff}",
        "\u{200d}♀\u{fe0f}",
        "\u{200d}♂",
        "\u{200d}👩",
        "\u{200d}👧",
        "\u{200d}⚕\u{fe0f}",
        "\u{200d}🌈",
        "\u{200d}💻",
        "\u{20e3}",
        "\u{200d}❤\u{fe0f}\u{200d}👨",
        "\u{200d}☠\u{fe0f}",
        "🇵",
        "🇸",
        "\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    ];
    let mut text = chance.one_of(BASES).to_owned();
    for _ in 0..chance.below(4) {
        text.push_str(chance.one_of(AFTER));
    }
    text
}

fn label(chance: &mut Chance) -> String {
    let mut text = String::new();
    for _ in 0..1 + chance.below(6) {
        if or(chance, 5) {
            text.push_str(chance.one_of(&["-", "_", "é", "ø", "日", "本", "я", "\u{301}", "\u{345}"]));
        } else {
            text.push_str(&of(chance, LATIN));
        }
    }
    // Names have a longest length.
    if or(chance, 200) { text.repeat(20) } else { text }
}

fn domain(chance: &mut Chance) -> String {
    let mut text = String::new();
    for _ in 0..1 + chance.below(3) {
        text.push_str(&label(chance));
        text.push_str(chance.one_of(&[".", ".", ".", ".", ".", ".", "。", "..", "．"]));
    }
    text + chance.one_of(TOPS)
}

/// Of an account, mostly one that there could be.
fn name(chance: &mut Chance) -> String {
    let mut text = of(chance, "abcdefxyz");
    for _ in 0..chance.below(8) {
        text.push_str(&of(chance, "abcxyz0189-"));
    }
    text + chance.one_of(&[".bsky.social", ".example.com", ".test", ".co.jp", ".zz", ""])
}

fn path(chance: &mut Chance) -> String {
    let mut text = "/".to_owned();
    for _ in 0..chance.below(10) {
        if or(chance, 3) {
            text.push_str(chance.one_of(&[
                "/", "(", ")", "(a)", "(a(b)c)", "((", "@", "@x/", ".", "-", "_", "–", "é", "я", "日", "~",
                "&", "=", "!", "'", "\"", "\u{345}", "ι",
            ]));
        } else {
            text.push_str(&of(chance, LATIN));
        }
    }
    text
}

fn url(chance: &mut Chance) -> String {
    let mut text = chance
        .one_of(&[
            "https://",
            "http://",
            "",
            "",
            "HTTPS://",
            "https:/",
            "http",
            "ftp://",
            "https://www.",
        ])
        .to_owned();
    if or(chance, 12) {
        text.push_str("t.co");
    } else {
        text.push_str(&domain(chance));
    }
    if or(chance, 6) {
        text.push_str(chance.one_of(&[":80", ":8080", ":", ":x"]));
    }
    if or(chance, 2) {
        text.push_str(&path(chance));
    }
    if or(chance, 3) {
        text.push('?');
        for _ in 0..chance.below(8) {
            if or(chance, 3) {
                text.push_str(
                    chance.one_of(&["=", "&", "%", "(", ")", "[", "]", ".", "/", "日", "é", "|", "^"]),
                );
            } else {
                text.push_str(&of(chance, LATIN));
            }
        }
    }
    if or(chance, 300) {
        text.push_str(&"a".repeat(4_200));
    }
    text
}

fn between(chance: &mut Chance) -> String {
    chance
        .one_of(&[
            " ",
            "。",
            "\n",
            "(",
            ")",
            "、",
            ",",
            ".",
            "-",
            "/",
            "@",
            "#",
            "日本",
            "\u{200e}",
            "\u{feff}",
            "😀",
            "👩‍👩‍👧",
            "#tag ",
            "$ABC ",
        ])
        .to_owned()
}
