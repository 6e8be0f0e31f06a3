//! How long a text is, as the server that gets it counts.

use unicode_segmentation::UnicodeSegmentation;

use super::fediverse::{RunKind, runs};
use super::x;
use crate::network::{TextLimit, TextUnit};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// In the limit's unit, the content warning included where it counts.
    pub count: u32,
    pub max: u32,
    /// Of the text alone, in UTF-8.
    pub bytes: usize,
    /// Longer than `max`, or than the limit's bytes.
    pub over: bool,
}

/// How long `text` is under `limit`. Linear in the text.
///
/// - Bluesky: grapheme clusters, and UTF-8 bytes as a second bound (NETWORKS.md 2.3).
/// - Where the limit has a URL length (Mastodon's rule, NETWORKS.md 3.3): a URL with a scheme counts as that
///   much, `@user@server` as `@user`, and the content warning counts.
/// - X: its library's weights (NETWORKS.md 1.4, `x`).
/// - Threads: an emoji counts as its UTF-8 bytes, all else as one (NETWORKS.md 5.3).
pub fn length(text: &str, cw: Option<&str>, limit: &TextLimit) -> Length {
    let mut count = counted_cw(cw, limit);
    for piece in pieces(text, limit) {
        count = count.saturating_add(piece.weight);
    }
    let over = count > limit.max || limit.max_bytes.is_some_and(|max| text.len() > max as usize);
    Length {
        count,
        max: limit.max,
        bytes: text.len(),
        over,
    }
}

/// Where the overhang begins: the byte up to which `text` fits, never inside a grapheme or a counted URL.
/// `None`: all of it fits. 0: the content warning alone leaves no room.
pub fn overhang(text: &str, cw: Option<&str>, limit: &TextLimit) -> Option<usize> {
    let mut count = counted_cw(cw, limit);
    if count > limit.max {
        return Some(0);
    }
    for piece in pieces(text, limit) {
        count = count.saturating_add(piece.weight);
        if count > limit.max || limit.max_bytes.is_some_and(|max| piece.to > max as usize) {
            return Some(piece.from);
        }
    }
    None
}

fn counted_cw(cw: Option<&str>, limit: &TextLimit) -> u32 {
    match cw {
        Some(cw) if limit.cw_counts => saturate(units(cw, limit.unit)),
        _ => 0,
    }
}

fn units(text: &str, unit: TextUnit) -> usize {
    match unit {
        TextUnit::Graphemes => text.graphemes(true).count(),
        TextUnit::CodePoints => text.chars().count(),
        TextUnit::Utf16 => text.chars().map(char::len_utf16).sum(),
        TextUnit::Weighted | TextUnit::EmojiBytes => {
            whole(text, unit).iter().map(|piece| piece.weight as usize).sum()
        }
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A stretch of text that is counted as one.
struct Piece {
    from: usize,
    to: usize,
    weight: u32,
}

fn pieces<'a>(text: &'a str, limit: &TextLimit) -> Box<dyn Iterator<Item = Piece> + 'a> {
    match limit.unit {
        TextUnit::Graphemes | TextUnit::CodePoints => Box::new(Pieces::new(text, limit)),
        unit => Box::new(whole(text, unit).into_iter()),
    }
}

/// Where a piece is more than one character of the text, or counts as more.
fn whole(text: &str, unit: TextUnit) -> Vec<Piece> {
    if unit == TextUnit::Weighted {
        let piece = |one: x::Counted| Piece {
            from: one.from,
            to: one.to,
            weight: one.weight,
        };
        return x::counted(text).into_iter().map(piece).collect();
    }
    let weight = |grapheme: &str| match unit {
        TextUnit::EmojiBytes if x::may_be_emoji(grapheme) => grapheme.len(),
        TextUnit::Utf16 => grapheme.chars().map(char::len_utf16).sum(),
        _ => grapheme.chars().count(),
    };
    let piece = |(from, grapheme): (usize, &str)| Piece {
        from,
        to: from + grapheme.len(),
        weight: saturate(weight(grapheme)),
    };
    text.grapheme_indices(true).map(piece).collect()
}

struct Pieces<'a> {
    text: &'a str,
    unit: TextUnit,
    /// Counted apart: from, to, weight. In order.
    apart: std::vec::IntoIter<Piece>,
    next_apart: Option<Piece>,
    plain: Plain<'a>,
    plain_from: usize,
}

enum Plain<'a> {
    Graphemes(unicode_segmentation::GraphemeIndices<'a>),
    CodePoints(std::str::CharIndices<'a>),
}

impl<'a> Plain<'a> {
    fn new(text: &'a str, unit: TextUnit) -> Self {
        match unit {
            TextUnit::Graphemes => Plain::Graphemes(text.grapheme_indices(true)),
            _ => Plain::CodePoints(text.char_indices()),
        }
    }

    fn next(&mut self) -> Option<(usize, usize)> {
        match self {
            Plain::Graphemes(all) => all.next().map(|(at, grapheme)| (at, at + grapheme.len())),
            Plain::CodePoints(all) => all.next().map(|(at, c)| (at, at + c.len_utf8())),
        }
    }
}

impl<'a> Pieces<'a> {
    fn new(text: &'a str, limit: &TextLimit) -> Self {
        let apart: Vec<Piece> = match limit.url_length {
            None => Vec::new(),
            Some(url_length) => runs(text)
                .into_iter()
                .map(|run| match run.kind {
                    RunKind::Url => Piece {
                        from: run.range.start,
                        to: run.range.end,
                        weight: url_length,
                    },
                    RunKind::Mention { server } => Piece {
                        from: server,
                        to: run.range.end,
                        weight: 0,
                    },
                })
                .collect(),
        };
        let mut apart = apart.into_iter();
        let next_apart = apart.next();
        let end = next_apart.as_ref().map_or(text.len(), |piece| piece.from);
        Pieces {
            text,
            unit: limit.unit,
            apart,
            next_apart,
            plain: Plain::new(&text[..end], limit.unit),
            plain_from: 0,
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some((from, to)) = self.plain.next() {
            return Some(Piece {
                from: self.plain_from + from,
                to: self.plain_from + to,
                weight: 1,
            });
        }
        let piece = self.next_apart.take()?;
        self.next_apart = self.apart.next();
        let end = self
            .next_apart
            .as_ref()
            .map_or(self.text.len(), |piece| piece.from);
        self.plain = Plain::new(&self.text[piece.to..end], self.unit);
        self.plain_from = piece.to;
        Some(piece)
    }
}

#[cfg(test)]
#[path = "count_tests.rs"]
mod tests;
