//! The harness itself: the servers are real, the independent readers see what arrived, the gate holds and loses what it
//! is told to, nothing listens beyond loopback, and nothing outlives its test.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::readers::{bluesky_posts, exiftool, mastodon_posts};
use crate::support::servers::{
    BlueskyAccount, Launched, Lose, Mastodon, Pds, Reply, Request, Rule, cached_program, http, post_json,
    try_http,
};

/// One grey pixel and a comment: 92 bytes.
const PNG_WITH_COMMENT: &[u8] =
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\
    \x00\x00:~\x9bU\x00\x00\x00\x0dtEXtComment\x00hello\xe6\xff\xae$\x00\x00\x00\x0aIDATx\x9cc\
    h\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82";
const HOLD: Duration = Duration::from_millis(1500);

#[tokio::test]
async fn bluesky_post_arrives_and_an_independent_reader_sees_it() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let signed_in = json!({ "identifier": alice.handle, "password": alice.app_password });
    let session = post_json(
        &format!("{}/xrpc/com.atproto.server.createSession", pds.url),
        None,
        &signed_in,
    )
    .await;
    assert_eq!(session.status, 200, "the app password signs in");
    let service = &session.json()["didDoc"]["service"][0]["serviceEndpoint"];
    assert_eq!(
        service,
        &json!(pds.url),
        "the account names the gate as its server"
    );
    let known = http("GET", &format!("{}/{}", pds.plc, alice.did), &[], Vec::new()).await;
    assert_eq!(known.status, 200, "the directory knows the account");

    let bearer = format!("Bearer {}", alice.access_jwt);
    let headers = [("authorization", bearer.as_str()), ("content-type", "image/png")];
    let upload = format!("{}/xrpc/com.atproto.repo.uploadBlob", pds.url);
    let blob = http("POST", &upload, &headers, PNG_WITH_COMMENT.to_vec())
        .await
        .json()["blob"]
        .clone();
    let picture = json!({
        "$type": "app.bsky.embed.images",
        "images": [{ "image": blob, "alt": "one grey pixel" }],
    });
    let reply = put_post(&pds.url, &alice, "3kkkkkkkkkk2a", "昼休み", Some(picture))
        .await
        .expect("an answer");
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));

    let folder = TempDir::new().unwrap();
    let posts = bluesky_posts(&pds.url, &alice.did, folder.path()).await;
    assert_eq!(posts.len(), 1);
    assert_eq!(
        posts[0].uri,
        format!("at://{}/app.bsky.feed.post/3kkkkkkkkkk2a", alice.did)
    );
    assert_eq!(json!(posts[0].cid), reply.json()["cid"]);
    assert_eq!(posts[0].record["text"], "昼休み");
    assert_eq!(posts[0].record["langs"], json!(["ja"]));
    assert_eq!(posts[0].record["embed"]["images"][0]["alt"], "one grey pixel");
    let blob = &posts[0].blobs[0];
    assert_eq!(
        (blob.mime_type.as_str(), blob.bytes),
        ("image/png", PNG_WITH_COMMENT.len() as u64)
    );
    assert_eq!(
        std::fs::read(&blob.path).unwrap(),
        PNG_WITH_COMMENT,
        "served as it was sent ({})",
        blob.cid
    );
    let comment = ("PNG".to_owned(), "Comment".to_owned());
    assert!(
        exiftool(&blob.path).await.contains(&comment),
        "exiftool sees the comment that we left in"
    );

    let log = pds.gate.log();
    let put = log
        .iter()
        .find(|request| request.path.contains("putRecord"))
        .expect("the write is in the log");
    assert_eq!((put.method.as_str(), put.status), ("POST", Some(200)));
    assert_eq!(put.header("content-type"), Some("application/json"));
    assert!(String::from_utf8_lossy(&put.body).contains("昼休み"));
    assert!(put.committed_at_ms >= Some(put.received_at_ms));
}

