//! Where the main window was, how large, and whether it filled its screen: kept beside what else the window remembers, apart
//! for each data folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::place::Rect;

const NAME: &str = "main-window";
/// Beyond that no screen reaches.
const FAR: i32 = 65_536;

/// In the desktop's own units, which are not pixels where it scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MainPlace {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// The rest is how it was before.
    pub maximised: bool,
}

impl MainPlace {
    pub fn rect(self) -> Rect {
        Rect {
            x: self.x,
            y: self.y,
            width: self.width,
            height: self.height,
        }
    }
}

pub struct Remembered {
    file: PathBuf,
}

impl Remembered {
    pub fn in_folder(folder: &Path) -> Remembered {
        Remembered {
            file: folder.join(NAME),
        }
    }

    /// `None`: it was never moved here, or what is there is none of ours.
    pub fn place(&self) -> Option<MainPlace> {
        let text = std::fs::read(&self.file).ok()?;
        serde_json::from_slice(&text).ok().filter(is_possible)
    }

    /// Whole or not at all; what is there already is not written again.
    pub fn keep(&self, place: MainPlace) -> io::Result<()> {
        if !is_possible(&place) || self.place() == Some(place) {
            return Ok(());
        }
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let new = self.file.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(&place)?)?;
        std::fs::rename(new, &self.file)
    }
}

fn is_possible(place: &MainPlace) -> bool {
    let near = |number: i32| (-FAR..=FAR).contains(&number);
    near(place.x) && near(place.y) && (1..=FAR).contains(&place.width) && (1..=FAR).contains(&place.height)
}

#[cfg(test)]
mod tests {
    use super::{MainPlace, Remembered};

    const PLACE: MainPlace = MainPlace {
        x: -1280,
        y: 40,
        width: 900,
        height: 600,
        maximised: true,
    };

    #[test]
    fn it_is_told_next_time_and_nothing_strange_is_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Remembered::in_folder(&folder.path().join("not there yet"));
        assert_eq!(kept.place(), None);
        kept.keep(PLACE).expect("kept");
        let again = Remembered::in_folder(&folder.path().join("not there yet"));
        assert_eq!(again.place(), Some(PLACE));
        again.keep(MainPlace { width: 0, ..PLACE }).expect("no error");
        assert_eq!(again.place(), Some(PLACE), "of a window that is not there");
        for strange in [
            "",
            "{}",
            r#"{"x":99999999,"y":0,"width":1,"height":1,"maximised":false}"#,
            r#"{"x":0,"y":0,"width":-5,"height":1,"maximised":false}"#,
            r#"{"x":0.5,"y":0,"width":5,"height":1,"maximised":false}"#,
        ] {
            std::fs::write(&again.file, strange).expect("a file");
            assert_eq!(again.place(), None, "{strange}");
        }
    }
}
