//! The Secret Service of freedesktop.org: gnome-keyring, KWallet, KeePassXC.
//!
//! Each call opens a connection of its own and closes it: a service that was killed and started again is
//! simply found again. Secrets cross the bus encrypted (Diffie-Hellman, as libsecret does it).
//!
//! What may prompt is called only while `Asking` is alive, and only for an attended call. Two steps of the
//! `secret-service` crate would prompt by themselves if the service wanted it: creating and deleting an
//! item. They are reached only after `Locked` was read as false, and gnome-keyring answers `IsLocked`,
//! without a prompt, should it be locked in between.
//!
//! gnome-keyring (42 as well as 50) may answer the first call on a connection before it knows who calls. To
//! `ReadAlias` it then says that there is no default keyring; `OpenSession` or a property makes it abort, and
//! it comes back locked. So the first call on each of our connections is `ReadAlias`, and "there is none"
//! counts only when it is said again.

use std::collections::HashMap;

use futures_util::StreamExt;
use kossori_engine::ports::{Attention, VaultError};
use secret_service::{Collection, EncryptionType, Item, SecretService};
use tokio::runtime::Runtime;
use zbus::message::Type;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, DBusError, MatchRule, MessageStream};
use zeroize::Zeroizing;

use crate::backend::{Backend, Drawer, Errand};

const SERVICE: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
/// What the keyring's own window shows of an entry.
const LABEL: &str = "Kossori";
/// The name that libsecret, too, gives the default keyring where there is none yet.
const NEW_COLLECTION: &str = "Default keyring";

/// How often a service must say that there is no default keyring.
const ASKED: u32 = 3;

pub(crate) struct Platform {
    prefix: String,
    /// `None`: the session's bus, from the environment.
    address: Option<String>,
}

impl Platform {
    pub(crate) fn new(prefix: &str) -> Self {
        Platform {
            prefix: prefix.to_owned(),
            address: None,
        }
    }

    pub(crate) fn on_bus(prefix: &str, address: &str) -> Self {
        Platform {
            prefix: prefix.to_owned(),
            address: Some(address.to_owned()),
        }
    }

    async fn connect(&self) -> Result<Connection, VaultError> {
        let builder = match &self.address {
            Some(address) => zbus::connection::Builder::address(address.as_str()),
            None => zbus::connection::Builder::session(),
        };
        // Whatever went wrong here, there is no bus to find a keyring on.
        builder
            .map_err(|_| VaultError::Absent)?
            .build()
            .await
            .map_err(|_| VaultError::Absent)
    }

    /// Ends when the default keyring exists and is unlocked. Runs on the caller's runtime, not on the vault's
    /// thread, which it would occupy for hours; it reads properties and listens to signals, no more.
    ///
    /// gnome-keyring tells when it is unlocked by a prompt, but says nothing when PAM unlocks it behind the
    /// screen lock. The screen saver then tells that the screen is open, and that is listened to as well.
    pub(crate) async fn unlocked(&self) {
        if self.watch().await.is_err() {
            // Without a bus, or when the bus has gone, the session has none: nothing will ever unlock.
            std::future::pending::<()>().await;
        }
    }

    async fn watch(&self) -> Result<(), VaultError> {
        let bus = self.connect().await?;
        let mut owners = owner_changes(&bus).await?;
        let from_service = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(SERVICE)
            .and_then(|rule| rule.path_namespace(SERVICE_PATH))
            .map_err(from_bus)?
            .build();
        // Each desktop has a screen saver interface of its own name; the signal is the same.
        let from_screen = MatchRule::builder()
            .msg_type(Type::Signal)
            .member("ActiveChanged")
            .map_err(from_bus)?
            .build();
        let mut hints = futures_util::stream::select(
            MessageStream::for_match_rule(from_service, &bus, None)
                .await
                .map_err(from_bus)?,
            MessageStream::for_match_rule(from_screen, &bus, None)
                .await
                .map_err(from_bus)?,
        );

        // Looked at after the signals were asked for, so that none falls in between. The first look may start
        // the service; later ones only follow a sign of life, or a killed service would be started for it.
        let mut alive = true;
        loop {
            if alive && default_collection_is_locked(&bus).await == Ok(false) {
                return Ok(());
            }
            tokio::select! {
                change = owners.next() => alive = new_owner(change)?,
                hint = hints.next() => {
                    hint.ok_or(VaultError::Absent)?.map_err(from_bus)?;
                }
            }
        }
    }

    fn on_runtime<T>(
        &self,
        errand: &Errand,
        work: impl AsyncFnOnce() -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        until_given_up(&runtime()?, errand, work())
    }

