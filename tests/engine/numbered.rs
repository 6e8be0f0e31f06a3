//! A thread whose parts are numbered: within each network's own limit, and made anew by an edit.

use kossori_api::Request;
use kossori_core::network::Software;
use serde_json::Value;

use crate::support::simulated::{World, content, input, text};

fn parts(show: &Value) -> Vec<String> {
    let parts = show["content"]["parts"].as_array().cloned().unwrap_or_default();
    parts.iter().map(|part| text(&part["text"])).collect()
}

#[test]
fn each_account_gets_numbers_of_its_own() {
    let mut world = World::new("2026-11-24 09:00");
    let bluesky = world.bluesky("me");
    let mastodon = world.mastodon("me", Software::Mastodon);
    let words = "Text と、これは長い話です。".repeat(60);
    let both = [bluesky.as_str(), mastodon.as_str()];
    let numbered = |input: &mut kossori_api::PostInput| input.numbered = true;
    let check = world.ask(Request::PostCheck(input(&both, &words, numbered)));
    let added = world.ask(Request::PostAdd(input(&both, &words, numbered)));
    for (index, id) in both.iter().enumerate() {
        let delivery = text(&added["deliveries"][index]["id"]);
        let show = world.show(&delivery);
        let parts = parts(&show);
        let (length, limit) = (&check["accounts"][id]["length"], &check["accounts"][id]["limit"]);
        let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("a number: {check}"));
        assert!(number(length) <= number(limit), "{check}");
        assert_eq!(check["accounts"][id]["parts"].as_u64(), Some(parts.len() as u64));
        assert!(parts.len() > 1);
        let pieces = check["accounts"][id]["pieces"].as_array().expect("pieces");
        let shown: Vec<String> = pieces.iter().map(|piece| text(&piece["text"])).collect();
        assert_eq!(shown, parts, "what is shown is what is queued");
        let longest = pieces.iter().map(|piece| number(&piece["length"])).max();
        assert_eq!(longest, Some(number(length)));
        assert_eq!(
            pieces[0]["bells"], check["accounts"][id]["bells"],
            "the first part's is the post's"
        );
        for (n, part) in (1..).zip(&parts) {
            assert!(part.ends_with(&format!("。 {n}/{}", parts.len())), "{part}");
        }
    }
}

#[test]
fn an_edit_numbers_anew_and_what_goes_out_is_what_was_shown() {
    let mut world = World::new("2026-11-24 09:00");
    let me = world.practice("me");
    let id = world.post_with(&me, "Text a\n---\nText b\n---\nText c", |input| {
        input.numbered = true
    });
    assert_eq!(
        parts(&world.show(&id)),
        ["Text a 1/3", "Text b 2/3", "Text c 3/3"]
    );
    world.ask(Request::QueueEdit {
        id: id.clone(),
        content: content("Text a 1/3\n---\nText c 3/3"),
        thread: true,
        numbered: true,
        confirm_persona: false,
    });
    world.advance("13:00");
    let sent: Vec<String> = world.timeline(&me).into_iter().map(|(text, _)| text).collect();
    assert_eq!(sent, ["Text a 1/2", "Text c 2/2"]);
}
