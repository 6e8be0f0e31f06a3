//! How X counts (NETWORKS.md 1.4): its own library's weights of configuration 3, and what that library takes for a link or
//! for one emoji. It was last changed in 2021, so newer top-level domains are no links to it and newer emoji are counted by
//! their characters: here too, since what refuses a post is X's count and not what would be right.
//!
//! The library is JavaScript and reads UTF-16 code units; so do the parts here that have to agree with it to the letter.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

mod emoji;
mod urls;

/// What a link counts, whatever its own length.
pub const URL_WEIGHT: u32 = 23;

/// A stretch that is counted as one: bytes `from..to` of the text as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub from: usize,
    pub to: usize,
    pub weight: u32,
}

/// All of `text` in order. Linear in the text.
pub(super) fn counted(text: &str) -> Vec<Counted> {
    let normal: Vec<u16> = text.nfc().collect::<String>().encode_utf16().collect();
    let weights = weights(&normal);
    if text.is_ascii() {
        // Code units are bytes, and nothing was normalised.
        return weights
            .into_iter()
            .map(|(from, to, weight)| Counted { from, to, weight })
            .collect();
    }
    let bytes = bytes_of_units(text, normal.len());
    weights
        .into_iter()
        .map(|(from, to, weight)| Counted {
            from: bytes[from],
            to: bytes[to],
            weight,
        })
        .collect()
}

/// Whether X finds a link in `text`: a post that has one costs more (NETWORKS.md 1.2).
pub fn has_link(text: &str) -> bool {
    !links(text).is_empty()
}

/// What X takes for links: bytes `from..to` of the text as it was written, in order.
pub fn links(text: &str) -> Vec<(usize, usize)> {
    // Nothing else weighs as much.
    let links = counted(text).into_iter().filter(|one| one.weight == URL_WEIGHT);
    links.map(|one| (one.from, one.to)).collect()
}

/// Whether a grapheme is an emoji, or is likely to be one that came later than the patterns.
pub(super) fn may_be_emoji(grapheme: &str) -> bool {
    let later = |c: char| matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '\u{20e3}');
    grapheme.contains(later) || !emoji::emoji(&grapheme.encode_utf16().collect::<Vec<u16>>()).is_empty()
}

/// Of each stretch the code units `from..to` and what it counts.
fn weights(units: &[u16]) -> Vec<(usize, usize, u32)> {
    let mut urls = urls::urls(units).into_iter().peekable();
    let mut emoji = emoji::emoji(units).into_iter().peekable();
    let mut found = Vec::with_capacity(units.len());
    let mut at = 0;
    while at < units.len() {
        // What begins inside a stretch that was counted already is not looked at again.
        while urls.next_if(|url| url.from < at).is_some() {}
        while emoji.next_if(|one| one.from < at).is_some() {}
        let (len, weight) = if let Some(url) = urls.next_if(|url| url.from == at) {
            (url.len, URL_WEIGHT)
        } else if let Some(one) = emoji.next_if(|one| one.from == at) {
            (one.to - one.from, 2)
        } else {
            let pair = (0xd800..0xdc00).contains(&units[at])
                && units
                    .get(at + 1)
                    .is_some_and(|low| (0xdc00..0xe000).contains(low));
            if pair { (2, 2) } else { (1, weight_of(units[at])) }
        };
        let to = (at + len).min(units.len());
        found.push((at, to, weight));
        at = to;
    }
    found
}

/// Configuration 3: its weights are hundredths, all of them whole.
fn weight_of(unit: u16) -> u32 {
    match unit {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

/// At which byte of `text` each code unit of its normal form begins, and its end. Characters join only within a grapheme, so
/// that is as exact as it can be: inside of one it is its beginning.
fn bytes_of_units(text: &str, units: usize) -> Vec<usize> {
    let mut bytes = Vec::with_capacity(units + 1);
    for (at, grapheme) in text.grapheme_indices(true) {
        let len: usize = grapheme.nfc().map(char::len_utf16).sum();
        bytes.extend(std::iter::repeat_n(at, len));
    }
    bytes.resize(units, text.len());
    bytes.push(text.len());
    bytes
}

#[cfg(test)]
mod published_tests;

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;
    use unicode_segmentation::UnicodeSegmentation;

    use super::{Counted, counted, has_link, links};

    fn count(text: &str) -> u32 {
        counted(text).iter().map(|one| one.weight).sum()
    }

    #[test]
    fn what_x_counts() {
        for (text, expected) in [
            ("", 0),
            ("hello", 5),
            ("こんにちは", 10),
            ("ＡＢ", 4),
            ("é", 1),
            ("e\u{301}", 1),
            ("か\u{3099}", 2),
            ("“quoted”…", 10),
            // Emoji sequences that the library knows are two.
            ("👍", 2),
            ("👍🏽", 2),
            ("👩‍👩‍👧", 2),
            ("❤️", 2),
            ("1️⃣", 2),
            ("🇯🇵", 2),
            // One that came later is counted by its characters.
            ("🫠", 2),
            ("🧑‍🤝‍🧑", 8),
            ("𠮷", 2),
            // Links.
            ("https://example.com/a/very/long/path/that/goes/on?and=on", 23),
            ("http://a.jp", 23),
            ("see example.com.", 28),
            ("index.html", 10),
            ("見て example.com/ねえ", 32),
            ("user@example.com", 16),
            ("(https://example.com/a_(b))", 25),
            ("https://example.com:8080/", 23),
            ("https://t.co/abcDEF/more", 28),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn links_in_a_text() {
        for (text, expected) in [
            (
                "見て https://example.com/a か\u{3099}example.com!",
                &["https://example.com/a", "example.com"][..],
            ),
            ("user@example.com index.html", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = links(text)
                .into_iter()
                .map(|(from, to)| &text[from..to])
                .collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(has_link(text), !expected.is_empty(), "{text}");
        }
    }

    #[test]
    fn what_is_counted_lies_side_by_side_and_on_graphemes() {
        for text in [
            "hello",
            "か\u{3099}e\u{301} https://example.com/か\u{3099} 👩‍👩‍👧!",
            "각 각",
            "日本.comの.jp/x é",
        ] {
            let mut at = 0;
            for Counted { from, to, .. } in counted(text) {
                assert!(
                    from == at || from < to && from <= at,
                    "{text}: {from}..{to} after {at}"
                );
                assert!(text.is_char_boundary(from) && text.is_char_boundary(to));
                at = to;
            }
            assert_eq!(at, text.len());
            let by_grapheme: String = text.graphemes(true).flat_map(|one| one.nfc()).collect();
            assert_eq!(by_grapheme, text.nfc().collect::<String>());
        }
    }
}
