//! The texts, compiled in. A file's lines are sorted by their keys, one text on each, and a text is found by halving them:
//! reading all of them once into memory would cost a program that stays all day half a megabyte, and where those thousands of
//! small pieces come to lie between others, as much again that can never be given back.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::Language;

pub(crate) const ENGLISH: &str = include_str!("../../../ui/messages/en.json");
pub(crate) const JAPANESE: &str = include_str!("../../../ui/messages/ja.json");

pub(crate) fn text(language: Language, key: &str) -> Option<Cow<'static, str>> {
    let file = match language {
        Language::En => ENGLISH,
        Language::Ja => JAPANESE,
    };
    find(file, key)
}

fn find<'file>(file: &'file str, key: &str) -> Option<Cow<'file, str>> {
    // All before it comes before the key, all from its end on behind the key: both stand at beginnings of lines.
    let (mut begin, mut end) = (0, file.len());
    while begin < end {
        let middle = file.floor_char_boundary(usize::midpoint(begin, end));
        let from = file[begin..middle].rfind('\n').map_or(begin, |at| begin + at + 1);
        let to = file[middle..end].find('\n').map_or(end, |at| middle + at + 1);
        match order(&file[from..to], key) {
            Order::Is(text) => return read(text),
            Order::Before => begin = to,
            Order::Behind => end = from,
        }
    }
    None
}

enum Order<'file> {
    Before,
    /// With the text as it stands in the file.
    Is(&'file str),
    Behind,
}

fn order<'file>(line: &'file str, key: &str) -> Order<'file> {
    let line = line.trim();
    let Some((have, text)) = line.strip_prefix('"').and_then(|line| line.split_once("\": ")) else {
        // The braces around the texts.
        return if line.starts_with('{') {
            Order::Before
        } else {
            Order::Behind
        };
    };
    match have.cmp(key) {
        Ordering::Less => Order::Before,
        Ordering::Equal => Order::Is(text),
        Ordering::Greater => Order::Behind,
    }
}

fn read(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_suffix(',').unwrap_or(text);
    if text.contains('\\') {
        return serde_json::from_str(text).ok().map(Cow::Owned);
    }
    text.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}
