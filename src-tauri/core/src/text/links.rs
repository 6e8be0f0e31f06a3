//! What in a text is a link, a tag or a mention, in the byte offsets that Bluesky's facets want.
//!
//! The rules are those of the reference (`@atproto/api`, rich text detection 0.19; NETWORKS.md 2.8), since readers
//! know them. Where we differ, we differ on purpose:
//! - Text written without spaces: a link with a scheme may stand right behind Japanese text or an opening
//!   bracket, it ends before Japanese punctuation, and a domain name without a path ends where the name does.
//! - All trailing punctuation goes, not the last mark alone, and a closing bracket if it has no partner.
//! - A bare domain may have hyphens; what stands before the `@` of a mail address is none.
//! - A tag is measured in graphemes and bytes, as the lexicon measures it.
//! - Entities never overlap, as the lexicon asks: of two, the one that starts first stays.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use super::chars::{ends_link, is_punctuation, is_space, opening_of};
use super::domain::{host_len, is_tld};
use super::fediverse::port_len;
use crate::quiet::Quiet;
use crate::tid::is_handle;

/// `from..to` are UTF-8 byte offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    pub from: usize,
    pub to: usize,
    pub kind: EntityKind,
}

#[derive(Clone, PartialEq, Eq)]
pub enum EntityKind {
    /// The whole URL: one written without a scheme gets `https://`.
    Link(String),
    /// Without its `#`. A cashtag keeps its `$`, in upper case, as its readers expect.
    Tag(String),
    /// The handle without its `@`, as written. Whether it exists only the network knows.
    Mention(String),
}

impl std::fmt::Debug for EntityKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, named) = match self {
            EntityKind::Link(url) => ("Link", url),
            EntityKind::Tag(tag) => ("Tag", tag),
            EntityKind::Mention(handle) => ("Mention", handle),
        };
        f.debug_tuple(kind).field(&Quiet(named)).finish()
    }
}

/// The most graphemes and UTF-8 bytes of a tag (`app.bsky.richtext.facet`).
const TAG_GRAPHEMES: usize = 64;
const TAG_BYTES: usize = 640;

/// All entities of `text`, in order, none overlapping another. Linear in the text.
pub fn entities(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        let len = rest.find(is_space).unwrap_or(rest.len());
        if len > 0 {
            in_token(&rest[..len], from, &mut found);
        }
        from += len + rest[len..].chars().next().map_or(0, char::len_utf8);
    }
    found
}

/// The different addresses in `text`, wherever they stand: those of [`entities`], and each run that begins with `http://`
/// or `https://` where no link of ours would (`a=https://…`, inside of a tag).
pub fn addresses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut links = Vec::new();
    for entity in entities(text) {
        if let EntityKind::Link(url) = entity.kind {
            links.push(entity.from..entity.to);
            found.insert(url);
        }
    }
    let mut read = 0;
    for (colon, _) in text.match_indices("://") {
        let Some((from, scheme)) = scheme_before(text, colon) else {
            continue;
        };
        let next = links.partition_point(|link| link.end <= from);
        let inside = links.get(next).is_some_and(|link| link.start <= from);
        if inside || from < read {
            continue;
        }
        let rest = &text[from..];
        let rest = &rest[..rest.find(is_space).unwrap_or(rest.len())];
        if let Some(len) = with_scheme(rest, scheme) {
            found.insert(rest[..len].to_owned());
            read = from + len;
        }
    }
    found
}

/// Where the scheme begins whose `://` stands at `colon`, and its length with that.
fn scheme_before(text: &str, colon: usize) -> Option<(usize, usize)> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let from = colon.checked_sub(scheme.len())?;
        let is = text.get(from..colon)?.eq_ignore_ascii_case(scheme);
        is.then_some((from, scheme.len() + "://".len()))
    })
}

/// `token` has no space in it and stands at byte `offset` of the text.
fn in_token(token: &str, offset: usize, found: &mut Vec<Entity>) {
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some(c) = token[at..].chars().next() {
        let rest = &token[at..];
        let hit = match c {
            '#' | '＃' if before.is_none() => tag(rest),
            '@' if matches!(before, None | Some('(')) => mention(rest),
            '$' if matches!(before, None | Some('(')) => cashtag(rest),
            c if c.is_ascii_alphabetic() => link(rest, before),
            _ => None,
        };
        let step = match hit {
            Some((len, kind)) => {
                found.push(Entity {
                    from: offset + at,
                    to: offset + at + len,
                    kind,
                });
                len
            }
            None => c.len_utf8(),
        };
        before = token[at..at + step].chars().next_back();
        at += step;
    }
}

type Hit = Option<(usize, EntityKind)>;

