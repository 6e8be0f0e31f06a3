use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use unicode_segmentation::UnicodeSegmentation;

use super::numbered;
use crate::network::{Network, TextLimit};
use crate::text::{count, links, split};

fn at_most(max: usize) -> impl Fn(&str) -> bool {
    move |text| text.graphemes(true).count() <= max
}

fn flat(cut: Vec<Vec<String>>) -> Vec<String> {
    cut.into_iter().flatten().collect()
}

#[test]
fn numbers_stand_behind_each_part_and_count() {
    let table: &[(usize, &[&str], &[&str])] = &[
        // One part alone has none, as long as it fits without.
        (12, &["今日は晴れ。"], &["今日は晴れ。"]),
        (6, &["今日は晴れ。"], &["今日は晴れ。"]),
        (99, &["一つめ", "二つめ"], &["一つめ 1/2", "二つめ 2/2"]),
        (
            13,
            &["今日は晴れ。明日は雨でしょう。"],
            &["今日は晴れ。 1/2", "明日は雨でしょう。 2/2"],
        ),
        // What fits without a number and not with one is cut once more.
        (
            12,
            &["今日は晴れ。明日は雨でしょう。"],
            &["今日は晴れ。 1/3", "明日は 2/3", "雨でしょう。 3/3"],
        ),
        (
            15,
            &["alpha beta gamma delta", "epsilon"],
            &["alpha beta 1/3", "gamma delta 2/3", "epsilon 3/3"],
        ),
        // A part without words, for its pictures.
        (99, &["a", ""], &["a 1/2", "2/2"]),
        // What was numbered before is numbered anew, also with a part taken out or added.
        (99, &["a 1/2", "b 2/2"], &["a 1/2", "b 2/2"]),
        (99, &["a 1/3", "c 3/3"], &["a 1/2", "c 2/2"]),
        (99, &["a 1/2", "2/2"], &["a 1/2", "2/2"]),
        // Nothing that was written is taken for a number.
        (99, &["the odds are 1/2"], &["the odds are 1/2"]),
        (
            99,
            &["one half is 1/2", "one quarter 1/4"],
            &["one half is 1/2 1/2", "one quarter 1/4 2/2"],
        ),
        (99, &["a 2/2", "b 1/2"], &["a 2/2 1/2", "b 1/2 2/2"]),
        (99, &["on 01/02", "on 02/02"], &["on 01/02 1/2", "on 02/02 2/2"]),
        (99, &["a 3/2", "b 4/2"], &["a 3/2 1/2", "b 4/2 2/2"]),
        // What may not be cut stays whole, and the guard says so.
        (
            10,
            &["see https://example.com/long", "b"],
            &["see https://example.com/long 1/2", "b 2/2"],
        ),
    ];
    for (max, pieces, wanted) in table {
        assert_eq!(
            flat(numbered(pieces, at_most(*max))),
            *wanted,
            "{pieces:?} at {max}"
        );
    }
}

/// Nine parts fit with one digit; a tenth takes room from all.
#[test]
fn the_number_of_digits_grows() {
    for (words, last) in [(9, "9/9"), (10, "10/10"), (99, "99/99"), (100, "100/100")] {
        let text = vec!["abcdef"; words].join(" ");
        let found = flat(numbered(&[&text], at_most(6 + 1 + last.len())));
        assert_eq!(found.len(), words);
        assert_eq!(found.last().unwrap(), &format!("abcdef {last}"));
        assert_eq!(found[0], format!("abcdef 1/{words}"));
    }
    // With room for one digit only, ten words are no ten parts.
    let text = ["abcdef"; 10].join(" ");
    let found = flat(numbered(&[&text], at_most(10)));
    assert!(
        found.len() > 10 && found.iter().all(|part| at_most(10)(part)),
        "{found:?}"
    );
}

/// The number is taken away from each part; what is left is what stood in the text.
fn told(found: &[String]) -> Option<Vec<&str>> {
    if let [one] = found {
        return Some(vec![one]);
    }
    let parts = (1..).zip(found).map(|(n, part)| {
        let number = format!("{n}/{}", found.len());
        let text = part.strip_suffix(&number)?;
        if text.is_empty() {
            Some(text)
        } else {
            text.strip_suffix(' ')
        }
    });
    parts.collect()
}

fn limits() -> Vec<(Network, TextLimit)> {
    Network::ALL
        .into_iter()
        .map(|network| (network, network.default_limits().text))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// By the count that the sender uses, for every network: within the limit, numbered right, and nothing lost.
    #[test]
    fn numbered_parts_fit_every_network(
        text in "([A-Za-z]{1,14}[ .,!?]{1,2}|[ぁ-ん]{1,20}[。、]|[ァ-ヶー]{1,9}|[一-鿋]{1,20}|https://a\\.jp/[a-z]{0,120} |#[a-zぁ-ん]{1,6} |👨‍👩‍👧|🎏{1,40}|e\u{301}|\n---\n|\n){0,400}",
        repeats in 1usize..4,
    ) {
        let text = text.repeat(repeats);
        let pieces = split::at_rules(&text);
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let kept: String = text.split_inclusive('\n').filter(|line| line.trim() != "---").collect();
        for (network, limit) in limits() {
            let fits = |part: &str| !count::length(part, None, &limit).over;
            let found = flat(numbered(&pieces, fits));
            for part in &found {
                prop_assert!(fits(part), "{network}: {part}");
            }
            let parts = told(&found);
            prop_assert!(parts.is_some(), "{network}: {found:?}");
            let parts = parts.unwrap_or_default();
            prop_assert_eq!(squeeze(&parts.concat()), squeeze(&kept));
            let cut_links: usize = found.iter().map(|part| links::entities(part).len()).sum();
            prop_assert!(cut_links >= links::entities(&text).len(), "{network}: no link or tag is torn");
            let again: Vec<&str> = found.iter().map(String::as_str).collect();
            prop_assert_eq!(&flat(numbered(&again, fits)), &found, "{}: numbered once is numbered", network);
        }
    }
}
