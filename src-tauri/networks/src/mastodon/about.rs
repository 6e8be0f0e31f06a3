//! What the server accepts, and which software it is.

use kossori_core::network::{Limits, Network, Software, Visibility};
use kossori_engine::ports::{About, CallError};
use serde_json::Value;

use super::Server;
use crate::http::{Call, address};

/// The server's own words on itself, and the domain of its handles if it names one.
pub(super) async fn about(server: &Server<'_>) -> Result<(About, Option<String>), CallError> {
    let software = software(server).await;
    about_of(server, software).await
}

/// The same, once it is known which software it is.
pub(super) async fn about_of(
    server: &Server<'_>,
    software: Software,
) -> Result<(About, Option<String>), CallError> {
    let mut reply = server.get_reply("/api/v2/instance").await?;
    if reply.status == 404 {
        reply = server.get_reply("/api/v1/instance").await?;
    }
    if reply.status != 200 {
        return Err(server.call_error(&reply));
    }
    let instance = reply.json.ok_or(CallError::Unclear { status: Some(200) })?;
    let domain = ["domain", "uri"]
        .iter()
        .find_map(|name| instance.get(*name)?.as_str())
        .and_then(bare_domain);
    Ok((
        About {
            limits: limits(&instance, software),
            software,
        },
        domain,
    ))
}

/// By nodeinfo. Whatever goes wrong, the answer is "unknown": then nothing is ever resent (RULES.md 5).
pub(super) async fn software(server: &Server<'_>) -> Software {
    nodeinfo_name(server)
        .await
        .map_or(Software::Unknown, |name| Software::from_nodeinfo(&name))
}

async fn nodeinfo_name(server: &Server<'_>) -> Option<String> {
    // Both are public: the token is not sent along.
    let limit = server.options.call_limit;
    let index = server
        .http
        .send(Call::get(server.url("/.well-known/nodeinfo"), limit))
        .await
        .ok()?;
    let links = index.json?;
    let href = links.get("links")?.as_array()?.iter().rev().find_map(|link| {
        let rel = link.get("rel")?.as_str()?;
        rel.contains("nodeinfo.diaspora.software/ns/schema/")
            .then(|| link.get("href")?.as_str())?
    })?;
    // A server that points elsewhere speaks for nobody but itself.
    if address::origin(href, true)? != server.origin {
        return None;
    }
    let document = server
        .http
        .send(Call::get(href.to_owned(), limit))
        .await
        .ok()?
        .json?;
    Some(document.get("software")?.get("name")?.as_str()?.to_owned())
}

fn limits(instance: &Value, software: Software) -> Limits {
    let number = |paths: &[&str]| {
        paths
            .iter()
            .find_map(|path| instance.pointer(path)?.as_u64())
            .filter(|number| *number > 0)
    };
    let small = |paths: &[&str]| number(paths).map(|number| u32::try_from(number).unwrap_or(u32::MAX));

    let mut limits = Network::Mastodon.default_limits();
    if let Some(max) = small(&["/configuration/statuses/max_characters", "/max_toot_chars"]) {
        limits.text.max = max;
    }
    let said = small(&["/configuration/statuses/characters_reserved_per_url"]);
    limits.text.url_length = match software {
        // They count URLs in full, whatever they say (NETWORKS.md 3.3).
        Software::Akkoma | Software::Pleroma => None,
        Software::Mastodon => said.or(limits.text.url_length),
        Software::GoToSocial => said.or(Some(25)),
        // In full, where nothing is said.
        Software::Pixelfed | Software::Friendica | Software::Snac | Software::Unknown => said,
    };
    if let Some(count) = small(&[
        "/configuration/statuses/max_media_attachments",
        "/max_media_attachments",
    ]) {
        limits.media.max_count = count;
    }
    if let Some(bytes) = number(&[
        "/configuration/media_attachments/image_size_limit",
        "/upload_limit",
    ]) {
        limits.media.max_bytes = bytes;
    }
    if let Some(pixels) = number(&["/configuration/media_attachments/image_matrix_limit"]) {
        limits.media.max_pixels = pixels;
    }
    if let Some(length) = small(&[
        "/configuration/media_attachments/description_limit",
        "/description_limit",
    ]) {
        limits.media.alt_max = length;
    }
    limits.refers.quote = quotes(instance, software);
    match software {
        // NETWORKS.md 3.9.
        Software::Pixelfed => {
            limits.media.required = true;
            limits.text.cw_max = Some(140);
            limits.without = vec![Visibility::Direct];
        }
        Software::Friendica => limits.text.cw_is_title = true,
        // It publishes such a post to everybody (NETWORKS.md 10).
        Software::Snac => limits.without = vec![Visibility::Unlisted],
        Software::Mastodon
        | Software::Akkoma
        | Software::Pleroma
        | Software::GoToSocial
        | Software::Unknown => {}
    }
    limits
}