    /// Unlocks the default keyring, or has it made, and any other in which entries of ours lie.
    async fn unlock_all(&self, bus: &Connection, service: &SecretService<'_>) -> Result<(), VaultError> {
        let asked = async {
            match service.get_default_collection().await {
                Ok(collection) if collection.is_locked().await? => collection.unlock().await?,
                Ok(_) => {}
                Err(secret_service::Error::NoResult) => {
                    service.create_collection(NEW_COLLECTION, "default").await?;
                }
                Err(error) => return Err(error),
            }
            let ours = service
                .search_items(HashMap::from([("service", self.prefix.as_str())]))
                .await?;
            let locked: Vec<&Item<'_>> = ours.locked.iter().collect();
            if locked.is_empty() {
                Ok(())
            } else {
                service.unlock_all(&locked).await
            }
        };
        tokio::select! {
            biased;
            answer = asked => answer.map_err(told),
            error = until_gone(bus) => Err(error),
        }
    }
}

impl Backend for Platform {
    fn open(&self, errand: &Errand) -> Result<Box<dyn Drawer + '_>, VaultError> {
        let runtime = runtime()?;
        let (service, collection) = until_given_up(&runtime, errand, async {
            let bus = self.connect().await?;
            let mut collection = default_collection(&bus).await?;
            let locked = match &collection {
                Some(path) => is_locked(&bus, path).await?,
                // A person must choose its password: that is the same click as unlocking one.
                None => true,
            };
            if locked && errand.attention == Attention::Unattended {
                return Err(VaultError::Locked);
            }
            let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone())
                .await
                .map_err(told)?;
            if locked {
                let _asking = errand.asking();
                self.unlock_all(&bus, &service).await?;
                collection = default_collection(&bus).await?;
            }
            Ok((service, collection.ok_or(VaultError::Absent)?))
        })?;
        Ok(Box::new(Open {
            runtime,
            service: Some(service),
            collection,
            prefix: &self.prefix,
            errand: errand.clone(),
        }))
    }

    fn is_locked(&self, errand: &Errand) -> Result<bool, VaultError> {
        self.on_runtime(errand, async || {
            default_collection_is_locked(&self.connect().await?).await
        })
    }

    fn unlock(&self, errand: &Errand) -> Result<(), VaultError> {
        self.on_runtime(errand, async || {
            let bus = self.connect().await?;
            default_collection(&bus).await?;
            let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone())
                .await
                .map_err(told)?;
            let _asking = errand.asking();
            self.unlock_all(&bus, &service).await
        })
    }
}

struct Open<'a> {
    /// `Some` until it is dropped.
    service: Option<SecretService<'static>>,
    collection: OwnedObjectPath,
    prefix: &'a str,
    errand: Errand,
    runtime: Runtime,
}

impl Open<'_> {
    fn run<T>(
        &self,
        work: impl AsyncFnOnce(&SecretService<'static>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let service = self.service.as_ref().ok_or(VaultError::Broken)?;
        until_given_up(&self.runtime, &self.errand, work(service))
    }

    /// The unlocked entries of this name, those in the default keyring first. They are looked for in all
    /// keyrings: who makes another keyring the default one has not lost what stands in the old one.
    async fn find<'s>(
        &self,
        service: &'s SecretService<'static>,
        name: &str,
    ) -> Result<Vec<Item<'s>>, VaultError> {
        let mut found = service.search_items(self.attributes(name)).await.map_err(told)?;
        if found.unlocked.is_empty() && !found.locked.is_empty() {
            return Err(VaultError::Locked);
        }
        let inside = format!("{}/", self.collection.as_str());
        found
            .unlocked
            .sort_by_key(|item| !item.item_path.as_str().starts_with(&inside));
        Ok(found.unlocked)
    }

    fn attributes<'n>(&'n self, name: &'n str) -> HashMap<&'n str, &'n str> {
        HashMap::from([("service", self.prefix), ("username", name)])
    }
}

impl Drawer for Open<'_> {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.run(async |service| match self.find(service, name).await?.first() {
            Some(item) => item
                .get_secret()
                .await
                .map(|bytes| Some(Zeroizing::new(bytes)))
                .map_err(told),
            None => Ok(None),
        })
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.run(async |service| {
            if let Some(item) = self.find(service, name).await?.first() {
                return item.set_secret(value, "text/plain").await.map_err(told);
            }
            let collection: Collection<'_> = service
                .get_collection_by_path(self.collection.clone())
                .await
                .map_err(told)?;
            collection
                .create_item(LABEL, self.attributes(name), value, true, "text/plain")
                .await
                .map_err(told)?;
            Ok(())
        })
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.run(async |service| {
            for item in self.find(service, name).await? {
                item.delete().await.map_err(told)?;
            }
            Ok(())
        })
    }

    fn has(&self, name: &str) -> Result<bool, VaultError> {
        self.run(async |service| Ok(!self.find(service, name).await?.is_empty()))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // The bus library starts a task when a proxy is dropped, and panics outside a runtime.
        let _inside = self.runtime.enter();
        self.service = None;
    }
}

fn runtime() -> Result<Runtime, VaultError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| VaultError::Broken)
}

