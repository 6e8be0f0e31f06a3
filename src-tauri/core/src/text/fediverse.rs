//! What Mastodon counts apart in a text: URLs, and the server in `@user@server` (NETWORKS.md 3.3).
//!
//! Its rules for what is a URL differ from Bluesky's in `links`: any character but a Latin letter, a digit or
//! one of `@$#` may stand before one, and Japanese punctuation may stand in the path.

use std::ops::Range;

use super::domain::host_len;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Bytes.
    pub(super) range: Range<usize>,
    pub(super) kind: RunKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunKind {
    Url,
    /// `@user@server`; the server begins at this byte, with its `@`, and is not counted.
    Mention {
        server: usize,
    },
}

/// URLs with a scheme and mentions with a server, in order, none overlapping another. Linear.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut taken = 0;
    for (at, byte) in text.bytes().enumerate() {
        if at < taken {
            continue;
        }
        let run = match byte {
            b'h' | b'H' => url(text, at),
            b'@' => mention(text, at),
            _ => None,
        };
        if let Some(run) = run {
            taken = run.range.end;
            found.push(run);
        }
    }
    found
}

fn url(text: &str, at: usize) -> Option<Run> {
    let rest = text.get(at..)?;
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        rest.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    if text[..at]
        .chars()
        .next_back()
        .is_some_and(|c| c.is_ascii_alphanumeric() || "@＠$#＃".contains(c))
    {
        return None;
    }
    let host = at + scheme.len();
    let mut end = host + host_len(&text[host..])?;
    end += port_len(&text[end..]);
    if text[end..].starts_with('/') {
        end += path_len(&text[end..]);
    }
    if text[end..].starts_with('?') {
        end += query_len(&text[end..]);
    }
    Some(Run {
        range: at..end,
        kind: RunKind::Url,
    })
}

/// `:` and digits.
pub(super) fn port_len(text: &str) -> usize {
    let Some(digits) = text.strip_prefix(':') else {
        return 0;
    };
    match digits.bytes().take_while(u8::is_ascii_digit).count() {
        0 => 0,
        count => 1 + count,
    }
}

/// The path that starts with the slash at the start of `text`. Brackets belong to it in pairs, one pair inside
/// another at most.
fn path_len(text: &str) -> usize {
    let mut end = 1;
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        if c == '(' {
            let Some(len) = brackets_len(&text[at..]) else {
                break;
            };
            at += len;
            end = at;
        } else if c.is_whitespace() || "<>()?".contains(c) {
            break;
        } else {
            at += c.len_utf8();
            if !"!*\"'「」;:=,.$%[]~&|@".contains(c) {
                end = at;
            }
        }
    }
    end
}

fn brackets_len(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut blank = true;
    for (at, c) in text.char_indices() {
        match c {
            '(' => {
                depth += 1;
                blank = true;
            }
            ')' if blank => return None,
            ')' => depth -= 1,
            c if c.is_whitespace() || "<>?".contains(c) => return None,
            _ => blank = false,
        }
        if depth > 2 {
            return None;
        }
        if depth == 0 {
            return Some(at + c.len_utf8());
        }
    }
    None
}

fn query_len(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices().skip(1) {
        let wide = !c.is_ascii() && !c.is_whitespace();
        if !(c.is_ascii_alphanumeric() || wide || "!?*'();:&=+$/%#[]-_.,~|@^".contains(c)) {
            break;
        }
        if c.is_ascii_alphanumeric() || wide || "_&=#/-".contains(c) {
            end = at + c.len_utf8();
        }
    }
    end
}

/// `@user@server`. A mention without a server counts as it stands and is no run of its own.
fn mention(text: &str, at: usize) -> Option<Run> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if text[..at]
        .chars()
        .next_back()
        .is_some_and(|c| is_word(c) || c == '=' || c == '/')
    {
        return None;
    }
    let user = at + 1;
    let user_len = text[user..]
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || b"_.-".contains(b))
        .count();
    let name = &text[user..user + user_len];
    let sound = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(sound) || !name.ends_with(sound) {
        return None;
    }
    let server = user + user_len;
    let host = text[server..].strip_prefix('@')?;
    let len = host
        .find(|c: char| !(is_word(c) || c == '.' || c == '-'))
        .unwrap_or(host.len());
    let host = host[..len].trim_end_matches(['.', '-']);
    // Two characters at least make a server.
    host.chars().nth(1)?;
    let end = server + 1 + host.len();
    if text[end..].starts_with(['@', '＠']) || text[end..].starts_with("://") {
        return None;
    }
    Some(Run {
        range: at..end,
        kind: RunKind::Mention { server },
    })
}

/// Hashtags as Mastodon reads them: from `#` to the end of the word, Japanese right behind it too. In order.
pub(super) fn hashtags(text: &str) -> Vec<Range<usize>> {
    let part_of_tag = |c: char| c.is_alphanumeric() || matches!(c, '_' | '·' | '・' | '\u{200c}');
    let mut found = Vec::new();
    let mut before: Option<char> = None;
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        if at >= taken
            && (c == '#' || c == '＃')
            && !before.is_some_and(|b| part_of_tag(b) || b == '/' || b == ')')
        {
            let name = &text[at + c.len_utf8()..];
            let len = name.find(|c: char| !part_of_tag(c)).unwrap_or(name.len());
            if len > 0 {
                taken = at + c.len_utf8() + len;
                found.push(at..taken);
            }
        }
        before = Some(c);
    }
    found
}
