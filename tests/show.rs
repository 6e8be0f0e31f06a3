//! The whole way with real parts: the command line, a real keyring, real servers, independent readers.

use std::time::Duration;

use kossori_api::{ContentInput, MediaInput, PartInput, PostInput, Request};
use serde_json::{Value, json};

use crate::support::guest::Guest;
use crate::support::pictures::{is_of_the_form, telling_jpeg};
use crate::support::readers::{bluesky_posts, exiftool, mastodon_posts};
use crate::support::servers::{Mastodon, Pds, http};
use crate::support::world::{World, first_open, id_of, wait_for};

const THREAD: &str =
    "ひとつめ 🍵\n---\nふたつめ\n---\nみっつめ #続き\n---\nよっつめ\n---\nいつつめ、おわり。";

fn picture_paths(world: &World) -> [String; 2] {
    [1, 2].map(|seed| {
        let path = world.bus.folder().join(format!("picture-{seed}.jpg"));
        telling_jpeg(&path, 900, 600, seed);
        path.display().to_string()
    })
}

/// Writes `text` to a file: nothing of a person's stands in arguments.
fn text_file(world: &World, name: &str, text: &str) -> String {
    let path = world.bus.folder().join(name);
    std::fs::write(&path, text).expect("a text file");
    path.display().to_string()
}

fn queue_both(world: &World, account: &str, text: &str) {
    let [first, second] = picture_paths(world);
    let post = text_file(world, "post.txt", text);
    world.ctl(&[
        "post",
        "add",
        "--account",
        account,
        "--text-file",
        &post,
        "--media",
        &first,
        "--alt",
        "夕方の机",
        "--media",
        &second,
        "--alt",
        "A green field",
        "--lang",
        "ja",
    ]);
    let thread = text_file(world, "thread.txt", THREAD);
    world.ctl(&[
        "post",
        "add",
        "--account",
        account,
        "--text-file",
        &thread,
        "--thread",
        "--lang",
        "ja",
    ]);
}

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_gets_a_post_and_a_thread_once_in_the_break() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let bob = pds.create_account("bob.test", "battery staple").await;
    let world = World::start();
    let account = world.add_bluesky(&pds, &alice);
    world.ctl(&["spacing", "set", "--gap", "0"]);
    let text = "出しました🎉 https://example.com/notes/1 #昼休み @bob.test ありがとう 👩‍👩‍👧";
    queue_both(&world, &account, text);
    let open = world.ctl(&["break", "20"]);
    let (from, to) = first_open(&open);
    let ended = world.ctl(&["run", "--until-empty"]);
    assert_eq!(
        (&ended["sent"], &ended["waiting"]),
        (&json!(2), &json!(0)),
        "{ended}"
    );

    let blobs = tempfile::tempdir().expect("a folder");
    let posts = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
    assert_eq!(posts.len(), 6, "one post and a thread of five, each once");
    let post = posts
        .iter()
        .find(|post| post.record["text"] == text)
        .expect("the post, word for word");
    let found = facets(&post.record, text);
    assert_eq!(
        found,
        [
            (
                "https://example.com/notes/1".to_owned(),
                json!("https://example.com/notes/1")
            ),
            ("#昼休み".to_owned(), json!("昼休み")),
            ("@bob.test".to_owned(), json!(bob.did)),
        ],
        "link, tag and mention stand where their bytes are"
    );
    let images = post.record["embed"]["images"].as_array().expect("two pictures");
    let alts: Vec<&Value> = images.iter().map(|image| &image["alt"]).collect();
    assert_eq!(
        alts,
        [&json!("夕方の机"), &json!("A green field")],
        "in order, with their words"
    );
    assert_eq!(post.blobs.len(), 2);
    for blob in &post.blobs {
        let telling: Vec<(String, String)> = exiftool(&blob.path)
            .await
            .into_iter()
            .filter(|(group, tag)| !is_of_the_form(group, tag))
            .collect();
        assert!(
            telling.is_empty(),
            "metadata in the bytes that the server serves: {telling:?}"
        );
    }

    let mut thread: Vec<_> = posts.iter().filter(|other| other.uri != post.uri).collect();
    thread.sort_by(|a, b| a.uri.cmp(&b.uri));
    let texts: Vec<&str> = thread
        .iter()
        .map(|part| part.record["text"].as_str().expect("a text"))
        .collect();
    assert_eq!(
        texts,
        THREAD.split("\n---\n").collect::<Vec<_>>(),
        "the thread, in order"
    );
    for pair in thread.windows(2) {
        let reply = &pair[1].record["reply"];
        for (which, part) in [("root", &thread[0]), ("parent", &pair[0])] {
            let named = &reply[which];
            assert_eq!(
                (&named["uri"], &named["cid"]),
                (&json!(part.uri), &json!(part.cid)),
                "{which}"
            );
        }
    }

    let calls: Vec<_> = pds
        .gate
        .log()
        .into_iter()
        .filter(|call| call.path.contains("putRecord") || call.path.contains("applyWrites"))
        .collect();
    assert_eq!(calls.len(), 2, "one post call for the post, one for the thread");
    for call in calls {
        let committed = call.committed_at_ms.expect("an answer");
        assert!(
            call.received_at_ms >= from.as_millisecond() && committed < to.as_millisecond(),
            "committed at {committed} ms, outside the break {from} to {to}"
        );
    }
}

