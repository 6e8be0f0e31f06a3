//! Folder, keyring and other processes.

use std::process::Child;

use super::{Desk, SessionBus, Start};

#[test]
fn without_a_keyring_it_says_what_to_install() {
    let desk = Desk::on(SessionBus::without_keyring());
    let ran = desk.run(&["account", "add", "practice", "--json"]);
    assert_eq!(
        (ran.exit, ran.error()["code"].as_str()),
        (3, Some("keyring_absent"))
    );
    let said = ran.error()["hint"].as_str().expect("a hint").to_owned();
    assert!(
        said.contains("gnome-keyring") && said.contains("--ephemeral"),
        "{said}"
    );
}

#[test]
fn a_locked_keyring_stops_everything_but_looking_what_is_wrong() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    desk.queue(&me, "waits");
    desk.bus.lock();
    let traffic = desk.bus.record();
    for args in [
        &["queue", "list"][..],
        &["post", "add", "--account", &me, "--text", "x"],
        &["run", "--until-empty"],
    ] {
        let ran = desk.run(&[args, &["--json"]].concat());
        assert_eq!(
            (ran.exit, ran.error()["code"].as_str()),
            (3, Some("keyring_locked")),
            "{args:?}"
        );
    }
    let doctor = desk.json(&["doctor"]);
    let keyring = &doctor["checks"][0];
    assert_eq!(
        (keyring["name"].as_str(), keyring["ok"].as_bool()),
        (Some("keyring"), Some(false)),
        "{doctor}"
    );
    assert!(
        keyring["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("kossorictl unlock")),
        "{doctor}"
    );
    assert_eq!(
        traffic.calls("org.freedesktop.Secret.Prompt", "Prompt"),
        0,
        "nothing asked the person"
    );
    drop(traffic);
    desk.bus.unlock_with_password();
    assert_eq!(
        desk.json(&["queue", "list"])["deliveries"][0]["text"],
        "waits",
        "nothing was lost"
    );
}

#[test]
fn unlock_may_ask_and_takes_no_for_an_answer() {
    let mut bus = SessionBus::without_keyring();
    bus.start_keyring(Start::Unlocked);
    let desk = Desk::on(bus);
    desk.practice("me", "personal");
    desk.bus.lock();
    // Without a screen the question is refused at once.
    let ran = desk.run(&["unlock", "--json"]);
    assert_eq!(ran.exit, 3, "{ran:?}");
    let prompts = desk.bus.show_prompts();
    let asked = desk.start(&["unlock", "--json"]);
    prompts.answer();
    assert_eq!(asked.wait_with_output().expect("ended").status.code(), Some(0));
    drop(prompts);
    assert_eq!(desk.json(&["account", "list"])["accounts"][0]["handle"], "me");
}

#[test]
fn a_folder_that_another_process_holds() {
    let desk = Desk::new();
    desk.practice("me", "personal");
    let lock = std::fs::File::open(desk.data().join("lock")).expect("the lock file");
    lock.lock().expect("nobody else has it");
    let ran = desk.run(&["status", "--json"]);
    assert_eq!(
        (ran.exit, ran.error()["code"].as_str()),
        (1, Some("folder_in_use"))
    );
    lock.unlock().expect("ours");
    assert_eq!(desk.json(&["status"])["host"], "none");
}

#[test]
fn commands_at_the_same_time_wait_for_one_another() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let all: Vec<Child> = (0..6)
        .map(|n| desk.start(&["draft", "add", "--account", &me, "--text", &n.to_string()]))
        .collect();
    for child in all {
        let output = child.wait_with_output().expect("its output");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(
        desk.json(&["draft", "list"])["drafts"].as_array().map(Vec::len),
        Some(6)
    );
}

#[test]
fn a_copy_is_paused_until_it_is_adopted() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    desk.queue(&me, "in both");
    desk.json(&["run", "--until-empty"]);
    let copy = desk.folder.path().join("copy");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(desk.data())
        .arg(&copy)
        .status();
    assert!(copied.expect("cp").success());
    let copy = copy.to_str().expect("UTF-8");

    desk.json(&["break", "30", "--data-dir", copy]);
    let ran = desk.run(&["run", "--until-empty", "--json", "--data-dir", copy]);
    assert_eq!(ran.exit, 3, "a person has to say which one goes on: {ran:?}");
    assert_eq!(
        desk.json(&["timeline", &me, "--data-dir", copy])["posts"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
    desk.json(&["adopt", "--data-dir", copy]);
    let ran = desk.json(&["run", "--until-empty", "--data-dir", copy]);
    assert_eq!(
        (&ran["sent"], &ran["waiting"]),
        (&serde_json::json!(0), &serde_json::json!(1)),
        "the folder that it was copied from may have sent it: it waits for a person. {ran}"
    );
    let queue = desk.json(&["queue", "list", "--data-dir", copy]);
    assert_eq!(queue["deliveries"][0]["state"], "held", "{queue}");
}

#[test]
fn a_folder_of_the_wrong_kind() {
    let desk = Desk::new();
    let file = desk.file("file", b"no folder");
    let ran = desk.run(&["status", "--json", "--data-dir", file.to_str().expect("UTF-8")]);
    assert_eq!(
        (ran.exit, ran.error()["code"].as_str()),
        (1, Some("folder_unusable"))
    );
}

/// The cipher's library tidies up at a usual end, beside threads that may still be going: now and then it crashed.
#[test]
fn a_command_ends_without_the_libraries_ends() {
    let desk = Desk::new();
    desk.json(&["account", "add", "practice", "--name", "me"]);
    let mut command = desk.command(&["status", "--json"]);
    command.env("LD_DEBUG", "files");
    let out = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{:?}", out.status);
    assert!(
        String::from_utf8_lossy(&out.stdout).contains("\"host\""),
        "all is said"
    );
    assert!(said.contains("calling init"), "the linker tells what it does");
    assert!(!said.contains("calling fini"), "{said}");
}
