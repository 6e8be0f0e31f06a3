//! Looking for a post whose answer was lost, among the account's own since the claim (RULES.md 5).

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_core::network::Software;

use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Found, Look};

use super::freeze::{Part, Record};
use super::post::{parent, receipt};
use super::wire::Quoted;
use super::{Server, repost, text, wire};
use crate::http::plain_id;

const PAGE: usize = 40;
/// 400 own posts since the claim. More than that, and nothing is said: an incomplete look is no "absent".
const PAGES: usize = 10;

pub(super) async fn look(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Result<Look, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    if let Some(repost) = &part.repost {
        return repost::look(server, repost).await;
    }
    let wanted = Wanted::of(part, index, replies_to, account.software);
    let among = Among {
        last_own: record.last_own.as_deref(),
        since: None,
        known: &[],
    };
    Ok(match among.own(server, account, &wanted).await? {
        Seen::Same(status) => Look::There(receipt(status)),
        // What became of it shows in the receipt.
        Seen::OtherVisibility(status) if may_become(account.software, part, &status) => {
            Look::There(receipt(status))
        }
        // Another copy of the folder may have sent it, or the server made something else of it.
        Seen::OtherVisibility(status) | Seen::Alike(status) => Look::Alike {
            url: receipt(status).url,
        },
        Seen::Nothing => Look::Absent,
    })
}

/// Whether the server may have made this of what was asked for: some change the visibility either way (NETWORKS.md 10). Mastodon
/// makes it narrower alone: of a quote of a post for followers, and of what a limited account posts
/// (app/services/post_status_service.rb, `preprocess_attributes!`); of Akkoma and Pleroma nothing else is known.
fn may_become(software: Software, part: &Part, status: &wire::Status) -> bool {
    let width = |word: &str| {
        ["direct", "private", "unlisted", "public"]
            .iter()
            .position(|known| *known == word)
    };
    let seen = status.visibility.as_deref().and_then(width);
    let is_narrower = seen
        .zip(width(&part.visibility))
        .is_some_and(|(seen, asked)| seen < asked);
    is_narrower || !software.honours_idempotency_key()
}

