//! A service that answers the first call on a connection before it knows who calls, as gnome-keyring does about once in
//! some thousand connections: it says that there is no default keyring, and it aborts over anything else.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use kossori_engine::ports::{Vault as _, VaultError};
use zbus::message::Header;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

use super::{keyring, read, soon};
use crate::support::session_bus::SessionBus;

const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

/// Who called, and whether anybody's first call was one that ends the service.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<(HashSet<String>, Vec<String>)>>);

impl Seen {
    /// Whether this caller was known before.
    fn knew(&self, header: &Header<'_>) -> bool {
        let caller = header.sender().expect("a caller").to_string();
        let knew = !self.0.lock().expect("whole").0.insert(caller);
        if !knew && header.member().expect("a member") != "ReadAlias" {
            let member = header.member().expect("a member").to_string();
            self.0.lock().expect("whole").1.push(member);
        }
        knew
    }

    fn aborts(&self) -> Vec<String> {
        self.0.lock().expect("whole").1.clone()
    }

    fn callers(&self) -> usize {
        self.0.lock().expect("whole").0.len()
    }
}

struct Service(Seen);

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Service {
    fn read_alias(&self, #[zbus(header)] header: Header<'_>, name: &str) -> OwnedObjectPath {
        let is_there = self.0.knew(&header) && name == "default";
        let path = if is_there { COLLECTION } else { "/" };
        ObjectPath::try_from(path).expect("a path").into()
    }

    /// Only what was called before it is of interest.
    fn open_session(
        &self,
        #[zbus(header)] header: Header<'_>,
        _algorithm: &str,
        _input: OwnedValue,
    ) -> zbus::fdo::Result<(OwnedValue, OwnedObjectPath)> {
        self.0.knew(&header);
        Err(zbus::fdo::Error::NotSupported("no sessions here".to_owned()))
    }
}

struct Collection(Seen);

#[zbus::interface(name = "org.freedesktop.Secret.Collection")]
impl Collection {
    #[zbus(property)]
    fn locked(&self, #[zbus(header)] header: Option<Header<'_>>) -> bool {
        self.0.knew(&header.expect("a call"));
        false
    }
}

#[tokio::test]
async fn a_service_that_does_not_know_a_caller_yet_is_asked_again() {
    let bus = SessionBus::without_keyring();
    let seen = Seen::default();
    let _server = zbus::connection::Builder::address(bus.address())
        .expect("an address")
        .name("org.freedesktop.secrets")
        .expect("a name")
        .serve_at("/org/freedesktop/secrets", Service(seen.clone()))
        .expect("served")
        .serve_at(COLLECTION, Collection(seen.clone()))
        .expect("served")
        .build()
        .await
        .expect("the bus");
    let vault = keyring(&bus);
    assert_eq!(soon(vault.is_locked()).await, Ok(false));
    soon(vault.unlocked()).await;
    // They come as far as the session, which this service does not have.
    assert_eq!(soon(read(&vault, "account/1")).await, Err(VaultError::Broken));
    assert_eq!(soon(vault.unlock()).await, Err(VaultError::Broken));
    assert_eq!(seen.callers(), 4);
    assert_eq!(seen.aborts(), Vec::<String>::new());
}
