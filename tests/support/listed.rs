//! A server's own list of an account's posts, asked for without a line of ours: quick, for thousands of them.

use serde_json::Value;

use super::servers::http;

/// Of every post in an account's repository.
pub async fn bluesky_texts(server: &str, did: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut cursor = String::new();
    loop {
        let url = format!(
            "{server}/xrpc/com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post&limit=100{cursor}"
        );
        let page = http("GET", &url, &[], Vec::new()).await.json();
        let records = page["records"].as_array().cloned().unwrap_or_default();
        texts.extend(records.iter().map(|record| text(&record["value"]["text"])));
        match page["cursor"].as_str() {
            Some(next) if !records.is_empty() => cursor = format!("&cursor={next}"),
            _ => return texts,
        }
    }
}

/// Of every post of an account, as its page shows them.
pub async fn mastodon_texts(server: &str, token: &str, id: &str) -> Vec<String> {
    let bearer = format!("Bearer {token}");
    let mut texts = Vec::new();
    let mut before = String::new();
    loop {
        let url = format!("{server}/api/v1/accounts/{id}/statuses?limit=40{before}");
        let page = http("GET", &url, &[("authorization", &bearer)], Vec::new())
            .await
            .json();
        let posts = page.as_array().cloned().unwrap_or_default();
        let Some(last) = posts.last() else { return texts };
        before = format!("&max_id={}", text(&last["id"]));
        texts.extend(posts.iter().map(|post| text(&post["content"])));
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
