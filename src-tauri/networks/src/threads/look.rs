//! Looking: at the container, and among the account's own posts since the claim (RULES.md 5).

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Found, Look, Named, Outgoing};
use reqwest::Url;

use super::container::{self, Kept, Of, Status};
use super::freeze::{Mark, Record, Refers};
use super::wire::{self, Media};
use super::{Server, is_id};

const PAGE: &str = "50";
/// 500 own posts since the claim. More than that, and nothing is said: an incomplete look is no "absent".
const PAGES: usize = 10;

pub(super) async fn look(
    server: &Server<'_>,
    kept: &Kept,
    record: &Record,
    part: u32,
    replies_to: Option<&str>,
) -> Result<Look, CallError> {
    let wanted = Wanted::of(record, part, replies_to)?;
    if record.repost.is_some() {
        // It has no container, and another call may make another one.
        return Ok(match own(server, record, &wanted).await? {
            Some(media) => Look::There(receipt(media)),
            None => Look::Unseen,
        });
    }
    let container = if part == 0 {
        Some(record.container.clone())
    } else {
        let parent = replies_to.ok_or(CallError::BadFrozen)?;
        kept.get(&Of::part(record, part, Some(parent)))
            .map(|made| made.container)
    };
    let status = match &container {
        Some(container) => Some(container::status(server, container).await),
        None => None,
    };
    match status {
        // Told as published, and its id is not to be seen yet: it is there, and looked for again.
        Some(Ok(Status::Published)) => match own(server, record, &wanted).await? {
            Some(media) => Ok(Look::There(receipt(media))),
            None => Err(CallError::Unclear { status: Some(200) }),
        },
        // It may just be on its way.
        Some(Ok(Status::InProgress)) => Err(CallError::Unclear { status: Some(200) }),
        // Not published, as far as this answer knows: the network's servers do not always know the same (`post.rs`), so the
        // account's own posts are looked through too. Publishing it again publishes this one, or is refused.
        Some(Ok(Status::Finished | Status::Failed(_))) if part == 0 => {
            let there = own(server, record, &wanted).await?;
            Ok(there.map_or(Look::Absent, |media| Look::There(receipt(media))))
        }
        Some(Err(error @ (CallError::Offline | CallError::Token { .. } | CallError::RateLimit { .. }))) => {
            Err(error)
        }
        // The container is gone, or tells nothing that is known here, or nobody knows which one it was.
        _ => match own(server, record, &wanted).await? {
            Some(media) => Ok(Look::There(receipt(media))),
            // The container that the record holds is gone: another one would be published in its place (`post.rs`).
            None if part == 0 => match status {
                Some(Ok(Status::Expired) | Err(CallError::Refused { .. })) => Ok(Look::Unseen),
                _ => Err(CallError::Unclear { status: Some(200) }),
            },
            // What would be published again may be another container (`post.rs`): that is a person's to say.
            None => Ok(Look::Unseen),
        },
    }
}

/// Which of the account's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// Posts that answer nothing.
    Threads,
    Replies,
}

impl List {
    fn path(self) -> &'static str {
        match self {
            List::Threads => "me/threads",
            List::Replies => "me/replies",
        }
    }

    pub fn fields(self) -> &'static str {
        match self {
            List::Threads => "id,text,timestamp,permalink",
            List::Replies => "id,text,timestamp,permalink,replied_to",
        }
    }
}

/// Where looking ends, newest first.
pub(super) struct Until<'a> {
    id: Option<&'a str>,
    /// Anything older.
    at: Option<Timestamp>,
}

impl<'a> Until<'a> {
    pub fn the_end() -> Self {
        Until { id: None, at: None }
    }

    pub fn since(at: Timestamp) -> Self {
        Until {
            id: None,
            at: Some(at),
        }
    }

    fn mark(mark: Option<&'a Mark>) -> Self {
        Until {
            id: mark.map(|mark| mark.id.as_str()),
            at: mark.and_then(|mark| wire::time(mark.at.as_deref()?)),
        }
    }

    /// One that does not say when it was made may be later.
    fn is(&self, media: &Media) -> bool {
        let older = match (media.at(), self.at) {
            (Some(made), Some(end)) => made < end,
            _ => false,
        };
        older || self.id == Some(media.id.as_str())
    }
}

