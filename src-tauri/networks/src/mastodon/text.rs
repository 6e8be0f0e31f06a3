//! Comparing what was sent with what a server made of it: HTML, links taken apart into spans, mentions shortened,
//! white space moved.

/// The text that a reader sees of a server's HTML. Paragraphs and line breaks become white space.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') {
            tag(rest, &mut text)
        } else {
            entity(rest, &mut text)
        };
        rest = &rest[taken..];
    }
    text.push_str(rest);
    text
}

/// HTML without the link to what is quoted, which servers add to the words for those who cannot show quotes: a paragraph or a
/// span of the class `quote-inline`.
pub(super) fn without_quote(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag, after)) = next_tag(rest) {
        let name = tag.split([' ', '\n']).next().unwrap_or_default();
        let classes = tag
            .split_once("class=\"")
            .and_then(|(_, rest)| rest.split('"').next());
        let is_quote = classes.is_some_and(|classes| classes.split(' ').any(|class| class == "quote-inline"));
        kept.push_str(before);
        rest = match is_quote.then(|| behind(after, name)).flatten() {
            Some(behind) => behind,
            None => {
                kept.push_str(&rest[before.len()..rest.len() - after.len()]);
                after
            }
        };
    }
    kept.push_str(rest);
    kept
}

/// What is before the next tag, the inside of the tag, and what is behind it.
fn next_tag(html: &str) -> Option<(&str, &str, &str)> {
    let begin = html.find('<')?;
    let end = begin + html[begin..].find('>')?;
    Some((&html[..begin], &html[begin + 1..end], &html[end + 1..]))
}

/// What comes behind the end of the element of that name which `html` is within.
fn behind<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let mut open = 1;
    let mut rest = html;
    while let Some((_, tag, after)) = next_tag(rest) {
        rest = after;
        match tag.strip_prefix('/') {
            Some(ended) if ended.trim() == name => open -= 1,
            None if tag.split([' ', '\n']).next() == Some(name) => open += 1,
            _ => {}
        }
        if open == 0 {
            return Some(rest);
        }
    }
    None
}

/// Takes a tag off the front of `rest`; answers its length.
fn tag(rest: &str, text: &mut String) -> usize {
    let Some(end) = rest.find('>') else {
        text.push('<');
        return 1;
    };
    let name = rest[1..end].trim_start_matches('/').to_ascii_lowercase();
    if ["p", "br", "br/", "br /", "div", "li"].contains(&name.trim()) || name.starts_with("p ") {
        text.push('\n');
    }
    end + 1
}

/// Takes a character reference off the front of `rest`; answers its length.
fn entity(rest: &str, text: &mut String) -> usize {
    const LONGEST: usize = 10;
    let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
    let found = end.and_then(|end| Some((end, character(&rest[1..end])?)));
    match found {
        Some((end, character)) => {
            text.push(character);
            end + 1
        }
        None => {
            text.push('&');
            1
        }
    }
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => None,
    }
}

/// What is left when nothing remains that servers are known to change: no white space, mentions without their
/// server.
pub(super) fn comparable(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        left.push_str(&without_servers(word));
    }
    left.retain(|c| !matches!(c, '\u{200b}' | '\u{feff}'));
    left
}

/// Whether two comparable texts differ in nothing but what Markdown and BBCode are made of, and say something at all.
pub(super) fn same_but_for_marks(one: &str, other: &str) -> bool {
    let unmarked = |text: &str| text.replace(|c| "*_~`#>-+\\[]()!|".contains(c), "");
    let one = unmarked(one);
    !one.is_empty() && one == unmarked(other)
}

