//! Values to cells and back.

use jiff::Timestamp;
use kossori_engine::ports::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use crate::error::Failure;

/// Nanoseconds since 1970, so that nothing of a time is lost. What lies beyond the years 1677 to 2262 is kept
/// as the nearest time that can be.
pub(crate) fn nanos(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

pub(crate) fn time(nanos: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(i128::from(nanos)).map_err(|_| StoreError::Damaged)
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Broken)
}

pub(crate) fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Damaged)
}

/// The one word that a plain enum serialises to.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Broken),
    }
}

pub(crate) fn of_word<T: DeserializeOwned>(word: String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| StoreError::Damaged)
}

/// A count or a revision number as SQLite keeps it.
pub(crate) fn integer(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Broken)
}

/// Reads the cells of a row from left to right: the order is the one of the `COLUMNS` beside it.
pub(crate) struct Cells<'r> {
    row: &'r SqliteRow,
    next: usize,
}

impl<'r> Cells<'r> {
    pub(crate) fn of(row: &'r SqliteRow) -> Self {
        Cells { row, next: 0 }
    }

    pub(crate) fn take<T: Decode<'r, Sqlite> + Type<Sqlite>>(&mut self) -> Result<T, Failure> {
        let value = self.row.try_get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Failure> {
        let value: i64 = self.take()?;
        T::try_from(value).map_err(|_| StoreError::Damaged.into())
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Failure> {
        Ok(time(self.take()?)?)
    }

    pub(crate) fn time_or_none(&mut self) -> Result<Option<Timestamp>, Failure> {
        let nanos: Option<i64> = self.take()?;
        Ok(nanos.map(time).transpose()?)
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        let text: &str = self.take()?;
        Ok(of_json(text)?)
    }

    pub(crate) fn json_or_none<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Failure> {
        let text: Option<&str> = self.take()?;
        Ok(text.map(of_json).transpose()?)
    }

    pub(crate) fn word<T: DeserializeOwned>(&mut self) -> Result<T, Failure> {
        Ok(of_word(self.take()?)?)
    }
}

/// Stale unless exactly one row was touched.
pub(crate) fn exactly_one(done: sqlx::sqlite::SqliteQueryResult) -> Result<(), Failure> {
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale.into())
    }
}
