//! Making a thread of one text.

use std::collections::BTreeSet;
use std::ops::Range;

use thiserror::Error;
use unicode_segmentation::UnicodeSegmentation;

use super::{fediverse, links};
use links::Entity;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// The bytes `from..to` of the text may not be cut (a link, a tag, a mention or one character) and do not fit.
    #[error("a piece that may not be cut does not fit")]
    Uncuttable { from: usize, to: usize },
}

/// The parts of `text`.
///
/// With `thread`, a line of `---` alone starts a new part, and a part for which `fits` says no is cut: behind a
/// sentence or at a line's end in the later half of what fits, else between words, else between two characters; never
/// inside a link, a tag or a mention, never inside a grapheme. White space at the ends of a part goes, nothing else does. What is blank
/// makes no part, but a text that is blank as a whole is one blank part, for its pictures.
///
/// Without `thread` the text is one part as it stands: the guard refuses it if it is too long.
///
/// `fits` is asked for longer and longer beginnings, so what fits must still fit when it is shorter.
pub fn parts(text: &str, thread: bool, fits: impl Fn(&str) -> bool) -> Result<Vec<String>, SplitError> {
    if !thread {
        return Ok(vec![text.to_owned()]);
    }
    let mut found = Vec::new();
    for section in sections(text) {
        cut(text, section, |_, part| fits(part), &mut found)?;
    }
    if found.is_empty() {
        found.push(String::new());
    }
    Ok(found)
}

/// The pieces between lines of `---`, in order, blank ones left out.
pub fn at_rules(text: &str) -> Vec<&str> {
    sections(text)
        .into_iter()
        .map(|section| text[section].trim())
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// The stretches between lines of `---`.
pub(super) fn sections(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim() == "---" {
            all.push(from..at);
            from = at + line.len();
        }
        at += line.len();
    }
    all.push(from..text.len());
    all
}

/// A place where a cut is allowed, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Sentence,
    Word,
    /// Between two characters of a script that writes without spaces.
    Character,
    /// Inside a long word.
    Grapheme,
}

struct Cut {
    /// The byte at which the next part begins, before its white space goes.
    at: usize,
    rank: Rank,
}

/// Cuts `section`; `fits` is asked with how many parts were found before.
pub(super) fn cut(
    text: &str,
    section: Range<usize>,
    fits: impl Fn(usize, &str) -> bool,
    found: &mut Vec<String>,
) -> Result<(), SplitError> {
    let mut from = section.start;
    let end = from + text[section.clone()].trim_end().len();
    let skip =
        |from: usize| from + (text[from..end.max(from)].len() - text[from..end.max(from)].trim_start().len());
    from = skip(from);
    if from >= end {
        return Ok(());
    }
    if fits(found.len(), &text[from..end]) {
        found.push(text[from..end].to_owned());
        return Ok(());
    }
    let cuts = cuts(text, from..end);
    let part = |from: usize, cut: &Cut| text[from..cut.at].trim_end();
    while from < end {
        let first = cuts.partition_point(|cut| cut.at <= from);
        let open = &cuts[first..];
        let fitting = last_fitting(open.len(), |n| fits(found.len(), part(from, &open[n])));
        let Some(last) = fitting else {
            let to = open.first().map_or(end, |cut| cut.at);
            return Err(SplitError::Uncuttable { from, to });
        };
        let best = if last + 1 == open.len() {
            last
        } else {
            best_of(&open[..=last], from)
        };
        found.push(part(from, &open[best]).to_owned());
        from = skip(open[best].at);
    }
    Ok(())
}

/// The best of the cuts that fit, of a part that begins at `from`. One near its beginning would leave most of it empty: a
/// sentence's end counts as one from half of what fits, a word's from a third, and earlier ones only where the part would
/// else end inside a word.
fn best_of(fitting: &[Cut], from: usize) -> usize {
    let last = fitting.len() - 1;
    let room = fitting[last].at - from;
    let up_to = |rank: Rank, least: usize| {
        let found = fitting.iter().rposition(|cut| cut.rank <= rank);
        found.filter(|&at| fitting[at].at >= from + least)
    };
    up_to(Rank::Sentence, room / 2)
        .or_else(|| up_to(Rank::Word, room / 3))
        .or_else(|| up_to(Rank::Character, room / 3))
        .or_else(|| up_to(Rank::Word, 0))
        .unwrap_or(last)
}

