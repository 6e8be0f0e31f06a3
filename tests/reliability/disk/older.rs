//! The database of an older program, made from today's: the migrations up to a number, as they stand in the repository, and
//! in its tables the rows of today's. All of it is read and written past the store, with the key alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kossori_engine::ports::{Attention, Vault as _};
use kossori_engine::secret::Secret;
use kossori_store::DatabaseKey;
use kossori_vault::Keyring;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::support::servers::repository;
use crate::support::world::World;

/// What the keyring holds of a folder.
pub struct Keys {
    keyring: Keyring,
    mark: String,
    key: String,
}

impl Keys {
    pub async fn of(world: &World) -> Keys {
        let named = std::fs::read(world.data_dir().join("folder.json")).expect("the folder's name");
        let named: Value = serde_json::from_slice(&named).expect("JSON");
        let mark = format!("folder.{}", named["id"].as_str().expect("an id"));
        let keyring = Keyring::on_bus("kossori", world.bus.address());
        let key = read(&keyring, &format!("{mark}.key")).await;
        Keys { keyring, mark, key }
    }

    pub fn database(&self) -> DatabaseKey {
        DatabaseKey::from_secret(&Secret::new(self.key.clone())).expect("a key")
    }

    pub async fn mark(&self) -> String {
        read(&self.keyring, &self.mark).await
    }

    pub async fn put_mark_back(&self, mark: &str) {
        let mark = Secret::new(mark.to_owned());
        let written = self.keyring.write(&self.mark, &mark, Attention::Unattended).await;
        written.expect("it is open");
    }

    /// As it stands, without the store.
    pub async fn open(&self, path: &Path) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(path)
            .pragma("key", format!("\"x'{}'\"", self.key))
            .foreign_keys(false)
            .connect()
            .await
            .expect("the key opens it")
    }
}

async fn read(keyring: &Keyring, entry: &str) -> String {
    let found = keyring.read(entry, Attention::Unattended).await;
    found.expect("it is open").expect("an entry").expose().to_owned()
}

pub async fn execute(database: &mut SqliteConnection, sql: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(database).await;
    done.expect("it is SQL");
}

async fn words(database: &mut SqliteConnection, sql: String) -> Vec<String> {
    let found = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(database).await;
    found.expect("it is SQL")
}

/// In order; the last one's number is this program's version.
pub fn migrations() -> Vec<String> {
    let folder = repository().join("src-tauri/store/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the migrations")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let read = |path| std::fs::read_to_string(path).expect("SQL");
    files.into_iter().map(read).collect()
}

/// Every table of the first, in order.
async fn tables(database: &mut SqliteConnection) -> Vec<String> {
    let named = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    words(database, named.to_owned()).await
}

async fn columns(database: &mut SqliteConnection, table: &str) -> Vec<String> {
    let columns = format!("SELECT '\"' || name || '\"' FROM pragma_table_info('{table}')");
    words(database, columns).await
}

/// Makes `to`, of version `version`, from `today`, on which nobody works.
pub async fn make(keys: &Keys, today: &Path, to: &Path, version: usize) {
    std::fs::write(to, []).expect("a file");
    let mut older = keys.open(to).await;
    execute(&mut older, "PRAGMA auto_vacuum = INCREMENTAL".to_owned()).await;
    execute(&mut older, "PRAGMA journal_mode = WAL".to_owned()).await;
    for migration in &migrations()[..version] {
        execute(&mut older, migration.clone()).await;
    }
    execute(&mut older, format!("PRAGMA user_version = {version}")).await;
    let attach = format!(
        "ATTACH DATABASE '{}' AS today KEY \"x'{}'\"",
        today.display(),
        keys.key
    );
    execute(&mut older, attach).await;
    for table in tables(&mut older).await {
        let columns = columns(&mut older, &table).await.join(", ");
        let copied = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}");
        execute(&mut older, copied).await;
    }
    execute(&mut older, "DETACH DATABASE today".to_owned()).await;
    older.close().await.expect("closed");
}

/// What is in a database: by table, each row's columns by name, as SQL would write them.
pub type Rows = BTreeMap<String, BTreeSet<BTreeMap<String, String>>>;

pub async fn rows(database: &mut SqliteConnection) -> Rows {
    let mut found = Rows::new();
    for table in tables(database).await {
        let columns = columns(database, &table).await;
        let pairs: Vec<String> = columns
            .iter()
            .map(|column| format!("'{}', quote({column})", column.trim_matches('"')))
            .collect();
        let rows = format!("SELECT json_object({}) FROM {table}", pairs.join(", "));
        let rows = words(database, rows).await;
        let row = |row: String| serde_json::from_str(&row).expect("JSON");
        found.insert(table, rows.into_iter().map(row).collect());
    }
    found
}

/// Its version, and what each thing in it was made with.
pub async fn schema(database: &mut SqliteConnection) -> (i64, Vec<String>) {
    let version = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *database);
    let version = version.await.expect("a number");
    let made =
        "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    (version, words(database, made.to_owned()).await)
}
