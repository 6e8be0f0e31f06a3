//! What a draft may hold and a queue may not.

use kossori_api::Code;
use serde_json::json;

use super::{Kept, refused};
use crate::support::pictures::telling_jpeg;
use crate::support::world::{World, id_of};

#[test]
fn a_draft_may_hold_what_the_queue_refuses_and_keeps_it() {
    let world = World::start();
    let account = world.add_practice("me");
    let long = "あ".repeat(2_000);
    let path = world.bus.folder().join("one.jpg");
    telling_jpeg(&path, 80, 60, 1);
    let path = path.display().to_string();
    let five: Vec<&str> = [["--media", path.as_str(), "--alt", "机"]; 5].concat();
    let drafts = [
        id_of(&world.ctl_with(&long, &["draft", "add", "--account", &account, "--stdin"])),
        id_of(
            &world.ctl(
                &[
                    &["draft", "add", "--account", &account, "--text", "five"][..],
                    &five,
                ]
                .concat(),
            ),
        ),
    ];
    let before = Kept::of(&world, &[&account]);
    for (draft, rule) in drafts.iter().zip(["too_long", "too_many_pictures"]) {
        let said = refused(
            &world,
            &["post", "add", "--account", &account, "--draft", draft],
            "",
            Code::Blocked,
        );
        for refusal in said {
            let rules: Vec<_> = refusal["findings"]
                .as_array()
                .expect("findings")
                .iter()
                .map(|finding| finding["rule"].clone())
                .collect();
            assert!(rules.contains(&json!(rule)), "{refusal}");
        }
    }
    assert_eq!(
        Kept::of(&world, &[&account]),
        before,
        "nothing was queued, nothing lost"
    );
    assert_eq!(world.ctl(&["draft", "show", &drafts[0]])["text"], json!(long));
}