#[tokio::test]
async fn bluesky_server_is_held_and_cut_off_on_either_side_of_its_commit() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let is_write = |request: &Request| request.path.contains("putRecord");
    let writes = || pds.gate.log().into_iter().filter(is_write);

    pds.gate.delay(HOLD, HOLD, "putRecord|applyWrites");
    let held = write(&pds, &alice, "3kkkkkkkkkk2a");
    until("the write has come in", || writes().count() == 1).await;
    assert!(
        !has_post(&pds, &alice, "3kkkkkkkkkk2a").await,
        "held before the commit"
    );
    assert_eq!(writes().next().unwrap().committed_at_ms, None);
    until("the server has committed", || {
        writes().all(|request| request.status == Some(200))
    })
    .await;
    assert!(has_post(&pds, &alice, "3kkkkkkkkkk2a").await);
    assert!(!held.is_finished(), "the answer is held after the commit");
    assert_eq!(
        held.await.unwrap().expect("the answer comes in the end").status,
        200
    );
    let first = writes().next().unwrap();
    assert!(
        first.committed_at_ms.unwrap() - first.received_at_ms >= 1500,
        "the log shows the hold: {first:?}"
    );

    let abandoned = write(&pds, &alice, "3kkkkkkkkkk2b");
    let whole = |request: &Request| !request.body.is_empty();
    until("the second write is there as a whole", || {
        writes().count() == 2 && writes().all(|r| whole(&r))
    })
    .await;
    abandoned.abort();
    until("a server goes on without its client", || {
        writes().all(|request| request.status == Some(200))
    })
    .await;
    assert!(has_post(&pds, &alice, "3kkkkkkkkkk2b").await);

    pds.gate.clear();
    pds.gate.lose(Lose::Answer, 1, "putRecord");
    assert!(
        write(&pds, &alice, "3kkkkkkkkkk2c").await.unwrap().is_none(),
        "no answer"
    );
    assert!(has_post(&pds, &alice, "3kkkkkkkkkk2c").await, "but a post");
    pds.gate.lose(Lose::Request, 1, "putRecord");
    assert!(
        write(&pds, &alice, "3kkkkkkkkkk2d").await.unwrap().is_none(),
        "no answer"
    );
    assert!(!has_post(&pds, &alice, "3kkkkkkkkkk2d").await, "and no post");
    assert_eq!(writes().next_back().unwrap().committed_at_ms, None);
    assert!(
        write(&pds, &alice, "3kkkkkkkkkk2d").await.unwrap().is_some(),
        "both rules are used up"
    );
}

#[tokio::test]
async fn mastodon_server_takes_a_post_and_is_held_and_keeps_processing() {
    let mastodon = Mastodon::start().await;
    let token = mastodon.token("alice").to_owned();
    let bearer = format!("Bearer {token}");

    mastodon.gate.keep_processing(2);
    let form = [
        b"--b\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\none grey pixel\r\n--b\r\n".as_slice(),
        b"content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n",
        PNG_WITH_COMMENT,
        b"\r\n--b--\r\n",
    ];
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "multipart/form-data; boundary=b"),
    ];
    let uploaded = http(
        "POST",
        &format!("{}/api/v2/media", mastodon.url),
        &headers,
        form.concat(),
    )
    .await;
    assert_eq!((uploaded.status, &uploaded.json()["url"]), (202, &Value::Null));
    let id = uploaded.json()["id"].clone();
    let question = format!("{}/api/v1/media/{}", mastodon.url, id.as_str().unwrap());
    assert_eq!(
        http("GET", &question, &headers[..1], Vec::new()).await.status,
        206
    );
    let done = http("GET", &question, &headers[..1], Vec::new()).await;
    assert_eq!(done.status, 200);
    assert!(
        done.json()["url"].as_str().unwrap().starts_with(&mastodon.url),
        "its links lead through the gate"
    );

    mastodon.gate.rule(Rule {
        matching: "POST /api/v1/statuses".into(),
        before: HOLD,
        ..Rule::default()
    });
    let post = json!({
        "status": "一行目\n二行目 https://example.com/a", "spoiler_text": "注意", "visibility": "unlisted", "language": "ja",
        "media_ids": [id],
    });
    let first = post_json(&format!("{}/api/v1/statuses", mastodon.url), Some(&token), &post).await;
    assert_eq!(first.status, 200, "{}", String::from_utf8_lossy(&first.body));
    let second = json!({ "status": "続き", "in_reply_to_id": first.json()["id"] });
    post_json(
        &format!("{}/api/v1/statuses", mastodon.direct),
        Some(&token),
        &second,
    )
    .await;

    let posts = mastodon_posts(&mastodon.url, &token).await;
    assert_eq!(posts.len(), 2, "the reader sees both, oldest first");
    let read = &posts[0];
    assert_eq!(
        read.text, "一行目\n二行目 https://example.com/a",
        "from {}",
        read.html
    );
    assert_eq!(
        (read.spoiler_text.as_str(), read.visibility.as_str()),
        ("注意", "unlisted")
    );
    assert_eq!((read.language.as_deref(), read.sensitive), (Some("ja"), false));
    let media = &read.media[0];
    assert_eq!((media.kind.as_str(), json!(media.id)), ("image", id));
    assert_eq!(media.description.as_deref(), Some("one grey pixel"));
    assert_eq!(
        http("GET", &media.url, &[], Vec::new()).await.body,
        PNG_WITH_COMMENT
    );
    assert_eq!(posts[1].in_reply_to_id.as_ref(), Some(&read.id));
    assert!(
        mastodon_posts(&mastodon.url, mastodon.token("bob"))
            .await
            .is_empty()
    );

    let log = mastodon.gate.log();
    let held = log
        .iter()
        .find(|request| request.path == "/api/v1/statuses")
        .expect("the post is in the log");
    assert!(
        held.committed_at_ms.unwrap() - held.received_at_ms >= 1500,
        "the log shows the hold: {held:?}"
    );
    assert!((held.received_at_ms..=held.committed_at_ms.unwrap()).contains(&read.created_at_ms));
}