/// Something that was sent since then under keys, and with uploads, that are not known here. Of a thread each part has to
/// be there, as an answer to the one before.
pub(super) async fn find(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    since: Timestamp,
    known: &[String],
) -> Result<Found, CallError> {
    let among = Among {
        last_own: None,
        since: Some(since),
        known,
    };
    let mut proof: Option<Receipt> = None;
    for (index, part) in (0_u32..).zip(&record.parts) {
        let before = proof.as_ref().and_then(|proof| proof.ids.last()).cloned();
        let wanted = Wanted::of(part, index, before.as_deref(), account.software);
        match (among.own(server, account, &wanted).await?, &mut proof) {
            (Seen::Same(status), None) => proof = Some(receipt(status)),
            (Seen::Same(status), Some(proof)) => {
                let next = receipt(status);
                proof.ids.extend(next.ids);
                proof.last_url = next.url;
            }
            (Seen::Nothing, None) => return Ok(Found::Absent),
            (Seen::OtherVisibility(status) | Seen::Alike(status), None) => {
                let url = receipt(status).url;
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

/// Which of the account's own posts are looked at.
struct Among<'a> {
    /// After this one, and after this moment.
    last_own: Option<&'a str>,
    since: Option<Timestamp>,
    /// But for these.
    known: &'a [String],
}

enum Seen {
    Same(wire::Status),
    OtherVisibility(wire::Status),
    /// Nothing that is said tells it from the wanted one, and nothing proves that it is.
    Alike(wire::Status),
    Nothing,
}

impl Among<'_> {
    async fn own(
        &self,
        server: &Server<'_>,
        account: &Account,
        wanted: &Wanted<'_>,
    ) -> Result<Seen, CallError> {
        let mut before: Option<String> = None;
        let mut alike = Seen::Nothing;
        for _ in 0..PAGES {
            let mut path = format!(
                "/api/v1/accounts/{}/statuses?limit={PAGE}&exclude_reblogs=true",
                plain_id(&account.author_id)?
            );
            if let Some(last_own) = self.last_own {
                path.push_str(&format!("&since_id={}", plain_id(last_own)?));
            }
            if let Some(before) = &before {
                path.push_str(&format!("&max_id={}", plain_id(before)?));
            }
            let page: Vec<wire::Status> = server.get(&path).await?;
            // Newest first. Pages may be short for reasons of the server's own, so only an empty one is the end.
            let Some(oldest) = page.last().map(|status| status.id.clone()) else {
                return Ok(alike);
            };
            if before.as_ref() == Some(&oldest) {
                // It knows no `max_id`: there is no seeing further.
                break;
            }
            for status in page {
                // It knows no `since_id`: here is where looking ends.
                if self.last_own == Some(status.id.as_str())
                    || self.since.is_some_and(|since| is_before(&status, since))
                {
                    return Ok(alike);
                }
                if self.known.contains(&status.id) {
                    continue;
                }
                match wanted.compare(&status) {
                    Compared::Same => return Ok(Seen::Same(status)),
                    Compared::OtherVisibility => alike = Seen::OtherVisibility(status),
                    Compared::OnlyPictures | Compared::OtherMarks => {
                        if matches!(alike, Seen::Nothing) {
                            alike = Seen::Alike(status);
                        }
                    }
                    Compared::Different => {}
                }
            }
            before = Some(oldest);
        }
        Err(CallError::Unclear { status: Some(200) })
    }
}

/// One that does not say when it was made may be later.
fn is_before(status: &wire::Status, since: Timestamp) -> bool {
    let made = status
        .created_at
        .as_deref()
        .and_then(|made| made.parse::<Timestamp>().ok());
    made.is_some_and(|made| made < since)
}

pub(super) struct Wanted<'a> {
    part: &'a Part,
    text: String,
    parent: Option<&'a str>,
    software: Software,
    keeps: Keeps,
}

/// What a server gives back as it was sent. What it does not says nothing when it differs.
struct Keeps {
    /// The ids of uploads. Elsewhere a post's pictures get new ones.
    media_ids: bool,
    /// Marks such as `*` and `#`. Elsewhere they are taken for formatting.
    marks: bool,
}

impl Keeps {
    /// As the servers' sources have it. Of unknown software nothing is known.
    fn of(software: Software) -> Keeps {
        let (media_ids, marks) = match software {
            Software::Mastodon => (true, true),
            Software::Akkoma | Software::Pleroma => (false, true),
            Software::GoToSocial => (true, false),
            Software::Pixelfed => (true, false),
            Software::Friendica | Software::Snac | Software::Unknown => (false, false),
        };
        Keeps { media_ids, marks }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    OtherVisibility,
    /// No words, and as many pictures, of which nobody knows whether they are these.
    OnlyPictures,
    /// The same but for marks, on a server that may have taken them for formatting.
    OtherMarks,
    Different,
}

impl<'a> Wanted<'a> {
    pub fn of(part: &'a Part, index: u32, replies_to: Option<&'a str>, software: Software) -> Wanted<'a> {
        Wanted {
            part,
            text: text::comparable(&part.text),
            parent: parent(part, index, replies_to),
            software,
            keeps: Keeps::of(software),
        }
    }

    pub fn compare(&self, status: &wire::Status) -> Compared {
        if self.has_our_uploads(status) {
            return Compared::Same;
        }
        match (self.compare_but_for_quotes(status), self.quotes(status)) {
            (_, Compared::Different) | (Compared::Different, _) => Compared::Different,
            (compared, Compared::Same) => compared,
            (_, quotes) => quotes,
        }
    }

    /// Their ids are nobody else's: nothing more needs to be compared.
    fn has_our_uploads(&self, status: &wire::Status) -> bool {
        let ours = &self.part.media_ids;
        let media = &status.media_attachments;
        !ours.is_empty()
            && media.len() == ours.len()
            && ours.iter().all(|id| media.iter().any(|one| one.id == *id))
    }

    /// Does it quote what is to be quoted?
    fn quotes(&self, status: &wire::Status) -> Compared {
        match (&self.part.quote, status.quoted()) {
            (Some(quote), Quoted::This(id)) if quote.id == id => Compared::Same,
            // Who is quoted has to agree first; until then it is not told who that is.
            (Some(_), Quoted::Something) | (None, Quoted::Nothing) => Compared::Same,
            (Some(_), Quoted::This(_)) => Compared::Different,
            // It has gone meanwhile, or the server shows it in words.
            (Some(_), Quoted::Nothing) => Compared::OtherMarks,
            // Mastodon makes none of its own accord; others make one of a link.
            (None, _) if self.software == Software::Mastodon => Compared::Different,
            (None, _) => Compared::OtherMarks,
        }
    }

    fn compare_but_for_quotes(&self, status: &wire::Status) -> Compared {
        // Other uploads, where a post keeps their ids: somebody posted the same words with other pictures.
        if !self.part.media_ids.is_empty() && self.keeps.media_ids {
            return Compared::Different;
        }
        let media = &status.media_attachments;
        // snac sends an empty source with posts whose source it does not have.
        let text = match status.text.as_deref().filter(|source| !source.is_empty()) {
            Some(source) => text::comparable(source),
            None => text::comparable(&text::plain(&text::without_quote(&status.content))),
        };
        let around = media.len() == self.part.pictures && status.in_reply_to_id.as_deref() == self.parent;
        let alike = around && text == self.text;
        if around && !alike && !self.keeps.marks && text::same_but_for_marks(&text, &self.text) {
            return Compared::OtherMarks;
        }
        // What is quoted may stand below the words.
        if around
            && !alike
            && self.part.quote.is_some()
            && !self.text.is_empty()
            && text.starts_with(&self.text)
        {
            return Compared::OtherMarks;
        }
        if alike && self.text.is_empty() && self.part.quote.is_none() {
            return if !media.is_empty() {
                Compared::OnlyPictures
            } else {
                Compared::Different
            };
        }
        match (&status.visibility, alike) {
            (_, false) => Compared::Different,
            (Some(visibility), true) if *visibility != self.part.visibility => Compared::OtherVisibility,
            (_, true) => Compared::Same,
        }
    }
}
