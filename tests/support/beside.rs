//! Programs beside the window on its screen: one that somebody copied in, one out of which files are dragged.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};

use super::screen::{LIMIT, Screen};
use super::servers::repository;
use super::world::Running;

/// A program of `tests/desktop`. It ends with this value.
pub struct Beside {
    said: Receiver<String>,
    name: String,
    _running: Running,
}

impl Beside {
    pub fn start(screen: &Screen<'_>, name: &str, arguments: &[&str]) -> Beside {
        // The distribution's own Python has GTK.
        let mut child = screen
            .command("/usr/bin/python3")
            .env("NO_AT_BRIDGE", "1")
            .arg(repository().join("tests/desktop").join(name))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3-gi is needed (see script/setup)");
        let printed = child.stdout.take().expect("piped");
        let (tell, said) = channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(printed).lines().map_while(Result::ok);
            lines.all(|line| tell.send(line).is_ok())
        });
        let beside = Beside {
            said,
            name: name.to_owned(),
            _running: Running(child),
        };
        beside.until_it_says("ready");
        beside
    }

    /// Its next word, which must be this one.
    pub fn until_it_says(&self, word: &str) {
        let said = self.said.recv_timeout(LIMIT);
        assert_eq!(said.as_deref(), Ok(word), "{} (see script/setup)", self.name);
    }

    /// Whoever copied a text.
    pub fn copies_text(screen: &Screen<'_>, text: &str) -> Beside {
        let file = screen.world.bus.folder().join("copied.txt");
        std::fs::write(&file, text).expect("a file");
        Beside::copies(screen, &file, &["UTF8_STRING", "text/plain;charset=utf-8"])
    }

    /// Whoever copied a file's bytes, offered as these kinds.
    pub fn copies(screen: &Screen<'_>, file: &std::path::Path, kinds: &[&str]) -> Beside {
        let file = file.display().to_string();
        Beside::start(screen, "clipboard.py", &[&[&*file], kinds].concat())
    }
}
