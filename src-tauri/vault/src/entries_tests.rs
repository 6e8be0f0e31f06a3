use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use kossori_engine::ports::Attention;
use tokio::sync::watch;

use super::*;

/// A keyring in memory that dies after so many changes.
#[derive(Default)]
struct Shelf {
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    changes_left: Cell<Option<usize>>,
}

impl Shelf {
    fn may_change(&self) -> Result<(), VaultError> {
        match self.changes_left.get() {
            Some(0) => Err(VaultError::Absent),
            Some(left) => {
                self.changes_left.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn names(&self) -> Vec<String> {
        self.entries.borrow().keys().cloned().collect()
    }
}

impl Drawer for Shelf {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.entries.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        assert!(value.len() <= MAX_BYTES, "no keyring entry may be longer");
        std::str::from_utf8(value).expect("KWallet keeps UTF-8 only");
        self.may_change()?;
        self.entries.borrow_mut().insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.may_change()?;
        self.entries.borrow_mut().remove(name);
        Ok(())
    }

    fn has(&self, name: &str) -> Result<bool, VaultError> {
        Ok(self.entries.borrow().contains_key(name))
    }
}

fn errand() -> (watch::Sender<bool>, Errand) {
    let (give_up, given_up) = watch::channel(false);
    (
        give_up,
        Errand::new(Attention::Unattended, given_up, watch::Sender::new(false)),
    )
}

fn write(shelf: &Shelf, text: &str) -> Result<(), VaultError> {
    Entries::new(shelf, &errand().1).write("token", &Secret::new(text.to_owned()))
}

fn read(shelf: &Shelf) -> Result<Option<String>, VaultError> {
    let read = Entries::new(shelf, &errand().1).read("token")?;
    Ok(read.map(|secret| secret.expose().to_owned()))
}

fn long(letter: &str, bytes: usize) -> String {
    letter.repeat(bytes / letter.len())
}

#[test]
fn every_length_comes_back() {
    let lengths = [
        0,
        1,
        MAX_BYTES - 1,
        MAX_BYTES,
        MAX_BYTES + 1,
        2 * MAX_BYTES,
        10_240,
        100_001,
    ];
    let shelf = Shelf::default();
    for length in lengths.into_iter().chain(lengths.into_iter().rev()) {
        for letter in ["x", "語", "🤫"] {
            let text = long(letter, length);
            write(&shelf, &text).expect("nothing stands in the way");
            assert_eq!(
                read(&shelf).expect("readable").as_ref(),
                Some(&text),
                "{length} bytes of {letter}"
            );
            let chunks = if text.len() > MAX_BYTES {
                text.len() / MAX_BYTES
            } else {
                0
            };
            assert!(
                shelf.names().len() <= chunks + 3,
                "old chunks are swept: {:?}",
                shelf.names().len()
            );
        }
    }
    write(&shelf, "short").expect("nothing stands in the way");
    assert_eq!(shelf.names(), ["token"], "a short value leaves no chunk behind");
}

#[test]
fn a_value_that_looks_like_a_header_is_not_taken_for_one() {
    let shelf = Shelf::default();
    for text in [
        MAGIC.to_owned(),
        format!("{MAGIC}a 3 00"),
        format!("{MAGIC}b 99999999999 x"),
    ] {
        write(&shelf, &text).expect("nothing stands in the way");
        assert_eq!(read(&shelf), Ok(Some(text)));
    }
}

#[test]
fn a_crash_at_any_point_leaves_the_old_value_or_the_new_one() {
    let values = [
        long("a", 40),
        long("b", 9_000),
        long("c", 30_000),
        long("d", 3_000),
    ];
    for old in &values {
        for new in &values {
            for changes in 0.. {
                let shelf = Shelf::default();
                write(&shelf, &long("z", 20_000)).expect("nothing stands in the way");
                write(&shelf, old).expect("nothing stands in the way");
                shelf.changes_left.set(Some(changes));
                let written = write(&shelf, new);
                let unused = shelf.changes_left.take();

                let found = read(&shelf).expect("readable after a crash").expect("there");
                match written {
                    Ok(()) => assert_eq!(&found, new, "what was told written stays written"),
                    Err(_) => assert_eq!(&found, old, "what was told not written has not begun to show"),
                }
                // The next writes find their way whatever the crash left lying about.
                write(&shelf, &long("e", 4_000)).expect("nothing stands in the way");
                assert_eq!(read(&shelf), Ok(Some(long("e", 4_000))));
                write(&shelf, "short").expect("nothing stands in the way");
                assert_eq!(shelf.names(), ["token"], "nothing is left of {changes} changes");
                if unused.is_some_and(|left| left > 0) {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_removal_cut_short_is_finished_by_the_next() {
    for changes in 0.. {
        let shelf = Shelf::default();
        write(&shelf, &long("a", 9_000)).expect("nothing stands in the way");
        shelf.changes_left.set(Some(changes));
        let removed = Entries::new(&shelf, &errand().1).remove("token");
        shelf.changes_left.set(None);
        if changes > 0 {
            assert_eq!(read(&shelf), Ok(None), "the header goes first");
        }
        Entries::new(&shelf, &errand().1)
            .remove("token")
            .expect("nothing stands in the way");
        assert!(
            shelf.names().is_empty(),
            "left after {changes} changes: {:?}",
            shelf.names()
        );
        if removed.is_ok() {
            break;
        }
    }
}

#[test]
fn missing_and_altered_chunks_are_noticed() {
    type Damage = fn(&mut BTreeMap<String, Vec<u8>>);
    let damages: [Damage; 4] = [
        |entries| drop(entries.remove("token/a/2")),
        |entries| drop(entries.insert("token/a/2".to_owned(), b"something else".to_vec())),
        |entries| entries.get_mut("token/a/1").expect("split").swap(0, 2_499),
        |entries| drop(entries.insert("token".to_owned(), format!("{MAGIC}a 2").into_bytes())),
    ];
    for damage in damages {
        let shelf = Shelf::default();
        let text: String = ('a'..='z').cycle().take(6_000).collect();
        write(&shelf, &text).expect("nothing stands in the way");
        damage(&mut shelf.entries.borrow_mut());
        assert_eq!(read(&shelf), Err(VaultError::Broken));
        write(&shelf, "new").expect("a damaged entry can be written anew");
        assert_eq!(read(&shelf), Ok(Some("new".to_owned())));
    }
}

#[test]
fn a_call_that_was_given_up_changes_nothing_more() {
    let shelf = Shelf::default();
    let (give_up, errand) = errand();
    give_up.send_replace(true);
    let entries = Entries::new(&shelf, &errand);
    assert_eq!(
        entries.write("token", &Secret::new("late".to_owned())),
        Err(VaultError::TimedOut)
    );
    assert_eq!(entries.remove("token"), Err(VaultError::TimedOut));
    assert!(shelf.names().is_empty());
}
