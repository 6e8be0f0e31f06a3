//! What the person prefers of the programs themselves. Nothing here decides when or what is published.

use kossori_api::{Code, LanguageChoice, Preferences, PreferencesPatch, Problem, ThemeChoice};
use kossori_core::rules::CivilMinute;
use kossori_core::shortcut::Shortcut;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::problem::{Outcome, of_autostart, of_store};
use crate::schedule::put_setting;

/// As it is kept. Whether the resident starts at sign-in is the system's to know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    language: LanguageChoice,
    theme: ThemeChoice,
    digest_at: Option<CivilMinute>,
    veil: bool,
    shortcut_write: Option<String>,
    shortcut_hide: Option<String>,
    first_run_done: bool,
    awake_told: bool,
    tray_told: bool,
}

impl Engine {
    pub(crate) async fn preferences_show(&self) -> Outcome<Preferences> {
        Ok(self.preferences_view(self.preferences().await?))
    }

    pub(crate) async fn preferences_set(&self, patch: PreferencesPatch) -> Outcome<Preferences> {
        let _gate = self.gate.lock().await;
        let mut kept = self.preferences().await?;
        kept.language = patch.language.unwrap_or(kept.language);
        kept.theme = patch.theme.unwrap_or(kept.theme);
        if let Some(at) = patch.digest_at {
            kept.digest_at = at.as_deref().map(read_digest_time).transpose()?;
        }
        kept.veil = patch.veil.unwrap_or(kept.veil);
        if let Some(key) = patch.shortcut_write {
            kept.shortcut_write = key.as_deref().map(read_shortcut).transpose()?;
        }
        if let Some(key) = patch.shortcut_hide {
            kept.shortcut_hide = key.as_deref().map(read_shortcut).transpose()?;
        }
        if kept.shortcut_write.is_some() && kept.shortcut_write == kept.shortcut_hide {
            return Err(Problem::new(Code::ShortcutTwice));
        }
        kept.first_run_done = patch.first_run_done.unwrap_or(kept.first_run_done);
        kept.awake_told = patch.awake_told.unwrap_or(kept.awake_told);
        kept.tray_told = patch.tray_told.unwrap_or(kept.tray_told);
        // Before the rest: what the system refuses leaves everything as it was.
        if let Some(on) = patch.autostart {
            self.ports.autostart.set(on).map_err(of_autostart)?;
        }
        let changes = vec![put_setting("preferences", &kept)];
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell(kossori_api::Event::Changed);
        Ok(self.preferences_view(kept))
    }

    async fn preferences(&self) -> Outcome<Kept> {
        Ok(self.setting("preferences").await?.unwrap_or_default())
    }

    fn preferences_view(&self, kept: Kept) -> Preferences {
        Preferences {
            language: kept.language,
            theme: kept.theme,
            digest_at: kept.digest_at.map(|at| at.to_string()),
            autostart: self.ports.autostart.is_on(),
            autostart_possible: self.ports.autostart.is_possible(),
            veil: kept.veil,
            shortcut_write: kept.shortcut_write,
            shortcut_hide: kept.shortcut_hide,
            first_run_done: kept.first_run_done,
            awake_told: kept.awake_told,
            tray_told: kept.tray_told,
        }
    }
}

/// As it is said everywhere.
fn read_shortcut(text: &str) -> Outcome<String> {
    Shortcut::parse(text)
        .map(|shortcut| shortcut.to_string())
        .map_err(|_| Problem::new(Code::BadShortcut).with("text", text))
}

/// A day has no 24:00 of its own.
fn read_digest_time(text: &str) -> Outcome<CivilMinute> {
    CivilMinute::parse(text)
        .ok()
        .filter(|at| *at < CivilMinute::MIDNIGHT_AFTER)
        .ok_or_else(|| Problem::new(Code::BadTime).with("text", text))
}
