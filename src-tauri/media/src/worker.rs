//! The parent's end: starts the child, hands it the bytes, and believes nothing that comes back.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kossori_engine::ports::{CleanPicture, Cleaned, Media, MediaError, PictureBounds, PictureSource};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::limits::{MAX_FILE_BYTES, MAX_PIXELS, THUMB_SIDE};
use crate::wire::{Answer, MAX_HEADER_BYTES, Request, header};

/// The resident's program, which holds the picture worker.
const PROGRAM: &str = if cfg!(windows) { "kossorid.exe" } else { "kossorid" };

/// DESIGN.md, "Secrets and screen".
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Cleans pictures in child processes, one at a time: each may take 512 MiB.
pub struct Worker {
    program: PathBuf,
    time_limit: Duration,
    turn: Semaphore,
}

/// The resident's program beside the running one; also in the folder above, where programs built for tests find it.
#[must_use]
pub fn beside_current_exe() -> Option<PathBuf> {
    let running = std::env::current_exe().ok()?;
    running
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(PROGRAM))
        .find(|path| path.is_file())
}

impl Worker {
    /// `program` is called with `--picture-worker` as its only argument and without any environment.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            time_limit: TIME_LIMIT,
            turn: Semaphore::new(1),
        }
    }

    /// Another time limit than 20 s.
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    fn start(&self) -> Result<Child, MediaError> {
        let mut command = Command::new(&self.program);
        command
            .arg("--picture-worker")
            .env_clear()
            .current_dir(if cfg!(windows) {
                Path::new(".")
            } else {
                Path::new("/")
            })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A decoder's panic might quote the bytes it fell over.
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => MediaError::WorkerMissing,
            _ => MediaError::WorkerDied,
        })
    }
}

#[async_trait]
impl Media for Worker {
    async fn clean(&self, source: PictureSource, bounds: PictureBounds) -> Result<Cleaned, MediaError> {
        self.work(source, bounds, false).await
    }

    async fn thumb(&self, picture: Arc<[u8]>) -> Result<CleanPicture, MediaError> {
        let bounds = PictureBounds {
            max_bytes: None,
            max_pixels: Some(u64::from(THUMB_SIDE).pow(2)),
        };
        let made = self.work(PictureSource::Bytes(picture), bounds, true).await?;
        Ok(made.picture)
    }
}

impl Worker {
    async fn work(
        &self,
        source: PictureSource,
        bounds: PictureBounds,
        thumb: bool,
    ) -> Result<Cleaned, MediaError> {
        // Before the file is read: of those that wait, none is in memory.
        let _turn = self.turn.acquire().await.map_err(|_| MediaError::WorkerDied)?;
        let bytes = match source {
            PictureSource::Bytes(bytes) => Foreign::Kept(bytes),
            PictureSource::Came(bytes) => Foreign::Came(bytes),
            PictureSource::Path(path) => {
                let read = tokio::task::spawn_blocking(move || read_file(&path));
                // A file of a server that does not answer.
                let read = tokio::time::timeout(self.time_limit, read).await;
                let read = read.map_err(|_| MediaError::Unreadable)?;
                Foreign::Came(read.map_err(|_| MediaError::Unreadable)??)
            }
        };
        let request = Request {
            bounds,
            length: bytes.as_ref().len() as u64,
            thumb,
        };
        if request.length > MAX_FILE_BYTES {
            return Err(MediaError::TooLarge);
        }
        let mut child = self.start()?;
        let answer = tokio::time::timeout(self.time_limit, converse(&mut child, bytes, request)).await;
        // Also after a good answer: it has nothing left to do. This waits until it is gone, so that none is left over.
        let _ = child.kill().await;
        answer.map_err(|_| MediaError::WorkerDied)?
    }
}

enum Foreign {
    Kept(Arc<[u8]>),
    Came(Vec<u8>),
}

impl AsRef<[u8]> for Foreign {
    fn as_ref(&self) -> &[u8] {
        match self {
            Foreign::Kept(bytes) => bytes,
            Foreign::Came(bytes) => bytes,
        }
    }
}

async fn converse(child: &mut Child, bytes: Foreign, request: Request) -> Result<Cleaned, MediaError> {
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(MediaError::WorkerDied);
    };
    let bounds = request.bounds;
    let request = header(&request).map_err(|_| MediaError::WorkerDied)?;
    let ask = async move {
        // A worker that died early has closed its end; what it answered, or did not, tells the rest.
        let _ = async {
            input.write_all(&request).await?;
            input.write_all(bytes.as_ref()).await?;
            // The child has them now, and its answer may be as long.
            drop(bytes);
            input.shutdown().await
        }
        .await;
    };
    let (answer, ()) = tokio::join!(read_answer(&mut output, bounds), ask);
    answer.map_err(|_| MediaError::WorkerDied)?
}

/// Takes only what a sound worker could have said: one of four formats, inside the bounds, as long as announced.
async fn read_answer(
    output: &mut (impl AsyncReadExt + Unpin),
    bounds: PictureBounds,
) -> io::Result<Result<Cleaned, MediaError>> {
    let refused = || io::Error::from(io::ErrorKind::InvalidData);
    let length = output.read_u32_le().await?;
    if length > MAX_HEADER_BYTES {
        return Err(refused());
    }
    let mut json = vec![0; length as usize];
    output.read_exact(&mut json).await?;
    let (mime, width, height, length, removed) = match serde_json::from_slice(&json)? {
        Answer::Picture {
            mime,
            width,
            height,
            length,
            removed,
        } => (mime, width, height, length, removed),
        Answer::Error(error) => return Ok(Err(error)),
    };
    let pixels = u64::from(width) * u64::from(height);
    let known = matches!(
        mime.as_str(),
        "image/jpeg" | "image/png" | "image/webp" | "image/gif"
    );
    let fits = length <= bounds.max_bytes.unwrap_or(MAX_FILE_BYTES).min(MAX_FILE_BYTES)
        && pixels <= bounds.max_pixels.unwrap_or(MAX_PIXELS).min(MAX_PIXELS);
    if !known || !fits || pixels == 0 || length == 0 {
        return Err(refused());
    }
    // Made where it stays: moved there from a `Vec` it would be in memory twice.
    let mut bytes: Arc<[u8]> = std::iter::repeat_n(0, length as usize).collect();
    let room = Arc::get_mut(&mut bytes).ok_or_else(refused)?;
    output.read_exact(room).await?;
    if output.read(&mut [0]).await? != 0 {
        return Err(refused());
    }
    let picture = CleanPicture {
        bytes,
        mime,
        width,
        height,
    };
    Ok(Ok(Cleaned { picture, removed }))
}

/// Reads a picked file whole, once. Only ordinary files: a pipe or a device may never end.
fn read_file(path: &Path) -> Result<Vec<u8>, MediaError> {
    let file = open(path).map_err(|_| MediaError::Unreadable)?;
    let facts = file.metadata().map_err(|_| MediaError::Unreadable)?;
    if !facts.is_file() {
        return Err(MediaError::Unreadable);
    }
    if facts.len() > MAX_FILE_BYTES {
        return Err(MediaError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(facts.len() as usize);
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| MediaError::Unreadable)?;
    Ok(bytes)
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    // Without waiting: opening a named pipe would block until somebody writes to it.
    let file = rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK,
        Mode::empty(),
    )?;
    Ok(File::from(file))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
