//! LinkedIn's `little` text, which its posts are written in (NETWORKS.md 6.3): some characters are its syntax, and a bare
//! one cuts the published text off at that place while the server answers that all went well.
//!
//! So every one of them is escaped, wherever it stands:
//! - Inside a URL too. The format's page makes no exception for URLs, and programs that escape all of it publish working
//!   links. Others leave URLs alone, and nothing shows what becomes of a bare `_` there. Of the two mistakes a link that
//!   shows a backslash is the smaller one; the other loses the rest of the text.
//! - The `#` of a tag too, and no `{hashtag|\#|…}` is written. Its readers see `#tag` either way; a template that the server
//!   cannot read (an emoji in the tag, a `_`) is syntax in the wrong place, which is what cuts texts off.
//! - `＃` is not: it is none of the reserved ones in plain text, and a backslash before another character may be shown.

/// What the format reserves.
const RESERVED: &str = "\\|{}@[]()<>#*_~";

/// `text` as it has to be sent to be seen as it is.
pub fn escape(text: &str) -> String {
    let mut little = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        if RESERVED.contains(c) {
            little.push('\\');
        }
        little.push(c);
    }
    little
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{RESERVED, escape};

    /// What a reader of the format makes of it; `None` where it would meet a bare reserved character.
    fn read(little: &str) -> Option<String> {
        let mut text = String::new();
        let mut rest = little.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.push(rest.next().filter(|c| RESERVED.contains(*c))?),
                c if RESERVED.contains(c) => return None,
                c => text.push(c),
            }
        }
        Some(text)
    }

    #[test]
    fn what_is_escaped() {
        for (text, little) in [
            ("", ""),
            (
                "Hello, 世界! 5% of €3 & \"more\"",
                "Hello, 世界! 5% of €3 & \"more\"",
            ),
            ("see (this)", r"see \(this\)"),
            ("#lunch #昼休み C#", r"\#lunch \#昼休み C\#"),
            ("＃昼休み", "＃昼休み"),
            ("mail me@example.com", r"mail me\@example.com"),
            (r"C:\new", r"C:\\new"),
            (r"\(", r"\\\("),
            (
                "https://example.com/a_b?x=(1)#y",
                r"https://example.com/a\_b?x=\(1\)\#y",
            ),
            (
                "**bold** ~no~ <b> [x] {y} a|b",
                r"\*\*bold\*\* \~no\~ \<b\> \[x\] \{y\} a\|b",
            ),
            ("@[Eddy](urn:li:person:1)", r"\@\[Eddy\]\(urn:li:person:1\)"),
            ("{hashtag|\\#|x}", r"\{hashtag\|\\\#\|x\}"),
        ] {
            assert_eq!(escape(text), little, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_reads_as_it_was(text in any::<String>()) {
            prop_assert_eq!(read(&escape(&text)), Some(text));
        }

        #[test]
        fn also_where_much_is_reserved(text in r"[\\|{}@\[\]()<>#*_~a /:.\n]{0,40}") {
            prop_assert_eq!(read(&escape(&text)), Some(text));
        }
    }
}
