//! From a locked folder to an engine: key, database, fingerprint.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, Moved, Problem};
use kossori_core::network::Network;
use kossori_engine::ports::{
    Attention, Autostart, Change, Clock, Ids, Media, Publisher, Publishers, Store, StoreError, Timeline,
    Vault,
};
use kossori_engine::{Engine, Ports, Role, Settings, of_store, of_vault};
use kossori_networks::{LoopbackPorts, Networks};
use kossori_store::{BackupFile, Database, DatabaseKey, Opening, RESTORED};

use crate::came_back;
use crate::folder::{Fingerprint, Folder};
use crate::host::Between;
use crate::way_back;

/// A folder that is in use.
pub struct Opened {
    pub engine: Arc<Engine>,
    pub database: Arc<Database>,
}

pub struct Parts {
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub media: Arc<dyn Media>,
    pub autostart: Arc<dyn Autostart>,
    pub between: Option<Between>,
    pub role: Role,
    pub settings: Settings,
}

/// What nothing names yet may be named soon: a picture comes before the draft that shows it.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// Bytes: some tenths of a second.
const CHECKED_AT_START: u64 = 32 << 20;

struct Adapters(Networks);

impl Publishers for Adapters {
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>> {
        Some(self.0.publisher(network))
    }
}

/// Opens the folder's database with the key from the keyring; a new folder gets both.
pub async fn open(folder: &Folder, parts: &Parts, attention: Attention) -> Result<Opened, Problem> {
    let key = key_of(folder, parts, attention).await?;
    match open_with(folder, parts, &key).await {
        Err(problem) => Err(way_back::tell(problem, folder, parts, &key).await),
        opened => opened,
    }
}

async fn open_with(folder: &Folder, parts: &Parts, key: &DatabaseKey) -> Result<Opened, Problem> {
    let now = parts.clock.now();
    let path = folder.database();
    kossori_store::finish_restore(&path, key, now)
        .await
        .map_err(of_store)?;
    // A folder that has published and lost its database does not begin anew as if nothing had been.
    let create = remembered(folder, parts).await?.is_none();
    if !create && !path.exists() {
        return Err(Problem::new(Code::DatabaseDamaged));
    }
    let database = Database::open(&path, key, Opening { create, now })
        .await
        .map_err(of_store)?;
    let database = Arc::new(database);
    if parts.role.publishes() && is_checked_at_start(&path) {
        database.check().await.map_err(of_store)?;
    }
    let engine = engine_over(&database, parts);
    engine.start().await?;
    if parts.role.publishes() {
        let copy = mark_epoch(folder, parts, database.as_ref()).await?;
        engine.set_folder_is_a_copy(copy);
        daily(&database, now).await?;
    } else {
        // A command publishes nothing, but what it says of the queue must be true.
        engine.set_folder_is_a_copy(looks_copied(folder, parts, database.as_ref()).await?);
    }
    Ok(Opened { engine, database })
}

/// Every page is read before anything goes out, if that takes a moment only. Of a larger database the day's backup reads
/// them, and each page tells when it is read.
fn is_checked_at_start(database: &Path) -> bool {
    std::fs::metadata(database).is_ok_and(|file| file.len() <= CHECKED_AT_START)
}

/// Once a day, when the backup is due: it is made, and then what nothing names any more is forgotten. That either
/// fails is no reason to keep the person from their queue, unless there is damage.
pub async fn daily(database: &Database, now: Timestamp) -> Result<(), Problem> {
    match database.backup_if_due(now).await {
        Ok(Some(_)) => {}
        Ok(None) => return Ok(()),
        Err(error) => {
            tracing::warn!(%error, "the daily backup could not be made");
            // The copy was bad, or what it was made of.
            let is_damaged =
                error == StoreError::Damaged && database.check().await == Err(StoreError::Damaged);
            return if is_damaged { Err(of_store(error)) } else { Ok(()) };
        }
    }
    let before = now.saturating_sub(YOUNG).unwrap_or(Timestamp::MIN);
    if let Err(error) = database.sweep(before).await {
        tracing::warn!(%error, "what nothing names any more could not be forgotten");
    }
    Ok(())
}

