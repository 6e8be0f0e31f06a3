//! What a person prefers of the programs themselves, and how they say so.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `System`: what the desktop says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum LanguageChoice {
    #[default]
    System,
    Ja,
    En,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

/// What of the preferences changes; what is not there stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct PreferencesPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<LanguageChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<ThemeChoice>,
    /// `HH:MM` by the system's clock; null: no digest.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null", optional)]
    pub digest_at: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub autostart: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub veil: Option<bool>,
    /// Keys that are heard everywhere, as `Ctrl+Alt+K`: to write, and to hide everything; null: none.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null", optional)]
    pub shortcut_write: Option<Option<String>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null", optional)]
    pub shortcut_hide: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_run_done: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awake_told: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tray_told: Option<bool>,
}

/// A field that is null is given too.
pub(crate) fn given<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(field).map(Some)
}
