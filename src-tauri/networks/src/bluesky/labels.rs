//! A content warning as self-labels: Bluesky knows a few names and no free text.
//!
//! What readers see of it is less than a warning elsewhere. `porn`, `sexual`, `nudity` and `graphic-media` cover
//! pictures and never text, and the official client skips `!warn` when an author puts it on their own post (the
//! label's flag `no-self`). So whoever warns in free words must be told that on Bluesky nothing is covered.

use serde_json::{Value, json};

/// Names that an author may put on their own post (NETWORKS.md 2.6).
const NAMES: [&str; 5] = ["porn", "sexual", "nudity", "graphic-media", "!warn"];
/// What stands for any other words.
const GENERAL: &str = "!warn";

/// If the warning is made of label names alone ("nudity", "sexual, graphic-media"), those; otherwise the general
/// warning. The words themselves are not published: there is no place for them.
pub(super) fn self_labels(cw: &str) -> Option<Value> {
    let cw = cw.trim().to_lowercase();
    if cw.is_empty() {
        return None;
    }
    let words = cw
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let names: Option<Vec<&str>> = words
        .map(|word| NAMES.into_iter().find(|name| *name == word))
        .collect();
    let mut names = names.unwrap_or_else(|| vec![GENERAL]);
    names.sort_unstable();
    names.dedup();
    let values: Vec<Value> = names.into_iter().map(|name| json!({ "val": name })).collect();
    Some(json!({ "$type": "com.atproto.label.defs#selfLabels", "values": values }))
}

#[cfg(test)]
mod tests {
    use super::self_labels;

    #[test]
    fn warnings() {
        for (cw, expected) in [
            ("nudity", vec!["nudity"]),
            (" Graphic-Media ", vec!["graphic-media"]),
            ("sexual, nudity, sexual", vec!["nudity", "sexual"]),
            ("no nudity here", vec!["!warn"]),
            ("ネタバレ", vec!["!warn"]),
            ("  ", vec![]),
        ] {
            let labels = self_labels(cw).map_or(Vec::new(), |labels| {
                let values = labels["values"].as_array().unwrap().clone();
                values
                    .iter()
                    .map(|value| value["val"].as_str().unwrap().to_owned())
                    .collect()
            });
            assert_eq!(labels, expected, "{cw:?}");
        }
    }
}
