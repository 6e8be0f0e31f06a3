//! Domain names in running text.

/// The top-level domains of the root zone, sorted by bytes, between single white spaces.
static TLDS: &str = include_str!("tlds.txt");

/// Whether `label` (lower case, a dot before it) is a top-level domain.
///
/// The list is searched where it lies: a table of slices would cost a relocation an entry in every process.
pub(super) fn is_tld(label: &str) -> bool {
    let list = TLDS.as_bytes();
    let wanted = label.as_bytes();
    if wanted.is_empty() {
        return false;
    }
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let from = list[..middle]
            .iter()
            .rposition(u8::is_ascii_whitespace)
            .map_or(0, |at| at + 1)
            .max(low);
        let to = list[from..]
            .iter()
            .position(u8::is_ascii_whitespace)
            .map_or(list.len(), |at| from + at);
        match list[from..to].cmp(wanted) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = to + 1,
            std::cmp::Ordering::Greater => high = from,
        }
    }
    false
}

pub(super) fn all_tlds() -> impl Iterator<Item = &'static str> {
    TLDS.split_ascii_whitespace()
}

/// The byte length of the domain name that `text` starts with: labels, dots, and a known top-level domain
/// that Latin letters and digits do not run on from. Other scripts may: 「example.comを見て」 is a domain and
/// two words. Linear, and it never looks past the name.
pub(super) fn host_len(text: &str) -> Option<usize> {
    let mut best = None;
    let mut label = 0;
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let next = rest.chars().next();
        let in_label = next.is_some_and(|c| {
            c.is_ascii_alphanumeric() || c == '-' || c == '_' || (!c.is_ascii() && c.is_alphanumeric())
        });
        if in_label {
            at += next.map_or(0, char::len_utf8);
            continue;
        }
        let whole = &text[label..at];
        if label > 0 {
            best = tld_end(whole, next).map(|len| label + len).or(best);
        }
        let sound = !whole.is_empty() && !whole.starts_with('-') && !whole.ends_with('-');
        if next != Some('.') || !sound {
            return best;
        }
        at += 1;
        label = at;
    }
}

/// How much of `label` is a top-level domain, given the character behind it.
fn tld_end(label: &str, next: Option<char>) -> Option<usize> {
    let runs_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '＠' | '+' | '-' | '_');
    let known = |part: &str| {
        let lower = part.to_lowercase();
        is_tld(&lower) || lower.strip_prefix("xn--").is_some_and(|rest| !rest.is_empty())
    };
    // 63 bytes is the most that a label may be; what is longer is not worth a lookup.
    if label.len() <= 63 && known(label) && !next.is_some_and(runs_on) {
        return Some(label.len());
    }
    let latin = label.find(|c: char| !c.is_ascii()).filter(|&at| at <= 63)?;
    known(&label[..latin]).then_some(latin)
}

#[cfg(test)]
mod tests {
    use super::{TLDS, host_len, is_tld};

    #[test]
    fn every_top_level_domain_is_found_and_nothing_between_them() {
        let all: Vec<&str> = TLDS.split_ascii_whitespace().collect();
        assert!(
            all.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()),
            "the search rests on the order"
        );
        assert!(all.len() > 1_000);
        for tld in &all {
            assert!(is_tld(tld), "{tld}");
            assert!(!is_tld(&format!("{tld}0")), "{tld}0");
        }
        for not in [
            "",
            "0",
            "zzzz",
            "html",
            "exe",
            "COM",
            "com ",
            "\n",
            "com\ncommunity",
        ] {
            assert!(!is_tld(not), "{not:?}");
        }
    }

    #[test]
    fn a_host_ends_where_its_name_ends() {
        let table: &[(&str, Option<&str>)] = &[
            ("example.com", Some("example.com")),
            ("example.com/path", Some("example.com")),
            ("example.com:80", Some("example.com")),
            ("example.comを見て", Some("example.com")),
            ("www.my-site.co.jp です", Some("www.my-site.co.jp")),
            ("日本語.jp。", Some("日本語.jp")),
            ("例え.みんな", Some("例え.みんな")),
            ("a.xn--q9jyb4c/", Some("a.xn--q9jyb4c")),
            ("example.com.", Some("example.com")),
            ("example.com..", Some("example.com")),
            ("EXAMPLE.COM", Some("EXAMPLE.COM")),
            ("user.name@example.com", None),
            ("example.com-foo", None),
            ("example", None),
            ("com", None),
            (".com", None),
            ("1.5", None),
            ("index.html", None),
            ("127.0.0.1", None),
            ("", None),
        ];
        for (text, host) in table {
            assert_eq!(host_len(text).map(|len| &text[..len]), *host, "{text}");
        }
    }
}
