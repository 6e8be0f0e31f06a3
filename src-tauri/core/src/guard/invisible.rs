//! Characters that nobody sees: shown, not removed, for someone may mean them.
//!
//! Fine, and never found: what makes up an emoji (joiners, U+FE0F, the tags of a flag), the variants of a kanji,
//! joiners inside scripts that need them, and direction marks in a text that has right-to-left letters.

use super::{Finding, Rule, Severity, block};

/// A text made of nothing else must not become thousands of findings.
const MOST: usize = 20;

/// One finding for each run of the same character, 20 at most.
pub(super) fn check(text: &str) -> Vec<Finding> {
    let suspects = |c: char| is_invisible(c) || is_joiner(c);
    if !text.contains(suspects) {
        return Vec::new();
    }
    let right_to_left = text.contains(|c| is_right_to_left(c) && !is_direction_mark(c));
    let mut found: Vec<Finding> = Vec::new();
    let mut run: Option<(char, u32, u32)> = None;
    let mut before: Option<char> = None;
    let mut in_flag = false;
    let mut chars = text.chars().peekable();
    let mut at: u32 = 0;
    while let Some(c) = chars.next() {
        in_flag = c == FLAG || (in_flag && is_tag(c));
        let fine = match c {
            c if is_joiner(c) => before.is_some_and(joins) && chars.peek().copied().is_some_and(joins),
            c if is_tag(c) => in_flag,
            c if is_direction_mark(c) => right_to_left,
            c => !is_invisible(c),
        };
        if !fine {
            match &mut run {
                Some((same, _, to)) if *same == c && *to == at => *to += 1,
                _ => {
                    found.extend(run.take().map(finding));
                    run = Some((c, at, at + 1));
                }
            }
        }
        if found.len() == MOST {
            return found;
        }
        before = Some(c);
        at += 1;
    }
    found.extend(run.map(finding));
    found
}

/// Whether a reader sees nothing at all of `text`.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || is_invisible(c) || is_joiner(c) || is_variation_selector(c))
}

fn finding((c, from, to): (char, u32, u32)) -> Finding {
    let code = format!("U+{:04X}", u32::from(c));
    Finding {
        severity: Severity::Note,
        from: Some(from),
        to: Some(to),
        ..block(
            Rule::InvisibleCharacters,
            [("code", code), ("count", (to - from).to_string())],
        )
    }
}

/// The black flag, on which the tags of a region may follow.
const FLAG: char = '\u{1f3f4}';

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Zero width joiner and non-joiner.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// They only settle neighbours; embeddings, overrides and isolates turn whole stretches round.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
}

fn is_invisible(c: char) -> bool {
    is_tag(c)
        || is_direction_mark(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
        )
        || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

fn is_right_to_left(c: char) -> bool {
    matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfefc | 0x10800..=0x10fff | 0x1e800..=0x1efff)
}

/// Whether a joiner may stand beside `c`: in an emoji, or in a script whose letters join. In Latin, Greek and
/// Cyrillic text, kana, kanji, hangul and beside spaces it has nothing to do.
fn joins(c: char) -> bool {
    !matches!(
        u32::from(c),
        0..=0x58f | 0x1100..=0x11ff | 0x1e00..=0x1fff | 0x2000..=0x206f | 0x3000..=0x302f | 0x3031..=0x303c
            | 0x303e..=0x3296 | 0x3298 | 0x329a..=0x9fff | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff
            | 0xff00..=0xffef | 0x20000..=0x3ffff
    )
}
