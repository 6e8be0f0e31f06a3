//! What a host answers itself, because it concerns the folder: unlocking, backups, adopting. The rest is the engine's.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kossori_api::{
    BackupView, Backups, Call, Code, Doctor, PictureBegun, PreferencesPatch, Problem, Reply, Request,
};
use kossori_engine::ports::{Attention, Ids as _, StoreError};

use crate::clock::SystemIds;
use crate::host::{Host, Storage};
use crate::open;
use crate::uploads::Guest;

impl Host {
    /// A request of this process.
    pub async fn answer(&self, call: Call) -> Reply {
        self.answer_to(call, Guest::OURSELVES).await
    }

    pub(crate) async fn answer_to(&self, call: Call, guest: Guest) -> Reply {
        // Of our own the person waits only for what asks them something: the tray and the digest merely look.
        let counts = guest != Guest::OURSELVES || matches!(call.request, Request::Unlock);
        let _in_hand = counts.then(|| self.in_hand.take());
        let answer = match &call.request {
            Request::PictureBegin { .. } | Request::PictureChunk(_) | Request::PictureEnd { .. } => {
                self.upload(call, guest).await
            }
            _ => self.try_answer(call).await,
        };
        self.asked.notify_one();
        match answer {
            Ok(value) => Reply::Done(value),
            Err(problem) => Reply::Refused(self.with_way_back(problem).await),
        }
    }

    pub(crate) async fn try_answer(&self, call: Call) -> Result<serde_json::Value, Problem> {
        match &call.request {
            Request::Unlock => {
                self.parts
                    .vault
                    .unlock()
                    .await
                    .map_err(kossori_engine::of_vault)?;
                let opened = self.try_open(Attention::Attended).await?;
                // It may have been open before without having said so.
                opened.engine.keyring_opened();
                Ok(serde_json::json!({}))
            }
            Request::Retire => {
                self.retire.notify_one();
                Ok(serde_json::json!({}))
            }
            Request::Hide => self.hide().await,
            Request::BackupList => self.backups().await,
            Request::BackupMake => self.backup().await,
            Request::BackupRestore { id } => self.restore(id).await,
            Request::Doctor => self.doctor().await,
            Request::Adopt => {
                let opened = self.opened_or_why().await?;
                let Some(folder) = &self.folder else {
                    return Err(Problem::new(Code::NotACopy));
                };
                if !open::is_copy(folder, &self.parts, &opened).await? {
                    return Err(Problem::new(Code::NotACopy));
                }
                to_value(&open::adopt(folder, &self.parts, &opened).await?)
            }
            Request::AccountAdd { network, .. }
                if self.options.storage == Storage::Memory
                    && *network != kossori_core::network::Network::Practice =>
            {
                Err(Problem::new(Code::NotPractice))
            }
            _ => {
                let opened = self.opened_or_why().await?;
                let asks_status = matches!(call.request, Request::Status);
                match opened.engine.handle(call).await {
                    Reply::Done(mut value) => {
                        if asks_status {
                            value["tray"] = self.tray().into();
                            value["shortcuts"] = to_value(&self.shortcuts())?;
                        }
                        Ok(value)
                    }
                    Reply::Refused(problem) => Err(problem),
                }
            }
        }
    }

    /// At once, whether or not the folder is open; the texts in lists stay veiled until a person changes that.
    async fn hide(&self) -> Result<serde_json::Value, Problem> {
        self.tell(kossori_api::Event::Hide);
        let veil = Request::PreferencesSet(PreferencesPatch {
            veil: Some(true),
            ..PreferencesPatch::default()
        });
        let call = Call {
            request_id: SystemIds.next(),
            request: veil,
        };
        match self.opened_or_why().await?.engine.handle(call).await {
            Reply::Done(_) => Ok(serde_json::json!({})),
            Reply::Refused(problem) => Err(problem),
        }
    }

    /// A picture that comes in pieces.
    async fn upload(&self, call: Call, guest: Guest) -> Result<serde_json::Value, Problem> {
        let opened = self.opened_or_why().await?;
        match call.request {
            Request::PictureBegin { bytes } => to_value(&PictureBegun {
                upload: self.uploads.begin(guest, SystemIds.next(), bytes)?,
            }),
            Request::PictureChunk(chunk) => {
                let piece = STANDARD.decode(&chunk.base64);
                self.uploads.add(guest, &chunk.upload, chunk.at, piece.ok())?;
                Ok(serde_json::json!({}))
            }
            Request::PictureEnd { upload } => {
                // Kept until the picture is cleaned: it is in memory until then.
                let mut room = None;
                let take = || {
                    let (bytes, its_room) = self.uploads.end(guest, &upload)?;
                    room = Some(its_room);
                    Ok(bytes)
                };
                match opened.engine.picture_came(&call.request_id, take).await {
                    Reply::Done(value) => Ok(value),
                    Reply::Refused(problem) => Err(problem),
                }
            }
            _ => Err(Problem::new(Code::Internal)),
        }
    }