#[tokio::test]
async fn servers_listen_on_loopback_only_and_end_with_their_test() {
    let (pds, mastodon) = tokio::join!(Pds::start(), Mastodon::start());
    for (process, count) in [(&pds.process, 2), (&mastodon.process, 1)] {
        let listening = listening_addresses(process.pid());
        assert_eq!(listening.len(), count, "{listening:?}");
        assert!(
            listening.iter().all(|address| address.ip().is_loopback()),
            "{listening:?}"
        );
    }
    let gone = [
        (
            pds.process.pid(),
            pds.process.folder().to_owned(),
            pds.direct.clone(),
        ),
        (
            mastodon.process.pid(),
            mastodon.process.folder().to_owned(),
            mastodon.url.clone(),
        ),
    ];
    drop((pds, mastodon));
    for (pid, folder, url) in gone {
        assert!(
            !Path::new(&format!("/proc/{pid}")).exists(),
            "process {pid} ended"
        );
        assert!(!folder.exists(), "its folder is gone");
        assert!(
            TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err(),
            "nobody answers at {url}"
        );
    }
}

#[tokio::test]
async fn servers_whose_test_was_killed_end_by_themselves() {
    for (program, script) in [
        ("node/bin/node", "pds.mjs"),
        ("venv/bin/python", "mastodon_server.py"),
    ] {
        let mut server = Launched::start(&cached_program(program), script, &[]);
        let ended = server.abandon();
        assert!(
            ended.is_some_and(|status| status.success()),
            "{script} ends when its input closes: {ended:?}"
        );
    }
}

fn write(pds: &Pds, account: &BlueskyAccount, rkey: &str) -> tokio::task::JoinHandle<Option<Reply>> {
    let (url, rkey) = (pds.url.clone(), rkey.to_owned());
    let account = BlueskyAccount {
        did: account.did.clone(),
        handle: account.handle.clone(),
        app_password: account.app_password.clone(),
        access_jwt: account.access_jwt.clone(),
    };
    tokio::spawn(async move { put_post(&url, &account, &rkey, "a post", None).await })
}

async fn put_post(
    url: &str,
    account: &BlueskyAccount,
    rkey: &str,
    text: &str,
    embed: Option<Value>,
) -> Option<Reply> {
    let mut record = json!({
        "$type": "app.bsky.feed.post", "text": text, "langs": ["ja"], "createdAt": "2026-11-23T12:00:00.000Z",
    });
    if let Some(embed) = embed {
        record["embed"] = embed;
    }
    let write =
        json!({ "repo": account.did, "collection": "app.bsky.feed.post", "rkey": rkey, "record": record });
    let bearer = format!("Bearer {}", account.access_jwt);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let url = format!("{url}/xrpc/com.atproto.repo.putRecord");
    try_http("POST", &url, &headers, write.to_string().into_bytes()).await
}

async fn has_post(pds: &Pds, account: &BlueskyAccount, rkey: &str) -> bool {
    let question = format!(
        "{}/xrpc/com.atproto.repo.getRecord?repo={}&collection=app.bsky.feed.post&rkey={rkey}",
        pds.direct, account.did
    );
    http("GET", &question, &[], Vec::new()).await.status == 200
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

/// The local addresses of a process's listening TCP sockets, from the kernel's own tables.
fn listening_addresses(pid: u32) -> Vec<SocketAddr> {
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("the kernel's tables have their known form")
        .filter_map(|entry| {
            std::fs::read_link(entry.ok()?.path())
                .ok()?
                .to_str()
                .map(str::to_owned)
        })
        .filter_map(|target| Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| {
        std::fs::read_to_string(format!("/proc/{pid}/net/{table}"))
            .expect("the kernel's tables have their known form")
    });
    let mut addresses = Vec::new();
    for line in tables.iter().flat_map(|table| table.lines().skip(1)) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns[3] == "0A";
        if listens && sockets.iter().any(|inode| inode == columns[9]) {
            addresses.push(kernel_address(columns[1]));
        }
    }
    addresses
}

/// Reads `0100007F:1F90`: the address in words of this machine's byte order, then the port.
fn kernel_address(text: &str) -> SocketAddr {
    let (address, port) = text
        .split_once(':')
        .expect("the kernel's tables have their known form");
    let words: Vec<u8> = (0..address.len())
        .step_by(8)
        .flat_map(|at| {
            u32::from_str_radix(&address[at..at + 8], 16)
                .expect("the kernel's tables have their known form")
                .to_ne_bytes()
        })
        .collect();
    let port = u16::from_str_radix(port, 16).expect("the kernel's tables have their known form");
    match <[u8; 4]>::try_from(words.as_slice()) {
        Ok(v4) => SocketAddr::from((v4, port)),
        Err(_) => SocketAddr::from((
            <[u8; 16]>::try_from(words.as_slice()).expect("the kernel's tables have their known form"),
            port,
        )),
    }
}
