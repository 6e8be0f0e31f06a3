//! Looking for a post among the account's own (RULES.md 5): one whose answer was lost, one that another copy of the folder may
//! have sent, one that a person named.

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Found, Look, Named};

use super::freeze::{Part, Record};
use super::post::receipt;
use super::{Server, page, text, wire};
use crate::http::plain_id;

const PAGE: usize = 100;
/// 1,000 own posts since the claim. More than that, and nothing is said: an incomplete look is no "absent".
const PAGES: usize = 10;

pub(super) async fn look(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Result<Look, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let from = From::Post(record.last_own.as_deref());
    let posts = own(server, account, &from).await?;
    let wanted = Wanted::of(part, index, replies_to);
    Ok(match wanted.among(&posts) {
        Seen::Same(post) => Look::There(receipt(account, post.id.clone())),
        Seen::Alike(post) => Look::Alike {
            url: receipt(account, post.id.clone()).url,
        },
        Seen::Nothing => Look::Absent,
    })
}

/// Of a thread each part has to be there, as an answer to the one before.
pub(super) async fn find(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    since: Timestamp,
    known: &[String],
) -> Result<Found, CallError> {
    let mut posts = own(server, account, &From::Moment(since)).await?;
    posts.retain(|post| !known.contains(&post.id));
    let mut proof: Option<Receipt> = None;
    for (index, part) in (0_u32..).zip(&record.parts) {
        let before = proof.as_ref().and_then(|proof| proof.ids.last()).cloned();
        let wanted = Wanted::of(part, index, before.as_deref());
        match (wanted.among(&posts), &mut proof) {
            (Seen::Same(post), None) => proof = Some(receipt(account, post.id.clone())),
            (Seen::Same(post), Some(proof)) => {
                let next = receipt(account, post.id.clone());
                proof.ids.extend(next.ids);
                proof.last_url = next.url;
            }
            (Seen::Nothing, None) => return Ok(Found::Absent),
            (Seen::Alike(post), None) => {
                let url = receipt(account, post.id.clone()).url;
                return Ok(Found::Alike { url });
            }
            // It has begun there.
            (_, Some(proof)) => {
                let url = proof.url.take();
                return Ok(Found::Alike { url });
            }
        }
    }
    proof.map(Found::There).ok_or(CallError::BadFrozen)
}

/// Is what a person named this part? It is looked for among the account's own, which costs less than asking for one post.
pub(super) async fn named(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
    url: &str,
) -> Result<Named, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let Some(page) = page::read(url, &account.server) else {
        return Ok(Named::Nothing);
    };
    let last_own = record.last_own.as_deref();
    let is_own = page.handle.eq_ignore_ascii_case(&account.handle);
    // The page of a name that was changed leads to the post all the same, so it is looked for under any name.
    let posts = own(server, account, &From::Post(last_own)).await?;
    let Some(post) = posts.iter().find(|post| post.id == page.id) else {
        // It was there before the claim: the same words, said another time.
        let older = last_own.is_some_and(|last| wire::age(&page.id) <= wire::age(last));
        return Ok(match (is_own || page.handle == "i", older) {
            (false, _) => Named::OtherAuthor,
            (true, true) => Named::OtherContent,
            (true, false) => Named::Nothing,
        });
    };
    Ok(match Wanted::of(part, index, replies_to).compare(post) {
        // Links or pictures that nobody can tell apart here are what the person says.
        Compared::Same | Compared::Alike => Named::ThePart(receipt(account, page.id)),
        Compared::Different => Named::OtherContent,
    })
}

/// Where looking ends.
enum From<'a> {
    /// Behind this one; `None`: there was none.
    Post(Option<&'a str>),
    Moment(Timestamp),
}

/// In which words posts are asked for. X takes both and drops what it does not know in the one that is used, without an error:
/// what was asked for and always exists is therefore looked for in the answer, and the other words are tried if it is not there.
#[derive(Clone, Copy)]
enum Words {
    Posts,
    Tweets,
}

impl Words {
    /// No authors: the list is one author's, and each would be paid for.
    fn query(self) -> &'static str {
        match self {
            Words::Posts => {
                "post.fields=attachments,conversation_id,created_at,entities&expansions=referenced_posts"
            }
            Words::Tweets => "tweet.fields=attachments,conversation_id,created_at,entities,referenced_tweets",
        }
    }
}

/// All of them, newest first.
async fn own(server: &Server<'_>, account: &Account, from: &From<'_>) -> Result<Vec<wire::Post>, CallError> {
    match pages(server, account, from, Words::Posts).await {
        Ok(posts) if posts.iter().all(is_told) => return Ok(posts),
        Ok(_) | Err(CallError::Refused { status: 400, .. }) => {}
        Err(error) => return Err(error),
    }
    let posts = pages(server, account, from, Words::Tweets).await?;
    if posts.iter().all(is_told) {
        Ok(posts)
    } else {
        Err(CallError::Unclear { status: Some(200) })
    }
}

