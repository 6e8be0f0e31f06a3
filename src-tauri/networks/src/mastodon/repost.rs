//! Reposts, which the API calls reblogs: no post of one's own, but something that is done to another's, so that what is known of
//! one hangs on that.

use kossori_core::answer::{Answer, Receipt};
use kossori_core::network::{Software, Visibility};
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Found, Look, Outgoing};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::freeze::{local_status, refused, visibility_word};
use super::{Server, wire};
use crate::http::{Body, Call, Reply, plain_id};
use crate::refusal;

#[derive(Serialize, Deserialize)]
pub(super) struct Repost {
    /// The local id of what is reposted.
    id: String,
    /// Its page: the repost has none that a person could read.
    url: Option<String>,
    /// As asked for; `None`: as the account is set on its server.
    pub visibility: Option<String>,
}

/// Receipts name a repost by what is reposted, since that is what it is undone by. Some servers have no other name for it, and
/// a bare id would be that of the other post.
const NAMED: &str = "reblog:";

/// # Errors
/// `repost_not_found`; `already_reposted`; `repost_would_be_wider` where the server would not keep to the visibility.
pub(super) async fn freeze(
    server: &Server<'_>,
    account: &Account,
    outgoing: &Outgoing,
    url: &str,
) -> Result<Repost, CallError> {
    let status = original(server, url).await?;
    if status.reblogged == Some(true) {
        return Err(refused(422, "already_reposted"));
    }
    if !keeps_to(
        account.software,
        outgoing.visibility,
        status.visibility.as_deref(),
    ) {
        return Err(refused(422, "repost_would_be_wider"));
    }
    Ok(Repost {
        url: status.url.or(status.uri),
        id: status.id,
        visibility: outgoing
            .visibility
            .map(|visibility| visibility_word(visibility).to_owned()),
    })
}

/// What is at `url`, or what that reposts.
async fn original(server: &Server<'_>, url: &str) -> Result<wire::Status, CallError> {
    let status = local_status(server, url, "repost_not_found").await?;
    let status = status.reposted().unwrap_or(status);
    if plain_id(&status.id).is_ok() {
        Ok(status)
    } else {
        Err(refused(404, "repost_not_found"))
    }
}

/// Whether a repost is shown to nobody but those that were asked for. No server shows one to more than it shows the post. A
/// narrower one Mastodon makes as asked (app/services/reblog_service.rb); Akkoma and Pleroma know public and private alone
/// (`public_announce?`), GoToSocial repeats the post's, and of the others nothing is known.
fn keeps_to(software: Software, asked: Option<Visibility>, of_the_post: Option<&str>) -> bool {
    match (software, asked) {
        (_, None | Some(Visibility::Public)) => true,
        (_, Some(Visibility::Direct)) => false,
        (Software::Mastodon, Some(Visibility::Unlisted | Visibility::Private)) => true,
        (Software::Akkoma | Software::Pleroma, Some(asked)) => asked == Visibility::Private,
        (Software::GoToSocial, Some(asked)) => of_the_post == Some(visibility_word(asked)),
        (Software::Pixelfed | Software::Friendica | Software::Snac | Software::Unknown, Some(_)) => false,
    }
}

/// The same again makes no second one on Mastodon, Akkoma and Pleroma, which answer with the one that is there
/// (app/services/reblog_service.rb; lib/pleroma/web/common_api.ex, `repeat`): those that are called again (RULES.md 5).
pub(super) async fn post(server: &Server<'_>, account: &Account, repost: &Repost) -> Answer {
    let Ok(id) = plain_id(&repost.id) else {
        return Answer::NeverLeft;
    };
    let call = call(server, id, "reblog", repost.visibility.as_deref());
    let reply = match server.http.send(server.signed(call)).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        let error = wire::api_error(&reply);
        return refusal::answer(&reply, error);
    }
    let unclear = Answer::Unclear {
        status: Some(reply.status),
    };
    let status = reply
        .json
        .and_then(|json| serde_json::from_value::<wire::Status>(json).ok());
    let Some(status) = status else { return unclear };
    let of = status.reposted();
    // A status of one's own around the other …
    if of.is_some_and(|original| original.id == repost.id) {
        return match status.account.filter(|account| !account.id.is_empty()) {
            Some(author) => Answer::Posted {
                receipt: receipt(repost, status.visibility),
                author: Some(author.id),
            },
            None => unclear,
        };
    }
    // … or the other, with the word that whom the token speaks for reposts it: who that is was asked for this token at the claim.
    if status.id == repost.id && status.reblogged == Some(true) {
        return Answer::Posted {
            receipt: receipt(repost, None),
            author: Some(account.author_id.clone()),
        };
    }
    unclear
}

