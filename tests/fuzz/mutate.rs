//! From a message that is understood to one that no program of ours sends.

use serde_json::{Map, Number, Value, json};

use crate::support::chance::Chance;

/// Longer than any text that is taken.
const HUGE: usize = 120_000;
const DEEP: usize = 200;

const TEXTS: [&str; 48] = [
    "",
    " ",
    "\0",
    "null",
    "none",
    "-1",
    "0",
    "999999999999999999999999",
    "../../../../etc/passwd",
    "/dev/zero",
    "/proc/self/mem",
    "/dev/stdin",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://[::1",
    "https://a@b@c/",
    "http://\u{0}/",
    "socks5h://:::@",
    "24:00",
    "23:60",
    "00:00",
    "-00:01",
    "9999-12-31 23:59",
    "-9999-01-01",
    "+262143-01-01T00:00Z",
    "1970-01-01T00:00:00Z",
    "2026-02-30 12:00",
    "2026-11-30T12:00:60Z",
    "2026-11-30T12:00:00+99:99",
    "2026-11-30T12:00[Nowhere/Land]",
    "PT9223372036854775807H",
    "P99999999Y",
    "99999999999d",
    "1e9m",
    "0m",
    "-5m",
    "mon-",
    "sun-mon,,",
    "daily daily",
    "Etc/GMT+99",
    "../Asia/Tokyo",
    "\u{feff}",
    "\u{202e}abc",
    "e\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦",
    "---\n---\n---",
    "ſﬀİ",
    "'; DROP TABLE delivery; --",
];

/// Where in a message something stands.
type Place = Vec<Step>;

#[derive(Clone)]
enum Step {
    Field(String),
    Item(usize),
}

/// As bytes: not all of them are JSON, or even text.
pub fn malformed(chance: &mut Chance, valid: &Value, ids: &[&str]) -> Vec<u8> {
    let mut value = valid.clone();
    let times = 1 + chance.below(3);
    // Most of what is of another shape is not even read. Half of them keep theirs, and come as far as whoever answers.
    if chance.below(2) == 0 {
        for _ in 0..times {
            change_kindly(chance, &mut value, ids);
        }
        return value.to_string().into_bytes();
    }
    for _ in 0..times {
        change(chance, &mut value, ids);
    }
    let text = value.to_string().into_bytes();
    match chance.below(5) {
        0 => spoilt(chance, text),
        _ => text,
    }
}

fn change(chance: &mut Chance, value: &mut Value, ids: &[&str]) {
    let mut places = Vec::new();
    collect(value, &mut Vec::new(), &mut places);
    let index = usize::try_from(chance.below(places.len() as u64)).expect("small");
    let place = places.swap_remove(index);
    let Some((last, parents)) = place.split_last() else {
        *value = odd(chance, ids);
        return;
    };
    let Some(parent) = at(value, parents) else { return };
    match (parent, last) {
        (Value::Object(fields), Step::Field(name)) => change_field(chance, fields, name, ids),
        (Value::Array(items), Step::Item(index)) => match chance.below(4) {
            0 => drop(items.remove(*index)),
            1 => {
                let again = items[*index].clone();
                let times = chance.one_of(&[1, 2, 50, 3_000]);
                items.extend(std::iter::repeat_n(again, times));
            }
            _ => items[*index] = odd(chance, ids),
        },
        _ => {}
    }
}

/// Another text for a text, another number for a number.
fn change_kindly(chance: &mut Chance, value: &mut Value, ids: &[&str]) {
    let mut places = Vec::new();
    collect(value, &mut Vec::new(), &mut places);
    places.retain(|place| !is_a_name(place));
    let index = usize::try_from(chance.below(places.len() as u64)).expect("small");
    let Some(there) = at(value, &places[index]) else {
        return;
    };
    *there = match there {
        Value::Null | Value::String(_) if chance.below(3) == 0 => json!(chance.one_of(ids)),
        Value::Null | Value::String(_) => json!(text(chance)),
        Value::Bool(is) => json!(!*is),
        Value::Number(_) => json!(chance.one_of(&[0, 1, 2, 60, 721, 44_641, u32::MAX, i32::MAX as u32])),
        Value::Array(items) if chance.below(2) == 0 && !items.is_empty() => {
            let again = items[0].clone();
            Value::Array(vec![again; chance.one_of(&[2, 30, 1_000])])
        }
        Value::Array(_) => json!([]),
        Value::Object(_) => return,
    };
}

/// What says which request it is.
fn is_a_name(place: &Place) -> bool {
    matches!(place.last(), Some(Step::Field(name)) if name == "do")
}

fn change_field(chance: &mut Chance, fields: &mut Map<String, Value>, name: &str, ids: &[&str]) {
    match chance.below(8) {
        0 => drop(fields.remove(name)),
        1 => {
            let moved = fields.remove(name).unwrap_or_default();
            let name = chance.one_of(&[
                "do",
                "id",
                "",
                "__proto__",
                "request",
                "account",
                "本文",
                "parts",
                "confirm_persona",
            ]);
            fields.insert(name.to_owned(), moved);
        }
        2 => drop(fields.insert("more".to_owned(), odd(chance, ids))),
        3 => {
            // Nearly what was there.
            if let Some(Value::String(text)) = fields.get_mut(name) {
                let at = usize::try_from(chance.below(text.chars().count() as u64 + 1)).expect("small");
                let odd = chance.one_of(&[
                    '\0', '-', '9', ':', ' ', '\u{202e}', '\u{200b}', '😀', '/', '\n', '٣', 'Z',
                ]);
                let mut letters: Vec<char> = text.chars().collect();
                letters.insert(at, odd);
                if chance.below(3) == 0 && letters.len() > 1 {
                    letters.remove((at + 1) % letters.len());
                }
                *text = letters.into_iter().collect();
            } else {
                fields.insert(name.to_owned(), odd(chance, ids));
            }
        }
        _ => drop(fields.insert(name.to_owned(), odd(chance, ids))),
    }
}