fn link(rest: &str, before: Option<char>) -> Hit {
    let opens =
        |c: char| matches!(c, '(' | '[' | '{' | '<' | '"' | '\'') || "（「『【〈《〔［｛“".contains(c);
    if before.is_some_and(|c| c.is_ascii() && !opens(c)) {
        return None;
    }
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        rest.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    if let Some(scheme) = scheme {
        let len = with_scheme(rest, scheme.len())?;
        return Some((len, EntityKind::Link(rest[..len].to_owned())));
    }
    if before.is_some_and(|c| !opens(c)) {
        return None;
    }
    let len = bare(rest)?;
    Some((len, EntityKind::Link(format!("https://{}", &rest[..len]))))
}

fn with_scheme(rest: &str, scheme: usize) -> Option<usize> {
    let mut end = run_len(rest, scheme);
    if let Some(host) = host_len(&rest[scheme..]) {
        let host = scheme + host;
        let host = host + port_len(&rest[host..]);
        if rest[host..].chars().next().is_some_and(|c| !c.is_ascii()) {
            end = host;
        }
    }
    let end = trimmed(&rest[..end]);
    rest.get(scheme..end)?
        .contains(char::is_alphanumeric)
        .then_some(end)
}

fn bare(rest: &str) -> Option<usize> {
    let host = host_len(rest).filter(|&len| rest[..len].is_ascii())?;
    // "Hello.It" is a forgotten space far more often than a domain.
    let tld = rest[..host].rsplit('.').next()?;
    if tld.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut behind = rest[host..].chars();
    if behind.next() == Some('.')
        && behind
            .next()
            .is_some_and(|c| c.is_ascii_alphanumeric() || c == '-')
    {
        return None;
    }
    let end = host + port_len(&rest[host..]);
    match rest[end..].chars().next() {
        Some('/' | '?' | '#') => Some(trimmed(&rest[..run_len(rest, end)])),
        _ => Some(end),
    }
}

/// Where the characters that may be a link's end, looking from byte `from`.
fn run_len(rest: &str, from: usize) -> usize {
    rest[from..].find(ends_link).map_or(rest.len(), |len| from + len)
}

/// The length of `link` without the punctuation that belongs to the sentence around it.
fn trimmed(link: &str) -> usize {
    let mut open = [0i32; 4];
    let slot = |bracket: char| "([{<".find(bracket);
    for c in link.chars() {
        if let Some(slot) = slot(c) {
            open[slot] += 1;
        } else if let Some(slot) = opening_of(c).and_then(slot) {
            open[slot] -= 1;
        }
    }
    let mut end = link.len();
    for c in link.chars().rev() {
        let lone = match opening_of(c).and_then(slot) {
            Some(slot) if open[slot] < 0 => {
                open[slot] += 1;
                true
            }
            _ => false,
        };
        if !lone && !matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'') {
            break;
        }
        end -= c.len_utf8();
    }
    end
}

fn tag(rest: &str) -> Hit {
    // These end a tag as a space does; U+200D splits even an emoji in two, for every reader alike.
    let ends = |c: char| matches!(c, '\u{ad}' | '\u{2060}' | '\u{200a}'..='\u{200d}' | '\u{20e2}');
    let sign = rest.chars().next()?.len_utf8();
    let body = &rest[sign..];
    let body = &body[..body.find(ends).unwrap_or(body.len())];
    // "#️⃣" is an emoji and no tag.
    if body.starts_with('\u{fe0f}') || body.chars().all(|c| c.is_ascii_digit() || is_punctuation(c)) {
        return None;
    }
    let name = body.trim_end_matches(is_punctuation);
    if name.len() > TAG_BYTES || name.graphemes(true).nth(TAG_GRAPHEMES).is_some() {
        return None;
    }
    Some((sign + name.len(), EntityKind::Tag(name.to_owned())))
}

fn cashtag(rest: &str) -> Hit {
    let ticker = &rest[1..];
    let len = ticker.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let behind = ticker[len..].chars().next();
    let sound = (1..=5).contains(&len) && ticker.starts_with(|c: char| c.is_ascii_alphabetic());
    if !sound || !behind.is_none_or(|c| ".,;:!?)\"'’".contains(c)) {
        return None;
    }
    Some((1 + len, EntityKind::Tag(rest[..=len].to_ascii_uppercase())))
}

fn mention(rest: &str) -> Hit {
    let is_word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let bytes = &rest.as_bytes()[1..];
    let run = bytes
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b))
        .count();
    // The end of the handle is the last edge of a word, ASCII alone: 「@a.example さん」 needs no space.
    let len = (1..=run)
        .rev()
        .find(|&at| is_word(bytes.get(at - 1)) != is_word(bytes.get(at)))?;
    let handle = &rest[1..=len];
    let last = handle.rsplit('.').next()?;
    if !is_handle(handle) || !(is_tld(last) || last == "test") {
        return None;
    }
    Some((1 + len, EntityKind::Mention(handle.to_owned())))
}

#[cfg(test)]
#[path = "links_tests.rs"]
pub(super) mod tests;