/// What the window does: a picture is pasted in pieces, described in the draft, and the draft is queued.
#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_gets_a_pasted_picture_with_its_words_and_nothing_else() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let world = World::start();
    let account = world.add_bluesky(&pds, &alice);
    let path = world.bus.folder().join("pasted.jpg");
    telling_jpeg(&path, 1600, 1200, 7);
    let bytes = std::fs::read(&path).expect("the picture");
    std::fs::remove_file(&path).expect("the file goes");
    let _running = world.start_run();
    let guest = Guest::of(&world).await;

    let added = guest.paste(&bytes).await.expect("it is kept");
    let picture = MediaInput {
        path: None,
        media: Some(id_of(&added)),
        alt: "夕方の机".to_owned(),
    };
    let content = ContentInput {
        parts: vec![PartInput {
            text: "貼り付けました".to_owned(),
            media: vec![picture],
        }],
        lang: Some("ja".to_owned()),
        ..ContentInput::default()
    };
    let draft = guest
        .ask(Request::DraftAdd {
            accounts: vec![account.clone()],
            content,
        })
        .await;
    guest
        .ask(Request::BreakNow {
            minutes: 20,
            accounts: Vec::new(),
            practice_only: false,
        })
        .await;
    let queued = guest
        .ask(Request::PostAdd(PostInput {
            accounts: vec![account],
            draft: Some(id_of(&draft)),
            base_rev: Some(1),
            ..PostInput::default()
        }))
        .await;
    let delivery = id_of(&queued["deliveries"][0]);
    wait_for("it to be sent", Duration::from_secs(60), || {
        world.state_of(&delivery) == "sent"
    });

    let blobs = tempfile::tempdir().expect("a folder");
    let posts = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
    assert_eq!(posts.len(), 1, "once");
    let images = posts[0].record["embed"]["images"].as_array().expect("a picture");
    assert_eq!((images.len(), &images[0]["alt"]), (1, &json!("夕方の机")));
    let found = exiftool(&posts[0].blobs[0].path).await;
    assert!(found.iter().any(|(_, tag)| tag == "ImageWidth"), "{found:?}");
    let telling: Vec<_> = found
        .into_iter()
        .filter(|(group, tag)| !is_of_the_form(group, tag))
        .collect();
    assert!(
        telling.is_empty(),
        "metadata in the bytes that the server serves: {telling:?}"
    );
}

