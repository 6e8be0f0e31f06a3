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

    use super::{columns, lines};

    /// Every sentence that the menu may have to say.
    fn sentences(language: Language) -> Vec<String> {
        let texts = match language {
            Language::En => include_str!("../../../../ui/messages/en.json"),
            Language::Ja => include_str!("../../../../ui/messages/ja.json"),
        };
        let texts: std::collections::BTreeMap<String, String> =
            serde_json::from_str(texts).expect("flat JSON");
        let keys = texts.keys().filter(|key| key.starts_with("wait."));
        keys.map(|key| say(language, key, &[])).collect()
    }

    #[test]
    fn no_letter_is_lost_and_no_line_is_long() {
        for language in [Language::En, Language::Ja] {
            let sentences = sentences(language);
            assert!(sentences.len() > 20);
            for text in sentences {
                let broken = lines(&text);
                let spaceless = |text: &str| text.replace(' ', "");
                assert_eq!(spaceless(&broken.concat()), spaceless(&text));
                // A Japanese clause without a comma stays whole.
                let longest = if language == Language::En { 48 } else { 60 };
                assert!(
                    broken
                        .iter()
                        .all(|line| !line.is_empty() && columns(line) <= longest),
                    "{broken:?}"
                );
            }
        }
        assert_eq!(lines("短い。"), ["短い。"]);
    }
}
