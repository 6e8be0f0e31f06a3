//! A key that is heard wherever the person is, as they type it in the settings: `Ctrl+Alt+K`.

use std::fmt;

/// At least one of Ctrl, Alt and Super, or plain typing would bring the window up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shortcut {
    pub ctrl: bool,
    pub alt: bool,
    pub shift: bool,
    pub meta: bool,
    pub key: Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// `A` to `Z`, `0` to `9`.
    Letter(char),
    /// `F1` to `F12`.
    Function(u8),
    Space,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadShortcut;

impl Shortcut {
    /// In any case and order; `Control`, `Win`, `Cmd` and `Meta` are taken too.
    pub fn parse(text: &str) -> Result<Shortcut, BadShortcut> {
        let mut shortcut = Shortcut {
            ctrl: false,
            alt: false,
            shift: false,
            meta: false,
            key: Key::Space,
        };
        let mut key = None;
        for word in text.split('+') {
            let word = word.trim().to_ascii_lowercase();
            let held = match word.as_str() {
                "ctrl" | "control" => &mut shortcut.ctrl,
                "alt" | "option" => &mut shortcut.alt,
                "shift" => &mut shortcut.shift,
                "super" | "win" | "cmd" | "meta" => &mut shortcut.meta,
                word => {
                    let another = key.replace(read_key(word).ok_or(BadShortcut)?);
                    if another.is_some() {
                        return Err(BadShortcut);
                    }
                    continue;
                }
            };
            if std::mem::replace(held, true) {
                return Err(BadShortcut);
            }
        }
        shortcut.key = key.ok_or(BadShortcut)?;
        if shortcut.ctrl || shortcut.alt || shortcut.meta {
            Ok(shortcut)
        } else {
            Err(BadShortcut)
        }
    }
}

fn read_key(word: &str) -> Option<Key> {
    if word == "space" {
        return Some(Key::Space);
    }
    let mut letters = word.chars();
    match (letters.next()?, letters.as_str()) {
        (letter, "") if letter.is_ascii_alphanumeric() => Some(Key::Letter(letter.to_ascii_uppercase())),
        ('f', number) if !number.starts_with(['0', '+']) => {
            let number = number.parse().ok()?;
            (1..=12).contains(&number).then_some(Key::Function(number))
        }
        _ => None,
    }
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [
            (self.ctrl, "Ctrl+"),
            (self.alt, "Alt+"),
            (self.shift, "Shift+"),
            (self.meta, "Super+"),
        ];
        for (_, word) in held.into_iter().filter(|(is, _)| *is) {
            f.write_str(word)?;
        }
        match self.key {
            Key::Letter(letter) => write!(f, "{letter}"),
            Key::Function(number) => write!(f, "F{number}"),
            Key::Space => f.write_str("Space"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shortcut;

    #[test]
    fn what_is_typed_is_read_and_said_in_one_way() {
        for (typed, said) in [
            ("Ctrl+Alt+K", "Ctrl+Alt+K"),
            ("alt + ctrl + k", "Ctrl+Alt+K"),
            ("CONTROL+shift+F12", "Ctrl+Shift+F12"),
            ("Win+Space", "Super+Space"),
            ("super+0", "Super+0"),
            ("cmd+f1", "Super+F1"),
        ] {
            let read = Shortcut::parse(typed).expect(typed);
            assert_eq!(read.to_string(), said);
            assert_eq!(Shortcut::parse(said), Ok(read));
        }
        for none in [
            "",
            "K",
            "Shift+K",
            "F5",
            "Ctrl",
            "Ctrl+",
            "Ctrl++",
            "Ctrl+K+L",
            "Ctrl+Ctrl+K",
            "Ctrl+F0",
            "Ctrl+F13",
            "Ctrl+F01",
            "Ctrl+F+1",
            "Ctrl+あ",
            "Ctrl+Enter",
            "Ctrl+é",
            "Hyper+K",
        ] {
            assert!(Shortcut::parse(none).is_err(), "{none}");
        }
    }
}
