//! The adapter against a server that answers as LinkedIn is documented to.

use std::sync::Arc;

use kossori_core::network::Network;
use kossori_engine::ports::{
    CallError, CleanPicture, Frozen, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session,
};

use super::LinkedIn;
use crate::testing::{FixedClock, now, options, session};

mod sending;
mod pictures;
mod signing_in;

const TOKENS: &str = r#"{"access_token":"t0ken","ends_at":null}"#;

const ALICE: &str = "urn:li:person:AlIcE_1";

const POST: &str = "urn:li:share:7141138937766391808";

fn adapter() -> LinkedIn {
    LinkedIn::new(Arc::new(FixedClock), &options())
}

fn alice(server: &str) -> Session {
    session(Network::LinkedIn, server, ALICE, TOKENS)
}

fn outgoing(text: &str, pictures: Vec<OutgoingPicture>) -> Outgoing {
    let part = OutgoingPart {
        text: text.to_owned(),
        pictures,
    };
    Outgoing {
        parts: vec![part],
        cw: Some("not known here".to_owned()),
        visibility: None,
        lang: Some("ja".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

fn picture(alt: &str) -> OutgoingPicture {
    let bytes: Arc<[u8]> = Arc::from(&b"not really a picture"[..]);
    let picture = CleanPicture {
        bytes,
        mime: "image/png".to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

async fn frozen(text: &str) -> Frozen {
    let session = alice("http://127.0.0.1:9");
    adapter()
        .freeze(&session, &outgoing(text, Vec::new()))
        .await
        .unwrap()
}

fn refused_code(error: &CallError) -> &str {
    match error {
        CallError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}
