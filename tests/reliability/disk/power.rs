//! The power goes: what no fsync had brought to the disk is there, half there, or not there.
//!
//! Of the bytes of a file each write that was not synced may be lost or kept by itself, also in part of its sectors.
//! Names that no fsync of their folder had secured are lost from some point on, as a journalling file system does.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::shim::{BadDisk, Chance};

/// What of the unsynced is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// Each write by chance.
    Some,
    /// Each sector of each write by chance.
    Torn,
}

pub const KEPT: [Kept; 3] = [Kept::Nothing, Kept::Some, Kept::Torn];

#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    pub writes: u64,
    pub names: u64,
}

const SECTOR: u64 = 512;
const WORDS: usize = 6;

struct Entry {
    kind: u8,
    inode: u64,
    offset: u64,
    size: u64,
    a: Vec<u8>,
    b: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unsynced,
    OnDisk,
    /// The fsync failed: no later one brings it back.
    Gone,
}

impl BadDisk {
    /// Nothing of the folder runs any more. Afterwards it is as the disk has it, and the log begins anew.
    pub fn cut_power(&self, chance: &mut Chance, kept: Kept) -> Lost {
        let log = fs::read(self.beside.join("log")).unwrap_or_default();
        let mut files: HashMap<u64, Vec<(Entry, Fate)>> = HashMap::new();
        // As they were first touched: the same chance is the same disk.
        let mut order: Vec<u64> = Vec::new();
        let mut names: Vec<Entry> = Vec::new();
        for entry in entries(&log) {
            match entry.kind {
                b'W' | b'T' => {
                    let changes = files.entry(entry.inode).or_default();
                    if changes.is_empty() {
                        order.push(entry.inode);
                    }
                    changes.push((entry, Fate::Unsynced));
                }
                b'S' | b'F' => {
                    let fate = if entry.kind == b'S' {
                        Fate::OnDisk
                    } else {
                        Fate::Gone
                    };
                    for (_, of) in files.entry(entry.inode).or_default().iter_mut() {
                        if *of == Fate::Unsynced {
                            *of = fate;
                        }
                    }
                }
                b'D' => names.retain(|name| name.inode != entry.inode),
                _ => names.push(entry),
            }
        }
        let mut lost = Lost::default();
        let places = places(&[self.folder(), &self.beside]);
        for inode in order {
            if let (Some(path), Some(changes)) = (places.get(&inode), files.get(&inode)) {
                lost.writes += revert(path, changes, chance, kept);
            }
        }
        let stay = match kept {
            Kept::Nothing => 0,
            Kept::Some | Kept::Torn => chance.below(names.len() as u64 + 1),
        };
        for name in names.iter().skip(usize::try_from(stay).expect("small")).rev() {
            self.take_back(name);
            lost.names += 1;
        }
        self.forget();
        for shared in ["kossori.db-shm", "kossori.db.restoring-shm"] {
            drop(fs::remove_file(self.folder().join(shared)));
        }
        lost
    }

    /// Everything is on the disk: only the process died.
    pub fn forget(&self) {
        for entry in fs::read_dir(&self.beside).expect("a folder").flatten() {
            if entry.file_name() != "counts" {
                fs::remove_file(entry.path()).expect("removed");
            }
        }
    }

    fn take_back(&self, name: &Entry) {
        let path = |bytes: &[u8]| PathBuf::from(String::from_utf8(bytes.to_vec()).expect("a path"));
        let (one, other) = (path(&name.a), path(&name.b));
        let grave = self.beside.join(name.offset.to_string());
        match name.kind {
            b'C' => fs::remove_file(one).expect("what was made"),
            b'M' => fs::remove_dir_all(one).expect("the folder that was made"),
            b'U' => fs::hard_link(grave, one).expect("what was unlinked"),
            b'R' => {
                fs::rename(&other, one).expect("what was renamed");
                if name.offset != 0 {
                    fs::hard_link(grave, other).expect("what was replaced");
                }
            }
            kind => panic!("an entry of no kind: {kind}"),
        }
    }
}

/// Back to what was synced, and forward again by chance. Answers how many writes were lost, in whole or in part.
fn revert(path: &Path, changes: &[(Entry, Fate)], chance: &mut Chance, kept: Kept) -> u64 {
    let Some(first) = changes.iter().position(|(_, fate)| *fate != Fate::OnDisk) else {
        return 0;
    };
    let changes = &changes[first..];
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .expect("a file");
    for (change, _) in changes.iter().rev() {
        file.set_len(change.size).expect("its size");
        file.write_all_at(&change.a, change.offset).expect("what it was");
    }
    let mut lost = 0;
    for (change, fate) in changes {
        let whole = match fate {
            Fate::OnDisk => true,
            Fate::Gone => false,
            Fate::Unsynced => kept != Kept::Nothing && chance.below(2) == 0,
        };
        if whole {
            if change.kind == b'T' {
                file.set_len(change.offset).expect("its size");
            }
            file.write_all_at(&change.b, change.offset).expect("written");
            continue;
        }
        lost += 1;
        if *fate == Fate::Unsynced && kept == Kept::Torn {
            tear(&file, change, chance);
        }
    }
    lost
}

