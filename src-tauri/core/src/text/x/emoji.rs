//! What X takes for one emoji: a pattern a line in `emoji.txt`, the first that fits counts. Of a pattern each item is a set
//! of characters; `?` behind it: it may be missing; `!` before it: here it must not stand.

use std::sync::OnceLock;

static PATTERNS: &str = include_str!("emoji.txt");

enum Item {
    One(Vec<(u32, u32)>),
    Maybe(Vec<(u32, u32)>),
    Not(Vec<(u32, u32)>),
}

/// Code units `from..to`.
pub(super) struct Emoji {
    pub from: usize,
    pub to: usize,
}

pub(super) fn emoji(units: &[u16]) -> Vec<Emoji> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let (first, len) = code_at(units, at).unwrap_or((0, 1));
        let end = if may_begin(first) {
            longest(units, at)
        } else {
            None
        };
        if let Some(to) = end {
            found.push(Emoji { from: at, to });
        }
        at = end.unwrap_or(at + len);
    }
    found
}

/// Spares most text the patterns: letters, kana and han begin none.
fn may_begin(code: u32) -> bool {
    match code {
        0x23 | 0x2a | 0x30..=0x39 | 0xa9 | 0xae => true,
        0x203c..=0x2b55 | 0x3030 | 0x303d | 0x3297 | 0x3299 | 0xe50a | 0xfe0f => true,
        code => code >= 0x1f000,
    }
}

fn longest(units: &[u16], from: usize) -> Option<usize> {
    patterns().iter().find_map(|pattern| end_of(units, from, pattern))
}

fn end_of(units: &[u16], from: usize, pattern: &[Item]) -> Option<usize> {
    let mut at = from;
    for item in pattern {
        let next = code_at(units, at);
        let is_in = |set: &[(u32, u32)]| {
            next.filter(|(code, _)| set.iter().any(|(first, last)| (first..=last).contains(&code)))
                .map(|(_, len)| len)
        };
        match item {
            Item::One(set) => at += is_in(set)?,
            // No set that may be missing has a character of what can follow it: nothing has to be taken back.
            Item::Maybe(set) => at += is_in(set).unwrap_or(0),
            Item::Not(set) if is_in(set).is_some() => return None,
            Item::Not(_) => {}
        }
    }
    Some(at)
}

/// The character at a code unit, and how many it takes. Half a pair is one by itself.
fn code_at(units: &[u16], at: usize) -> Option<(u32, usize)> {
    let high = *units.get(at)?;
    let low = units.get(at + 1).copied().unwrap_or(0);
    if (0xd800..0xdc00).contains(&high) && (0xdc00..0xe000).contains(&low) {
        let code = 0x10000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(low) - 0xdc00);
        return Some((code, 2));
    }
    Some((u32::from(high), 1))
}

/// Read when somebody first writes for X.
fn patterns() -> &'static [Vec<Item>] {
    static READ: OnceLock<Vec<Vec<Item>>> = OnceLock::new();
    READ.get_or_init(|| {
        let items = |line: &str| line.split(' ').filter_map(item).collect();
        PATTERNS.lines().map(items).collect()
    })
}

fn item(word: &str) -> Option<Item> {
    if let Some(not) = word.strip_prefix('!') {
        return set(not).map(Item::Not);
    }
    match word.strip_suffix('?') {
        Some(maybe) => set(maybe).map(Item::Maybe),
        None => set(word).map(Item::One),
    }
}

fn set(word: &str) -> Option<Vec<(u32, u32)>> {
    let code = |hex: &str| u32::from_str_radix(hex, 16).ok();
    word.split(',')
        .map(|range| match range.split_once('-') {
            Some((first, last)) => Some((code(first)?, code(last)?)),
            None => Some((code(range)?, code(range)?)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{PATTERNS, item, may_begin, patterns};
    use crate::text::x::emoji::Item;

    #[test]
    fn every_pattern_is_read_whole_and_may_begin() {
        assert_eq!(patterns().len(), PATTERNS.lines().count());
        for (line, pattern) in PATTERNS.lines().zip(patterns()) {
            assert!(line.split(' ').all(|word| item(word).is_some()), "{line}");
            assert_eq!(pattern.len(), line.split(' ').count());
            let Some(Item::One(first)) = pattern.first() else {
                panic!("{line} begins with what may be missing")
            };
            for (from, to) in first {
                assert!((*from..=*to).all(may_begin), "{line}");
            }
        }
    }
}