/// The last of `count` that fits, with the work of a few times what fits rather than of all that remains.
fn last_fitting(count: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    if count == 0 || !fits(0) {
        return None;
    }
    let mut good = 0;
    let mut step = 64;
    let mut bad = loop {
        let next = good + step;
        if next >= count {
            break count;
        }
        if !fits(next) {
            break next;
        }
        good = next;
        step *= 2;
    };
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        if fits(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Some(good)
}

/// Every allowed cut inside `section`, in order; its end is the last.
fn cuts(text: &str, section: Range<usize>) -> Vec<Cut> {
    let body = &text[section.clone()];
    let entities = links::entities(body);
    let whole = whole_ranges(body, &entities);
    let mut whole = whole.iter().peekable();
    let mut found = Vec::new();
    let mut sentence = Sentence::default();
    let mut graphemes = body.grapheme_indices(true).peekable();
    while let Some((at, grapheme)) = graphemes.next() {
        let to = at + grapheme.len();
        let Some(&(_, next)) = graphemes.peek() else { break };
        let behind_sentence = sentence.ends_behind(grapheme, next);
        while whole.next_if(|range| range.end <= to).is_some() {}
        if whole.peek().is_some_and(|range| range.start < to) {
            continue;
        }
        if would_take_in(&body[to..], to, &entities) {
            continue;
        }
        if let Some(rank) = rank(grapheme, next, behind_sentence) {
            found.push(Cut {
                at: section.start + to,
                rank,
            });
        }
    }
    found.push(Cut {
        at: section.end,
        rank: Rank::Sentence,
    });
    found
}

/// Whether `rest`, which begins at `at`, would as a part of its own begin with a tag or mention that goes on up to the
/// next white space, over the link, tag or mention that stands there now.
fn would_take_in(rest: &str, at: usize, entities: &[Entity]) -> bool {
    if !rest.starts_with(['#', '＃', '@', '＠']) {
        return false;
    }
    let end = at + rest.find(char::is_whitespace).unwrap_or(rest.len());
    let next = entities.partition_point(|entity| entity.from < at);
    // One that begins here is a tag or mention already.
    entities
        .get(next)
        .is_some_and(|entity| entity.from != at && entity.from < end)
}

/// What may not be cut, on any network, in order and apart from one another.
fn whole_ranges(body: &str, entities: &[Entity]) -> Vec<Range<usize>> {
    let links = entities.iter().map(|entity| (entity.from, entity.to));
    let runs = fediverse::runs(body)
        .into_iter()
        .map(|run| (run.range.start, run.range.end));
    let tags = fediverse::hashtags(body)
        .into_iter()
        .map(|range| (range.start, range.end));
    let all: BTreeSet<(usize, usize)> = links.chain(runs).chain(tags).collect();
    let mut merged: Vec<Range<usize>> = Vec::new();
    for (from, to) in all {
        match merged.last_mut() {
            Some(last) if from < last.end => last.end = last.end.max(to),
            _ => merged.push(from..to),
        }
    }
    merged
}

/// How good a cut between two graphemes is; `None` where there must be none.
fn rank(before: &str, after: &str, behind_sentence: bool) -> Option<Rank> {
    let (b, a) = (before.chars().next()?, after.chars().next()?);
    if a == '\n' || a == '\r' || (behind_sentence && !never_first(a)) {
        return Some(Rank::Sentence);
    }
    if a.is_whitespace() || b.is_whitespace() {
        return Some(Rank::Word);
    }
    if never_first(a) || never_last(b) {
        // A row of nothing but such marks must be cut somewhere.
        return (never_first(a) && never_first(b) || never_last(a) && never_last(b))
            .then_some(Rank::Grapheme);
    }
    let (wide_before, wide_after) = (is_wide(b), is_wide(a));
    if !wide_before && !wide_after {
        return Some(Rank::Grapheme);
    }
    // Behind a mark, or where kana end and another script begins: mostly behind a particle.
    let behind_mark = matches!(
        b,
        '、' | '，' | '；' | '：' | '・' | '」' | '』' | '）' | '】' | '〉' | '》' | '〕' | '…'
    );
    if behind_mark || (is_hiragana(b) && !is_hiragana(a)) {
        return Some(Rank::Word);
    }
    Some(Rank::Character)
}

/// Follows a run of ends and closing marks: 「です。」）
#[derive(Default)]
struct Sentence {
    ended: bool,
    last: Option<char>,
    /// The end is a Latin one, behind a Latin letter: it wants a space behind it ("3.5", "Yahoo!ニュース").
    wants_space: bool,
    /// The Latin letters and full stops right before.
    word: String,
}

/// Behind these a full stop ends no sentence, mostly.
const ABBREVIATIONS: [&str; 40] = [
    "Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "St", "Mt", "Jr", "Sr", "Rev", "Gen", "Capt", "Lt", "Sgt", "Gov",
    "Sen", "Rep", "vs", "cf", "ca", "e.g", "i.e", "a.m", "p.m", "al", "approx", "Fig", "Vol", "Inc", "Ltd",
    "Co", "Corp", "Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec",
];

impl Sentence {
    fn ends_behind(&mut self, grapheme: &str, next: &str) -> bool {
        let c = grapheme.chars().next().unwrap_or(' ');
        let latin = matches!(c, '.' | '!' | '?');
        let abbreviated = c == '.' && self.is_abbreviated();
        if !(c == '.' || c.is_ascii_alphabetic()) {
            self.word.clear();
        } else {
            self.word.push(c);
        }
        if abbreviated {
            self.ended = false;
        } else if matches!(c, '。' | '．' | '！' | '？' | '｡') || latin {
            self.wants_space = (self.ended && self.wants_space && latin)
                || c == '.'
                || c == '．'
                || (latin && !self.ended && self.last.is_some_and(|last| last.is_ascii()));
            self.ended = true;
        } else if !(self.ended && is_closing(c)) {
            self.ended = false;
        }
        self.last = Some(c);
        let next = next.chars().next().unwrap_or(' ');
        let space = next.is_whitespace() || (c == '．' && !next.is_numeric());
        self.ended && (space || !self.wants_space)
    }

    /// "Mr", "e.g", or the one capital letter of a name.
    fn is_abbreviated(&self) -> bool {
        let initial = self.word.rsplit('.').next().unwrap_or_default();
        let is_initial = initial.len() == 1 && initial.chars().all(|c| c.is_ascii_uppercase());
        is_initial
            || ABBREVIATIONS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&self.word))
    }
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        ')' | ']'
            | '}'
            | '>'
            | '"'
            | '\''
            | '”'
            | '’'
            | '」'
            | '』'
            | '）'
            | '】'
            | '〉'
            | '》'
            | '〕'
            | '］'
            | '｝'
            | '｣'
    )
}

/// Kinsoku: what may not begin a line may not begin a part.
fn never_first(c: char) -> bool {
    (is_closing(c) && !matches!(c, '"' | '\''))
        || "、。，．,.・：；:;？！?!…‥ー〜～゛゜ヽヾゝゞ々〻｡､ｰﾞﾟ".contains(c)
        || "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ".contains(c)
}

/// What may not end a line may not end a part.
fn never_last(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '「'
            | '『'
            | '（'
            | '【'
            | '〈'
            | '《'
            | '〔'
            | '［'
            | '｛'
            | '｢'
            | '“'
            | '‘'
            | '#'
            | '＃'
            | '@'
            | '＠'
    )
}

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

/// A character of a script that is written without spaces and may be broken between any two.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x1f000..=0x1faff | 0x20000..=0x3ffff)
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
