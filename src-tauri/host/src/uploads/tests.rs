//! What comes in pieces is whole, or gone.

#![allow(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

use std::time::Duration;

use kossori_api::{Code, Problem};
use kossori_engine::ports::MAX_FILE_BYTES;

use crate::in_hand::InHand;

use super::{BYTES, Guest, PATIENCE, UPLOADS, Uploads};

const WINDOW: Guest = Guest(7);
const OTHER: Guest = Guest(8);

fn begin(uploads: &Uploads, guest: Guest, id: &str, bytes: u64) -> Result<String, Code> {
    uploads
        .begin(guest, id.to_owned(), bytes)
        .map_err(|problem| problem.code)
}

fn add(uploads: &Uploads, id: &str, at: u64, piece: &[u8]) -> Result<(), Code> {
    let added = uploads.add(WINDOW, id, at, Some(piece.to_owned()));
    added.map_err(|problem| problem.code)
}

fn end(uploads: &Uploads, guest: Guest, id: &str) -> Result<Vec<u8>, Code> {
    let ended = uploads.end(guest, id).map(|(bytes, _)| bytes);
    ended.map_err(|Problem { code, .. }| code)
}

#[tokio::test]
async fn pieces_in_order_make_a_whole() {
    let uploads = Uploads::new(&InHand::default());
    begin(&uploads, WINDOW, "a", 6).unwrap();
    begin(&uploads, WINDOW, "b", 2).unwrap();
    add(&uploads, "a", 0, b"abcd").unwrap();
    add(&uploads, "b", 0, b"xy").unwrap();
    add(&uploads, "a", 4, b"ef").unwrap();
    assert_eq!(end(&uploads, WINDOW, "a"), Ok(b"abcdef".to_vec()));
    assert_eq!(end(&uploads, WINDOW, "b"), Ok(b"xy".to_vec()));
    assert_eq!(
        end(&uploads, WINDOW, "a"),
        Err(Code::UploadBroken),
        "it ends once"
    );
}

#[tokio::test]
async fn what_does_not_go_on_where_the_last_piece_ended_ends_it() {
    let wrong: [(&str, u64, Option<&[u8]>); 6] = [
        ("a hole", 4, Some(b"x")),
        ("one more time", 0, Some(b"x")),
        ("more than was said", 3, Some(b"abcd")),
        ("nothing", 3, Some(b"")),
        ("not base64", 3, None),
        ("far beyond", u64::MAX, Some(b"x")),
    ];
    for (what, at, piece) in wrong {
        let uploads = Uploads::new(&InHand::default());
        begin(&uploads, WINDOW, "a", 6).unwrap();
        add(&uploads, "a", 0, b"abc").unwrap();
        let refused = uploads.add(WINDOW, "a", at, piece.map(<[u8]>::to_vec));
        assert_eq!(refused.unwrap_err().code, Code::UploadBroken, "{what}");
        assert_eq!(
            add(&uploads, "a", 3, b"def"),
            Err(Code::UploadBroken),
            "{what}: it is gone"
        );
        assert_eq!(uploads.room.available_permits(), BYTES, "{what}");
    }
}

#[tokio::test]
async fn an_end_with_bytes_missing_is_refused() {
    let uploads = Uploads::new(&InHand::default());
    begin(&uploads, WINDOW, "a", 6).unwrap();
    add(&uploads, "a", 0, b"abcde").unwrap();
    assert_eq!(end(&uploads, WINDOW, "a"), Err(Code::UploadBroken));
    assert_eq!(end(&uploads, WINDOW, "never begun"), Err(Code::UploadBroken));
    assert_eq!(uploads.room.available_permits(), BYTES);
}

#[tokio::test]
async fn too_much_is_refused_before_it_comes() {
    let uploads = Uploads::new(&InHand::default());
    for bytes in [MAX_FILE_BYTES + 1, u64::MAX] {
        assert_eq!(
            begin(&uploads, WINDOW, "a", bytes),
            Err(Code::PictureTooLarge),
            "{bytes}"
        );
    }
    begin(&uploads, WINDOW, "a", MAX_FILE_BYTES - 10).unwrap();
    assert_eq!(
        begin(&uploads, OTHER, "b", 11),
        Err(Code::UploadsFull),
        "together they would be more than one of the largest"
    );
    begin(&uploads, OTHER, "c", 10).unwrap();
    uploads.left(WINDOW);
    begin(&uploads, OTHER, "d", MAX_FILE_BYTES - 10).unwrap();
}

#[tokio::test]
async fn a_few_at_once() {
    let uploads = Uploads::new(&InHand::default());
    for n in 0..UPLOADS {
        begin(&uploads, WINDOW, &n.to_string(), 1).unwrap();
    }
    assert_eq!(begin(&uploads, OTHER, "more", 1), Err(Code::UploadsFull));
    add(&uploads, "0", 0, b"x").unwrap();
    let (_, _room) = uploads.end(WINDOW, "0").unwrap();
    begin(&uploads, OTHER, "more", 1).unwrap();
}

/// Until it is cleaned it is in memory still.
#[tokio::test]
async fn the_room_of_one_that_ended_is_taken_until_it_is_given_back() {
    let uploads = Uploads::new(&InHand::default());
    begin(&uploads, WINDOW, "a", 0).unwrap();
    begin(&uploads, WINDOW, "b", 5).unwrap();
    add(&uploads, "b", 0, b"abcde").unwrap();
    let (_, room) = uploads.end(WINDOW, "b").unwrap();
    assert_eq!(uploads.room.available_permits(), BYTES - 5);
    drop(room);
    assert_eq!(uploads.room.available_permits(), BYTES);
}

#[tokio::test]
async fn it_is_its_connections_alone_and_goes_with_it() {
    let uploads = Uploads::new(&InHand::default());
    begin(&uploads, WINDOW, "a", 3).unwrap();
    begin(&uploads, OTHER, "b", 3).unwrap();
    let foreign = uploads.add(OTHER, "a", 0, Some(b"abc".to_vec()));
    assert_eq!(foreign.unwrap_err().code, Code::UploadBroken);
    assert_eq!(end(&uploads, OTHER, "a"), Err(Code::UploadBroken));
    add(&uploads, "a", 0, b"abc").unwrap();
    uploads.left(OTHER);
    assert_eq!(uploads.coming().len(), 1);
    uploads.left(WINDOW);
    assert_eq!(end(&uploads, WINDOW, "a"), Err(Code::UploadBroken));
    assert_eq!(uploads.room.available_permits(), BYTES);
}

#[tokio::test(start_paused = true)]
async fn without_a_piece_for_long_it_is_gone() {
    let uploads = Uploads::new(&InHand::default());
    let almost = PATIENCE - Duration::from_secs(1);
    begin(&uploads, WINDOW, "a", 3).unwrap();
    for at in 0..2 {
        tokio::time::sleep(almost).await;
        add(&uploads, "a", at, b"x").unwrap();
    }
    tokio::time::sleep(almost).await;
    assert_eq!(uploads.coming().len(), 1, "each piece begins the wait anew");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(uploads.coming().len(), 0);
    assert_eq!(uploads.room.available_permits(), BYTES);
}
