//! `kossori [--compose | --main] [--data-dir DIR]`. Never a text, a handle or a secret: other programs of the person
//! can read a process's arguments.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use kossori_api::{Code, Problem};

use crate::page::What;

#[derive(Debug, PartialEq, Eq)]
pub enum Wish {
    Open(Start),
    Help,
    Version,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Start {
    pub what: What,
    pub data_dir: Option<PathBuf>,
}

/// The argument that is none of ours, or that lacks its value.
#[derive(Debug, PartialEq, Eq)]
pub struct Misread {
    argument: String,
}

impl Misread {
    pub fn problem(&self) -> Problem {
        Problem::new(Code::Usage).with("text", &self.argument)
    }
}

fn misread(argument: &OsStr) -> Misread {
    Misread {
        argument: argument.to_string_lossy().into_owned(),
    }
}

pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Wish, Misread> {
    let mut start = Start::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--compose") => start.what = What::Compose,
            Some("--main") => start.what = What::Main,
            Some("--help" | "-h") => return Ok(Wish::Help),
            Some("--version" | "-V") => return Ok(Wish::Version),
            Some("--data-dir") => {
                let folder = arguments.next().filter(|folder| !folder.is_empty());
                start.data_dir = Some(folder.ok_or_else(|| misread(&argument))?.into());
            }
            _ => match argument.as_encoded_bytes().strip_prefix(b"--data-dir=") {
                Some(folder) if !folder.is_empty() => start.data_dir = Some(path(folder)),
                _ => return Err(misread(&argument)),
            },
        }
    }
    Ok(Wish::Open(start))
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// The one given, `$XDG_DATA_HOME/kossori`, `~/.local/share/kossori`; `None` where there is no home either.
pub fn data_dir(given: Option<PathBuf>, of: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(given) = given {
        return std::path::absolute(given).ok();
    }
    // A relative one counts as unset, as its specification says.
    let of = |name: &str| of(name).map(PathBuf::from).filter(|path| path.is_absolute());
    of("XDG_DATA_HOME")
        .or_else(|| of("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("kossori"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use super::{Start, Wish, data_dir, read};
    use crate::page::What;

    fn of(line: &str) -> Result<Wish, String> {
        read(line.split_whitespace().map(OsString::from)).map_err(|misread| misread.argument)
    }

    fn open(what: What, data_dir: Option<&str>) -> Result<Wish, String> {
        Ok(Wish::Open(Start {
            what,
            data_dir: data_dir.map(PathBuf::from),
        }))
    }

    #[test]
    fn what_may_be_asked_for() {
        let table = [
            ("", open(What::Compose, None)),
            ("--compose", open(What::Compose, None)),
            ("--main", open(What::Main, None)),
            ("--main --compose", open(What::Compose, None)),
            ("--data-dir /a --main", open(What::Main, Some("/a"))),
            ("--data-dir=/a=b", open(What::Compose, Some("/a=b"))),
            ("--main --help", Ok(Wish::Help)),
            ("--version", Ok(Wish::Version)),
            ("--data-dir", Err("--data-dir".to_owned())),
            ("--data-dir=", Err("--data-dir=".to_owned())),
            ("--text hello", Err("--text".to_owned())),
            ("kossori://post", Err("kossori://post".to_owned())),
        ];
        for (line, expected) in table {
            assert_eq!(of(line), expected, "{line}");
        }
    }

    #[test]
    fn the_folder_is_the_command_lines() {
        let around = |data: Option<&'static str>, home: Option<&'static str>| {
            data_dir(None, move |name| {
                let found = if name == "HOME" { home } else { data };
                found.map(OsString::from)
            })
        };
        let share = Some(PathBuf::from("/h/.local/share/kossori"));
        assert_eq!(around(Some("/d"), Some("/h")), Some(PathBuf::from("/d/kossori")));
        assert_eq!(around(Some("relative"), Some("/h")), share);
        assert_eq!(around(None, Some("/h")), share);
        assert_eq!(around(None, None), None);
        let given = data_dir(Some(PathBuf::from("here")), |_| None).unwrap();
        assert!(given.is_absolute() && given.ends_with(Path::new("here")));
    }
}
