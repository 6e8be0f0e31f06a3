//! Addresses of posts' pages.

use super::sign_in::pages_of;
use super::wire::is_id;

/// Where people read X's pages, by its new name and its old one.
const HOSTS: [&str; 6] = [
    "x.com",
    "www.x.com",
    "mobile.x.com",
    "twitter.com",
    "www.twitter.com",
    "mobile.twitter.com",
];

pub(super) fn of(api: &str, handle: &str, id: &str) -> String {
    format!("{}/{handle}/status/{id}", pages_of(api))
}

pub(super) struct Page {
    /// As the address has it; `i` stands for anybody.
    pub handle: String,
    pub id: String,
}

/// `https://x.com/USER/status/ID`, with what browsers add. `api`: the account's server, whose pages a test has elsewhere.
pub(super) fn read(url: &str, api: &str) -> Option<Page> {
    let url = reqwest::Url::parse(url.trim()).ok()?;
    let pages = pages_of(api);
    let known = url.origin().ascii_serialization() == pages
        || (pages != api && url.scheme() == "https" && HOSTS.contains(&url.host_str()?));
    let mut steps = url.path_segments()?.filter(|step| !step.is_empty());
    let handle = steps.next()?.to_owned();
    let mut kind = steps.next()?;
    if handle == "i" && kind == "web" {
        kind = steps.next()?;
    }
    let id = steps.next()?.to_owned();
    (known && kind == "status" && is_id(&id)).then_some(Page { handle, id })
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_of_posts() {
        for (url, expected) in [
            ("https://x.com/alice/status/20", Some(("alice", "20"))),
            (
                " https://twitter.com/alice/status/20?s=20#top ",
                Some(("alice", "20")),
            ),
            (
                "https://mobile.twitter.com/alice/status/20/photo/1",
                Some(("alice", "20")),
            ),
            ("https://x.com/i/web/status/20", Some(("i", "20"))),
            ("https://x.com/i/status/20", Some(("i", "20"))),
            ("http://x.com/alice/status/20", None),
            ("https://x.com.example/alice/status/20", None),
            ("https://x.com/alice/status/20a", None),
            ("https://x.com/alice/status/", None),
            ("https://x.com/alice/likes/20", None),
            ("https://x.com/alice", None),
            ("https://x.com/alice/status/12345678901234567890", None),
            ("http://127.0.0.1:1/alice/status/20", None),
            ("20", None),
            ("", None),
        ] {
            let read = super::read(url, "https://api.x.com").map(|page| (page.handle, page.id));
            let expected = expected.map(|(handle, id)| (handle.to_owned(), id.to_owned()));
            assert_eq!(read, expected, "{url}");
        }
        let own = super::of("http://127.0.0.1:1", "alice", "20");
        assert!(super::read(&own, "http://127.0.0.1:1").is_some());
        assert!(super::read("https://x.com/alice/status/20", "http://127.0.0.1:1").is_none());
        assert_eq!(
            super::of("https://api.x.com", "alice", "20"),
            "https://x.com/alice/status/20"
        );
    }
}