/// Numbers at the limits, times that are none, ids of something else, what is far too long or too deep.
fn odd(chance: &mut Chance, ids: &[&str]) -> Value {
    match chance.below(40) {
        0..=2 => Value::Null,
        3..=4 => json!(chance.below(2) == 0),
        5..=12 => number(chance),
        13..=25 => json!(chance.one_of(&TEXTS)),
        26..=31 => json!(chance.one_of(ids)),
        32 => json!([]),
        33 => json!({}),
        34 => json!([chance.one_of(ids), 1, null, {"a": []}]),
        35 => json!({chance.one_of(&["next", "at", "window", "there", "text", "x"]): chance.one_of(&TEXTS)}),
        36 => nested(chance.below(DEEP as u64)),
        37 => json!(chance.one_of(&[
            "practice", "x", "jp", "next", "leave", "slow", "personal", "direct", "public", "skip"
        ])),
        38 => json!("\u{301}".repeat(usize::try_from(chance.below(300)).expect("small"))),
        // These cost the most.
        _ if chance.below(6) == 0 => json!(
            chance
                .one_of(&["a", "あ", "👩‍👩‍👧‍👦 ", "https://a.b ", "--- \n---\n", "@a ", "."])
                .repeat(HUGE / 4)
        ),
        _ => json!("long ".repeat(200)),
    }
}

fn text(chance: &mut Chance) -> String {
    match chance.below(30) {
        0 => "long ".repeat(chance.one_of(&[70, 1_000, 25_000])),
        1 => "\u{301}".repeat(300),
        _ => chance.one_of(&TEXTS).to_owned(),
    }
}

fn number(chance: &mut Chance) -> Value {
    match chance.below(4) {
        0 => json!(chance.one_of(&[
            u64::MAX,
            u64::from(u32::MAX),
            u64::from(u32::MAX) + 1,
            1 << 53,
            i64::MAX as u64,
            0,
            1
        ])),
        1 => json!(chance.one_of(&[i64::MIN, -1, i64::from(i32::MIN), 2, 1_440, 44_641, 1_000_000])),
        2 => Number::from_f64(chance.one_of(&[0.5, -0.0, 1e308, 5e-324, 4294967295.5]))
            .map_or(Value::Null, Value::Number),
        _ => json!(chance.below(u64::MAX)),
    }
}

fn nested(depth: u64) -> Value {
    (0..depth).fold(json!("deep"), |inner, level| {
        if level % 2 == 0 {
            json!([inner])
        } else {
            json!({"a": inner})
        }
    })
}

/// What a broken pipe or a hostile program makes of the bytes themselves.
fn spoilt(chance: &mut Chance, mut text: Vec<u8>) -> Vec<u8> {
    let at = usize::try_from(chance.below(text.len() as u64)).expect("small");
    match chance.below(8) {
        0 => text.truncate(at),
        1 => text[at] = u8::try_from(chance.below(256)).expect("a byte"),
        2 => drop(
            text.splice(
                at..at,
                chance
                    .one_of(&[
                        &b"\xff"[..],
                        b"\xc3",
                        b"\xed\xa0\x80",
                        b"\0",
                        b"\\ud800",
                        b"\\u0000",
                    ])
                    .iter()
                    .copied(),
            ),
        ),
        3 => drop(text.splice(at..at, std::iter::repeat_n(b'[', 4_000))),
        4 => drop(
            text.splice(
                at..at,
                chance
                    .one_of(&[&b"1e999999"[..], b"NaN", b"-", b"00", b"//", b",", b"}", b"\""])
                    .iter()
                    .copied(),
            ),
        ),
        5 => {
            // A field twice.
            let doubled = [b"{\"request_id\":\"x\",", &text[1..]].concat();
            text = doubled;
        }
        6 => text.reverse(),
        _ => text.extend_from_within(..),
    }
    text
}

fn collect(value: &Value, place: &mut Place, all: &mut Vec<Place>) {
    all.push(place.clone());
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                place.push(Step::Field(name.clone()));
                collect(inner, place, all);
                place.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                place.push(Step::Item(index));
                collect(inner, place, all);
                place.pop();
            }
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, place: &[Step]) -> Option<&'a mut Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get_mut(name),
        Step::Item(index) => value.get_mut(*index),
    })
}

#[test]
fn the_same_seed_makes_the_same_messages_and_hardly_two_are_alike() {
    let valid = json!({"request_id": "a", "request": {"do": "queue_move", "id": "b", "to": 1}});
    let some = |seed| {
        let mut chance = Chance::new(seed);
        (0..500)
            .map(|_| malformed(&mut chance, &valid, &["c"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(some(1), some(1));
    let different: std::collections::BTreeSet<Vec<u8>> = some(2).into_iter().collect();
    assert!(different.len() > 300, "{}", different.len());
}