/// The stretch of text that each facet marks, by bytes, and what it says of it.
fn facets(record: &Value, text: &str) -> Vec<(String, Value)> {
    let at = |facet: &Value, end: &str| {
        usize::try_from(facet["index"][end].as_u64().expect("a byte offset")).expect("a small number")
    };
    record["facets"]
        .as_array()
        .expect("facets")
        .iter()
        .map(|facet| {
            let marked = text
                .get(at(facet, "byteStart")..at(facet, "byteEnd"))
                .expect("at character borders");
            let feature = &facet["features"][0];
            let meaning = [&feature["uri"], &feature["tag"], &feature["did"]]
                .into_iter()
                .find(|v| !v.is_null());
            (marked.to_owned(), meaning.expect("a known feature").clone())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn mastodon_server_gets_a_post_and_a_thread_once_in_the_break() {
    let mastodon = Mastodon::start().await;
    let world = World::start();
    let token = mastodon.token("alice").to_owned();
    let account = world.add_mastodon(&mastodon, "alice");
    world.ctl(&["spacing", "set", "--gap", "0"]);
    // Two pictures, each asked for twice before the server has it ready.
    mastodon.gate.keep_processing(4);
    let text = "出しました🎉 https://example.com/notes/1 #昼休み ありがとう";
    queue_both(&world, &account, text);
    let (from, to) = first_open(&world.ctl(&["break", "20"]));
    let ended = world.ctl(&["run", "--until-empty"]);
    assert_eq!(
        (&ended["sent"], &ended["waiting"]),
        (&json!(2), &json!(0)),
        "{ended}"
    );

    let posts = mastodon_posts(&mastodon.direct, &token).await;
    assert_eq!(
        posts.len(),
        6,
        "one post and a thread of five, each once: {posts:?}"
    );
    let post = posts
        .iter()
        .find(|post| post.text.starts_with("出しました🎉"))
        .expect("the post");
    assert!(
        post.text.contains("#昼休み") && post.language.as_deref() == Some("ja"),
        "{post:?}"
    );
    let alts: Vec<Option<&str>> = post
        .media
        .iter()
        .map(|media| media.description.as_deref())
        .collect();
    assert_eq!(alts, [Some("夕方の机"), Some("A green field")]);
    let served = tempfile::tempdir().expect("a folder");
    for (n, media) in post.media.iter().enumerate() {
        let bytes = http("GET", &media.url, &[], Vec::new()).await.body;
        let path = served.path().join(format!("{n}.jpg"));
        std::fs::write(&path, bytes).expect("the picture is kept");
        let found = exiftool(&path).await;
        assert!(
            found.iter().any(|(_, tag)| tag == "ImageWidth"),
            "a picture is served: {found:?}"
        );
        let telling: Vec<_> = found
            .into_iter()
            .filter(|(group, tag)| !is_of_the_form(group, tag))
            .collect();
        assert!(
            telling.is_empty(),
            "metadata in the bytes that the server serves: {telling:?}"
        );
    }

    let thread: Vec<_> = posts.iter().filter(|other| other.id != post.id).collect();
    let texts: Vec<&str> = thread.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(
        texts,
        THREAD.split("\n---\n").collect::<Vec<_>>(),
        "the thread, in order"
    );
    assert_eq!(thread[0].in_reply_to_id, None);
    for pair in thread.windows(2) {
        assert_eq!(
            pair[1].in_reply_to_id.as_ref(),
            Some(&pair[0].id),
            "each part answers the one before"
        );
    }
    for call in mastodon
        .gate
        .log()
        .iter()
        .filter(|call| call.method == "POST" && call.path.contains("/media"))
    {
        for canary in [
            "Canary Artist",
            "Canary Comment",
            "Canary Creator",
            "Canary Byline",
        ] {
            let left = crate::support::pictures::find(&call.body, canary.as_bytes());
            assert!(!left, "{canary} left in an upload");
        }
    }
    let statuses: Vec<_> = mastodon
        .gate
        .log()
        .into_iter()
        .filter(|call| call.method == "POST" && call.path.ends_with("/api/v1/statuses"))
        .collect();
    assert_eq!(statuses.len(), 6, "one post call a part");
    for call in statuses {
        let committed = call.committed_at_ms.expect("an answer");
        assert!(call.received_at_ms >= from.as_millisecond() && committed < to.as_millisecond());
        assert!(
            call.header("idempotency-key").is_some(),
            "every post call has a key"
        );
    }
}

#[test]
fn with_nothing_open_nothing_goes_out_and_the_next_time_is_told() {
    let world = World::start();
    let account = world.add_practice("me");
    // The whole day is work, and the only window is far away.
    for name in ["lunch", "evening", "weekend"] {
        world.ctl(&["window", "remove", name]);
    }
    let day = crate::support::world::now().to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let far = day
        .checked_add(jiff::ToSpan::days(3))
        .expect("a date")
        .date()
        .to_string();
    world.ctl(&[
        "window",
        "add",
        "far",
        "--days",
        "daily",
        "--from",
        "00:00",
        "--to",
        "24:00",
        "--first-day",
        &far,
    ]);
    world.ctl(&["hours", "clear"]);
    let queued = world.queue(&account, "あとで");
    let planned = world.ctl(&["queue", "show", &queued])["planned_at"]
        .as_str()
        .expect("a time")
        .to_owned();
    assert!(
        planned.as_str() >= far.as_str(),
        "planned at {planned}, before the window of {far}"
    );

    let ended = world.ctl(&["run", "--until-empty"]);
    assert_eq!(
        (&ended["sent"], &ended["waiting"], &ended["next_at"]),
        (&json!(0), &json!(1), &json!(planned))
    );
    assert_eq!(world.ctl(&["timeline", &account])["posts"], json!([]));
    assert_eq!(world.state_of(&queued), "queued");
}

#[test]
fn a_restored_backup_sends_nothing_that_may_have_been_sent() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    world.ctl_with("once", &["post", "add", "--account", &account, "--stdin"]);
    // The run makes the day's backup when it opens the folder, then sends.
    assert_eq!(world.ctl(&["run", "--until-empty"])["sent"], json!(1));
    let backups = world.ctl(&["backup", "list"]);
    let backup = id_of(&backups["backups"][0]);
    world.ctl(&["backup", "restore", &backup]);
    let ran = world.say(&["run", "--until-empty"]);
    assert_eq!(ran.exit, 3, "a person has to say that it goes on: {ran:?}");
    assert_eq!(world.ctl(&["status"])["reason"], "folder_is_a_copy");
    assert_eq!(
        world.ctl(&["timeline", &account])["posts"],
        json!([]),
        "nothing went out again"
    );
}
