//! Starting the resident at sign-in: a desktop entry in the person's autostart folder, which is all that there is of it.
//! Whether it is on is read from there, because desktops show it in their own settings and change it too.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use kossori_engine::ports::{Autostart, AutostartError};
use kossori_messages::{Language, say};

use crate::serve::canonical;

const FILE: &str = "kossori.desktop";

/// Nothing is started at sign-in: a folder in memory or of the person's own, and systems whose way is not built yet.
pub struct NotHere;

impl Autostart for NotHere {
    fn is_possible(&self) -> bool {
        false
    }

    fn is_on(&self) -> bool {
        false
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        if on { Err(AutostartError::NotHere) } else { Ok(()) }
    }
}

/// freedesktop.org's autostart: `autostart/kossori.desktop` in the folder for settings. There is one, for the folder that
/// the program finds by itself (RULES.md 8): another folder's would take its place.
pub struct DesktopEntry {
    folder: PathBuf,
    program: PathBuf,
}

impl DesktopEntry {
    /// `settings`: what the person's settings lie in, `~/.config` for most.
    pub fn new(settings: &Path, program: PathBuf) -> DesktopEntry {
        DesktopEntry {
            folder: settings.join("autostart"),
            program,
        }
    }

    fn text(&self) -> Vec<u8> {
        let about = |language| say(language, "autostart.about", &[]);
        let mut text = Vec::new();
        let mut line = |name: &str, value: &[u8]| {
            text.extend(name.as_bytes());
            text.push(b'=');
            text.extend(value);
            text.push(b'\n');
        };
        line("Type", b"Application");
        line("Version", b"1.0");
        line("Name", b"Kossori");
        line("Name[ja]", "Kossori".as_bytes());
        line("Comment", about(Language::En).as_bytes());
        line("Comment[ja]", about(Language::Ja).as_bytes());
        line("Exec", &argument(&self.program));
        // Without the program nothing is tried: it was removed, and this file is the person's.
        line("TryExec", &plain(&self.program));
        line("Icon", b"kossori");
        line("Terminal", b"false");
        // It is no program to be chosen from a menu: the window is.
        line("NoDisplay", b"true");
        line("X-GNOME-Autostart-enabled", b"true");
        [b"[Desktop Entry]\n".as_slice(), &text].concat()
    }

    fn write(&self) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // Desktops read every file there that ends in `.desktop`.
        let fresh = self.folder.join(".kossori.desktop.new");
        let mut file = fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o644)
            .open(&fresh)?;
        file.write_all(&self.text())?;
        file.sync_all()?;
        fs::rename(&fresh, self.folder.join(FILE))
    }
}

impl Autostart for DesktopEntry {
    fn is_possible(&self) -> bool {
        true
    }

    fn is_on(&self) -> bool {
        fs::read(self.folder.join(FILE)).is_ok_and(|entry| starts(&String::from_utf8_lossy(&entry)))
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        let done = if on {
            self.write()
        } else {
            match fs::remove_file(self.folder.join(FILE)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        };
        done.map_err(|error| {
            tracing::warn!(kind = ?error.kind(), "what starts at sign-in could not be changed");
            AutostartError::Unwritable
        })
    }
}

/// Desktops leave the entry and write into it that it is off.
fn starts(entry: &str) -> bool {
    let mut ours = false;
    let mut starts = true;
    for line in entry.lines().map(str::trim) {
        if line.starts_with('[') {
            ours = line == "[Desktop Entry]";
        }
        let Some((name, value)) = line.split_once('=').filter(|_| ours) else {
            continue;
        };
        match (name.trim_end(), value.trim_start()) {
            ("Hidden", "true") | ("X-GNOME-Autostart-enabled", "false") => starts = false,
            _ => {}
        }
    }
    starts
}

/// One argument of `Exec`: in quotes, within them `"`, `` ` ``, `$` and `\` escaped, `%` doubled; and then once more as
/// every value of such a file is, where `\` is `\\`.
fn argument(path: &Path) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'"' | b'`' | b'$' => quoted.extend([b'\\', b'\\', byte]),
            b'\\' => quoted.extend(*br"\\\\"),
            b'%' => quoted.extend(*b"%%"),
            b'\n' => quoted.extend(*br"\n"),
            b'\t' => quoted.extend(*br"\t"),
            b'\r' => quoted.extend(*br"\r"),
            byte => quoted.push(byte),
        }
    }
    quoted.push(b'"');
    quoted
}