/// Everything is in a conversation, its own if it begins one.
fn is_told(post: &wire::Post) -> bool {
    post.conversation_id.is_some() && text::is_told(post)
}

async fn pages(
    server: &Server<'_>,
    account: &Account,
    from: &From<'_>,
    words: Words,
) -> Result<Vec<wire::Post>, CallError> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        let mut path = format!(
            "/2/users/{}/tweets?max_results={PAGE}&{}",
            plain_id(&account.author_id)?,
            words.query()
        );
        match from {
            From::Post(None) => {}
            From::Post(Some(last)) => path.push_str(&format!("&since_id={}", plain_id(last)?)),
            // Whole seconds are what it takes.
            From::Moment(since) => {
                path.push_str(&format!("&start_time={}", since.strftime("%Y-%m-%dT%H:%M:%SZ")));
            }
        }
        if let Some(token) = &token {
            path.push_str(&format!("&pagination_token={token}"));
        }
        let page = wire::page(server.get_reply(&path).await?)?;
        server.charge(|tally, account| tally.read(account, &page.data));
        for post in page.data {
            let other = post.author_id.as_ref().is_some_and(|id| *id != account.author_id);
            if other {
                // Not the list that was asked for.
                return Err(CallError::Unclear { status: Some(200) });
            }
            let older = match from {
                From::Post(last) => last.is_some_and(|last| wire::age(&post.id) <= wire::age(last)),
                From::Moment(since) => is_before(&post, *since),
            };
            if older {
                return Ok(found);
            }
            found.push(post);
        }
        match page.meta.next_token {
            None => return Ok(found),
            Some(next) if !is_token(&next) || token.as_ref() == Some(&next) => break,
            Some(next) => token = Some(next),
        }
    }
    Err(CallError::Unclear { status: Some(200) })
}

/// What can stand in an address as it is.
fn is_token(token: &str) -> bool {
    !token.is_empty()
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
}

/// One that does not say when it was made may be later.
fn is_before(post: &wire::Post, since: Timestamp) -> bool {
    let made = post
        .created_at
        .as_deref()
        .and_then(|made| made.parse::<Timestamp>().ok());
    made.is_some_and(|made| made < since)
}

struct Wanted<'a> {
    part: &'a Part,
    parent: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compared {
    Same,
    Alike,
    Different,
}

enum Seen<'a> {
    Same(&'a wire::Post),
    Alike(&'a wire::Post),
    Nothing,
}

impl<'a> Wanted<'a> {
    fn of(part: &'a Part, index: u32, replies_to: Option<&'a str>) -> Self {
        Wanted {
            part,
            parent: part.parent(index, replies_to),
        }
    }

    fn among<'p>(&self, posts: &'p [wire::Post]) -> Seen<'p> {
        let first = |wanted: Compared| posts.iter().find(|post| self.compare(post) == wanted);
        if let Some(post) = first(Compared::Same) {
            return Seen::Same(post);
        }
        first(Compared::Alike).map_or(Seen::Nothing, Seen::Alike)
    }

    fn compare(&self, post: &wire::Post) -> Compared {
        if post.is_repost() {
            return Compared::Different;
        }
        let (media, keys) = (&self.part.media, post.media_keys());
        let our_uploads = !media.is_empty()
            && media.len() == keys.len()
            && media.iter().all(|one| keys.iter().any(|key| one.is(key)));
        if our_uploads {
            // They are in nobody else's post: nothing more needs to be compared.
            return Compared::Same;
        }
        let words = text::compare(&self.part.text, post);
        if words == text::Compared::Different {
            return Compared::Different;
        }
        let answers = self.answers(post);
        if answers == Compared::Different {
            return Compared::Different;
        }
        let pictures = keys.len() == self.part.pictures;
        if self.part.text.trim().is_empty() {
            // Only pictures, of which nobody here can say that they are others.
            return if pictures && !keys.is_empty() {
                Compared::Alike
            } else {
                Compared::Different
            };
        }
        // With uploads that are known, others of the same number are other pictures.
        if words == text::Compared::Same && answers == Compared::Same && pictures && media.is_empty() {
            Compared::Same
        } else {
            Compared::Alike
        }
    }

    /// Does it answer what is to be answered? `Alike`: it answers something, and it is not said what.
    fn answers(&self, post: &wire::Post) -> Compared {
        let begins = post.conversation_id.as_deref() == Some(post.id.as_str());
        match (post.replied_to(), self.parent) {
            (Some(id), Some(parent)) if id == parent => Compared::Same,
            (Some(_), _) => Compared::Different,
            (None, None) if begins => Compared::Same,
            (None, Some(_)) if begins => Compared::Different,
            (None, _) => Compared::Alike,
        }
    }
}
