//! What may leave the window for the browser.

/// Longer than any address that a network gives a post, and shorter than what a system's handlers choke on.
const AT_MOST: usize = 4096;

/// Whether the system is asked to open this: a web address with a host, nothing that names a file, a program or a
/// handler of its own.
pub fn may_open(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Names before an `@` make an address look like another one's.
    url.len() <= AT_MOST
        && !host.is_empty()
        && !host.contains('@')
        && !url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
}

/// Whether the web view may go there: to the pages inside the program, and nowhere else.
pub fn is_our_page(scheme: &str, host: Option<&str>) -> bool {
    scheme == "tauri" && host == Some("localhost")
}

#[cfg(test)]
mod tests {
    use super::{is_our_page, may_open};

    #[test]
    fn only_web_addresses_are_opened() {
        let table = [
            ("https://example.org/@me/1?x=1#y", true),
            ("http://127.0.0.1:8080/", true),
            ("https://example.org", true),
            ("HTTPS://example.org", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("mailto:me@example.org", false),
            ("kossori://x", false),
            ("https://", false),
            ("https:///etc/passwd", false),
            ("https://bank.example@evil.example/", false),
            ("https://example.org/\u{0}", false),
            ("https://example.org/ --flag", false),
            ("https://example.org\\@evil.example", false),
            ("--help", false),
            ("", false),
        ];
        for (url, expected) in table {
            assert_eq!(may_open(url), expected, "{url}");
        }
    }

    #[test]
    fn no_address_is_as_long_as_a_text() {
        let long = |letters: usize| format!("https://example.org/{}", "x".repeat(letters));
        assert!(may_open(&long(4_000)));
        assert!(!may_open(&long(4_100)));
    }

    #[test]
    fn the_view_stays_on_its_own_pages() {
        assert!(is_our_page("tauri", Some("localhost")));
        for (scheme, host) in [
            ("https", Some("localhost")),
            ("tauri", Some("example.org")),
            ("file", None),
            ("data", None),
            ("about", None),
        ] {
            assert!(!is_our_page(scheme, host), "{scheme}");
        }
    }
}
