//! Pictures by themselves: cleaned when they are attached, kept at once, and from then on named by their id. They come
//! before the draft that shows them is saved; what none ever shows is swept (`store`).

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kossori_api::{Code, PictureAdded, PictureThumb, PictureView, Problem, Reply};
use kossori_core::ids::MediaId;

use crate::engine::Engine;
use crate::handle::value;
use crate::intake::sha256_hex;
use crate::model::StoredPicture;
use crate::ports::{Change, MediaError, PictureBounds, PictureFacts, PictureSource};
use crate::problem::{Outcome, of_media, of_store};

/// A larger one is made smaller before it is kept. It is what Mastodon takes, and no other network takes as much; on
/// its way into the database a picture is in memory a few times over, and the host is to stay small.
const KEPT: PictureBounds = PictureBounds {
    max_bytes: Some(16 * 1024 * 1024),
    max_pixels: None,
};

impl Engine {
    pub(crate) async fn picture_add(&self, path: &Path, request: &str) -> Outcome<PictureAdded> {
        let _turn = self.pictures.lock().await;
        let (stored, removed) = self.picture_of_file(path).await?;
        self.keep(stored, removed, request).await
    }

    /// A picture that came in pieces. `take` is asked for its bytes unless this very request was answered before.
    pub async fn picture_came(&self, request: &str, take: impl FnOnce() -> Outcome<Vec<u8>> + Send) -> Reply {
        let answer = self.once(request, || async move {
            let bytes = take()?;
            let _turn = self.pictures.lock().await;
            let (stored, removed) = self
                .picture_of(PictureSource::Came(bytes))
                .await
                .map_err(of_media)?;
            value(self.keep(stored, removed, request).await?)
        });
        match answer.await {
            Ok(value) => Reply::Done(value),
            Err(problem) => Reply::Refused(problem),
        }
    }

    /// The person's file is read here and never again.
    pub(crate) async fn picture_of_file(&self, path: &Path) -> Outcome<(StoredPicture, bool)> {
        let made = match path.is_absolute() {
            true => self.picture_of(PictureSource::Path(path.to_owned())).await,
            // Relative to what? A `file:` address is none of ours either.
            false => Err(MediaError::Unreadable),
        };
        made.map_err(|error| {
            let file = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            of_media(error).with("file", file)
        })
    }

    async fn picture_of(&self, source: PictureSource) -> Result<(StoredPicture, bool), MediaError> {
        let cleaned = self.ports.media.clean(source, KEPT).await?;
        let stored = StoredPicture {
            id: MediaId(self.ports.ids.next()),
            sha256: sha256_hex(&cleaned.picture.bytes),
            picture: cleaned.picture,
        };
        Ok((stored, cleaned.removed))
    }

    async fn keep(&self, stored: StoredPicture, removed: bool, request: &str) -> Outcome<PictureAdded> {
        let facts = PictureFacts {
            id: stored.id.clone(),
            mime: stored.picture.mime.clone(),
            width: stored.picture.width,
            height: stored.picture.height,
            bytes: stored.picture.bytes.len() as u64,
            sha256: stored.sha256.clone(),
        };
        let answer = PictureAdded {
            picture: view_of(&facts, String::new()),
            removed,
        };
        let changes = vec![Change::AddPicture(stored), self.answered_with(request, &answer)];
        self.ports.store.commit(changes).await.map_err(of_store)?;
        Ok(answer)
    }

    /// Made anew each time: pictures in the composer are few, and a second copy of each would have to be forgotten too.
    pub(crate) async fn picture_thumb(&self, id: &str) -> Outcome<PictureThumb> {
        let missing = || Problem::new(Code::PictureUnreadable).with("file", id);
        let _turn = self.pictures.lock().await;
        let stored = self.ports.store.picture(&id.into()).await.map_err(of_store)?;
        let bytes: Arc<[u8]> = stored.ok_or_else(missing)?.picture.bytes;
        let thumb = self.ports.media.thumb(bytes).await.map_err(of_media)?;
        Ok(PictureThumb {
            mime: thumb.mime,
            base64: STANDARD.encode(&thumb.bytes),
        })
    }
}

pub(crate) fn view_of(facts: &PictureFacts, alt: String) -> PictureView {
    PictureView {
        id: facts.id.to_string(),
        alt,
        mime: facts.mime.clone(),
        width: facts.width,
        height: facts.height,
        bytes: facts.bytes,
        sha256: facts.sha256.clone(),
    }
}
