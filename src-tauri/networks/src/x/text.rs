//! Comparing what was sent with what X made of it: links shortened, three characters escaped, pictures appended as links, who is
//! answered put before it, white space moved.

use kossori_core::text::normal;
use kossori_core::text::x::links;

use super::wire::Post;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    /// There are links at the same places, and nobody here can tell whether they are the same.
    ButLinks,
    Different,
}

/// A stretch of a text.
enum Piece {
    Words(String),
    Link(String),
}

const SHORTENED: &str = "https://t.co/";

/// Whether it was said where its links lead.
pub(super) fn is_told(post: &Post) -> bool {
    !post.text.contains(SHORTENED) || !post.urls().is_empty()
}

pub(super) fn compare(sent: &str, post: &Post) -> Compared {
    let (ours, mut theirs) = (sent_pieces(sent), made_pieces(post));
    let mut best = compare_pieces(&ours, &theirs);
    if best == Compared::Different
        && let Some(Piece::Words(first)) = theirs.first_mut()
    {
        *first = without_mentions(first).to_owned();
        best = compare_pieces(&ours, &theirs);
    }
    best
}

fn compare_pieces(ours: &[Piece], theirs: &[Piece]) -> Compared {
    if comparable(ours, &bare) == comparable(theirs, &bare) {
        return Compared::Same;
    }
    // A character that no text has.
    let hidden = |_: &str| "\0".to_owned();
    let as_written = |url: &str| url.to_owned();
    // X finds links by another list of domains than the library does: what is one to it may be words here.
    let loose = |pieces: &[Piece]| {
        let all = comparable(pieces, &as_written).to_lowercase();
        all.replace("https://", "")
            .replace("http://", "")
            .replace('/', "")
    };
    if comparable(ours, &hidden) == comparable(theirs, &hidden) || loose(ours) == loose(theirs) {
        return Compared::ButLinks;
    }
    Compared::Different
}

fn sent_pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for (from, to) in links(text) {
        pieces.push(Piece::Words(text[at..from].to_owned()));
        pieces.push(Piece::Link(text[from..to].to_owned()));
        at = to;
    }
    pieces.push(Piece::Words(text[at..].to_owned()));
    pieces
}

fn made_pieces(post: &Post) -> Vec<Piece> {
    let own = format!("/status/{}/", post.id);
    let mut pieces = Vec::new();
    let mut rest = post.text.as_str();
    for url in post.urls() {
        let Some(short) = url.url.as_deref().filter(|short| !short.is_empty()) else {
            continue;
        };
        // Several pictures have one link, named once for each.
        let Some((before, after)) = rest.split_once(short) else {
            continue;
        };
        pieces.push(Piece::Words(unescaped(before)));
        rest = after;
        let full = url.expanded_url.as_deref().unwrap_or(short);
        let of_picture = url.media_key.is_some()
            || full
                .split_once(&own)
                .is_some_and(|(_, what)| what.starts_with("photo/") || what.starts_with("video/"));
        if !of_picture {
            pieces.push(Piece::Link(full.to_owned()));
        }
    }
    pieces.push(Piece::Words(unescaped(rest)));
    pieces
}

/// Without white space, in one of the ways of writing it.
fn comparable(pieces: &[Piece], link: &dyn Fn(&str) -> String) -> String {
    let all: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Link(url) => link(url),
        })
        .collect();
    normal(&all)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}'))
        .collect()
}

/// A link as it is compared: a scheme that was added, a slash at the end and the case of a name are no difference.
fn bare(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| lower.starts_with(scheme));
    let rest = &url[scheme.map_or(0, str::len)..];
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let path = rest[host..].trim_end_matches('/');
    format!("{}{path}", rest[..host].to_lowercase())
}

/// In one pass: what was written as `&lt;` comes as `&amp;lt;`.
fn unescaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')];
        let found = known.iter().find(|(name, _)| rest.starts_with(name));
        let (len, c) = found.map_or((1, '&'), |(name, c)| (name.len(), *c));
        all.push(c);
        rest = &rest[len..];
    }
    all.push_str(rest);
    all
}

/// An answer begins with those whom it answers, if the server put them there.
fn without_mentions(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some(name) = rest.strip_prefix('@') {
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(name.len());
        if end == 0 {
            break;
        }
        rest = name[end..].trim_start();
    }
    rest
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Compared, compare, is_told};
    use crate::x::wire::Post;

    fn post(text: &str, urls: Value) -> Post {
        serde_json::from_value(json!({"id": "20", "text": text, "entities": {"urls": urls}})).unwrap()
    }

    #[test]
    fn what_x_makes_of_a_text() {
        let link = |full: &str| json!([{"url": "https://t.co/a", "expanded_url": full}]);
        // What was sent, what came back, where its links lead, how they compare.
        for (sent, made, urls, expected) in [
            ("hello", "hello", json!([]), Compared::Same),
            ("hello", "hello!", json!([]), Compared::Different),
            ("a\n\n\nb ", "a\n\nb", json!([]), Compared::Same),
            ("か\u{3099}", "が", json!([]), Compared::Same),
            (
                "1 < 2 & 3 > 2",
                "1 &lt; 2 &amp; 3 &gt; 2",
                json!([]),
                Compared::Same,
            ),
            ("&lt;", "&amp;lt;", json!([]), Compared::Same),
            ("&lt;", "&lt;", json!([]), Compared::Different),
            (
                "see example.com now",
                "see https://t.co/a now",
                link("http://example.com"),
                Compared::Same,
            ),
            (
                "見てexample.com/ねえ",
                "見てhttps://t.co/aねえ",
                link("http://example.com/"),
                Compared::Same,
            ),
            (
                "https://Example.com/A?b=1&c=2",
                "https://t.co/a",
                link("https://example.com/A?b=1&c=2"),
                Compared::Same,
            ),
            (
                "https://example.com/A",
                "https://t.co/a",
                link("https://example.com/a"),
                Compared::ButLinks,
            ),
            (
                "https://例え.jp/",
                "https://t.co/a",
                link("https://xn--r8jz45g.jp/"),
                Compared::ButLinks,
            ),
            (
                "one https://example.com/",
                "two https://t.co/a",
                link("https://example.com/"),
                Compared::Different,
            ),
            (
                "see https://new.notyetknown/ now",
                "see https://t.co/a now",
                link("https://new.notyetknown/"),
                Compared::ButLinks,
            ),
            (
                "no link",
                "no link https://t.co/a",
                link("https://example.com/"),
                Compared::Different,
            ),
            (
                "a cat",
                "a cat https://t.co/a",
                json!([{"url": "https://t.co/a", "expanded_url": "https://x.com/al/status/20/photo/1", "media_key": "3_1"},
                       {"url": "https://t.co/a", "expanded_url": "https://x.com/al/status/20/photo/1", "media_key": "3_2"}]),
                Compared::Same,
            ),
            (
                "a cat",
                "a cat https://t.co/a",
                link("https://twitter.com/al/status/20/photo/1"),
                Compared::Same,
            ),
            (
                "a cat",
                "a cat https://t.co/a",
                link("https://twitter.com/al/status/21/photo/1"),
                Compared::Different,
            ),
            ("yes", "@bob @al_ yes", json!([]), Compared::Same),
            ("@bob yes", "@bob yes", json!([]), Compared::Same),
            ("yes", "@ yes", json!([]), Compared::Different),
        ] {
            let made = post(made, urls);
            assert_eq!(compare(sent, &made), expected, "{sent}");
            assert!(is_told(&made), "{sent}");
        }
        assert!(!is_told(&post("https://t.co/a", json!(null))));
    }
}
