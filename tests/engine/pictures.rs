//! Pictures come before the draft that shows them, are kept at once, and go on by their id.

use kossori_api::{Code, ContentInput, MediaInput, PartInput, PictureFileInput, Reply, Request};
use serde_json::{Value, json};

use crate::support::simulated::{World, content, text};

const MORNING: &str = "2026-11-24 09:00";

fn add(world: &mut World, path: &str) -> Value {
    world.ask(Request::PictureAdd(PictureFileInput { path: path.into() }))
}

fn shown_by(id: &Value, alt: &str) -> MediaInput {
    MediaInput {
        path: None,
        media: Some(text(id)),
        alt: alt.to_owned(),
    }
}

fn with(words: &str, media: Vec<MediaInput>) -> ContentInput {
    ContentInput {
        parts: vec![PartInput {
            text: words.to_owned(),
            media,
        }],
        ..ContentInput::default()
    }
}

fn ids_and_alts(media: &Value) -> Vec<(Value, Value)> {
    let pictures = media.as_array().expect("pictures").iter();
    pictures
        .map(|picture| (picture["id"].clone(), picture["alt"].clone()))
        .collect()
}

#[test]
fn what_is_added_is_answered_with_all_that_the_window_shows() {
    let mut world = World::new(MORNING);
    let added = add(&mut world, "/home/me/one.png");
    assert_eq!(
        added,
        json!({
            "id": added["id"], "alt": "", "mime": "image/png", "width": 8, "height": 8,
            "bytes": "/home/me/one.png".len(), "sha256": added["sha256"], "removed": true
        })
    );
    let id = text(&added["id"]);
    let thumb = world.ask(Request::PictureThumb { id });
    assert_eq!(thumb, json!({"mime": "image/png", "base64": "c21hbGw="}));
    let none = world.refusal(Request::PictureThumb {
        id: "019a0000-0000-7000-8000-0000000000ff".to_owned(),
    });
    assert_eq!(none, Code::PictureUnreadable);
}

#[test]
fn a_request_that_is_sent_again_adds_no_second_one() {
    let mut world = World::new(MORNING);
    let request = Request::PictureAdd(PictureFileInput {
        path: "/home/me/one.png".into(),
    });
    let first = world.try_ask_as("again", request.clone()).expect("added");
    assert_eq!(world.try_ask_as("again", request), Ok(first.clone()));

    let engine = world.engine();
    let came = |bytes: &'static [u8]| engine.picture_came("came", move || Ok(bytes.to_vec()));
    let Reply::Done(once) = world.block_on(came(b"pasted")) else {
        panic!("added");
    };
    let Reply::Done(again) = world.block_on(engine.picture_came("came", || panic!("it is there already")))
    else {
        panic!("answered");
    };
    assert_eq!(once, again);
    assert_ne!(once["id"], first["id"]);
}

#[test]
fn only_whole_paths_are_read() {
    let mut world = World::new(MORNING);
    for path in [
        "one.png",
        "file:///home/me/one.png",
        "../one.png",
        "",
        "C:\\one.png",
    ] {
        let request = Request::PictureAdd(PictureFileInput { path: path.into() });
        let problem = world.try_ask(request).expect_err("no path of ours");
        assert_eq!(problem.code, Code::PictureUnreadable, "{path}");
    }
}

#[test]
fn a_draft_keeps_its_pictures_their_words_and_their_order_through_edits_and_the_queue() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let [one, two, three] = ["/1.png", "/2.png", "/3.png"].map(|path| add(&mut world, path)["id"].clone());
    let draft = text(
        &world.ask(Request::DraftAdd {
            accounts: vec![account.clone()],
            content: content("A text"),
        })["id"],
    );
    let expected = [
        (three.clone(), json!("みっつめ")),
        (one.clone(), json!("")),
        (two.clone(), json!("two")),
    ];
    let media = expected
        .iter()
        .map(|(id, alt)| shown_by(id, &text(alt)))
        .collect();
    world.ask(Request::DraftEdit {
        id: draft.clone(),
        base_rev: Some(1),
        accounts: None,
        content: with("A text", media),
    });
    let shown = world.ask(Request::DraftShow { id: draft.clone() });
    assert_eq!(ids_and_alts(&shown["media"]), expected);
    assert_eq!(
        (&shown["media"][0]["width"], &shown["media"][0]["mime"]),
        (&json!(8), &json!("image/png"))
    );

    let queued = world.ask(Request::PostAdd(kossori_api::PostInput {
        accounts: vec![account.clone()],
        draft: Some(draft),
        base_rev: Some(2),
        ..kossori_api::PostInput::default()
    }));
    let delivery = text(&queued["deliveries"][0]["id"]);
    let removed = world.ask(Request::QueueRemove {
        id: delivery,
        discard: false,
    });
    let back = text(&removed["draft"]);
    let shown = world.ask(Request::DraftShow { id: back.clone() });
    assert_eq!(
        ids_and_alts(&shown["media"]),
        expected,
        "a draft again, with all of it"
    );

    let queued = world.ask(Request::PostAdd(kossori_api::PostInput {
        accounts: vec![account.clone()],
        draft: Some(back),
        ..kossori_api::PostInput::default()
    }));
    let delivery = text(&queued["deliveries"][0]["id"]);
    world.advance("12:40");
    assert_eq!(world.state(&delivery), "sent");
    let timeline = world.ask(Request::Timeline { account });
    let alts: Vec<&Value> = timeline["posts"][0]["media"]
        .as_array()
        .expect("pictures")
        .iter()
        .map(|picture| &picture["alt"])
        .collect();
    assert_eq!(alts, [&expected[0].1, &expected[1].1, &expected[2].1]);
}

/// Texts and pictures of a thread's parts, as they are queued: nothing of one gets into another.
#[test]
fn each_part_of_a_thread_keeps_its_own_pictures() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let [one, two, three] = ["/1.png", "/2.png", "/3.png"].map(|path| add(&mut world, path)["id"].clone());
    let part = |words: &str, id: &Value| PartInput {
        text: words.to_owned(),
        media: vec![shown_by(id, "")],
    };
    let queued = world.ask(Request::PostAdd(kossori_api::PostInput {
        accounts: vec![account],
        thread: true,
        content: ContentInput {
            parts: vec![
                part("first\n---\nsecond", &one),
                part("", &two),
                part("last", &three),
            ],
            ..ContentInput::default()
        },
        ..kossori_api::PostInput::default()
    }));
    let shown = world.show(&text(&queued["deliveries"][0]["id"]));
    let parts = shown["content"]["parts"].as_array().expect("parts");
    let read: Vec<(String, Vec<Value>)> = parts
        .iter()
        .map(|part| {
            let ids = ids_and_alts(&part["media"]).into_iter().map(|(id, _)| id);
            (text(&part["text"]), ids.collect())
        })
        .collect();
    assert_eq!(
        read,
        [
            ("first".to_owned(), vec![one]),
            ("second".to_owned(), vec![]),
            (String::new(), vec![two]),
            ("last".to_owned(), vec![three]),
        ]
    );
}