/// Everything in memory: for trying out.
pub async fn open_in_memory(parts: &Parts) -> Result<Opened, Problem> {
    let database = Arc::new(Database::in_memory().await.map_err(of_store)?);
    let engine = engine_over(&database, parts);
    engine.start().await?;
    Ok(Opened { engine, database })
}

fn engine_over(database: &Arc<Database>, parts: &Parts) -> Arc<Engine> {
    let store: Arc<dyn Store> = Arc::clone(database) as Arc<dyn Store>;
    let timeline: Arc<dyn Timeline> = Arc::clone(database) as Arc<dyn Timeline>;
    let networks = Networks::new(
        Arc::clone(&timeline),
        Arc::clone(&parts.clock),
        kossori_networks::Options::default(),
    );
    let ports = Ports {
        store,
        vault: Arc::clone(&parts.vault),
        clock: Arc::clone(&parts.clock),
        ids: Arc::clone(&parts.ids),
        media: Arc::clone(&parts.media),
        timeline,
        publishers: Arc::new(Adapters(networks)),
        autostart: Arc::clone(&parts.autostart),
        loopback: Arc::new(LoopbackPorts::new(came_back::page())),
    };
    let ports = match &parts.between {
        Some(between) => between(ports),
        None => ports,
    };
    Engine::new(ports, parts.role, parts.settings.clone())
}

async fn key_of(folder: &Folder, parts: &Parts, attention: Attention) -> Result<DatabaseKey, Problem> {
    let entry = format!("folder.{}.key", folder.id);
    match parts.vault.read(&entry, attention).await.map_err(of_vault)? {
        Some(secret) => DatabaseKey::from_secret(&secret).ok_or_else(|| Problem::new(Code::DatabaseKeyLost)),
        // A database whose key is gone stays as it is: another keyring may have it.
        None if folder.database().exists() => Err(Problem::new(Code::DatabaseKeyLost)),
        None => {
            let mut bytes = [0; 32];
            parts.ids.random(&mut bytes);
            let key = DatabaseKey::new(bytes);
            parts
                .vault
                .write(&entry, &key.to_secret(), attention)
                .await
                .map_err(of_vault)?;
            Ok(key)
        }
    }
}

/// The database's key, if the keyring gives it just now.
pub async fn known_key(folder: &Folder, parts: &Parts) -> Option<DatabaseKey> {
    let entry = format!("folder.{}.key", folder.id);
    let secret = parts.vault.read(&entry, Attention::Unattended).await.ok()??;
    DatabaseKey::from_secret(&secret)
}

/// A publishing host raises the folder's epoch, in the folder first and then in the keyring. Answers whether this is
/// a copy; then nothing is written.
async fn mark_epoch(folder: &Folder, parts: &Parts, database: &Database) -> Result<bool, Problem> {
    if looks_copied(folder, parts, database).await? {
        return Ok(true);
    }
    let epoch = epoch_of(database).await?;
    raise_epoch(folder, parts, database, epoch + 1).await?;
    Ok(false)
}

pub async fn is_copy(folder: &Folder, parts: &Parts, opened: &Opened) -> Result<bool, Problem> {
    looks_copied(folder, parts, &opened.database).await
}

async fn looks_copied(folder: &Folder, parts: &Parts, database: &Database) -> Result<bool, Problem> {
    // A backup of this very epoch looks like the folder itself, and what was sent since would go out again.
    let restored = database.setting(RESTORED).await.map_err(of_store)?;
    if restored.is_some_and(|json| json == "true") {
        return Ok(true);
    }
    let here = folder
        .fingerprint(epoch_of(database).await?)
        .map_err(|_| Problem::new(Code::FolderUnusable))?;
    Ok(remembered(folder, parts)
        .await?
        .is_some_and(|remembered| here.is_copy_of(&remembered)))
}

