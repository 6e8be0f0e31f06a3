//! Looking for a post whose answer was lost, among the account's own since the claim (RULES.md 5).

use jiff::Timestamp;
use kossori_core::network::Software;
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Look};

use super::freeze::{Part, Record};
use super::post::{parent, receipt};
use super::{Server, text, wire};

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
    let wanted = Wanted::of(part, index, replies_to);
    among_own(server, account, &wanted, record.last_own.as_deref(), None, &[]).await
}

/// Something that was sent under keys that are not known here: of one part, since then.
pub(super) async fn find(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    since: Timestamp,
    known: &[String],
) -> Result<Look, CallError> {
    // Of a thread that went part by part it would have to be told which parts are there.
    let [part] = &record.parts[..] else {
        return Ok(Look::CannotTell);
    };
    among_own(
        server,
        account,
        &Wanted::of(part, 0, None),
        None,
        Some(since),
        known,
    )
    .await
}

async fn among_own(
    server: &Server<'_>,
    account: &Account,
    wanted: &Wanted<'_>,
    last_own: Option<&str>,
    since: Option<Timestamp>,
    known: &[String],
) -> Result<Look, CallError> {
    let mut before: Option<String> = None;
    let mut other_visibility = None;
    for _ in 0..PAGES {
        let mut path = format!(
            "/api/v1/accounts/{}/statuses?limit={PAGE}&exclude_reblogs=true",
            account.author_id
        );
        if let Some(last_own) = last_own {
            path.push_str(&format!("&since_id={last_own}"));
        }
        if let Some(before) = &before {
            path.push_str(&format!("&max_id={before}"));
        }
        let page: Vec<wire::Status> = server.get(&path).await?;
        // Newest first. Pages may be short for reasons of the server's own, so only an empty one is the end.
        let Some(oldest) = page.last().map(|status| status.id.clone()) else {
            return Ok(verdict(account, other_visibility));
        };
        if before.as_ref() == Some(&oldest) {
            // It knows no `max_id`: there is no seeing further.
            break;
        }
        for status in page {
            // It knows no `since_id`: here is where looking ends.
            if last_own == Some(status.id.as_str()) || since.is_some_and(|since| is_before(&status, since)) {
                return Ok(verdict(account, other_visibility));
            }
            if known.contains(&status.id) {
                continue;
            }
            match wanted.compare(&status) {
                Compared::Same => return Ok(Look::There(receipt(status))),
                Compared::OtherVisibility => other_visibility = Some(status),
                Compared::Different => {}
            }
        }
        before = Some(oldest);
    }
    Err(CallError::Unclear { status: Some(200) })
}

/// One that does not say when it was made may be later.
fn is_before(status: &wire::Status, since: Timestamp) -> bool {
    let made = status
        .created_at
        .as_deref()
        .and_then(|made| made.parse::<Timestamp>().ok());
    made.is_some_and(|made| made < since)
}

/// Nothing like it was found but, perhaps, the same with another visibility. Some servers change it, and none of
/// those is resent to (NETWORKS.md 10), so there it is the post; what became of it shows in the receipt.
fn verdict(account: &Account, other_visibility: Option<wire::Status>) -> Look {
    match other_visibility {
        Some(status) if account.software == Software::Unknown => Look::There(receipt(status)),
        _ => Look::Absent,
    }
}

pub(super) struct Wanted<'a> {
    part: &'a Part,
    text: String,
    parent: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    OtherVisibility,
    Different,
}

impl<'a> Wanted<'a> {
    pub fn of(part: &'a Part, index: u32, replies_to: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            part,
            text: text::comparable(&part.text),
            parent: parent(part, index, replies_to),
        }
    }

    pub fn compare(&self, status: &wire::Status) -> Compared {
        let media: Vec<&str> = status
            .media_attachments
            .iter()
            .map(|attachment| attachment.id.as_str())
            .collect();
        if !self.part.media_ids.is_empty() {
            let same = media.len() == self.part.media_ids.len()
                && self.part.media_ids.iter().all(|id| media.contains(&id.as_str()));
            // Ids of uploads are nobody else's: nothing more needs to be compared.
            if same {
                return Compared::Same;
            }
        }
        let text = match &status.text {
            Some(source) => text::comparable(source),
            None => text::comparable(&text::plain(&status.content)),
        };
        let alike = !self.text.is_empty()
            && text == self.text
            && media.len() == self.part.pictures
            && status.in_reply_to_id.as_deref() == self.parent;
        match (&status.visibility, alike) {
            (_, false) => Compared::Different,
            (Some(visibility), true) if *visibility != self.part.visibility => Compared::OtherVisibility,
            (_, true) => Compared::Same,
        }
    }
}
