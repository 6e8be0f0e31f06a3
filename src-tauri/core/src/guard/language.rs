//! Whether a language tag is one.

/// Whether `text` is a well-formed BCP 47 tag (RFC 5646, 2.1), such as `ja`, `zh-Hant-TW` or `x-mine`.
/// The subtags are not looked up in any register. Grandfathered irregular tags are refused.
pub fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-').peekable();
    let sized = |subtag: &str, from: usize, to: usize| {
        (from..=to).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let letters = |subtag: &str, from: usize, to: usize| {
        sized(subtag, from, to) && subtag.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let Some(language) = subtags.next() else {
        return false;
    };
    if language.eq_ignore_ascii_case("x") {
        return is_private_use(subtags);
    }
    if !letters(language, 2, 8) {
        return false;
    }
    if language.len() <= 3 {
        for _ in 0..3 {
            if subtags.next_if(|subtag| letters(subtag, 3, 3)).is_none() {
                break;
            }
        }
    }
    // Script, then region.
    let _ = subtags.next_if(|subtag| letters(subtag, 4, 4));
    let _ = subtags.next_if(|subtag| {
        letters(subtag, 2, 2) || (subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit()))
    });
    let mut seen: Vec<String> = Vec::new();
    while let Some(variant) = subtags.next_if(|subtag| {
        sized(subtag, 5, 8) || (sized(subtag, 4, 4) && subtag.starts_with(|c: char| c.is_ascii_digit()))
    }) {
        let variant = variant.to_ascii_lowercase();
        if seen.contains(&variant) {
            return false;
        }
        seen.push(variant);
    }
    // Extensions, each a letter or digit of its own with subtags behind it; `x` ends the tag.
    while let Some(singleton) = subtags.next() {
        if singleton.eq_ignore_ascii_case("x") {
            return is_private_use(subtags);
        }
        let name = singleton.to_ascii_lowercase();
        if !sized(singleton, 1, 1) || seen.contains(&name) {
            return false;
        }
        seen.push(name);
        let mut count = 0;
        while subtags.next_if(|subtag| sized(subtag, 2, 8)).is_some() {
            count += 1;
        }
        if count == 0 {
            return false;
        }
    }
    true
}

/// What stands behind an `x`: anything, but something.
fn is_private_use<'a>(subtags: impl Iterator<Item = &'a str>) -> bool {
    let mut subtags = subtags.peekable();
    subtags.peek().is_some()
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}