fn until_given_up<T>(
    runtime: &Runtime,
    errand: &Errand,
    work: impl Future<Output = Result<T, VaultError>>,
) -> Result<T, VaultError> {
    runtime.block_on(async {
        tokio::select! {
            biased;
            answer = work => answer,
            () = errand.until_given_up() => Err(VaultError::TimedOut),
        }
    })
}

async fn default_collection_is_locked(bus: &Connection) -> Result<bool, VaultError> {
    match default_collection(bus).await? {
        Some(path) => is_locked(bus, &path).await,
        None => Ok(true),
    }
}

/// The first call on each connection; see above.
async fn default_collection(bus: &Connection) -> Result<Option<OwnedObjectPath>, VaultError> {
    for _ in 1..ASKED {
        if let Some(path) = read_default_alias(bus).await? {
            return Ok(Some(path));
        }
    }
    read_default_alias(bus).await
}

async fn read_default_alias(bus: &Connection) -> Result<Option<OwnedObjectPath>, VaultError> {
    let answer = bus
        .call_method(
            Some(SERVICE),
            SERVICE_PATH,
            Some("org.freedesktop.Secret.Service"),
            "ReadAlias",
            &("default",),
        )
        .await
        .map_err(from_bus)?;
    let path: OwnedObjectPath = answer.body().deserialize().map_err(from_bus)?;
    Ok((path.as_str() != "/").then_some(path))
}

/// Asks the service itself each time: a property kept on our side would be stale after a lock.
async fn is_locked(bus: &Connection, collection: &OwnedObjectPath) -> Result<bool, VaultError> {
    let answer = bus
        .call_method(
            Some(SERVICE),
            collection,
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.freedesktop.Secret.Collection", "Locked"),
        )
        .await
        .map_err(from_bus)?;
    let value: OwnedValue = answer.body().deserialize().map_err(from_bus)?;
    bool::try_from(value).map_err(|_| VaultError::Broken)
}

async fn owner_changes(bus: &Connection) -> Result<MessageStream, VaultError> {
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.DBus")
        .and_then(|rule| rule.interface("org.freedesktop.DBus"))
        .and_then(|rule| rule.member("NameOwnerChanged"))
        .and_then(|rule| rule.arg(0, SERVICE))
        .map_err(from_bus)?
        .build();
    MessageStream::for_match_rule(rule, bus, None)
        .await
        .map_err(from_bus)
}

/// Has the service an owner after this change?
fn new_owner(change: Option<zbus::Result<zbus::Message>>) -> Result<bool, VaultError> {
    let change = change.ok_or(VaultError::Absent)?.map_err(from_bus)?;
    let (_, _, owner): (String, String, String) = change.body().deserialize().map_err(from_bus)?;
    Ok(!owner.is_empty())
}

/// Ends, with the error to answer, when the service leaves the bus: its prompts would never be completed.
async fn until_gone(bus: &Connection) -> VaultError {
    let gone = async {
        let mut owners = owner_changes(bus).await?;
        while new_owner(owners.next().await)? {}
        Err::<(), _>(VaultError::Absent)
    };
    gone.await.err().unwrap_or(VaultError::Absent)
}

fn told(error: secret_service::Error) -> VaultError {
    match error {
        secret_service::Error::Locked => VaultError::Locked,
        secret_service::Error::Prompt => VaultError::Dismissed,
        secret_service::Error::Unavailable | secret_service::Error::PromptDisconnected => VaultError::Absent,
        secret_service::Error::Zbus(error) => from_bus(error),
        secret_service::Error::ZbusFdo(error) => from_fdo(error),
        _ => VaultError::Broken,
    }
}

fn from_bus(error: zbus::Error) -> VaultError {
    match error {
        zbus::Error::MethodError(name, _, _) => by_name(name.as_str()),
        zbus::Error::FDO(error) => from_fdo(*error),
        zbus::Error::InputOutput(_) | zbus::Error::Connection(..) => VaultError::Absent,
        _ => VaultError::Broken,
    }
}

fn from_fdo(error: zbus::fdo::Error) -> VaultError {
    match error {
        zbus::fdo::Error::ZBus(error) => from_bus(error),
        error => by_name(error.name().as_str()),
    }
}

fn by_name(error: &str) -> VaultError {
    const BUS: &str = "org.freedesktop.DBus.Error.";
    match error.strip_prefix(BUS) {
        // `NoReply` is what the bus says for a service that left it before answering.
        Some("ServiceUnknown" | "NameHasNoOwner" | "NoReply" | "Disconnected" | "NoServer") => {
            VaultError::Absent
        }
        Some(start) if start.starts_with("Spawn.") => VaultError::Absent,
        Some("Timeout" | "TimedOut") => VaultError::TimedOut,
        _ if error == "org.freedesktop.Secret.Error.IsLocked" => VaultError::Locked,
        // The service was replaced between two steps of one call: the new one does not know our session.
        _ if error == "org.freedesktop.Secret.Error.NoSession" => VaultError::Absent,
        _ => VaultError::Broken,
    }
}
