//! The names that atproto lets a client choose or type: record keys and handles (NETWORKS.md 2.5).

/// base32-sortable: the order of the text is the order of the numbers.
const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const TID_LEN: usize = 13;
const CLOCK_BITS: u32 = 10;
const MICROS_BITS: u32 = 53;

/// A record key that sorts by time: 53 bits of microseconds since 1970, then a 10 bit clock id, in 13 characters.
///
/// Bits above those are dropped. Two records need different microseconds or different clock ids.
pub fn encode(micros: u64, clock: u16) -> String {
    let micros = micros & ((1 << MICROS_BITS) - 1);
    let clock = u64::from(clock) & ((1 << CLOCK_BITS) - 1);
    let number = (micros << CLOCK_BITS) | clock;
    (0..TID_LEN)
        .rev()
        .map(|place| char::from(ALPHABET[(number >> (5 * place) & 31) as usize]))
        .collect()
}

/// The microseconds since 1970 and the clock id of a TID; `None` if `text` is none.
pub fn decode(text: &str) -> Option<(u64, u16)> {
    if text.len() != TID_LEN {
        return None;
    }
    let mut number: u64 = 0;
    for (place, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)? as u64;
        // 13 characters hold 65 bits, and the top one of a TID's 64 is never set.
        if place == 0 && digit >= 16 {
            return None;
        }
        number = (number << 5) | digit;
    }
    Some((number >> CLOCK_BITS, (number & ((1 << CLOCK_BITS) - 1)) as u16))
}

/// Whether `text` is a TID, the only kind of key that a post may have.
pub fn is_tid(text: &str) -> bool {
    decode(text).is_some()
}

/// Whether `text` may be a record key of any collection.
pub fn is_record_key(text: &str) -> bool {
    (1..=512).contains(&text.len())
        && text != "."
        && text != ".."
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:~-".contains(&b))
}

/// Whether `text` has the form of a handle: a domain name of ASCII labels, the last one not starting with a
/// digit. Says nothing about whether it exists, or whether its top-level domain may be used.
pub fn is_handle(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && text
            .rsplit('.')
            .next()
            .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::{decode, encode, is_handle, is_record_key, is_tid};

    type Check = fn(&str) -> bool;

    /// The published vectors, where they lie beside the repository.
    #[test]
    fn the_published_vectors_agree() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/atproto");
        let tables: [(&str, Check); 3] = [
            ("tid", is_tid),
            ("handle", is_handle),
            ("recordkey", is_record_key),
        ];
        for (name, check) in tables {
            for (kind, wanted) in [("valid", true), ("invalid", false)] {
                let file = folder.join(format!("{name}_syntax_{kind}.txt"));
                let Ok(text) = std::fs::read_to_string(&file) else {
                    println!(
                        "skipped {name}_syntax_{kind}.txt: the conformance vectors are not beside this repository"
                    );
                    continue;
                };
                let cases: Vec<&str> = text
                    .lines()
                    .filter(|line| !line.is_empty() && !line.starts_with("# "))
                    .collect();
                assert!(cases.len() > 3, "{name} {kind}: an empty table proves nothing");
                for case in cases {
                    assert_eq!(check(case), wanted, "{name} {kind}: {case:?}");
                }
            }
        }
    }

    #[test]
    fn forms() {
        let tids = [
            ("3jzfcijpj2z2a", true),
            ("2222222222222", true),
            ("kjzfcijpj2z2a", false),
            ("3jzfcijpj2z2", false),
            ("3JZFCIJPJ2Z2A", false),
            ("", false),
            ("あああああ", false),
        ];
        for (text, wanted) in tids {
            assert_eq!(is_tid(text), wanted, "{text}");
        }
        let handles = [
            ("alice.test", true),
            ("xn--ls8h.test", true),
            ("alice", false),
            ("alice..test", false),
            ("alice.0a", false),
            ("a_b.test", false),
            ("-a.test", false),
            ("アリス.test", false),
        ];
        for (text, wanted) in handles {
            assert_eq!(is_handle(text), wanted, "{text}");
        }
        let keys = [
            ("self", true),
            ("a:b~c_d-e.f", true),
            ("..", false),
            ("", false),
            ("a/b", false),
        ];
        for (text, wanted) in keys {
            assert_eq!(is_record_key(text), wanted, "{text}");
        }
    }

    #[test]
    fn known_times() {
        assert_eq!(encode(0, 0), "2222222222222");
        assert_eq!(encode(0, 1), "2222222222223");
        assert_eq!(encode(1, 0), "2222222222322");
        assert_eq!(encode((1 << 53) - 1, 1023), "bzzzzzzzzzzzz");
        assert_eq!(
            encode(u64::MAX, u16::MAX),
            "bzzzzzzzzzzzz",
            "bits above are dropped"
        );
    }

    proptest! {
        #[test]
        fn a_tid_reads_back_and_sorts(a in 0u64..1 << 53, b in 0u64..1 << 53, clock in 0u16..1024, other in any::<u16>()) {
            let text = encode(a, clock);
            prop_assert!(is_tid(&text) && is_record_key(&text));
            prop_assert_eq!(decode(&text), Some((a, clock)));
            if a != b {
                prop_assert_eq!(text < encode(b, other), a < b, "text order is time order");
            }
        }
    }
}
