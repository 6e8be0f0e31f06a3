//! What a claim freezes: the bodies, whom they are for, and where looking begins.

use kossori_core::network::Visibility;
use kossori_core::text::links::{EntityKind, entities};
use kossori_engine::ports::{CallError, Outgoing, OutgoingPart};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Server, at_url, own, wire};
use crate::frozen;
use crate::visibility::meant_by;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// The account's newest own note at the claim: what is looked for came after it.
    pub last_own: Option<String>,
    pub parts: Vec<Part>,
}

impl Record {
    /// All parts are for the same people.
    pub fn meant_for(&self) -> Option<Visibility> {
        meant_by(&self.parts.first()?.visibility, visibility_word)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    /// `None`: pictures alone.
    pub text: Option<String>,
    pub cw: Option<String>,
    pub visibility: String,
    /// Of a `specified` note: who may see it.
    pub visible_user_ids: Vec<String>,
    /// The local id of the note that part 0 answers; later parts answer the one before.
    pub reply_id: Option<String>,
    /// How many pictures it has, and their ids once uploaded.
    pub pictures: usize,
    pub file_ids: Vec<String>,
    /// The local id of the note that is quoted or, by a part without words and pictures, reposted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renote_id: Option<String>,
}

impl Part {
    /// The body of the post call. There is no field for the language (NETWORKS.md 4.2).
    pub fn body(&self, reply_id: Option<&str>) -> Value {
        let mut body = json!({ "visibility": self.visibility });
        if let Some(text) = &self.text {
            body["text"] = json!(text);
        }
        if let Some(cw) = &self.cw {
            body["cw"] = json!(cw);
        }
        if !self.visible_user_ids.is_empty() {
            body["visibleUserIds"] = json!(self.visible_user_ids);
        }
        if let Some(id) = reply_id {
            body["replyId"] = json!(id);
        }
        if !self.file_ids.is_empty() {
            body["fileIds"] = json!(self.file_ids);
        }
        if let Some(id) = &self.renote_id {
            body["renoteId"] = json!(id);
        }
        body
    }
}

pub(super) async fn freeze(
    server: &Server<'_>,
    author: &str,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    let answered = match &outgoing.reply_to {
        Some(url) => Some(answered(server, url, outgoing.visibility).await?),
        None => None,
    };
    let parent = answered.as_ref().and_then(|note| note.visibility.as_deref());
    let visibility = outgoing.visibility.unwrap_or_else(|| usual(parent));
    let reply_id = answered.map(|note| note.id);
    let mut renote_id = match (&outgoing.quote, &outgoing.repost) {
        (_, Some(url)) => Some(renoted(server, author, url, visibility, &REPOST).await?),
        (Some(url), None) => Some(renoted(server, author, url, visibility, &QUOTE).await?),
        (None, None) => None,
    };
    let mut parts = Vec::with_capacity(outgoing.parts.len());
    for (index, part) in outgoing.parts.iter().enumerate() {
        let visible_user_ids = match visibility {
            Visibility::Direct => named_in(server, part).await?,
            _ => Vec::new(),
        };
        parts.push(Part {
            text: Some(part.text.clone()).filter(|text| !text.trim().is_empty()),
            cw: outgoing.cw.clone().filter(|cw| !cw.trim().is_empty()),
            visibility: visibility_word(visibility).to_owned(),
            visible_user_ids,
            reply_id: reply_id.clone().filter(|_| index == 0),
            pictures: part.pictures.len(),
            file_ids: Vec::new(),
            renote_id: renote_id.take(),
        });
    }
    // A quote without anything of one's own is a repost to the server.
    let is_empty = |part: &Part| part.text.is_none() && part.pictures == 0;
    if outgoing.quote.is_some() && parts.first().is_none_or(is_empty) {
        return Err(CallError::Unsupported("quote"));
    }
    Ok(Record {
        v: frozen::version(outgoing),
        last_own: own::newest(server, author).await?,
        parts,
    })
}

pub(super) fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "home",
        Visibility::Private => "followers",
        Visibility::Direct => "specified",
    }
}

