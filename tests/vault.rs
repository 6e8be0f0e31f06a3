//! The vault on a real gnome-keyring: open, locked, absent, killed in the middle.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;
use kossori_vault::{Keyring, Limits};
use tokio::time::Instant;

use crate::support::session_bus::{Recording, SessionBus, Start};

mod unmet;

const PREFIX: &str = "kossori-test";
const UNATTENDED: Attention = Attention::Unattended;

fn keyring(bus: &SessionBus) -> Keyring {
    Keyring::on_bus(PREFIX, bus.address())
}

async fn read(vault: &Keyring, entry: &str) -> Result<Option<String>, VaultError> {
    Ok(vault
        .read(entry, UNATTENDED)
        .await?
        .map(|secret| secret.expose().to_owned()))
}

async fn write(vault: &Keyring, entry: &str, text: &str) -> Result<(), VaultError> {
    vault
        .write(entry, &Secret::new(text.to_owned()), UNATTENDED)
        .await
}

/// Nothing here takes long; only a call that hangs meets this limit.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what)
        .await
        .expect("hangs")
}

/// How many times anything asked the person something.
fn prompts(traffic: &Recording<'_>) -> usize {
    traffic.calls("org.freedesktop.Secret.Prompt", "Prompt")
        + traffic.calls("org.gnome.keyring.internal.Prompter", "BeginPrompting")
}

/// What secret-tool, which shares no code with us, finds in the keyring.
fn secret_tool(bus: &SessionBus, verb: &[&str], entry: &str) -> String {
    let mut tool = bus.command("secret-tool");
    tool.args(verb).args(["service", PREFIX]);
    if !entry.is_empty() {
        tool.args(["username", entry]);
    }
    String::from_utf8(tool.output().expect("secret-tool").stdout).expect("UTF-8")
}

fn secret_tool_store(bus: &SessionBus, entry: &str, value: &str) {
    use std::io::Write;
    let mut tool = bus.command("secret-tool");
    tool.args(["store", "--label=Kossori", "service", PREFIX, "username", entry]);
    let mut tool = tool
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("secret-tool");
    tool.stdin
        .take()
        .expect("piped")
        .write_all(value.as_bytes())
        .expect("read by secret-tool");
    assert!(tool.wait().expect("ends").success());
}

fn text_of(bytes: usize, first: char) -> String {
    (first..='\u{7e}').cycle().take(bytes).collect()
}

#[tokio::test]
async fn entries_are_written_read_and_removed() {
    let bus = SessionBus::start();
    let vault = keyring(&bus);
    assert_eq!(read(&vault, "database").await, Ok(None));
    vault
        .remove("database", UNATTENDED)
        .await
        .expect("removing what is not there is fine");
    for value in ["x'0123456789abcdef'", "もう一度 🤫", ""] {
        write(&vault, "database", value).await.expect("written");
        assert_eq!(read(&vault, "database").await, Ok(Some(value.to_owned())));
        assert_eq!(
            secret_tool(&bus, &["lookup"], "database"),
            value,
            "an independent reader finds it"
        );
    }
    let shown = secret_tool(&bus, &["search", "--all"], "");
    assert_eq!(
        shown.matches("label = Kossori\n").count(),
        1,
        "one entry, however often written: {shown}"
    );

    write(&vault, "account/1", "token").await.expect("written");
    vault.remove("database", UNATTENDED).await.expect("removed");
    assert_eq!(read(&vault, "database").await, Ok(None));
    assert_eq!(
        read(&vault, "account/1").await,
        Ok(Some("token".to_owned())),
        "the others stay"
    );
}

#[tokio::test]
async fn a_long_entry_is_split_and_survives_the_keyring() {
    let mut bus = SessionBus::start();
    let vault = keyring(&bus);
    let (first, second) = (text_of(10_240, 'A'), text_of(10_000, '0'));
    write(&vault, "account/1", &first).await.expect("written");
    assert_eq!(read(&vault, "account/1").await.as_ref(), Ok(&Some(first.clone())));
    write(&vault, "account/1", &second).await.expect("written over");
    for chunk in ["account/1", "account/1/b/1", "account/1/b/4"] {
        let length = secret_tool(&bus, &["lookup"], chunk).len();
        assert!((1..=2_500).contains(&length), "{chunk} holds {length} bytes");
    }
    let entries = secret_tool(&bus, &["search", "--all"], "")
        .matches("label = Kossori\n")
        .count();
    assert_eq!(entries, 1 + 4, "a header and the chunks of the value that stands");

    bus.restart_keyring();
    assert_eq!(read(&vault, "account/1").await, Ok(Some(second)));
    vault.remove("account/1", UNATTENDED).await.expect("removed");
    assert_eq!(
        secret_tool(&bus, &["search", "--all"], ""),
        "",
        "no chunk stays behind"
    );
}

