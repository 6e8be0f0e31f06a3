//! Sentences in a menu: no menu breaks its lines by itself, and one as long as a sentence covers half a screen.

/// In columns; a letter outside ASCII takes two.
const LINE: usize = 48;

/// `text` in lines, broken after a space or a Japanese full stop or comma.
pub fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for piece in text.split_inclusive([' ', '。', '、']) {
        let width = columns(piece.trim_end());
        if used > 0 && used + width > LINE {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
            used += columns(piece);
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

fn columns(text: &str) -> usize {
    text.chars()
        .map(|letter| if letter.is_ascii() { 1 } else { 2 })
        .sum()
}

#[cfg(test)]
mod tests {
    use kossori_messages::{Language, say};

    use super::{LINE, columns, lines};

    #[test]
    fn no_word_is_lost_and_no_line_is_long() {
        for waiting in [
            "refused",
            "stopped",
            "unreachable",
            "keyring_locked",
            "behind_unknown",
        ] {
            for language in [Language::En, Language::Ja] {
                let text = say(language, &format!("wait.{waiting}"), &[]);
                let broken = lines(&text);
                let joint = if language == Language::En { " " } else { "" };
                let spaceless = |text: &str| text.replace(' ', "");
                assert_eq!(spaceless(&broken.join(joint)), spaceless(&text));
                assert!(broken.iter().all(|line| columns(line) <= LINE + 12), "{broken:?}");
                assert!(broken.iter().all(|line| !line.is_empty()), "{broken:?}");
            }
        }
        assert_eq!(lines("短い。"), ["短い。"]);
    }
}