/// Where nothing was chosen: as wide as what is answered, as the server's own page has it.
fn usual(parent: Option<&str>) -> Visibility {
    parent.map_or(Visibility::Public, |word| {
        meant_by(word, visibility_word).unwrap_or(Visibility::Private)
    })
}

/// What the server calls a note that somebody names by its URL. It may have to fetch it first.
async fn answered(
    server: &Server<'_>,
    url: &str,
    chosen: Option<Visibility>,
) -> Result<wire::Note, CallError> {
    let note = local_note(server, url, "reply_not_found").await?;
    // The server puts an answer to a note of a channel into that channel, and makes it public there
    // (core/NoteCreateService.ts). Other than that it only narrows what an answer was asked to be, though not as far as what
    // is answered: a public answer to a note for followers becomes one for the home timelines of all.
    if note.channel_id.is_some() && chosen.is_some_and(|chosen| chosen != Visibility::Public) {
        return Err(refused("reply_would_be_wider"));
    }
    Ok(note)
}

/// The codes of what is refused.
struct Codes {
    not_found: &'static str,
    not_allowed: &'static str,
    wider: &'static str,
}

const QUOTE: Codes = Codes {
    not_found: "quote_not_found",
    not_allowed: "quote_not_allowed",
    wider: "quote_would_be_wider",
};
const REPOST: Codes = Codes {
    not_found: "repost_not_found",
    not_allowed: "repost_not_allowed",
    wider: "repost_would_be_wider",
};

/// The id of a note that is to be quoted or reposted. The server makes the new one narrower where the old one is, but for one
/// case: of a note for followers it makes one for followers, also where it was asked for one that only those named see. What may
/// not be renoted it turns away, older servers with an internal error (core/NoteCreateService.ts).
async fn renoted(
    server: &Server<'_>,
    author: &str,
    url: &str,
    visibility: Visibility,
    codes: &Codes,
) -> Result<String, CallError> {
    let note = local_note(server, url, codes.not_found).await?;
    let for_followers = note.visibility.as_deref() == Some("followers");
    let for_named = note.visibility.as_deref() == Some("specified");
    if for_named || (for_followers && note.author() != Some(author)) {
        return Err(refused(codes.not_allowed));
    }
    // Nobody is named by a repost, which has no words.
    let nobody_named = visibility == Visibility::Direct && codes.not_found == REPOST.not_found;
    if nobody_named || (visibility == Visibility::Direct && for_followers) {
        return Err(refused(codes.wider));
    }
    Ok(note.id)
}

/// A note that somebody names by its URL, as the server knows it. `missing`: the code of the refusal if there is none.
async fn local_note(server: &Server<'_>, url: &str, missing: &str) -> Result<wire::Note, CallError> {
    match at_url::own_note(server, url).await? {
        Some(note) => Ok(note),
        None => fetched(server, url, missing).await,
    }
}

async fn fetched(server: &Server<'_>, url: &str, missing: &str) -> Result<wire::Note, CallError> {
    let url = url.trim();
    let shown: wire::Shown = match server.ask("ap/show", json!({ "uri": url })).await {
        Ok(shown) => shown,
        Err(CallError::Refused { status, code, words }) => {
            return Err(match code.as_str() {
                "NO_SUCH_OBJECT" | "NO_SUCH_NOTE" | "URI_INVALID" => refused(missing),
                // The other server did not answer this one: it may do so later.
                "REQUEST_FAILED" => CallError::Unclear { status: Some(status) },
                _ => CallError::Refused { status, code, words },
            });
        }
        Err(error) => return Err(error),
    };
    if shown.kind != "Note" {
        return Err(refused(missing));
    }
    let note: wire::Note =
        serde_json::from_value(shown.object).map_err(|_| CallError::Unclear { status: Some(200) })?;
    // It was resolved, not searched for, so its address may be written otherwise; but it is of the server that was named,
    // or an answer to the wrong note would come of it.
    let host = |url: &str| Some(reqwest::Url::parse(url).ok()?.host_str()?.to_owned());
    let own = note.uri.is_none() && note.url.is_none();
    let named = host(url);
    let there = [&note.uri, &note.url]
        .into_iter()
        .flatten()
        .any(|at| host(at) == named);
    if note.id.is_empty() || !(there || (own && named == host(server.origin))) {
        return Err(refused(missing));
    }
    Ok(note)
}