/// `@somebody@example.social` is shown as `@somebody`.
fn without_servers(word: &str) -> String {
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut left = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        let name_end = after[1..]
            .find(|c| !of_name(c))
            .map_or(after.len(), |end| end + 1);
        left.push_str(before);
        left.push_str(&after[..name_end]);
        rest = &after[name_end..];
        let starts_word = before
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '/');
        if starts_word && name_end > 1 && rest.starts_with('@') {
            let domain_end = rest[1..].find(|c| !of_name(c)).map_or(rest.len(), |end| end + 1);
            rest = &rest[domain_end..];
        }
    }
    left.push_str(rest);
    left
}

#[cfg(test)]
mod tests {
    use super::{comparable, plain, same_but_for_marks};

    #[test]
    fn what_servers_make_of_texts() {
        // What was sent, what came back.
        for (sent, html) in [
            ("Hello", "<p>Hello</p>"),
            ("one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>"),
            ("one\ntwo", "one<br/>two"),
            (
                "5 < 6 & \"x\" 'y'",
                "<p>5 &lt; 6 &amp; &quot;x&quot; &#39;y&#39;</p>",
            ),
            (
                "see https://example.com/a/long/path?x=1&y=2",
                "<p>see <a href=\"https://example.com/a/long/path?x=1&amp;y=2\" rel=\"nofollow\"><span class=\"invisible\">\
                 https://</span><span class=\"ellipsis\">example.com/a/long/p</span><span class=\"invisible\">ath?x=1&amp;y=2\
                 </span></a></p>",
            ),
            (
                "hi @alice@example.social and @bob!",
                "<p>hi <span class=\"h-card\"><a href=\"https://example.social/@alice\" class=\"u-url mention\">@<span>alice\
                 </span></a></span> and @bob!</p>",
            ),
            (
                "#昼休み だ",
                "<p><a href=\"x\" class=\"mention hashtag\">#<span>昼休み</span></a> だ</p>",
            ),
            ("👩‍👩‍👧 絵文字", "<p>👩‍👩‍👧 絵文字</p>"),
            ("a & b &nosuch; <", "<p>a &amp; b &nosuch; &lt;</p>"),
            ("trailing  spaces \n", "<p>trailing  spaces</p>"),
        ] {
            assert_eq!(comparable(&plain(html)), comparable(sent), "{html}");
        }
        // Different texts stay different.
        for (one, other) in [
            ("a@b.c", "a"),
            ("hello", "hell"),
            ("https://x/@a@b", "https://x/@a"),
            ("é", "e"),
        ] {
            assert_ne!(comparable(one), comparable(other), "{one} {other}");
        }
    }

    #[test]
    fn what_formatting_takes_away() {
        for (sent, html, same) in [
            (
                "so *very* `quiet`",
                "<p>so <b>very</b> <code>quiet</code></p>",
                true,
            ),
            ("- one\n- two", "<ul><li>one</li><li>two</li></ul>", true),
            ("> said", "<blockquote>said</blockquote>", true),
            (
                "[here](https://x.example/)",
                "<a href=\"https://x.example/\">here</a>",
                false,
            ),
            ("so very quiet", "<p>so very loud</p>", false),
            ("その1・2", "<p>その12</p>", false),
            ("***", "<hr>", false),
        ] {
            let back = comparable(&plain(html));
            assert_eq!(same_but_for_marks(&back, &comparable(sent)), same, "{html}");
        }
    }

    #[test]
    fn the_link_to_what_is_quoted_is_not_among_the_words() {
        use super::{plain, without_quote};
        let mastodon = "<p class=\"quote-inline\">RE: <a href=\"https://a.example/1\"><span class=\"x\">a</span></a></p><p>words</p>";
        assert_eq!(plain(&without_quote(mastodon)).trim(), "words");
        let pleroma =
            "words<span class=\"quote-inline\"><br/><br/><span>RE:</span> <a href=\"#\">a</a></span>";
        assert_eq!(plain(&without_quote(pleroma)), "words");
        for html in [
            "<p>a &lt; b</p>",
            "a < b",
            "<p class=\"quote-inline\">cut",
            "<span>x</span>",
            "",
        ] {
            assert_eq!(without_quote(html), html);
        }
    }
}
