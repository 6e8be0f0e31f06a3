//! The post call: a container is published.
//!
//! The container of part 0 stands in the frozen record, which is committed before this is called. If it waited for longer than a
//! container lives and was never published, another one takes its place, as for later parts. Those answer the part
//! before, whose id is known only once it is out, and a record that may have been taken is not changed any more. So theirs are
//! made here, right before they are published, and what keeps a second copy away is this:
//! - As long as the program runs, the container of a part is kept, asked, and the same one is published again; another one is
//!   made only if it failed or is too old to be published.
//! - A program that was started anew has none. It looks through the account's own answers first, and makes another one only
//!   if this part is not among them.
//! - A look at a later part never says "absent" (`look.rs`). So after a publishing call whose answer was lost nothing is
//!   published again by itself: it is found, or a person says that it is not there.

use std::time::Duration;

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_engine::model::Account;
use kossori_engine::ports::CallError;
use serde::Deserialize;

use super::container::{self, Kept, Of, Status};
use super::freeze::Record;
use super::look::{self, Wanted};
use super::{Server, is_id, parsed, wire};
use crate::refusal::{self, call_answer};

pub(super) async fn post(
    server: &Server<'_>,
    account: &Account,
    kept: &Kept,
    record: &Record,
    part: u32,
    replies_to: Option<&str>,
) -> Answer {
    let limit = server.options.post_limit;
    if let Some(of) = &record.repost {
        return repost(server, account, of, limit * 4 / 5).await;
    }
    if part == 0 {
        // What may be read of it afterwards takes the rest.
        match publish(server, account, &record.container, limit * 4 / 5).await {
            Published::Said(answer) => return answer,
            // It waited for longer than a container lives, and was never published: another one takes its place.
            Published::Gone(_) => {}
        }
    }
    // Without what it answers it would start a thread of its own.
    let parent = replies_to.filter(|id| is_id(id));
    if part > 0 && parent.is_none() {
        return Answer::NeverLeft;
    }
    let of = Of::part(record, part, parent);
    // All of this comes before the publishing call: whatever goes wrong, nothing was published.
    let ready = tokio::time::timeout(limit / 3, ready(server, account, kept, record, part, of));
    match ready.await {
        Ok(Ok(Ready::Container(container))) => match publish(server, account, &container, limit / 2).await {
            Published::Said(answer) | Published::Gone(answer) => {
                refusal::without_parent(answer, |_, code| part > 0 && wire::is_no_parent(code))
            }
        },
        Ok(Ok(Ready::ThereAlready(receipt))) => Answer::Posted {
            receipt,
            author: Some(account.author_id.clone()),
        },
        Ok(Ok(Ready::OutUnseen)) => Answer::Unclear { status: None },
        Ok(Err(error)) => refusal::without_parent(call_answer(error), |_, code| {
            part > 0 && wire::says_no_parent(code)
        }),
        Err(_) => Answer::NeverLeft,
    }
}

enum Ready {
    Container(String),
    /// Among the account's own answers.
    ThereAlready(Receipt),
    /// It was published before, and its id is not to be seen yet.
    OutUnseen,
}

