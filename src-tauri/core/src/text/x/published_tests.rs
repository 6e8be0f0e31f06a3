//! The published vectors of X's library, where they lie beside the repository.

use std::path::Path;

use super::{has_link, links};

#[derive(Default)]
struct Vector {
    group: String,
    description: String,
    text: String,
    urls: Vec<String>,
}

/// Of `text:` and the like what stands in quotes, JSON but for `\U` and its eight digits.
fn quoted(value: &str) -> String {
    let mut json = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("\\U") {
        let code = u32::from_str_radix(&rest[at + 2..at + 10], 16).expect("eight digits");
        json.push_str(&rest[..at]);
        json.push(char::from_u32(code).expect("a character"));
        rest = &rest[at + 10..];
    }
    json.push_str(rest);
    match json.strip_prefix('\'') {
        Some(single) => single.trim_end_matches('\'').replace("\'\'", "'"),
        None => serde_json::from_str(&json).unwrap_or_else(|error| panic!("{value}: {error}")),
    }
}

/// The groups of `extract.yml` that are about links.
fn vectors(file: &str) -> Vec<Vector> {
    let mut all: Vec<Vector> = Vec::new();
    let mut group = "";
    for line in file.lines() {
        if let Some(name) = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':')) {
            if !name.starts_with(' ') {
                group = name;
            }
        } else if let Some(value) = line.strip_prefix("    - description: ") {
            all.push(Vector {
                group: group.to_owned(),
                description: value.to_owned(),
                ..Vector::default()
            });
        } else if let Some(last) = all.last_mut() {
            let line = line.trim_start();
            if let Some(value) = line.strip_prefix("text: ") {
                last.text = quoted(value.trim());
            } else if let Some(value) = line.strip_prefix("- url: ") {
                last.urls.push(quoted(value.trim()));
            } else if let Some(value) = line.strip_prefix("expected: [") {
                let list = value.trim_end().strip_suffix(']').expect("a line");
                last.urls = serde_json::from_str(&format!("[{list}]")).unwrap_or_default();
            }
        }
    }
    all.retain(|vector| vector.group.contains("urls"));
    all
}

#[test]
fn links_are_those_of_the_published_vectors() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/twitter-text/extract.yml");
    let Ok(file) = std::fs::read_to_string(&file) else {
        println!("skipped extract.yml: the conformance vectors are not beside this repository");
        return;
    };
    let all = vectors(&file);
    assert!(
        all.len() > 80,
        "{} vectors: a short table proves little",
        all.len()
    );
    assert!(all.iter().filter(|vector| vector.urls.is_empty()).count() > 5);
    let mut wrong = Vec::new();
    for vector in &all {
        let found: Vec<&str> = links(&vector.text)
            .into_iter()
            .map(|(from, to)| &vector.text[from..to])
            .collect();
        if found != vector.urls || has_link(&vector.text) == vector.urls.is_empty() {
            let Vector {
                description, urls, ..
            } = vector;
            wrong.push(format!("{description}: wanted {urls:?}, found {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        all.len(),
        wrong.join("\n")
    );
}

/// Configuration 3 is what the count goes by.
#[test]
fn weights_are_those_of_the_published_configuration() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/twitter-text/v3.json");
    let Ok(file) = std::fs::read_to_string(&file) else {
        println!("skipped v3.json: the conformance vectors are not beside this repository");
        return;
    };
    let said: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    let number = |value: &serde_json::Value| u32::try_from(value.as_u64().expect("a number")).expect("small");
    let scale = number(&said["scale"]);
    assert_eq!(number(&said["transformedURLLength"]), super::URL_WEIGHT);
    assert_eq!(
        number(&said["maxWeightedTweetLength"]),
        crate::network::Network::X.default_limits().text.max
    );
    let ranges = said["ranges"].as_array().expect("ranges");
    assert_eq!(ranges.len(), 4);
    for unit in 0..=u16::MAX {
        let range = ranges
            .iter()
            .find(|range| (number(&range["start"])..=number(&range["end"])).contains(&u32::from(unit)));
        let weight = range.map_or(number(&said["defaultWeight"]), |range| number(&range["weight"]));
        assert_eq!(super::weight_of(unit) * scale, weight, "{unit:x}");
    }
}