fn refused(code: &str) -> CallError {
    CallError::Refused {
        status: 404,
        code: code.to_owned(),
        words: String::new(),
    }
}

/// A `specified` note is shown to nobody but those listed, whoever is mentioned in its words
/// (core/entities/NoteEntityService.ts, `isVisibleForMe`); an answered note's author the server adds itself.
async fn named_in(server: &Server<'_>, part: &OutgoingPart) -> Result<Vec<String>, CallError> {
    let mut ids = Vec::new();
    for (username, host) in mentions(&part.text) {
        let host = host.filter(|host| !server.origin.ends_with(&format!("//{host}")));
        let found: Result<wire::User, CallError> = server
            .ask("users/show", json!({ "username": username, "host": host }))
            .await;
        match found {
            Ok(user) if user.id.is_empty() => return Err(CallError::Unclear { status: Some(200) }),
            Ok(user) if ids.contains(&user.id) => {}
            Ok(user) => ids.push(user.id),
            // Nobody's name, so it is nothing but words, to the server too.
            Err(CallError::Refused { code, .. }) if code == "NO_SUCH_USER" && host.is_none() => {}
            // One who cannot be found would not get to see it, and nobody would know.
            Err(error) => return Err(error),
        }
    }
    Ok(ids)
}

/// `@name` and `@name@host`, each once, in order.
fn mentions(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    let links = entities(text);
    let code = in_code(text);
    while let Some(at) = rest.find('@') {
        before = rest[..at].chars().next_back().or(before);
        let here = text.len() - rest.len() + at;
        // The server takes none from these either, and nobody is to see a note for that.
        let quoted = links
            .iter()
            .any(|one| matches!(one.kind, EntityKind::Link(_)) && (one.from..one.to).contains(&here))
            || code.iter().any(|one| one.contains(&here));
        let begins =
            !quoted && before.is_none_or(|c| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '@' | '_'));
        let after = &rest[at + 1..];
        let name = word(after);
        let host = after[name.len()..]
            .strip_prefix('@')
            .map(word)
            .filter(|host| host.contains('.'));
        if begins && !name.is_empty() {
            let mention = (name.to_owned(), host.map(str::to_ascii_lowercase));
            if !found.contains(&mention) {
                found.push(mention);
            }
        }
        let taken = name.len() + host.map_or(0, |host| host.len() + 1);
        before = after[..taken].chars().next_back().or(Some('@'));
        rest = &after[taken..];
    }
    found
}

/// What stands between backticks.
fn in_code(text: &str) -> Vec<std::ops::Range<usize>> {
    let ticks: Vec<usize> = text.match_indices('`').map(|(at, _)| at).collect();
    ticks.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect()
}

fn word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
        .unwrap_or(text.len());
    text[..end].trim_end_matches(['-', '.'])
}

#[cfg(test)]
mod tests {
    #[test]
    fn who_is_mentioned() {
        for (text, expected) in [
            ("@bob hi", &[("bob", None)][..]),
            (
                "https://example.com/?u=@bob and `@eve` and @carol",
                &[("carol", None)][..],
            ),
            (
                "hi @bob@Other.example, and @eve.",
                &[("bob", Some("other.example")), ("eve", None)],
            ),
            ("@bob @bob @BOB", &[("bob", None), ("BOB", None)]),
            ("（@bob）に", &[("bob", None)]),
            ("mail bob@example.com", &[]),
            ("https://example.com/@bob", &[]),
            ("@ 5, @@bob", &[]),
            ("@bob@nohost", &[("bob", None)]),
            ("", &[]),
        ] {
            let found = super::mentions(text);
            let found: Vec<_> = found
                .iter()
                .map(|(name, host)| (name.as_str(), host.as_deref()))
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