/// The person says that this copy goes on: from now on it is the folder. Answers the times that changed.
///
/// The keyring is set ahead first: as long as the folder is behind it, it is a copy and paused, whatever fails and
/// whenever it is opened again. One commit then holds what waits and catches up, and only after it anything may go out.
pub async fn adopt(folder: &Folder, parts: &Parts, opened: &Opened) -> Result<Moved, Problem> {
    let epoch = epoch_of(&opened.database).await?;
    let ahead = remembered(folder, parts)
        .await?
        .map_or(0, |remembered| remembered.epoch);
    let epoch = epoch.max(ahead) + 1;
    remember(folder, parts, epoch).await?;
    let no_more = Change::PutSetting {
        name: RESTORED,
        json: "false".to_owned(),
    };
    opened.engine.adopt(vec![put_epoch(epoch), no_more]).await
}

async fn raise_epoch(folder: &Folder, parts: &Parts, database: &Database, epoch: u64) -> Result<(), Problem> {
    database.commit(vec![put_epoch(epoch)]).await.map_err(of_store)?;
    remember(folder, parts, epoch).await
}

fn put_epoch(epoch: u64) -> Change {
    Change::PutSetting {
        name: "epoch",
        json: epoch.to_string(),
    }
}

async fn remember(folder: &Folder, parts: &Parts, epoch: u64) -> Result<(), Problem> {
    let here = folder
        .fingerprint(epoch)
        .map_err(|_| Problem::new(Code::FolderUnusable))?;
    let json = serde_json::to_string(&here).map_err(|_| Problem::new(Code::Internal))?;
    let secret = kossori_engine::secret::Secret::new(json);
    parts
        .vault
        .write(&mark_of(folder), &secret, Attention::Unattended)
        .await
        .map_err(of_vault)
}

async fn epoch_of(database: &Database) -> Result<u64, Problem> {
    let stored = database.setting("epoch").await.map_err(of_store)?;
    Ok(stored.and_then(|epoch| epoch.parse().ok()).unwrap_or(0))
}

async fn remembered(folder: &Folder, parts: &Parts) -> Result<Option<Fingerprint>, Problem> {
    let secret = parts
        .vault
        .read(&mark_of(folder), Attention::Unattended)
        .await
        .map_err(of_vault)?;
    Ok(secret.and_then(|secret| serde_json::from_str(secret.expose()).ok()))
}

fn mark_of(folder: &Folder) -> String {
    format!("folder.{}", folder.id)
}

/// Back to a backup: the folder goes on as a copy, paused, until a person adopts it. What was restored says so itself, so
/// one that fails half way leaves the folder as it was.
pub async fn restore(folder: &Folder, parts: &Parts, id: &str) -> Result<(), Problem> {
    let backup = backup(folder, id)?;
    let key = key_of(folder, parts, Attention::Unattended).await?;
    let restored = kossori_store::restore(&folder.database(), &key, &backup.path, parts.clock.now()).await;
    match restored {
        Ok(_) => Ok(()),
        // Only the backup is looked at.
        Err(StoreError::Damaged) => {
            let problem = Problem::new(Code::BackupDamaged);
            Err(way_back::tell(problem, folder, parts, &key).await)
        }
        Err(error) => Err(of_store(error)),
    }
}

pub fn backup(folder: &Folder, id: &str) -> Result<BackupFile, Problem> {
    let backups = kossori_store::backups_of(&folder.database()).map_err(of_store)?;
    backups
        .into_iter()
        .find(|backup| backup_id(&backup.path) == id)
        .ok_or_else(|| Problem::new(Code::UnknownBackup).with("id", id))
}

/// In the person's zone, to the millisecond.
pub fn shown(parts: &Parts, at: Timestamp) -> String {
    at.to_zoned_datetime(parts.clock.zone())
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

/// A backup is named by its file.
pub fn backup_id(path: &Path) -> String {
    path.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}
