//! What a person wrote is in no `Debug`: sizes are.

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::Timestamp;
use kossori_api::{
    Call, ContentInput, ContentView, Deliveries, DeliveryDetail, DeliveryView, DraftDetail, DraftView,
    Drafts, MediaInput, PartInput, PartView, PictureChunkInput, PictureFileInput, PictureThumb, PictureView,
    PostInput, Reply, Request, Resolved, Timeline, TimelinePictureView, TimelinePostView,
};
use kossori_core::network::Network;
use kossori_core::post::{Content, Part, Picture, Variant};
use kossori_core::text::links::entities;
use kossori_engine::model::{Draft, Revision, ServerRefusal};
use kossori_engine::ports::{
    AnswerJson, Change, CleanPicture, Frozen, NewTimelinePart, NewTimelinePost, Outgoing, OutgoingPart,
    OutgoingPicture, TimelinePicture, TimelinePost,
};

/// Stands wherever a person's words may.
const CANARY: &str = "canary-0815";

fn canary() -> String {
    CANARY.to_owned()
}

fn refuses(value: impl Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.contains(CANARY), "{shown}");
        assert!(shown.contains(" bytes"), "a size is shown: {shown}");
    }
}

fn content() -> Content {
    Content {
        parts: vec![Part {
            text: canary(),
            media: vec![Picture {
                media: "m".into(),
                alt: canary(),
            }],
        }],
        cw: Some(canary()),
        reply_to: Some(canary()),
        quote: Some(canary()),
        repost: Some(canary()),
        quiet_reply: false,
        variants: vec![Variant {
            network: Network::Bluesky,
            text: canary(),
        }],
        ..Content::default()
    }
}

fn picture() -> OutgoingPicture {
    OutgoingPicture {
        picture: CleanPicture {
            bytes: CANARY.as_bytes().into(),
            mime: "image/png".into(),
            width: 1,
            height: 1,
        },
        alt: canary(),
    }
}

#[test]
fn content_and_what_is_kept_of_it() {
    refuses(content());
    let part = content().parts.remove(0);
    refuses(&part.media[0]);
    refuses(part);
    refuses(content().variants.remove(0));
    refuses(entities(&format!("https://example.com/{CANARY}")));
    refuses(entities(&format!("#{CANARY}")));
    refuses(entities(&format!("@{CANARY}.example.com")));
    let draft = Draft {
        id: "d".into(),
        rev: 1,
        content: content(),
        accounts: Vec::new(),
        updated_at: Timestamp::MIN,
    };
    refuses(&draft);
    let revision = Revision {
        id: "r".into(),
        post: "p".into(),
        content: content(),
        created_at: Timestamp::MIN,
    };
    refuses(&revision);
    refuses(Change::AddDraft(draft));
    refuses(Change::AddRevision(revision));
    refuses(Change::Answered {
        request: "q".into(),
        answer: AnswerJson(canary()),
        at: Timestamp::MIN,
    });
    refuses(ServerRefusal {
        code: "x".into(),
        words: canary(),
    });
}

#[test]
fn what_goes_out() {
    let outgoing = Outgoing {
        parts: vec![OutgoingPart {
            text: canary(),
            pictures: vec![picture()],
        }],
        cw: Some(canary()),
        visibility: None,
        lang: None,
        reply_to: Some(canary()),
        quote: Some(canary()),
        repost: Some(canary()),
        at: Timestamp::MIN,
        key: [0; 16],
    };
    refuses(&outgoing.parts[0]);
    refuses(outgoing);
    refuses(picture());
    refuses(Frozen(CANARY.into()));
    let pictures = vec![TimelinePicture {
        media: None,
        alt: canary(),
        sha256: String::new(),
    }];
    refuses(&pictures);
    refuses(NewTimelinePost {
        account: "a".into(),
        key: "k".into(),
        published_at: Timestamp::MIN,
        parts: vec![NewTimelinePart {
            text: canary(),
            cw: Some(canary()),
            reply_to: Some(canary()),
            pictures: pictures.clone(),
        }],
    });
    refuses(TimelinePost {
        id: "1".into(),
        key: "k".into(),
        part: 0,
        text: canary(),
        published_at: Timestamp::MIN,
        reply_to: Some(canary()),
        cw: Some(canary()),
        pictures,
    });
}

#[test]
fn what_is_asked() {
    let input = ContentInput {
        parts: vec![PartInput {
            text: canary(),
            media: vec![MediaInput {
                path: Some(CANARY.into()),
                media: None,
                alt: canary(),
            }],
        }],
        cw: Some(canary()),
        reply_to: Some(canary()),
        quote: Some(canary()),
        repost: Some(canary()),
        variants: BTreeMap::from([(Network::Bluesky, canary())]),
        ..ContentInput::default()
    };
    refuses(&input);
    refuses(&input.parts[0]);
    refuses(&input.parts[0].media[0]);
    let post = PostInput {
        content: input.clone(),
        ..PostInput::default()
    };
    refuses(&post);
    for request in [
        Request::PostAdd(post.clone()),
        Request::PostCheck(post),
        Request::DraftAdd {
            accounts: Vec::new(),
            content: input.clone(),
        },
        Request::DraftEdit {
            id: "d".into(),
            base_rev: None,
            accounts: None,
            content: input.clone(),
        },
        Request::PictureAdd(PictureFileInput { path: CANARY.into() }),
        Request::PictureChunk(PictureChunkInput {
            upload: "u".into(),
            at: 0,
            base64: canary(),
        }),
        Request::QueueEdit {
            id: "d".into(),
            content: input,
            thread: false,
            numbered: false,
            confirm_persona: false,
        },
    ] {
        refuses(Call {
            request_id: "q".into(),
            request,
        });
    }
    refuses(PictureThumb {
        mime: "image/png".into(),
        base64: canary(),
    });
}

#[test]
fn what_is_answered() {
    let media = vec![PictureView {
        alt: canary(),
        ..PictureView::default()
    }];
    let content = ContentView {
        parts: vec![PartView {
            text: canary(),
            media: media.clone(),
        }],
        cw: Some(canary()),
        reply_to: Some(canary()),
        quote: Some(canary()),
        repost: Some(canary()),
        variants: BTreeMap::from([("bluesky".into(), canary())]),
        ..ContentView::default()
    };
    let draft = DraftView {
        text: canary(),
        ..DraftView::default()
    };
    refuses(DraftDetail {
        text: canary(),
        cw: Some(canary()),
        reply_to: Some(canary()),
        media,
        content: content.clone(),
        ..DraftDetail::default()
    });
    refuses(Drafts { drafts: vec![draft] });
    let delivery = DeliveryView {
        text: canary(),
        server_words: Some(canary()),
        repost: Some(canary()),
        ..DeliveryView::default()
    };
    refuses(Deliveries {
        deliveries: vec![delivery.clone()],
    });
    let detail = DeliveryDetail {
        delivery,
        content,
        ..DeliveryDetail::default()
    };
    refuses(Reply::Done(
        serde_json::to_value(&detail).expect("a view is JSON"),
    ));
    refuses(Resolved {
        detail,
        moved: Vec::new(),
    });
    refuses(Timeline {
        posts: vec![TimelinePostView {
            text: canary(),
            reply_to: Some(canary()),
            cw: Some(canary()),
            media: vec![TimelinePictureView {
                alt: canary(),
                sha256: String::new(),
            }],
            ..TimelinePostView::default()
        }],
    });
}