#[tokio::test]
async fn a_keyring_killed_between_chunks_keeps_the_old_value() {
    let mut bus = SessionBus::start();
    let vault = Arc::new(keyring(&bus).with_limits(Limits {
        unattended: Duration::from_secs(60),
        ..Limits::default()
    }));
    let old = text_of(6_000, 'A');
    write(&vault, "account/1", &old).await.expect("written");

    // Far more chunks than could be written before the kill.
    let new = text_of(5_000_000, '0');
    let writing = Arc::clone(&vault);
    let writing = tokio::spawn(async move { write(&writing, "account/1", &new).await });
    while secret_tool(&bus, &["lookup"], "account/1/b/3").is_empty() {
        assert!(!writing.is_finished(), "the write ended before it was cut");
        tokio::task::yield_now().await;
    }
    bus.kill_keyring();
    assert_eq!(soon(writing).await.expect("no panic"), Err(VaultError::Absent));

    bus.restart_keyring();
    assert_eq!(
        read(&vault, "account/1").await,
        Ok(Some(old)),
        "no half-written value shows"
    );
    write(&vault, "account/1", "new").await.expect("written");
    assert_eq!(read(&vault, "account/1").await, Ok(Some("new".to_owned())));
    let entries = secret_tool(&bus, &["search", "--all"], "")
        .matches("label = Kossori\n")
        .count();
    assert_eq!(entries, 1, "the cut write's chunks are swept");
}

#[tokio::test]
async fn a_chunk_that_is_missing_or_altered_is_noticed() {
    let bus = SessionBus::start();
    let vault = keyring(&bus);
    write(&vault, "account/1", &text_of(6_000, 'A'))
        .await
        .expect("written");
    secret_tool_store(&bus, "account/1/a/2", "something else");
    assert_eq!(read(&vault, "account/1").await, Err(VaultError::Broken));
    secret_tool(&bus, &["clear"], "account/1/a/2");
    assert_eq!(read(&vault, "account/1").await, Err(VaultError::Broken));
    write(&vault, "account/1", "new").await.expect("written");
    assert_eq!(read(&vault, "account/1").await, Ok(Some("new".to_owned())));
}

#[tokio::test]
async fn a_locked_keyring_says_so_at_once_and_nobody_is_asked() {
    let bus = SessionBus::start();
    let vault = keyring(&bus);
    write(&vault, "account/1", "token").await.expect("written");
    assert_eq!(vault.is_locked().await, Ok(false));
    bus.lock();
    let traffic = bus.record();

    let start = Instant::now();
    assert_eq!(read(&vault, "account/1").await, Err(VaultError::Locked));
    assert!(
        start.elapsed() < Duration::from_millis(500),
        "took {:?}",
        start.elapsed()
    );
    assert_eq!(read(&vault, "not there").await, Err(VaultError::Locked));
    assert_eq!(write(&vault, "account/1", "new").await, Err(VaultError::Locked));
    assert_eq!(write(&vault, "account/2", "new").await, Err(VaultError::Locked));
    assert_eq!(
        vault.remove("account/1", UNATTENDED).await,
        Err(VaultError::Locked)
    );
    assert_eq!(vault.is_locked().await, Ok(true));
    assert_eq!(prompts(&traffic), 0, "nothing unattended may ask");
    assert_eq!(
        traffic.calls("org.freedesktop.Secret.Service", "Unlock"),
        0,
        "nor get ready to"
    );

    // The same calls, attended, do ask. Nobody can be shown a prompt on this bus: it counts as dismissed.
    assert_eq!(vault.unlock().await, Err(VaultError::Dismissed));
    let asked = prompts(&traffic);
    assert!(asked > 0, "the counting sees a prompt when there is one");
    assert_eq!(
        vault.read("account/1", Attention::Attended).await.err(),
        Some(VaultError::Dismissed)
    );
    assert!(prompts(&traffic) > asked);

    bus.unlock_with_password();
    assert_eq!(vault.unlock().await, Ok(()), "what is open needs no asking");
    assert_eq!(read(&vault, "account/1").await, Ok(Some("token".to_owned())));
}

