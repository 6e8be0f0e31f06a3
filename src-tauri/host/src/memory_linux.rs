//! Giving memory back between bursts of work. The resident stays all day; most of what it holds after a burst is
//! allocator slack and pages of its own program that nobody needs until the next one.
//!
//! The one file of this crate with unsafe code: all calls are the kernel's and the allocator's own, on memory that
//! stays valid whatever they do.
#![allow(
    unsafe_code,
    reason = "mallopt, malloc_trim, madvise and _exit have no safe form"
)]

use std::fs;

/// One arena: two threads of ours allocate, and a second arena would cost more than it saves. Called first in `main`'s
/// path, before threads are started.
pub fn keep_small() {
    // SAFETY: sets a number in the allocator; no other thread allocates through a second arena yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Ends this process at once. What libraries would do at a usual end, the cipher's library does while the database's
/// threads may still be going, and now and then it crashed there: nothing of ours is left to be done.
pub fn leave(code: u8) -> ! {
    // SAFETY: never comes back.
    unsafe { libc::_exit(i32::from(code)) }
}

/// Free heap pages go back to the kernel, and pages of program files are dropped from this process: they are read-only,
/// so the next use finds them again in the page cache.
pub fn give_back() {
    // SAFETY: returns free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
    drop_program_pages();
}

fn drop_program_pages() {
    let Ok(maps) = fs::read_to_string("/proc/self/maps") else {
        return;
    };
    for line in maps.lines() {
        let Some((from, to)) = droppable(line) else {
            continue;
        };
        // SAFETY: a private, read-only mapping of a file that nothing has written to (code, or constants at the file's
        // beginning; relocated data is never named by `droppable`): a dropped page is read again from the file.
        unsafe {
            libc::madvise(from as *mut libc::c_void, to - from, libc::MADV_DONTNEED);
        }
    }
}

/// The range of a mapping that may be dropped: code, or read-only pages at the beginning of a file. Read-only pages
/// further in may be relocated data (RELRO), which the file does not hold.
fn droppable(line: &str) -> Option<(usize, usize)> {
    let mut fields = line.split_ascii_whitespace();
    let (range, permissions, offset) = (fields.next()?, fields.next()?, fields.next()?);
    let file = fields.nth(2)?;
    let code = permissions == "r-xp";
    let beginning = permissions == "r--p" && offset.bytes().all(|digit| digit == b'0');
    if !file.starts_with('/') || !(code || beginning) {
        return None;
    }
    let (from, to) = range.split_once('-')?;
    Some((
        usize::from_str_radix(from, 16).ok()?,
        usize::from_str_radix(to, 16).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::droppable;

    #[test]
    fn only_code_and_the_beginnings_of_files_are_dropped() {
        let code = "7f0000001000-7f0000003000 r-xp 00001000 fe:00 12 /usr/lib/libx.so";
        assert_eq!(droppable(code), Some((0x7f00_0000_1000, 0x7f00_0000_3000)));
        let beginning = "7f0000000000-7f0000001000 r--p 00000000 fe:00 12 /usr/lib/libx.so";
        assert_eq!(droppable(beginning), Some((0x7f00_0000_0000, 0x7f00_0000_1000)));
        for kept in [
            "7f0000004000-7f0000005000 r--p 00004000 fe:00 12 /usr/lib/libx.so",
            "7f0000005000-7f0000006000 rw-p 00005000 fe:00 12 /usr/lib/libx.so",
            "7f0000005000-7f0000006000 r-xp 00000000 00:00 0 [vdso]",
            "7f0000005000-7f0000006000 rw-p 00000000 00:00 0",
        ] {
            assert_eq!(droppable(kept), None, "{kept}");
        }
    }
}
