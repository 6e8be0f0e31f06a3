//! The composer's note of which draft is open: what `ui/src/compose/openDraft.ts` says, and what it is told next time.
//! The web view's own storage reaches the disk half a second late, and a program that is killed before that had
//! forgotten what it was writing on.

use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "open-draft";
/// An id, or a moment: nothing that somebody has written fits in.
const AT_MOST: usize = 48;

pub struct OpenDraft {
    folder: PathBuf,
}

impl OpenDraft {
    pub fn in_folder(folder: &Path) -> OpenDraft {
        OpenDraft {
            folder: folder.to_owned(),
        }
    }

    /// What was noted last; none: nothing was open, or the note cannot be read.
    pub fn noted(&self) -> Option<String> {
        std::fs::read_to_string(self.folder.join(NAME))
            .ok()
            .filter(|mark| is_mark(mark))
    }

    /// Notes it, whole or not at all; `None`: nothing is open.
    pub fn note(&self, mark: Option<&str>) -> io::Result<()> {
        let file = self.folder.join(NAME);
        let Some(mark) = mark else {
            return match std::fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        if !is_mark(mark) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        std::fs::create_dir_all(&self.folder)?;
        let new = self.folder.join(format!("{NAME}.new"));
        std::fs::write(&new, mark)?;
        std::fs::rename(new, file)
    }
}

/// Whether it may be one.
pub fn is_mark(mark: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    !mark.is_empty() && mark.len() <= AT_MOST && mark.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::OpenDraft;

    #[test]
    fn what_is_noted_is_told_next_time_and_a_text_is_never_noted() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = OpenDraft::in_folder(&folder.path().join("not there yet"));
        assert_eq!(open.noted(), None);
        open.note(None).expect("nothing to forget");
        open.note(Some("since:2026-03-02T12:20:00.000Z"))
            .expect("a moment");
        open.note(Some("0194f3a2-7c1e-7000-8000-0000000000a1"))
            .expect("an id");
        let again = OpenDraft::in_folder(&folder.path().join("not there yet"));
        assert_eq!(
            again.noted().as_deref(),
            Some("0194f3a2-7c1e-7000-8000-0000000000a1")
        );
        for text in ["", "a thought", "考えごと", "../../etc", &"a".repeat(49)] {
            assert!(again.note(Some(text)).is_err(), "{text:?}");
        }
        assert!(again.noted().is_some());
        again.note(None).expect("forgotten");
        assert_eq!(again.noted(), None);
    }
}