/// The newest of `list` that is `wanted`, looked through to the end.
///
/// # Errors
/// Also where there is no seeing to the end: `ENDLESS`.
pub(super) async fn first(
    server: &Server<'_>,
    list: List,
    fields: &str,
    until: &Until<'_>,
    wanted: impl Fn(&Media) -> bool,
) -> Result<Option<Media>, CallError> {
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let mut pairs = vec![("fields", fields), ("limit", PAGE)];
        if let Some(after) = &after {
            pairs.push(("after", after.as_str()));
        }
        let page: wire::Page = server.get(list.path(), &pairs).await?;
        let next = page.after();
        // A page may be empty for reasons of the network's own: only where nothing follows is it the end.
        for media in page.data {
            if until.is(&media) {
                return Ok(None);
            }
            if is_id(&media.id) && wanted(&media) {
                return Ok(Some(media));
            }
        }
        match next {
            None => return Ok(None),
            // It goes round in circles.
            Some(_) if next == after => break,
            Some(_) => after = next,
        }
    }
    Err(ENDLESS)
}

pub(super) const ENDLESS: CallError = CallError::Unclear { status: None };

pub(super) async fn newest(server: &Server<'_>, list: List) -> Result<Option<Media>, CallError> {
    let pairs = [("fields", "id,timestamp"), ("limit", "1")];
    let page: wire::Page = server.get(list.path(), &pairs).await?;
    Ok(page.data.into_iter().next())
}

/// What is looked for.
pub(super) struct Wanted<'a> {
    text: String,
    parent: Option<&'a str>,
    quote: Option<&'a str>,
    /// Then it is nothing else.
    repost: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    pub fn of(record: &'a Record, part: u32, replies_to: Option<&'a str>) -> Result<Self, CallError> {
        let text = record.parts.get(part as usize).ok_or(CallError::BadFrozen)?;
        Ok(Wanted {
            text: comparable(text),
            parent: record.parent(part, replies_to),
            quote: record.quote.as_deref().filter(|_| part == 0),
            repost: record.repost.as_deref(),
        })
    }

    fn list(&self) -> List {
        if self.parent.is_some() {
            List::Replies
        } else {
            List::Threads
        }
    }

    /// What is asked of each of the list: of quotes and reposts only where one is looked for. Of answers nothing is documented.
    fn fields(&self) -> &'static str {
        match (self.list(), self.repost, self.quote) {
            (List::Threads, Some(_), _) => "id,text,timestamp,permalink,media_type,reposted_post",
            (List::Threads, None, Some(_)) => "id,text,timestamp,permalink,is_quote_post,quoted_post",
            (list, _, _) => list.fields(),
        }
    }

    fn is(&self, media: &Media) -> bool {
        if let Some(of) = self.repost {
            let reposted = media.reposted_post.as_ref();
            return media.id != of && reposted.is_some_and(|post| post.id == of);
        }
        if let (Some(wanted), Some(quoted)) = (self.quote, &media.quoted_post)
            && quoted.id != wanted
        {
            return false;
        }
        let parent = media.replied_to.as_ref().map(|parent| parent.id.as_str());
        comparable(&media.text) == self.text && parent == self.parent
    }
}

/// The part among the account's own since the claim.
pub(super) async fn own(
    server: &Server<'_>,
    record: &Record,
    wanted: &Wanted<'_>,
) -> Result<Option<Media>, CallError> {
    let list = wanted.list();
    let until = Until::mark(record.mark(list));
    first(server, list, wanted.fields(), &until, |media| wanted.is(media)).await
}

/// The texts of the parts, one after the other an answer to the one before.
pub(super) async fn find(
    server: &Server<'_>,
    outgoing: &Outgoing,
    refers: Refers,
    since: Timestamp,
    known: &[String],
) -> Result<Found, CallError> {
    let until = Until::since(since);
    let mut proof: Option<Receipt> = None;
    let mut before = refers.reply_to;
    for (index, part) in outgoing.parts.iter().enumerate() {
        let wanted = Wanted {
            text: comparable(&part.text),
            parent: before.as_deref(),
            quote: refers.quote.as_deref().filter(|_| index == 0),
            repost: refers.repost.as_deref(),
        };
        let is_new = |media: &Media| !known.contains(&media.id) && wanted.is(media);
        let found = first(server, wanted.list(), wanted.fields(), &until, is_new).await?;
        match (found, &mut proof) {
            (None, None) => return Ok(Found::Absent),
            // It has begun there.
            (None, Some(proof)) => {
                let url = proof.url.take();
                return Ok(Found::Alike { url });
            }
            (Some(media), None) => {
                before = Some(media.id.clone());
                proof = Some(receipt(media));
            }
            (Some(media), Some(proof)) => {
                before = Some(media.id.clone());
                proof.last_url = media.permalink;
                proof.ids.push(media.id);
            }
        }
    }
    proof.map(Found::There).ok_or(CallError::BadFrozen)
}