/// The first Friendica that is known to take `quote_id` (NETWORKS.md 3.9).
const FRIENDICA_QUOTES: (u32, u32) = (2024, 12);
/// Of Mastodon's API: since 4.5 (NETWORKS.md 3.2).
const MASTODON_QUOTES: u64 = 7;

/// Only where it is known: a server that does not know a quote leaves it out without a word, and the rest is posted.
fn quotes(instance: &Value, software: Software) -> bool {
    match software {
        Software::Mastodon => instance
            .pointer("/api_versions/mastodon")
            .and_then(Value::as_u64)
            .is_some_and(|version| version >= MASTODON_QUOTES),
        Software::Friendica => instance
            .pointer("/friendica/version")
            .and_then(Value::as_str)
            .and_then(year_and_month)
            .is_some_and(|version| version >= FRIENDICA_QUOTES),
        Software::Akkoma
        | Software::Pleroma
        | Software::GoToSocial
        | Software::Pixelfed
        | Software::Snac
        | Software::Unknown => false,
    }
}

/// Of `2024.12-dev` or `2024.12-1`. A candidate of a version is not that version.
fn year_and_month(version: &str) -> Option<(u32, u32)> {
    let (year, rest) = version.split_once('.')?;
    let (month, more) = rest.split_once('-').unwrap_or((rest, ""));
    let whole = more.bytes().all(|byte| byte.is_ascii_digit());
    whole.then_some((year.parse().ok()?, month.parse().ok()?))
}

/// `uri` is a domain on Mastodon and a URL elsewhere.
fn bare_domain(named: &str) -> Option<String> {
    let origin = address::origin(named, true)?;
    Some(origin.split_once("://")?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use kossori_core::network::{Network, Software};
    use serde_json::json;

    use super::{bare_domain, limits};

    #[test]
    fn what_servers_say_of_themselves() {
        let v2 = json!({"configuration": {
            "statuses": {"max_characters": 5000, "max_media_attachments": 6, "characters_reserved_per_url": 25},
            "media_attachments": {"image_size_limit": 41943040, "image_matrix_limit": 16777216, "description_limit": 5000},
        }});
        let read = limits(&v2, Software::Unknown);
        assert_eq!((read.text.max, read.text.url_length), (5000, Some(25)));
        assert_eq!((read.media.max_count, read.media.max_bytes), (6, 41_943_040));
        assert_eq!((read.media.max_pixels, read.media.alt_max), (16_777_216, 5000));

        let pleroma = json!({"max_toot_chars": 4000, "upload_limit": 16000000, "description_limit": 2000});
        let read = limits(&pleroma, Software::Pleroma);
        assert_eq!(
            (read.text.max, read.text.url_length),
            (4000, None),
            "it counts URLs in full"
        );
        assert_eq!((read.media.max_bytes, read.media.alt_max), (16_000_000, 2000));

        assert_eq!(
            limits(&json!({}), Software::Mastodon),
            Network::Mastodon.default_limits()
        );
        let nonsense =
            json!({"configuration": {"statuses": {"max_characters": 0, "characters_reserved_per_url": -1}}});
        assert_eq!(
            limits(&nonsense, Software::Mastodon),
            Network::Mastodon.default_limits()
        );
        let huge = json!({"configuration": {"statuses": {"max_characters": 99_999_999_999_u64}}});
        assert_eq!(limits(&huge, Software::Mastodon).text.max, u32::MAX);
    }

    #[test]
    fn quotes_where_they_are_not_lost() {
        let mastodon = |version: u64| json!({"api_versions": {"mastodon": version}});
        let friendica = |version: &str| json!({"friendica": {"version": version}});
        for (instance, software, expected) in [
            (mastodon(6), Software::Mastodon, false),
            (mastodon(7), Software::Mastodon, true),
            (json!({"version": "4.5.0"}), Software::Mastodon, false),
            // Others say the same number of what they have taken over of the API.
            (mastodon(9), Software::GoToSocial, false),
            (mastodon(9), Software::Akkoma, false),
            (mastodon(9), Software::Unknown, false),
            (friendica("2024.12"), Software::Friendica, true),
            (friendica("2025.02-1"), Software::Friendica, true),
            (friendica("2024.12-rc"), Software::Friendica, false),
            (friendica("2024.08"), Software::Friendica, false),
            (friendica("new"), Software::Friendica, false),
            (json!({}), Software::Friendica, false),
        ] {
            let refers = limits(&instance, software).refers;
            assert_eq!(refers.quote, expected, "{software:?} {instance}");
            assert!(refers.reply && refers.repost);
        }
    }

    #[test]
    fn domains() {
        assert_eq!(bare_domain("example.social").as_deref(), Some("example.social"));
        assert_eq!(
            bare_domain("https://example.social").as_deref(),
            Some("example.social")
        );
        assert_eq!(bare_domain(""), None);
    }
}
