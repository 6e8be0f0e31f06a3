//! The write-ahead log as it stands before it is opened. SQLite takes the first frame that does not check for the end of
//! the log: right after a loss of power, but where later commits stand behind it, they would be gone without a word, and
//! with them that something was sent.
//!
//! Each commit is brought to the disk before the next one begins, so what a loss of power tears is the last one alone. Two
//! commits in one unbroken stretch from the first bad frame on: the file was damaged.
//!
//! The format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>. The numbers are big-endian, the checksums
//! over words in the order that the header names.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::files;

const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;

/// Whether commits of the database at `path` stand behind a damaged place of its log.
pub(crate) fn is_damaged(path: &Path) -> bool {
    // One that is not there, or cannot be read, is the opening's to judge.
    File::open(files::beside(path, "-wal")).is_ok_and(|log| judge(&mut BufReader::new(log)).unwrap_or(false))
}

fn judge(log: &mut impl Read) -> std::io::Result<bool> {
    let mut header = [0; HEADER];
    if !filled(log, &mut header)? {
        return Ok(false);
    }
    let big_endian = word(&header, 0) & 1 == 1;
    let mut last = sum([0; 2], &header[..24], big_endian);
    let page = word(&header, 8) as usize;
    let header_holds = word(&header, 0) & !1 == MAGIC
        && last == stored(&header, 24)
        && page.is_power_of_two()
        && (512..=65_536).contains(&page);
    let mut frame = vec![0; FRAME + if header_holds { page } else { 4096 }];
    if !header_holds {
        // It is on the disk before the first frame is, and never written but as a whole.
        return filled(log, &mut frame);
    }
    let (mut holds, mut commits) = (true, 0);
    while filled(log, &mut frame)? {
        let is_of_this_log = frame[8..16] == header[16..24];
        let here = stored(&frame, 16);
        let fits =
            is_of_this_log && sum(sum(last, &frame[..8], big_endian), &frame[FRAME..], big_endian) == here;
        let commit = u32::from(is_of_this_log && word(&frame, 4) != 0);
        if !(holds && fits) {
            commits = if fits || holds { commits + commit } else { commit };
            holds = false;
        }
        if commits > 1 {
            return Ok(true);
        }
        last = here;
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
