//! Quotes and reposts on the real servers: what arrives, what a lost answer comes to, and that there is no second one.

use kossori_core::answer::Answer;
use kossori_engine::ports::{Found, Look, Outgoing};
use serde_json::{Value, json};

use super::{Bench, POST_CALLS, Server, noon, outgoing, picture};
use crate::support::servers::{Lose, http};

fn quoting(n: u8, text: &str, url: &str) -> Outgoing {
    let mut quote = outgoing(n, &[text]);
    quote.quote = Some(url.to_owned());
    quote
}

fn reposting(n: u8, url: &str) -> Outgoing {
    let mut repost = outgoing(n, &[""]);
    repost.repost = Some(url.to_owned());
    repost
}

/// A post to make something of, and its page.
async fn original(b: &Bench) -> (String, String) {
    let post = outgoing(1, &["the other post"]);
    let frozen = b.freeze(&post).await;
    let id = b.send(&frozen, &post).await.unwrap().remove(0);
    let Look::There(receipt) = b.look(&frozen).await else {
        panic!("not there")
    };
    (id, receipt.url.unwrap())
}

/// Sent with its answer lost, found, and sent again: one, whatever was done. Answers its id.
async fn lost_and_found(b: &Bench, outgoing: &Outgoing) -> String {
    let frozen = b.freeze(outgoing).await;
    assert_eq!(b.look(&frozen).await, Look::Absent);
    let gate = b.gate().expect("a real server");
    gate.lose(Lose::Answer, 1, POST_CALLS);
    assert_eq!(
        b.send(&frozen, outgoing).await,
        Err(Answer::Unclear { status: None })
    );
    let Look::There(receipt) = b.look(&frozen).await else {
        panic!("not found")
    };
    let again = b.send(&frozen, outgoing).await.unwrap();
    assert_eq!(again, receipt.ids);
    let Found::There(found) = b.publisher.find(&b.session, outgoing, noon(), &[]).await.unwrap() else {
        panic!("not found by what it is")
    };
    assert_eq!(found.ids, receipt.ids);
    receipt.ids.concat()
}

/// What the server itself has of a collection.
async fn records(b: &Bench, collection: &str) -> Vec<Value> {
    let Server::Bluesky(pds, alice) = &b.server else {
        panic!("bluesky")
    };
    let url = format!(
        "{}/xrpc/com.atproto.repo.listRecords?repo={}&collection={collection}",
        pds.direct, alice.did
    );
    let listed = http("GET", &url, &[], Vec::new()).await.json();
    listed["records"].as_array().unwrap().clone()
}

/// The same record in the same form: readers add what type it is.
fn refers_to(there: &Value, subject: &Value) -> bool {
    ["uri", "cid"].iter().all(|key| there[*key] == subject[*key])
}

/// A status as its account sees it.
async fn status(b: &Bench, id: &str) -> Value {
    let Server::Mastodon(mastodon) = &b.server else {
        panic!("mastodon")
    };
    let bearer = format!("Bearer {}", mastodon.token("alice"));
    let url = format!("{}/api/v1/statuses/{id}", mastodon.direct);
    http("GET", &url, &[("Authorization", bearer.as_str())], Vec::new())
        .await
        .json()
}

impl Bench {
    /// How many posts the server has that quote this one.
    pub async fn quotes_of(&self, id: &str) -> usize {
        if let Server::Bluesky(..) = &self.server {
            let posts = records(self, "app.bsky.feed.post").await;
            let quotes = posts
                .iter()
                .filter(|post| post["value"]["embed"]["record"]["uri"] == id);
            return quotes.count();
        }
        let mut quotes = 0;
        for post in self.arrived().await {
            let quoted = &status(self, &post.id).await["quote"]["quoted_status"]["id"];
            quotes += usize::from(quoted == id);
        }
        quotes
    }

    pub async fn reposts_of(&self, id: &str) -> usize {
        if let Server::Bluesky(..) = &self.server {
            let reposts = records(self, "app.bsky.feed.repost").await;
            let of = reposts
                .iter()
                .filter(|repost| repost["value"]["subject"]["uri"] == id);
            return of.count();
        }
        let count = status(self, id).await["reblogs_count"].as_u64();
        count.and_then(|count| usize::try_from(count).ok()).unwrap()
    }
}

#[tokio::test]
async fn bluesky_quotes_and_reposts() {
    let b = Bench::bluesky().await;
    let (uri, url) = original(&b).await;
    let post = b.bluesky_posts().await.remove(0);
    let subject = json!({"uri": uri, "cid": post.cid});

    let quoted = lost_and_found(&b, &quoting(2, "words beside it", &url)).await;
    let mut pictured = quoting(3, "and a picture", &url);
    pictured.parts[0].pictures = vec![picture(1, "a cat")];
    b.send(&b.freeze(&pictured).await, &pictured).await.unwrap();
    let posts = b.bluesky_posts().await;
    assert_eq!((posts.len(), &posts[1].uri), (3, &quoted));
    assert_eq!(posts[1].record["embed"]["$type"], "app.bsky.embed.record");
    assert!(refers_to(&posts[1].record["embed"]["record"], &subject));
    let both = &posts[2].record["embed"];
    assert!(refers_to(&both["record"]["record"], &subject));
    assert_eq!(posts[2].blobs.len(), 1);

    let reposted = lost_and_found(&b, &reposting(4, &url)).await;
    let reposts = records(&b, "app.bsky.feed.repost").await;
    assert_eq!(
        (reposts.len(), reposts[0]["uri"].as_str()),
        (1, Some(reposted.as_str()))
    );
    assert!(refers_to(&reposts[0]["value"]["subject"], &subject));
    // Twice, since what is gone is no error.
    for _ in 0..2 {
        b.publisher.delete(&b.session, &reposted).await.unwrap();
    }
    assert_eq!(records(&b, "app.bsky.feed.repost").await.len(), 0);
    b.publisher.delete(&b.session, &quoted).await.unwrap();
    assert_eq!(records(&b, "app.bsky.feed.post").await.len(), 2);
}

#[tokio::test]
async fn mastodon_quotes_and_reposts() {
    let b = Bench::mastodon().await;
    assert!(b.session.account.limits.refers.quote, "it says so");
    let (id, url) = original(&b).await;
    let quoted = lost_and_found(&b, &quoting(2, "words beside it", &url)).await;
    assert_eq!(
        status(&b, &quoted).await["quote"]["quoted_status"]["id"],
        json!(id)
    );
    assert_eq!(b.arrived_with("words beside it").await.len(), 1);

    let reposted = lost_and_found(&b, &reposting(3, &url)).await;
    assert_eq!(status(&b, &id).await["reblogs_count"], json!(1));
    let posts = b.arrived().await;
    assert_eq!(posts.len(), 3, "the post, its quote and the repost");
    for _ in 0..2 {
        b.publisher.delete(&b.session, &reposted).await.unwrap();
    }
    assert_eq!(
        status(&b, &id).await["reblogs_count"],
        json!(0),
        "and the post stays"
    );
}
