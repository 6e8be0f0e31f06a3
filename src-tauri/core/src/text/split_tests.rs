use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use unicode_segmentation::UnicodeSegmentation;

use super::{SplitError, parts};
use crate::network::Network;
use crate::text::{count, fediverse, links};

fn at_most(max: usize) -> impl Fn(&str) -> bool {
    move |text| text.graphemes(true).count() <= max
}

#[test]
fn where_a_text_is_cut() {
    let table: &[(usize, &str, &[&str])] = &[
        // Lines of --- alone.
        (
            99,
            "一つめ\n---\n二つめ\n---\n三つめ",
            &["一つめ", "二つめ", "三つめ"],
        ),
        (99, "a\r\n---\r\nb", &["a", "b"]),
        (99, "a --- b\n----\n--", &["a --- b\n----\n--"]),
        (99, "---\n\n---\na\n---\n", &["a"]),
        (99, "  a  \n---\n  b  ", &["a", "b"]),
        (99, "", &[""]),
        (99, "\n---\n", &[""]),
        // Sentences.
        (
            12,
            "今日は晴れ。明日は雨でしょう。",
            &["今日は晴れ。", "明日は雨でしょう。"],
        ),
        (
            11,
            "「晴れです。」と言った。本当？",
            &["「晴れです。」", "と言った。本当？"],
        ),
        (
            10,
            "すごい！！次は、これです。",
            &["すごい！！", "次は、これです。"],
        ),
        (
            16,
            "It is 3.5 today. Tomorrow: 4.",
            &["It is 3.5 today.", "Tomorrow: 4."],
        ),
        (
            12,
            "He left. \"Why?\" Nobody knew.",
            &["He left.", "\"Why?\"", "Nobody knew."],
        ),
        (
            14,
            "Yahoo!ニュースを見た。それだけ。",
            &["Yahoo!ニュースを見た。", "それだけ。"],
        ),
        (9, "すごい!次はこれです", &["すごい!", "次はこれです"]),
        (8, "一行め\n二行め\n三行め", &["一行め\n二行め", "三行め"]),
        // A sentence that ends early leaves no part nearly empty.
        (
            30,
            "Hi. This is all one long sentence without an end",
            &["Hi. This is all one long", "sentence without an end"],
        ),
        (
            12,
            "はい。漢字片仮名東京都大阪府京都府",
            &["はい。漢字片仮名東京都大", "阪府京都府"],
        ),
        (
            12,
            "はい。これは、とても長い文です",
            &["はい。これは、とても長い", "文です"],
        ),
        (20, "Short. Nothing long here", &["Short. Nothing long", "here"]),
        (6, "Hi. abcdefg", &["Hi.", "abcdef", "g"]),
        // A full stop that ends no sentence.
        (
            20,
            "I met with Mr. Smith today",
            &["I met with Mr. Smith", "today"],
        ),
        (
            21,
            "He was there. So did Mr. Smith",
            &["He was there.", "So did Mr. Smith"],
        ),
        (17, "Use a tool, e.g. this one", &["Use a tool, e.g.", "this one"]),
        (
            24,
            "It is over. By J. R. R. Tolkien",
            &["It is over. By J. R. R.", "Tolkien"],
        ),
        (
            22,
            "They left. All by P. Smith",
            &["They left. All by P.", "Smith"],
        ),
        (
            22,
            "It was nice. With Dr. X at home",
            &["It was nice.", "With Dr. X at home"],
        ),
        (
            23,
            "（彼は言った。）それは、E. 氏の文です",
            &["（彼は言った。）それは、E. 氏の文です"],
        ),
        // Words.
        (11, "alpha beta gamma delta", &["alpha beta", "gamma delta"]),
        (8, "雨なので、傘を持って行く", &["雨なので、傘を", "持って行く"]),
        (7, "明日は京都へ行きます", &["明日は京都へ", "行きます"]),
        // Kinsoku: no small kana, prolonged sound, closing mark or full stop begins a part.
        (3, "カタチャー", &["カタ", "チャー"]),
        (4, "ロボットー", &["ロボッ", "トー"]),
        (4, "あああ（い）", &["あああ", "（い）"]),
        // Long words and graphemes.
        (4, "abcdefghij", &["abcd", "efgh", "ij"]),
        (2, "👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", &["👨‍👩‍👧👨‍👩‍👧", "👨‍👩‍👧"]),
        (2, "e\u{301}e\u{301}e\u{301}", &["e\u{301}e\u{301}", "e\u{301}"]),
        // Links, tags and mentions stay whole.
        (
            22,
            "see https://example.com/a-b",
            &["see", "https://example.com/a-b"],
        ),
        (
            24,
            "見てhttps://example.com/a-b",
            &["見て", "https://example.com/a-b"],
        ),
        (
            10,
            "お知らせ #新しいタグです だよ",
            &["お知らせ", "#新しいタグです", "だよ"],
        ),
        (
            10,
            "お知らせ、#新しいタグです",
            &["お知らせ、", "#新しいタグです"],
        ),
        (16, "hello there @alice.test", &["hello there", "@alice.test"]),
        (20, "hello @alice@example.com", &["hello", "@alice@example.com"]),
    ];
    let mut wrong = Vec::new();
    for (max, text, wanted) in table {
        let fits = at_most(*max);
        let got = parts(text, true, |part| fits(part) || is_lone_link(part));
        if got != Ok(wanted.iter().map(|&part| part.to_owned()).collect()) {
            wrong.push(format!(
                "{text:?} at {max}\n  wanted {wanted:?}\n  got    {got:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A link that stands alone counts as fitting here, so that the parts around it can be short.
fn is_lone_link(part: &str) -> bool {
    !part.contains(char::is_whitespace) && part.starts_with("https://")
}

#[test]
fn without_thread_nothing_is_cut() {
    for text in ["", "a\n---\nb", "  a  "] {
        assert_eq!(parts(text, false, |_| false), Ok(vec![text.to_owned()]));
    }
}

#[test]
fn what_may_not_be_cut_and_does_not_fit_is_named() {
    let got = parts("見て https://example.com/long #x", true, at_most(10));
    assert_eq!(got, Err(SplitError::Uncuttable { from: 7, to: 31 }));
    assert_eq!(
        parts("ab", true, |_| false),
        Err(SplitError::Uncuttable { from: 0, to: 1 })
    );
}

#[test]
fn a_thread_of_ten_thousand_characters_fits_three_networks() {
    let text = "今日は、作ったものの話をします。#こっそり の https://example.com/ja/path を見てください。"
        .repeat(220);
    let limits =
        [Network::Bluesky, Network::Mastodon, Network::Practice].map(|network| network.default_limits().text);
    let calls = std::cell::Cell::new(0usize);
    let fits = |part: &str| {
        calls.set(calls.get() + part.len());
        limits.iter().all(|limit| !count::length(part, None, limit).over)
    };
    let found = parts(&text, true, fits).expect("it can be cut");
    assert!(found.len() < 60);
    assert!(found.iter().all(|part| part.ends_with('。')), "behind sentences");
    assert!(
        calls.get() < text.len() * 40,
        "{} bytes asked about for {}",
        calls.get(),
        text.len()
    );
}

#[test]
fn no_cut_makes_a_tag_that_takes_in_a_link() {
    let text = "?#ぁaぁaぁぁhttps://a.jp/「（https://a.jp/aaaaaaa";
    let whole = links::entities(text).len();
    assert_eq!(whole, 2, "two links and no tag");
    match parts(text, true, at_most(42)) {
        Ok(found) => {
            let cut: usize = found.iter().map(|part| links::entities(part).len()).sum();
            assert!(cut >= whole, "{found:?}");
        }
        Err(error) => assert_eq!(
            error,
            SplitError::Uncuttable {
                from: 0,
                to: text.len()
            }
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn nothing_is_lost_torn_or_too_long(
        text in "(https://a\\.jp/[a-z]{0,9}|#[a-zぁ-ん]{1,6}|@a\\.test|[a-z]{1,12}|[ぁ-ん]{1,9}|[ァ-ヶー]{1,5}|[一-鿋]{1,4}|[。、！？!?.「」（）()…]{1,3}|[ \u{3000}\n]{1,3}|\n---\n|👨‍👩‍👧|e\u{301}|\u{200b}|\\PC){0,80}",
        max in 24usize..60,
    ) {
        let fits = at_most(max);
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let kept: String = text.split_inclusive('\n').filter(|line| line.trim() != "---").collect();
        match parts(&text, true, &fits) {
            Ok(found) => {
                prop_assert_eq!(squeeze(&found.concat()), squeeze(&kept));
                let blank = kept.trim().is_empty();
                let mut at = 0;
                for part in &found {
                    prop_assert!(fits(part));
                    prop_assert!(blank || !part.trim().is_empty());
                    // Each part stands in the text as it is, with nothing but white space and --- between.
                    let next = text[at..].find(part.as_str());
                    prop_assert!(next.is_some());
                    at += next.unwrap_or(0) + part.len();
                }
                let cut_links: usize = found.iter().map(|part| links::entities(part).len()).sum();
                prop_assert!(cut_links >= links::entities(&text).len(), "no link, tag or mention is torn");
                let cut_runs: usize = found.iter().map(|part| fediverse::runs(part).len()).sum();
                prop_assert!(cut_runs >= fediverse::runs(&text).len());
                let graphemes: usize = found.iter().flat_map(|part| part.graphemes(true)).filter(|g| !g.trim().is_empty()).count();
                let before = kept.graphemes(true).filter(|g| !g.trim().is_empty()).count();
                prop_assert!(graphemes <= before, "no grapheme is torn");
            }
            Err(SplitError::Uncuttable { from, to }) => prop_assert!(!fits(text[from..to].trim_end())),
        }
    }
}