    async fn backups(&self) -> Result<serde_json::Value, Problem> {
        let Some(folder) = &self.folder else {
            return to_value(&Backups::default());
        };
        let backups = kossori_store::backups_of(&folder.database()).map_err(kossori_engine::of_store)?;
        let key = open::known_key(folder, &self.parts).await;
        let mut whole = Vec::new();
        for backup in &backups {
            whole.push(match &key {
                Some(key) => Some(kossori_store::check_backup(&backup.path, key).await.is_ok()),
                None => None,
            });
        }
        let view = |(backup, whole): (&kossori_store::BackupFile, Option<bool>)| BackupView {
            id: open::backup_id(&backup.path),
            at: open::shown(&self.parts, backup.at),
            why: backup.why.as_str().to_owned(),
            bytes: backup.bytes,
            whole,
        };
        to_value(&Backups {
            backups: backups.iter().zip(whole).map(view).collect(),
        })
    }

    /// One that a person asked for. Writing goes on meanwhile.
    async fn backup(&self) -> Result<serde_json::Value, Problem> {
        let opened = self.opened_or_why().await?;
        let now = self.parts.clock.now();
        let made = opened.database.backup(now, kossori_store::BackupWhy::Asked).await;
        let made = made.map_err(|error| match error {
            // In memory there is nothing to copy.
            StoreError::Broken => Problem::new(Code::BackupFailed),
            error => kossori_engine::of_store(error),
        })?;
        to_value(&BackupView {
            id: open::backup_id(&made.path),
            at: open::shown(&self.parts, made.at),
            why: made.why.as_str().to_owned(),
            bytes: made.bytes,
            whole: Some(true),
        })
    }

    /// Closes the database, puts the backup in its place, opens again: as a copy, paused. Whoever ticks or tells events
    /// goes on with the new engine; requests wait meanwhile.
    async fn restore(&self, id: &str) -> Result<serde_json::Value, Problem> {
        let Some(folder) = &self.folder else {
            return Err(Problem::new(Code::UnknownBackup).with("id", id));
        };
        open::backup(folder, id)?;
        let mut slot = self.opened.lock().await;
        let mut closed = Ok(());
        if let Some(opened) = slot.as_ref() {
            if opened.engine.is_busy() {
                return Err(Problem::new(Code::AccountIsSending));
            }
            // Before it gives way, so that the ticker does not find it once more.
            self.engine.send_replace(None);
            let mut events = opened.engine.events();
            opened.engine.give_way();
            // What began in this very moment ends before its claim.
            while opened.engine.is_busy() {
                // Lagging behind is news enough to look again.
                let _ = events.recv().await;
            }
            closed = opened.database.close().await.map_err(kossori_engine::of_store);
        }
        *slot = None;
        let restored = match closed {
            Ok(()) => open::restore(folder, &self.parts, id).await,
            // It is closed all the same.
            Err(problem) => Err(problem),
        };
        self.open_into(&mut slot, Attention::Unattended).await?;
        restored?;
        Ok(serde_json::json!({}))
    }

    async fn doctor(&self) -> Result<serde_json::Value, Problem> {
        let check = |name: &str, problem: Option<Problem>| kossori_api::Check {
            name: name.to_owned(),
            ok: problem.is_none(),
            // The code; the client says it in its reader's language.
            message: problem
                .map(|problem| problem.code.as_str().to_owned())
                .unwrap_or_default(),
            hint: None,
        };
        let keyring = match self.parts.vault.is_locked().await {
            Ok(false) => None,
            Ok(true) => Some(Problem::new(Code::KeyringLocked)),
            Err(error) => Some(kossori_engine::of_vault(error)),
        };
        let opened = self.opened.lock().await.as_ref().map(Arc::clone);
        let folder = if opened.is_some() {
            None
        } else {
            Some(self.why_shut())
        };
        let database = match &opened {
            Some(opened) => opened.database.check().await.err().map(kossori_engine::of_store),
            None => None,
        };
        let worker = match kossori_media::beside_current_exe() {
            Some(_) => None,
            None => Some(Problem::new(Code::PictureWorkerMissing)),
        };
        let checks = vec![
            check("keyring", keyring),
            check("folder", folder),
            check("database", database),
            check("pictures", worker),
        ];
        to_value(&Doctor { checks })
    }
}

fn to_value<T: serde::Serialize>(view: &T) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(view).map_err(|_| Problem::new(Code::Internal))
}