/// Is it this part? Others' posts cannot be read: whose it is shows in the address alone.
pub(super) async fn at_url(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    part: u32,
    replies_to: Option<&str>,
    url: &str,
) -> Result<Named, CallError> {
    let wanted = Wanted::of(record, part, replies_to)?;
    if post_at(url).is_none() {
        return Ok(Named::Nothing);
    }
    if !is_of(url, &account.handle) {
        return Ok(Named::OtherAuthor);
    }
    // What was there before the claim is not it, whatever it says.
    let until = Until::mark(record.mark(wanted.list()));
    let at_url = |media: &Media| is_at(media, url);
    let found = first(server, wanted.list(), wanted.fields(), &until, at_url).await?;
    Ok(match found {
        None => Named::Nothing,
        Some(media) if wanted.is(&media) => Named::ThePart(receipt(media)),
        Some(_) => Named::OtherContent,
    })
}

/// Whether this is the post at `url`. The network's pages have had two names, and queries that mean nothing.
pub(super) fn is_at(media: &Media, url: &str) -> bool {
    let of = |url: &str| post_at(url).map(|(_, code)| code);
    let wanted = of(url);
    wanted.is_some() && media.permalink.as_deref().and_then(of) == wanted
}

/// Whether `url` is a page of that name.
pub(super) fn is_of(url: &str, handle: &str) -> bool {
    post_at(url).is_some_and(|(name, _)| name.eq_ignore_ascii_case(handle))
}

/// The name and the post's code in an address such as `https://www.threads.com/@alice/post/DAbc-_1`.
fn post_at(url: &str) -> Option<(String, String)> {
    let url = Url::parse(url.trim()).ok()?;
    let mut path = url.path_segments()?.filter(|segment| !segment.is_empty());
    let name = path.next()?.strip_prefix('@')?.to_owned();
    let code = path
        .next()
        .filter(|word| *word == "post")
        .and(path.next())?
        .to_owned();
    Some((name, code))
}

pub(super) fn receipt(media: Media) -> Receipt {
    Receipt {
        ids: vec![media.id],
        url: media.permalink,
        visibility: None,
        last_url: None,
    }
}

/// What is left when nothing remains that the network may change: no white space, and no `#`, since the first tag of a text
/// becomes its topic and is shown without.
fn comparable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '#' | '＃' | '\u{200b}' | '\u{feff}'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{comparable, post_at};

    #[test]
    fn addresses_of_posts() {
        let post = |name: &str, code: &str| Some((name.to_owned(), code.to_owned()));
        for (url, expected) in [
            (
                "https://www.threads.com/@alice/post/DAbc-_1",
                post("alice", "DAbc-_1"),
            ),
            (
                " https://www.threads.net/@a.b/post/X/?xmt=1#y\n",
                post("a.b", "X"),
            ),
            ("http://127.0.0.1:5/@alice/post/C1", post("alice", "C1")),
            ("https://www.threads.com/@alice", None),
            ("https://www.threads.com/@alice/replies/X", None),
            ("https://www.threads.com/alice/post/X", None),
            ("DAbc", None),
            ("", None),
        ] {
            assert_eq!(post_at(url), expected, "{url}");
        }
    }

    #[test]
    fn what_is_compared() {
        for (sent, seen) in [
            ("one\n\ntwo ", "one\ntwo"),
            ("a #topic b", "a topic b"),
            ("#昼休み だ", "昼休み だ"),
        ] {
            assert_eq!(comparable(sent), comparable(seen));
        }
        assert_ne!(comparable("one"), comparable("One"));
    }
}
