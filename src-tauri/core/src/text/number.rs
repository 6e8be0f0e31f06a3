//! The numbers of a thread's parts: "2/5" behind each.

use super::split::{cut, sections};

/// The parts of each of `pieces`, which are cut as [`super::split::parts`] cuts them, with their numbers behind them: ` 2/5`. A number counts
/// within the limit: `fits` is asked with it. Numbers that are there already are made anew, so what was numbered once and is
/// edited is not numbered twice. One part alone has no number.
///
/// What may not be cut and does not fit stays whole.
pub fn numbered(pieces: &[&str], fits: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let pieces = without_numbers(pieces);
    let cut_with = |number: &dyn Fn(usize) -> String| {
        let mut before = 0;
        let cut = |piece: &&str| {
            let fits = |index: usize, part: &str| fits(&joined(part, &number(before + index + 1)));
            let mut found = Vec::new();
            for section in sections(piece) {
                if cut(piece, section, fits, &mut found).is_err() {
                    found = vec![(*piece).to_owned()];
                    break;
                }
            }
            if found.is_empty() {
                found.push(String::new());
            }
            before += found.len();
            found
        };
        pieces.iter().map(cut).collect::<Vec<Vec<String>>>()
    };
    let count = |cut: &[Vec<String>]| cut.iter().map(Vec::len).sum::<usize>();
    let plain = cut_with(&|_| String::new());
    if count(&plain) < 2 {
        return plain;
    }
    // The total is known only when all is cut, and takes room: as many digits as it turns out to have.
    for digits in 1_usize.. {
        let widest = "9".repeat(digits);
        let mut cut = cut_with(&|n| format!("{n}/{widest}"));
        let total = count(&cut);
        if total.to_string().len() <= digits {
            for (part, n) in cut.iter_mut().flatten().zip(1..) {
                *part = joined(part, &format!("{n}/{total}"));
            }
            return cut;
        }
    }
    plain
}

fn joined(part: &str, number: &str) -> String {
    if part.is_empty() || number.is_empty() {
        format!("{part}{number}")
    } else {
        format!("{part} {number}")
    }
}

/// Numbers stand behind all pieces or are none: of one total, growing. A piece may be missing, if a person took it out.
fn without_numbers<'a>(pieces: &[&'a str]) -> Vec<&'a str> {
    let whole = pieces.to_vec();
    if pieces.len() < 2 {
        // It may be what was written: "the odds are 1/2".
        return whole;
    }
    let (mut rest, mut last, mut of) = (Vec::new(), 0, None);
    for piece in pieces {
        let Some((text, n, total)) = number_behind(piece.trim_end()) else {
            return whole;
        };
        if n <= last || n > total || total < 2 || of.is_some_and(|of| of != total) {
            return whole;
        }
        (last, of) = (n, Some(total));
        rest.push(text);
    }
    rest
}

fn number_behind(piece: &str) -> Option<(&str, u32, u32)> {
    let (text, number) = piece.rsplit_once(' ').unwrap_or(("", piece));
    let (n, total) = number.split_once('/')?;
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if !plain(n) || !plain(total) {
        return None;
    }
    Some((text, n.parse().ok()?, total.parse().ok()?))
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