fn call(server: &Server<'_>, id: &str, what: &str, visibility: Option<&str>) -> Call {
    let body = match visibility {
        Some(visibility) => Body::Json(json!({ "visibility": visibility })),
        None => Body::Empty,
    };
    let url = server.url(&format!("/api/v1/statuses/{id}/{what}"));
    Call::post(url, body, server.options.post_limit)
}

fn receipt(repost: &Repost, visibility: Option<String>) -> Receipt {
    Receipt {
        ids: vec![format!("{NAMED}{}", repost.id)],
        url: repost.url.clone(),
        visibility,
        last_url: None,
    }
}

/// It was not reposted at the claim, so if it is now, it was done then or by the person meanwhile: that is one repost either
/// way.
pub(super) async fn look(server: &Server<'_>, repost: &Repost) -> Result<Look, CallError> {
    let status: wire::Status = match server
        .get(&format!("/api/v1/statuses/{}", plain_id(&repost.id)?))
        .await
    {
        // Gone, or not to be seen any more: whether the repost went before nobody can say.
        Err(CallError::Refused {
            status: 404 | 410, ..
        }) => return Ok(Look::CannotTell),
        answer => answer?,
    };
    Ok(match status.reblogged {
        _ if status.id != repost.id => Look::CannotTell,
        Some(true) => Look::There(receipt(repost, None)),
        Some(false) => Look::Absent,
        None => Look::CannotTell,
    })
}

/// There is one repost of a post at most, whenever it was made.
pub(super) async fn find(server: &Server<'_>, url: &str, known: &[String]) -> Result<Found, CallError> {
    let status = original(server, url).await?;
    let repost = Repost {
        url: status.url.or(status.uri),
        id: status.id,
        visibility: None,
    };
    let there = receipt(&repost, None);
    Ok(match status.reblogged {
        Some(true) if !there.ids.iter().any(|id| known.contains(id)) => Found::There(there),
        Some(_) => Found::Absent,
        None => Found::CannotTell,
    })
}

/// What is reposted, by a receipt's id; `None`: the id is a post's.
pub(super) fn named(id: &str) -> Option<&str> {
    id.strip_prefix(NAMED)
}

/// Takes the repost back. One that is not there any more, or whose post is gone, is no error.
pub(super) async fn undo(server: &Server<'_>, of: &str) -> Result<(), CallError> {
    let reply = server
        .http
        .send(server.signed(call(server, of, "unreblog", None)))
        .await?;
    match reply.status {
        200..300 => Ok(()),
        400 | 404 | 410 | 422 => is_undone(server, of, &reply).await,
        405 | 501 => Err(CallError::Unsupported("delete")),
        _ => Err(server.call_error(&reply)),
    }
}

/// Pleroma refuses where there is nothing to take back.
async fn is_undone(server: &Server<'_>, of: &str, said: &Reply) -> Result<(), CallError> {
    let reply = server.get_reply(&format!("/api/v1/statuses/{of}")).await?;
    match reply.status {
        404 | 410 => Ok(()),
        200 if super::parsed::<wire::Status>(reply)?.reblogged == Some(false) => Ok(()),
        _ => Err(server.call_error(said)),
    }
}

#[cfg(test)]
mod tests {
    use kossori_core::network::{Software, Visibility};

    #[test]
    fn narrower_where_the_server_keeps_to_it() {
        use Visibility::{Direct, Private, Public, Unlisted};
        for (software, asked, of_the_post, expected) in [
            (Software::Unknown, None, "public", true),
            (Software::Snac, Some(Public), "unlisted", true),
            (Software::Mastodon, Some(Unlisted), "public", true),
            (Software::Mastodon, Some(Private), "public", true),
            (Software::Mastodon, Some(Direct), "direct", false),
            (Software::Pleroma, Some(Private), "public", true),
            (Software::Akkoma, Some(Unlisted), "public", false),
            (Software::GoToSocial, Some(Unlisted), "public", false),
            (Software::GoToSocial, Some(Unlisted), "unlisted", true),
            (Software::Friendica, Some(Private), "private", false),
            (Software::Pixelfed, Some(Unlisted), "public", false),
            (Software::Unknown, Some(Private), "public", false),
        ] {
            let kept = super::keeps_to(software, asked, Some(of_the_post));
            assert_eq!(kept, expected, "{software:?} {asked:?} {of_the_post}");
        }
    }
}