/// A path by itself, as a value of the file.
fn plain(path: &Path) -> Vec<u8> {
    let mut written = Vec::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'\\' => written.extend(*br"\\"),
            b'\n' => written.extend(*br"\n"),
            b'\t' => written.extend(*br"\t"),
            b'\r' => written.extend(*br"\r"),
            byte => written.push(byte),
        }
    }
    written
}

/// This machine's way, for the folder that the program finds by itself and for no other.
pub(crate) fn of_machine(data_dir: &Path) -> Box<dyn Autostart> {
    let usual = crate::folder::data_dir(None);
    if !usual.is_ok_and(|usual| canonical(&usual) == canonical(data_dir)) {
        return Box::new(NotHere);
    }
    let of = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let settings = of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config")));
    match (cfg!(target_os = "linux"), settings, std::env::current_exe()) {
        (true, Some(settings), Ok(ours)) => {
            Box::new(DesktopEntry::new(&settings, ours.with_file_name("kossorid")))
        }
        _ => Box::new(NotHere),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use kossori_engine::ports::{Autostart, AutostartError};

    use super::{DesktopEntry, argument, starts};

    fn entry(settings: &Path) -> DesktopEntry {
        DesktopEntry::new(settings, "/opt/My Apps/kossorid".into())
    }

    #[test]
    fn it_is_the_file_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let settings = home.path().join("config");
        let autostart = entry(&settings);
        let file = settings.join("autostart/kossori.desktop");
        assert!(!autostart.is_on());
        autostart.set(false).expect("off already");
        autostart.set(true).expect("written");
        autostart.set(true).expect("written again");
        assert!(autostart.is_on());
        let text = std::fs::read_to_string(&file).expect("the entry");
        for line in [
            "[Desktop Entry]",
            "Type=Application",
            "Name=Kossori",
            "Exec=\"/opt/My Apps/kossorid\"",
            "TryExec=/opt/My Apps/kossorid",
            "X-GNOME-Autostart-enabled=true",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in {text}");
        }
        assert!(!text.contains("autostart.about"), "its sentence is there: {text}");
        assert_eq!(
            std::fs::read_dir(settings.join("autostart"))
                .expect("the folder")
                .count(),
            1,
            "nothing is left beside it"
        );
        // As a desktop's own settings turn it off.
        std::fs::write(&file, text.replace("enabled=true", "enabled=false")).expect("written");
        assert!(!autostart.is_on());
        autostart.set(true).expect("written");
        assert!(autostart.is_on());
        autostart.set(false).expect("removed");
        assert!(!autostart.is_on() && !file.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_said() {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join("autostart"), "a file").expect("written");
        assert_eq!(entry(home.path()).set(true), Err(AutostartError::Unwritable));
        let shut = home.path().join("shut");
        std::fs::create_dir_all(shut.join("autostart/kossori.desktop")).expect("a folder of that name");
        std::fs::set_permissions(&shut, std::fs::Permissions::from_mode(0o700)).expect("its mode");
        assert_eq!(entry(&shut).set(true), Err(AutostartError::Unwritable));
        assert_eq!(entry(&shut).set(false), Err(AutostartError::Unwritable));
    }

    #[test]
    fn arguments_are_quoted_as_the_specification_has_it() {
        let table = [
            ("/usr/bin/kossorid", r#""/usr/bin/kossorid""#),
            ("/a b", r#""/a b""#),
            ("/100%", r#""/100%%""#),
            ("/$HOME", r#""/\\$HOME""#),
            ("/a\"b`", r#""/a\\"b\\`""#),
            (r"/a\b", r#""/a\\\\b""#),
            ("/a\nb", r#""/a\nb""#),
            ("/こっそり", r#""/こっそり""#),
        ];
        for (path, expected) in table {
            let quoted = String::from_utf8(argument(Path::new(path))).expect("text");
            assert_eq!(quoted, expected, "{path}");
        }
    }

    #[test]
    fn what_turns_it_off() {
        let table = [
            ("[Desktop Entry]\nExec=x", true),
            ("[Desktop Entry]\nHidden=true", false),
            ("[Desktop Entry]\nHidden = true", false),
            ("[Desktop Entry]\nHidden=false", true),
            ("[Desktop Entry]\nX-GNOME-Autostart-enabled=false", false),
            ("[Other]\nHidden=true", true),
            ("[Desktop Entry]\nExec=x\n[Other]\nHidden=true", true),
        ];
        for (entry, expected) in table {
            assert_eq!(starts(entry), expected, "{entry}");
        }
    }
}