/// Some sectors of it.
fn tear(file: &fs::File, change: &Entry, chance: &mut Chance) {
    let mut at = change.offset;
    let end = change.offset + change.b.len() as u64;
    while at < end {
        let next = (at / SECTOR + 1) * SECTOR;
        let piece = usize::try_from(at - change.offset).expect("small")
            ..usize::try_from(next.min(end) - change.offset).expect("small");
        if chance.below(2) == 0 {
            file.write_all_at(&change.b[piece], at).expect("written");
        }
        at = next;
    }
}

fn entries(mut log: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while !log.is_empty() {
        let (head, rest) = log.split_at(WORDS * 8);
        let word = |index: usize| {
            let bytes = &head[index * 8..index * 8 + 8];
            u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
        };
        let length = |index: usize| usize::try_from(word(index)).expect("small");
        let (a, rest) = rest.split_at(length(4));
        let (b, rest) = rest.split_at(length(5));
        found.push(Entry {
            kind: u8::try_from(word(0)).expect("a letter"),
            inode: word(1),
            offset: word(2),
            size: word(3),
            a: a.to_vec(),
            b: b.to_vec(),
        });
        log = rest;
    }
    found
}

/// Where each inode is found.
fn places(folders: &[&Path]) -> HashMap<u64, PathBuf> {
    let mut found = HashMap::new();
    let mut left: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(facts) = entry.metadata() else { continue };
            if facts.is_dir() {
                left.push(entry.path());
            } else {
                found.insert(facts.ino(), entry.path());
            }
        }
    }
    found
}

/// The cut itself, on a folder of its own: else it would prove nothing of what it is used on.
#[test]
fn takes_what_was_not_synced_and_nothing_else() {
    let base = tempfile::tempdir().expect("a folder");
    let at = |name: &str| base.path().canonicalize().expect("a folder").join(name);
    fs::create_dir(at("data")).expect("a folder");
    let script = "import os, sys\n\
        d = sys.argv[1]\n\
        def make(name, text):\n\
        \x20   f = os.open(d + '/' + name, os.O_CREAT | os.O_RDWR, 0o600); os.write(f, text); return f\n\
        f = make('synced', b'a' * 1000); os.fsync(f)\n\
        g = make('gone', b'x'); os.fsync(g)\n\
        h = make('replaced', b'old'); os.fsync(h)\n\
        n = make('new', b'new'); os.fsync(n)\n\
        s = os.open(d, os.O_RDONLY); os.fsync(s)\n\
        os.pwrite(f, b'b' * 500, 800)\n\
        os.ftruncate(f, 1200)\n\
        os.pwrite(f, b'c', 0)\n\
        os.unlink(d + '/gone')\n\
        os.rename(d + '/new', d + '/replaced')\n\
        make('unnamed', b'z')\n";
    let disk = BadDisk::of(at("data"), at("beside")).with_power();
    let run = |disk: &BadDisk| {
        let mut python = std::process::Command::new("python3");
        python.args(["-c", script]).arg(disk.folder());
        disk.put_under(&mut python, super::shim::Fault::None);
        assert!(python.status().expect("python runs").success());
    };
    run(&disk);
    assert_eq!(fs::read(at("data/replaced")).expect("there"), b"new");
    disk.cut_power(&mut Chance::new(1), Kept::Nothing);
    let read = |name: &str| fs::read(at("data").join(name)).expect("there");
    assert_eq!(read("synced"), [b'a'; 1000]);
    assert_eq!(
        (read("gone"), read("replaced"), read("new")),
        (b"x".to_vec(), b"old".to_vec(), b"new".to_vec())
    );
    assert!(!at("data/unnamed").exists());
    // By chance each of the three changes to the file is there or not, whatever the others are.
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..48 {
        fs::remove_dir_all(at("data")).expect("removed");
        fs::create_dir(at("data")).expect("a folder");
        run(&disk);
        disk.cut_power(&mut Chance::new(seed), Kept::Some);
        let bytes = fs::read(at("data/synced")).expect("there");
        seen.insert((bytes[0], bytes[900], bytes.len()));
    }
    assert!(seen.contains(&(b'a', b'a', 1000)), "{seen:?}");
    assert!(seen.contains(&(b'c', b'a', 1000)), "{seen:?}");
    assert!(seen.contains(&(b'a', b'b', 1300)), "{seen:?}");
    assert!(seen.contains(&(b'c', b'b', 1200)), "{seen:?}");
}