async fn ready(
    server: &Server<'_>,
    account: &Account,
    kept: &Kept,
    record: &Record,
    part: u32,
    of: Of,
) -> Result<Ready, CallError> {
    let before = kept.get(&of);
    let status = match &before {
        Some(made) => match container::status(server, &made.container).await {
            Ok(status) => Some(status),
            // It is gone, as if it had never been made.
            Err(CallError::Refused { code, .. }) if wire::says_gone(&code) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    match (&before, &status) {
        (Some(made), Some(Status::Finished)) => return Ok(out(kept, &of, &made.container)),
        // It took longer than the last call could wait.
        (Some(made), Some(Status::InProgress)) if !made.may_be_out => {
            container::wait_until_ready(server, &made.container).await?;
            return Ok(out(kept, &of, &made.container));
        }
        _ => {}
    }
    let wanted = Wanted::of(record, part, of.replies_to())?;
    if let Some(media) = look::own(server, record, &wanted).await? {
        return Ok(Ready::ThereAlready(look::receipt(media)));
    }
    match status {
        // It may be on its way.
        Some(Status::Published | Status::InProgress) => return Ok(Ready::OutUnseen),
        // One that failed or is too old is never published any more.
        Some(Status::Failed(_) | Status::Expired | Status::Finished) | None => {}
    }
    let container = container::make(server, &account.author_id, record, part, of.replies_to()).await?;
    // If it is not ready in time, the next call waits for this one, and makes no other.
    kept.keep(&of, &container, false);
    container::wait_until_ready(server, &container).await?;
    Ok(out(kept, &of, &container))
}

/// It goes out now.
fn out(kept: &Kept, of: &Of, container: &str) -> Ready {
    kept.keep(of, container, true);
    Ready::Container(container.to_owned())
}

enum Published {
    Said(Answer),
    /// It was turned away, and the container was never published and never will be.
    Gone(Answer),
}

async fn publish(server: &Server<'_>, account: &Account, container: &str, limit: Duration) -> Published {
    if !is_id(container) {
        return Published::Said(Answer::NeverLeft);
    }
    let path = format!("{}/threads_publish", account.author_id);
    let pairs = vec![("creation_id", container.to_owned())];
    let reply = match server.http.send(server.form(&path, pairs, limit)).await {
        Ok(reply) => reply,
        Err(failure) => return Published::Said(failure.into()),
    };
    if reply.status != 200 {
        return match wire::answer(&reply) {
            Answer::Refused {
                status,
                kind: Refusal::Other,
                code,
                words,
            } => {
                let not_there = wire::GraphError::of(&reply).is_some_and(|error| error.not_there());
                let refused = |kind| Answer::Refused {
                    status,
                    kind,
                    code,
                    words,
                };
                turned_away(server, container, not_there, refused).await
            }
            other => Published::Said(other),
        };
    }
    Published::Said(match parsed::<wire::Made>(reply) {
        Ok(made) if is_id(&made.id) => told(server, account, made.id).await,
        _ => Answer::Unclear { status: Some(200) },
    })
}

/// One call, without a container (NETWORKS.md 5.2): nothing keeps a second one from being a second repost.
async fn repost(server: &Server<'_>, account: &Account, of: &str, limit: Duration) -> Answer {
    if !is_id(of) {
        return Answer::NeverLeft;
    }
    let call = server.form(&format!("{of}/repost"), Vec::new(), limit);
    let reply = match server.http.send(call).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if reply.status != 200 {
        return wire::answer(&reply);
    }
    match parsed::<wire::Made>(reply) {
        // A receipt that named the original would be deleted in its place.
        Ok(made) if is_id(&made.id) && made.id != of => told(server, account, made.id).await,
        _ => Answer::Unclear { status: Some(200) },
    }
}

/// How long it takes until a container that was just made is known to all of the network's servers: what its documentation
/// asks to wait.
const UNTIL_KNOWN: SignedDuration = SignedDuration::from_secs(30);

/// A plain no. The container tells what to make of it: one that is published was published by an earlier call, and is looked
/// up. Of one that is finished, "the requested resource does not exist" is said where it is not known yet, though another of the
/// network's servers calls it finished (code 24, subcode 4279009; reported by many).
async fn turned_away(
    server: &Server<'_>,
    container: &str,
    not_there: bool,
    refused: impl FnOnce(Refusal) -> Answer,
) -> Published {
    Published::Said(match container::status(server, container).await {
        Ok(Status::Published) => Answer::Unclear { status: None },
        Ok(Status::Finished | Status::InProgress) if not_there => refused(Refusal::RateLimit {
            retry_after: Some(UNTIL_KNOWN),
        }),
        Ok(Status::Expired) => return Published::Gone(refused(Refusal::Other)),
        // Forgotten: nobody knows it any more.
        Err(CallError::Refused { code, .. }) if not_there && wire::says_gone(&code) => {
            return Published::Gone(refused(Refusal::Other));
        }
        // It is as the server said, or nobody can say better.
        _ => refused(Refusal::Other),
    })
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    permalink: Option<String>,
    #[serde(default)]
    username: Option<String>,
}

/// The answer to publishing is an id and names nobody. Whose it is shows in what it answers: the path names the person, whom the
/// token was asked for at the claim, and a token publishes at its own person's path alone. The post is read once for its
/// address and its author's name, and only one's own posts can be read: if that is refused, or the name is not the account's
/// (one that was changed, at best), nothing is proved, and it is looked up among the account's own. That nobody answers
/// changes nothing.
async fn told(server: &Server<'_>, account: &Account, id: String) -> Answer {
    let read = server.get::<Told>(&id, &[("fields", "id,permalink,username")]);
    let read = tokio::time::timeout(server.options.post_limit / 10, read).await;
    let (url, its_own) = match read {
        Ok(Ok(told)) => {
            let other = told
                .username
                .is_some_and(|name| !name.eq_ignore_ascii_case(&account.handle));
            (told.permalink, !other)
        }
        Ok(Err(CallError::Refused { .. })) => (None, false),
        Ok(Err(_)) | Err(_) => (None, true),
    };
    Answer::Posted {
        receipt: Receipt {
            ids: vec![id],
            url,
            visibility: None,
            last_url: None,
        },
        author: its_own.then(|| account.author_id.clone()),
    }
}