#[tokio::test]
async fn a_session_without_any_keyring_yet_counts_as_locked() {
    let mut bus = SessionBus::without_keyring();
    bus.start_keyring(Start::AsFound);
    assert_eq!(bus.default_collection(), "/", "there is no default keyring");
    let vault = keyring(&bus);
    let traffic = bus.record();
    assert_eq!(read(&vault, "database").await, Err(VaultError::Locked));
    assert_eq!(write(&vault, "database", "key").await, Err(VaultError::Locked));
    assert_eq!(vault.is_locked().await, Ok(true));
    assert_eq!(prompts(&traffic), 0);
    // Unlocking asks for the password of a new one.
    assert_eq!(vault.unlock().await, Err(VaultError::Dismissed));
    assert_eq!(
        traffic.calls("org.freedesktop.Secret.Service", "CreateCollection"),
        1
    );
    assert!(prompts(&traffic) > 0);
}

#[tokio::test]
async fn no_bus_and_no_keyring_are_told_as_absent() {
    let bus = SessionBus::without_keyring();
    let nowhere = format!("unix:path={}/nobody", bus.folder().display());
    for address in [bus.address(), &nowhere, "", "no address"] {
        let vault = Keyring::on_bus(PREFIX, address);
        let start = Instant::now();
        assert_eq!(
            read(&vault, "database").await,
            Err(VaultError::Absent),
            "{address:?}"
        );
        assert_eq!(
            write(&vault, "database", "key").await,
            Err(VaultError::Absent),
            "{address:?}"
        );
        assert_eq!(vault.is_locked().await, Err(VaultError::Absent), "{address:?}");
        assert_eq!(vault.unlock().await, Err(VaultError::Absent), "{address:?}");
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "took {:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn a_killed_keyring_is_absent_and_found_again() {
    let mut bus = SessionBus::start();
    let vault = keyring(&bus);
    write(&vault, "account/1", "token").await.expect("written");
    for _ in 0..3 {
        bus.kill_keyring();
        assert_eq!(read(&vault, "account/1").await, Err(VaultError::Absent));
        assert_eq!(vault.is_locked().await, Err(VaultError::Absent));
        bus.restart_keyring();
        assert_eq!(read(&vault, "account/1").await, Ok(Some("token".to_owned())));
    }
}

#[tokio::test]
async fn a_keyring_that_hangs_is_given_up_each_time_and_works_when_it_goes_on() {
    let bus = SessionBus::start();
    let limits = Limits {
        unattended: Duration::from_millis(400),
        attended: Duration::from_millis(800),
    };
    let vault = keyring(&bus).with_limits(limits);
    let patient = keyring(&bus);
    write(&patient, "account/1", "token").await.expect("written");
    bus.freeze_keyring();
    for _ in 0..5 {
        assert_eq!(read(&vault, "account/1").await, Err(VaultError::TimedOut));
    }
    assert_eq!(soon(vault.unlock()).await, Err(VaultError::TimedOut));
    bus.thaw_keyring();
    assert_eq!(read(&patient, "account/1").await, Ok(Some("token".to_owned())));
    assert_eq!(write(&patient, "account/1", "new").await, Ok(()));
}

/// Starts to wait for the keyring, and answers when it has looked once.
async fn watch(vault: &Arc<Keyring>, traffic: &Recording<'_>) -> tokio::task::JoinHandle<()> {
    let before = looks(traffic);
    let vault = Arc::clone(vault);
    let watching = tokio::spawn(async move { vault.unlocked().await });
    while looks(traffic) == before {
        tokio::task::yield_now().await;
    }
    assert!(!watching.is_finished(), "it is locked");
    watching
}

fn looks(traffic: &Recording<'_>) -> usize {
    traffic.calls("org.freedesktop.DBus.Properties", "Get")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_unlocks_at_the_prompt_and_the_watcher_notices() {
    let bus = SessionBus::start();
    let vault = Arc::new(keyring(&bus));
    soon(vault.unlocked()).await;
    write(&vault, "account/1", "token").await.expect("written");
    bus.lock();
    let traffic = bus.record();
    let watching = watch(&vault, &traffic).await;
    let person = bus.show_prompts();

    let unlocking = Arc::clone(&vault);
    let unlocking = tokio::spawn(async move { unlocking.unlock().await });
    person.wait_for_prompt();
    assert_eq!(
        read(&vault, "account/1").await,
        Err(VaultError::Locked),
        "told while the prompt stands there"
    );
    assert_eq!(vault.is_locked().await, Ok(true));
    person.answer();
    assert_eq!(soon(unlocking).await.expect("no panic"), Ok(()));
    soon(watching).await.expect("no panic");
    assert_eq!(read(&vault, "account/1").await, Ok(Some("token".to_owned())));

    // A call that is attended itself asks, and goes on.
    bus.lock();
    let reading = Arc::clone(&vault);
    let reading = tokio::spawn(async move { reading.read("account/1", Attention::Attended).await });
    person.answer();
    let found = soon(reading)
        .await
        .expect("no panic")
        .expect("unlocked")
        .expect("there");
    assert_eq!(found.expose(), "token");
    assert_eq!(traffic.calls("org.freedesktop.Secret.Prompt", "Prompt"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prompt_can_be_closed_left_alone_or_lose_its_keyring() {
    let mut bus = SessionBus::start();
    bus.lock();
    let vault = Arc::new(keyring(&bus));
    let unlock = |vault: &Arc<Keyring>| {
        let vault = Arc::clone(vault);
        tokio::spawn(async move { vault.unlock().await })
    };
    {
        let person = bus.show_prompts();
        let unlocking = unlock(&vault);
        person.dismiss();
        assert_eq!(
            soon(unlocking).await.expect("no panic"),
            Err(VaultError::Dismissed)
        );

        let limits = Limits {
            attended: Duration::from_secs(2),
            ..Limits::default()
        };
        let impatient = Arc::new(keyring(&bus).with_limits(limits));
        let unlocking = unlock(&impatient);
        person.wait_for_prompt();
        assert_eq!(
            soon(unlocking).await.expect("no panic"),
            Err(VaultError::TimedOut)
        );
    }
    let unlocking = {
        let person = bus.show_prompts();
        let unlocking = unlock(&vault);
        person.wait_for_prompt();
        unlocking
    };
    bus.kill_keyring();
    let end = soon(unlocking).await.expect("no panic");
    assert!(
        matches!(end, Err(VaultError::Absent | VaultError::Dismissed)),
        "{end:?}"
    );
}

#[tokio::test]
async fn an_unlocking_behind_the_screen_lock_is_noticed_when_the_screen_opens() {
    let bus = SessionBus::start();
    bus.lock();
    let vault = Arc::new(keyring(&bus));
    let traffic = bus.record();
    let watching = watch(&vault, &traffic).await;
    bus.unlock_with_password();
    bus.announce_screen_unlocked();
    soon(watching).await.expect("no panic");
    assert_eq!(looks(&traffic), 2, "it looks when told, it does not poll");
    assert_eq!(read(&vault, "x").await, Ok(None), "readable from then on");
    assert_eq!(prompts(&traffic), 0);
}

#[tokio::test]
async fn unlocking_is_noticed_across_restarts_of_the_keyring() {
    let mut bus = SessionBus::start();
    bus.start_keyring(Start::AsFound);
    let vault = Arc::new(keyring(&bus));
    assert_eq!(vault.is_locked().await, Ok(true));
    let watching = watch(&vault, &bus.record()).await;
    bus.kill_keyring();
    assert_eq!(vault.is_locked().await, Err(VaultError::Absent));
    bus.start_keyring(Start::AsFound);
    assert_eq!(vault.is_locked().await, Ok(true));
    assert!(
        !watching.is_finished(),
        "a keyring that came back locked is not an unlocked one"
    );
    bus.start_keyring(Start::Unlocked);
    soon(watching).await.expect("no panic");
}

#[tokio::test]
async fn a_keyring_that_appears_later_is_noticed() {
    let mut bus = SessionBus::without_keyring();
    let vault = Arc::new(keyring(&bus));
    let watching = Arc::clone(&vault);
    let watching = tokio::spawn(async move { watching.unlocked().await });
    assert_eq!(vault.is_locked().await, Err(VaultError::Absent));
    assert!(!watching.is_finished());
    bus.start_keyring(Start::Unlocked);
    soon(watching).await.expect("no panic");
}
