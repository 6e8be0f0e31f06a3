//! The write-ahead log as it stands before it is opened. SQLite takes the first frame that does not check for the end of
//! the log: right after a loss of power, but where later commits stand behind it, they would be gone without a word, and
//! with them that something was sent.
//!
//! Each commit is brought to the disk before the next one begins, so what a loss of power tears is the last one alone. Two
//! commits in one unbroken stretch from the first bad frame on: the file was damaged.
//!
//! A wrong byte in the last commit itself looks like that loss of power. Where it must not be lost, a note beside the log
//! says how far it reached once the commit was on the disk: a log that ends before that was damaged.
//!
//! The format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>. The numbers are big-endian, the checksums
//! over words in the order that the header names.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use crate::files;

const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;
/// The log's salts, how many of its frames hold, and a checksum of both.
const NOTE: usize = 24;

/// Whether commits of the database at `path` stand behind a damaged place of its log, or one that was noted is missing.
pub(crate) fn is_damaged(path: &Path) -> bool {
    // One that is not there, or cannot be read, is the opening's to judge.
    let judged = File::open(files::beside(path, "-wal"))
        .is_ok_and(|log| judge(&mut BufReader::new(log)).unwrap_or(false));
    judged || falls_short(path)
}

/// Notes that every commit so far is on the disk. The caller lets nobody write meanwhile. At best: a note that cannot be
/// written leaves the log as good as it is without one.
pub(crate) fn note_reached(path: &Path) {
    let noted = reached(path).is_some_and(|reach| {
        let file = files::open_private(&files::beside(path, "-sent"), true);
        file.is_ok_and(|mut file| {
            file.write_all(&reach.note())
                .and_then(|()| file.sync_all())
                .is_ok()
        })
    });
    if !noted {
        tracing::warn!("how far the database's log reaches could not be noted");
    }
}

fn falls_short(path: &Path) -> bool {
    let note = std::fs::read(files::beside(path, "-sent")).ok();
    let noted = note.and_then(|note| Reach::of_note(&note));
    // Another log than the one that was noted: what that held is in the database.
    noted.is_some_and(|noted| {
        reached(path).is_some_and(|reach| reach.salts == noted.salts && reach.frames < noted.frames)
    })
}

/// Which log, and how many of its frames hold, up to a commit.
struct Reach {
    salts: [u8; 8],
    frames: u64,
}

impl Reach {
    fn note(&self) -> [u8; NOTE] {
        let mut note = [0; NOTE];
        note[..8].copy_from_slice(&self.salts);
        note[8..16].copy_from_slice(&self.frames.to_be_bytes());
        let [a, b] = sum([MAGIC, 0], &note[..16], true);
        note[16..20].copy_from_slice(&a.to_be_bytes());
        note[20..].copy_from_slice(&b.to_be_bytes());
        note
    }

    /// `None` for one that was not written to its end.
    fn of_note(note: &[u8]) -> Option<Reach> {
        let reach = Reach {
            salts: note.get(..8)?.try_into().ok()?,
            frames: u64::from_be_bytes(note.get(8..16)?.try_into().ok()?),
        };
        (reach.note() == note).then_some(reach)
    }
}

fn reached(path: &Path) -> Option<Reach> {
    let log = File::open(files::beside(path, "-wal")).ok()?;
    let mut frames = Frames::of(BufReader::new(log)).ok()?.ok()?;
    let (mut all, mut committed) = (0, 0);
    while let Ok(Some(frame)) = frames.next() {
        if !frame.fits {
            break;
        }
        all += 1;
        if frame.commits {
            committed = all;
        }
    }
    Some(Reach {
        salts: frames.salts,
        frames: committed,
    })
}

/// The log, frame by frame.
struct Frames<R> {
    log: R,
    big_endian: bool,
    salts: [u8; 8],
    last: [u32; 2],
    bytes: Vec<u8>,
}

struct Frame {
    /// It goes on from the one before.
    fits: bool,
    /// It is of this log, and the last one of a commit.
    commits: bool,
}

impl<R: Read> Frames<R> {
    /// One without a header that holds has no frames; it is damaged if there is one all the same.
    fn of(mut log: R) -> std::io::Result<Result<Frames<R>, bool>> {
        let mut header = [0; HEADER];
        if !filled(&mut log, &mut header)? {
            return Ok(Err(false));
        }
        let big_endian = word(&header, 0) & 1 == 1;
        let last = sum([0; 2], &header[..24], big_endian);
        let page = word(&header, 8) as usize;
        let holds = word(&header, 0) & !1 == MAGIC
            && last == stored(&header, 24)
            && page.is_power_of_two()
            && (512..=65_536).contains(&page);
        let mut bytes = vec![0; FRAME + if holds { page } else { 4096 }];
        if !holds {
            // It is on the disk before the first frame is, and never written but as a whole.
            return filled(&mut log, &mut bytes).map(Err);
        }
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[16..24]);
        Ok(Ok(Frames {
            log,
            big_endian,
            salts,
            last,
            bytes,
        }))
    }

    fn next(&mut self) -> std::io::Result<Option<Frame>> {
        if !filled(&mut self.log, &mut self.bytes)? {
            return Ok(None);
        }
        let frame = &self.bytes;
        let is_of_this_log = frame[8..16] == self.salts;
        let here = stored(frame, 16);
        let head = sum(self.last, &frame[..8], self.big_endian);
        let fits = is_of_this_log && sum(head, &frame[FRAME..], self.big_endian) == here;
        self.last = here;
        Ok(Some(Frame {
            fits,
            commits: is_of_this_log && word(frame, 4) != 0,
        }))
    }
}

fn judge(log: &mut impl Read) -> std::io::Result<bool> {
    let mut frames = match Frames::of(log)? {
        Ok(frames) => frames,
        Err(damaged) => return Ok(damaged),
    };
    let (mut holds, mut commits) = (true, 0);
    while let Some(frame) = frames.next()? {
        let commit = u32::from(frame.commits);
        if !(holds && frame.fits) {
            commits = if frame.fits || holds {
                commits + commit
            } else {
                commit
            };
            holds = false;
        }
        if commits > 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether there was as much.
fn filled(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn stored(bytes: &[u8], at: usize) -> [u32; 2] {
    [word(bytes, at), word(bytes, at + 4)]
}

fn sum([mut a, mut b]: [u32; 2], bytes: &[u8], big_endian: bool) -> [u32; 2] {
    for pair in bytes.chunks_exact(8) {
        let [x, y] =
            [word(pair, 0), word(pair, 4)].map(|word| if big_endian { word } else { word.swap_bytes() });
        a = a.wrapping_add(x).wrapping_add(b);
        b = b.wrapping_add(y).wrapping_add(a);
    }
    [a, b]
}
