//! What X takes for a link, with a scheme and without one.

use std::sync::OnceLock;

use super::super::domain;

/// It begins at code unit `from`, and `len` of them are counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub from: usize,
    pub len: usize,
}

/// Longer ones are no links.
const LONGEST: usize = 4_096;
const LONGEST_LABEL: usize = 63;
const LONGEST_SHORTENED: usize = 40;

/// In order. Linear in the text, but for what is made of dots alone.
pub(super) fn urls(units: &[u16]) -> Vec<Url> {
    let mut found = Vec::new();
    if !units.contains(&u16::from(b'.')) {
        return found;
    }
    let text = Text::new(units);
    let mut at = 0;
    while at < units.len() {
        // What stands before the link belongs to the search: two links need something between them.
        let candidate = if may_precede(units[at]) {
            text.link(at + 1)
        } else {
            None
        };
        let candidate = candidate
            .map(|link| (link, Some(units[at])))
            .or_else(|| (at == 0).then(|| text.link(0)).flatten().map(|link| (link, None)));
        let Some((link, before)) = candidate else {
            at += 1;
            continue;
        };
        at = link.end;
        text.accepted(&link, before, &mut found);
    }
    // Of two at the same place the later one counts; what is found lies in order.
    found.reverse();
    found.dedup_by_key(|url| url.from);
    found.reverse();
    found
}

/// Code units.
struct Link {
    from: usize,
    /// Behind the scheme; the same as `from` without one.
    domain: usize,
    domain_end: usize,
    has_path: bool,
    end: usize,
}

struct Text<'a> {
    units: &'a [u16],
    /// Where the run ends, of domain characters, `-` and `_`, in which a unit stands.
    run_end: Vec<usize>,
    /// How many `_` stand before a unit.
    low_lines: Vec<usize>,
    /// Of what begins behind a dot: where the domain would end.
    behind_dot: Vec<Option<usize>>,
}

impl<'a> Text<'a> {
    fn new(units: &'a [u16]) -> Self {
        let len = units.len();
        let mut text = Text {
            units,
            run_end: vec![len; len + 1],
            low_lines: vec![0; len + 1],
            behind_dot: vec![None; len + 1],
        };
        for at in (0..len).rev() {
            text.run_end[at] = if in_label(units[at]) {
                text.run_end[at + 1]
            } else {
                at
            };
        }
        for (at, unit) in units.iter().enumerate() {
            text.low_lines[at + 1] = text.low_lines[at] + usize::from(*unit == u16::from(b'_'));
        }
        for at in (0..len).rev() {
            if units[at] == u16::from(b'.') {
                text.behind_dot[at + 1] = text.domain_end(at + 1);
            }
        }
        text
    }

    fn is(&self, at: usize, c: u8) -> bool {
        self.units.get(at) == Some(&u16::from(c))
    }

    /// Where the domain ends that begins at `from`: as many labels as can be, then one without `_`, then a top-level domain.
    fn domain_end(&self, from: usize) -> Option<usize> {
        let end = *self.run_end.get(from)?;
        if end == from
            || !self.is(end, b'.')
            || !is_domain(self.units[from])
            || !is_domain(self.units[end - 1])
        {
            return None;
        }
        if let Some(found) = self.behind_dot[end + 1] {
            return Some(found);
        }
        if self.low_lines[from] != self.low_lines[end] {
            return None;
        }
        tld_end(self.units, end + 1, self.units.len())
    }

    fn link(&self, from: usize) -> Option<Link> {
        let with = scheme_len(&self.units[from.min(self.units.len())..]);
        let (domain, domain_end) = match with.and_then(|len| Some((from + len, self.domain_end(from + len)?)))
        {
            Some(found) => found,
            None => (from, self.domain_end(from)?),
        };
        let mut end = domain_end;
        if self.is(end, b':') {
            let digits = run(self.units, end + 1, |unit| ascii(unit).is_ascii_digit());
            if digits > end + 1 {
                end = digits;
            }
        }
        let has_path = self.is(end, b'/');
        if has_path {
            end = path_end(self.units, end + 1);
        }
        if self.is(end, b'?') {
            let last = run(self.units, end + 1, in_query);
            let query = (end + 1..last).rev().find(|&at| ends_query(self.units[at]));
            end = query.map_or(end, |at| at + 1);
        }
        Some(Link {
            from,
            domain,
            domain_end,
            has_path,
            end,
        })
    }

    fn accepted(&self, link: &Link, before: Option<u16>, found: &mut Vec<Url>) {
        let domain = &self.units[link.domain..link.domain_end];
        let scheme = if link.domain > link.from {
            link.domain - link.from
        } else {
            "https://".len()
        };
        if !is_valid(domain) || scheme + (link.end - link.from) > LONGEST {
            return;
        }
        if link.domain > link.from {
            let url = &self.units[link.from..link.end];
            let len = match shortened(url, link.domain - link.from) {
                Some((slug, _)) if slug > LONGEST_SHORTENED => return,
                Some((_, len)) => len,
                None => url.len(),
            };
            found.push(Url { from: link.from, len });
            return;
        }
        if before.is_some_and(|unit| matches!(ascii(unit), b'-' | b'_' | b'.' | b'/')) {
            return;
        }
        let mut names = latin_domains(domain).into_iter().peekable();
        while let Some((from, len)) = names.next() {
            let mut url = Url {
                from: link.from + from,
                len,
            };
            if names.peek().is_none() && link.has_path {
                url.len = link.end - link.from - domain.len() + len;
            }
            found.push(url);
        }
    }
}

/// The unit if it is ASCII, else something that nothing here looks for.
fn ascii(unit: u16) -> u8 {
    u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(0)
}

fn run(units: &[u16], from: usize, is_in: impl Fn(u16) -> bool) -> usize {
    let len = units
        .get(from..)
        .unwrap_or_default()
        .iter()
        .take_while(|unit| is_in(**unit))
        .count();
    from + len
}

fn may_precede(unit: u16) -> bool {
    !matches!(ascii(unit), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'@' | b'$' | b'#')
        && !matches!(unit, 0xff20 | 0xff03 | 0xfeff | 0xfffe | 0xffff)
}

/// What the name of a domain may have anywhere in it: all but punctuation, white space and marks of direction.
fn is_domain(unit: u16) -> bool {
    match unit {
        0..=0x7f => match ascii(unit) {
            b'"' | b'`' | 0x7f => true,
            c if c.is_ascii_alphanumeric() => true,
            c => c < 0x20 && !(0x09..=0x0d).contains(&c),
        },
        0x85 | 0xa0 | 0x061c | 0x1680 | 0x180e => false,
        0x2000..=0x200a | 0x200e | 0x200f | 0x2028..=0x202f | 0x205f | 0x2066..=0x2069 | 0x3000 => false,
        0xfeff | 0xfffe | 0xffff => false,
        _ => true,
    }
}

fn in_label(unit: u16) -> bool {
    is_domain(unit) || matches!(ascii(unit), b'-' | b'_')
}

/// Latin with its accents, and what upper and lower case make of it.
fn is_accented(unit: u16) -> bool {
    matches!(unit,
        0xc0..=0xd6 | 0xd8..=0xf6 | 0xf8..=0x24f | 0x253 | 0x254 | 0x256 | 0x257 | 0x259 | 0x25b | 0x260 | 0x263 | 0x268
        | 0x269 | 0x26f | 0x272 | 0x275 | 0x280 | 0x283 | 0x288..=0x28c | 0x292 | 0x2bb | 0x300..=0x36f | 0x399 | 0x3b9
        | 0x1e00..=0x1eff | 0x1fbe | 0x2c65 | 0x2c66 | 0x2c7e | 0x2c7f | 0xa7dc)
}

fn is_cyrillic(unit: u16) -> bool {
    matches!(unit, 0x400..=0x4ff | 0x1c80..=0x1c87)
}

fn in_path(unit: u16) -> bool {
    matches!(ascii(unit), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#'..=b'\'' | b'*'..=b'/' | b':' | b';' | b'='
        | b'@' | b'[' | b']' | b'_' | b'|' | b'~')
        || unit == 0x2013
        || is_accented(unit)
        || is_cyrillic(unit)
}

fn ends_path(unit: u16) -> bool {
    matches!(ascii(unit), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'#' | b'+' | b'-' | b'/' | b'=' | b'_')
        || is_accented(unit)
        || is_cyrillic(unit)
}

fn in_query(unit: u16) -> bool {
    matches!(ascii(unit), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#'..=b'/' | b':' | b';' | b'=' | b'?' | b'@'
        | b'[' | b']' | b'_' | b'|' | b'~')
}

fn ends_query(unit: u16) -> bool {
    matches!(ascii(unit), b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'#' | b'&' | b'-' | b'/' | b'=' | b'_')
}

/// Behind the path's first slash: it goes up to the last character with which a path may end, and over pairs of brackets on
/// the way there and right behind it.
fn path_end(units: &[u16], from: usize) -> usize {
    let (mut at, mut end) = (from, from);
    loop {
        match units.get(at) {
            Some(&unit) if in_path(unit) => {
                at += 1;
                end = if ends_path(unit) { at } else { end };
            }
            Some(_) => match brackets_end(units, at) {
                Some(to) => at = to,
                None => break,
            },
            None => break,
        }
    }
    while let Some(to) = brackets_end(units, end) {
        end = to;
    }
    end
}

/// `(…)`, or with one more pair inside.
fn brackets_end(units: &[u16], from: usize) -> Option<usize> {
    let is = |at: usize, c: u8| units.get(at) == Some(&u16::from(c));
    if !is(from, b'(') {
        return None;
    }
    let first = run(units, from + 1, in_path);
    if is(first, b')') {
        return (first > from + 1).then_some(first + 1);
    }
    if !is(first, b'(') {
        return None;
    }
    let inner = run(units, first + 1, in_path);
    if inner == first + 1 || !is(inner, b')') {
        return None;
    }
    let last = run(units, inner + 1, in_path);
    is(last, b')').then_some(last + 1)
}

fn scheme_len(units: &[u16]) -> Option<usize> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let fits = units.len() >= scheme.len()
            && units
                .iter()
                .zip(scheme.bytes())
                .all(|(unit, c)| ascii(*unit).to_ascii_lowercase() == c);
        fits.then_some(scheme.len())
    })
}

/// A link of X's own shortener: how long its name is, and where it ends. Paths do not belong to it.
fn shortened(url: &[u16], scheme: usize) -> Option<(usize, usize)> {
    let host = "t.co/";
    let rest = url.get(scheme..)?;
    let fits = rest.len() >= host.len()
        && rest
            .iter()
            .zip(host.bytes())
            .all(|(unit, c)| ascii(*unit).to_ascii_lowercase() == c);
    let from = scheme + host.len();
    let to = run(url, from, |unit| ascii(unit).is_ascii_alphanumeric());
    if !fits || to == from {
        return None;
    }
    let query = if url.get(to) == Some(&u16::from(b'?')) {
        let last = run(url, to + 1, in_query);
        (to + 1..last).rev().find(|&at| ends_query(url[at]))
    } else {
        None
    };
    Some((to - from, query.map_or(to, |at| at + 1)))
}

/// The domains of Latin letters in `domain`: from, length. Text written without spaces stands around them.
fn latin_domains(domain: &[u16]) -> Vec<(usize, usize)> {
    let of_label =
        |unit: u16| ascii(unit).is_ascii_alphanumeric() || unit == u16::from(b'-') || is_accented(unit);
    let mut found: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut behind) = (0, 0);
    while at < domain.len() {
        let first = run(domain, at, of_label);
        if first == at {
            at += 1;
            continue;
        }
        let mut end = None;
        let mut label = first;
        while domain.get(label) == Some(&u16::from(b'.')) {
            end = tld_end(domain, label + 1, domain.len()).or(end);
            let next = run(domain, label + 1, of_label);
            if next == label + 1 {
                break;
            }
            label = next;
        }
        let Some(end) = end else {
            at = first;
            continue;
        };
        // The library looks for the name it found anew, from the last one on.
        let name = &domain[at..end];
        let place = domain[behind..]
            .windows(name.len())
            .position(|window| window == name);
        let from = behind + place.unwrap_or(at - behind);
        found.push((from, name.len()));
        behind = from + name.len();
        at = end;
    }
    found
}

/// Where the top-level domain ends that begins at `from`.
fn tld_end(units: &[u16], from: usize, most: usize) -> Option<usize> {
    let first = *units.get(from)?;
    let runs_on = |at: usize| {
        units[..most].get(at).is_some_and(|unit| {
            ascii(*unit).is_ascii_alphanumeric() || matches!(ascii(*unit), b'@' | b'+' | b'-')
        })
    };
    if ascii(first).is_ascii_alphanumeric() {
        let end = run(&units[..most], from, |unit| ascii(unit).is_ascii_alphanumeric());
        let label: String = units[from..end]
            .iter()
            .map(|unit| char::from(ascii(*unit).to_ascii_lowercase()))
            .collect();
        if !runs_on(end) && is_tld(&label) {
            return Some(end);
        }
        let puny = label.starts_with("xn") && units.get(end..end + 2) == Some(&[u16::from(b'-'); 2]);
        let to = run(&units[..most], end + 2, |unit| {
            ascii(unit).is_ascii_alphanumeric() || unit == u16::from(b'-')
        });
        if puny && label.len() == 2 && to > end + 2 {
            return Some(to);
        }
    }
    let fits = |name: &Vec<u16>| {
        let there = units.get(from..from + name.len()).is_some_and(|part| {
            part.iter()
                .zip(name)
                .all(|(unit, wanted)| upper(*unit) == upper(*wanted))
        });
        there && from + name.len() <= most && !runs_on(from + name.len())
    };
    other_tlds()
        .iter()
        .find(|name| fits(name))
        .map(|name| from + name.len())
}

/// As JavaScript compares without case: by upper case, if that is one unit too and not ASCII.
fn upper(unit: u16) -> u16 {
    let Some(c) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    let mut all = c.to_uppercase();
    match (all.next().map(u32::from), all.next()) {
        (Some(code), None) => u16::try_from(code)
            .ok()
            .filter(|code| unit < 0x80 || *code >= 0x80)
            .unwrap_or(unit),
        _ => unit,
    }
}

/// Its list is of 2020: the root zone's of today and what has gone since, without what came since.
fn is_tld(label: &str) -> bool {
    (domain::is_tld(label) && !CAME.contains(&label))
        || GONE.split_ascii_whitespace().any(|gone| gone == label)
}

const CAME: [&str; 7] = ["amazon", "kids", "music", "spa", "ישראל", "アマゾン", "亚马逊"];
static GONE: &str = include_str!("tlds.txt");

/// Those that are not ASCII, the longest first.
fn other_tlds() -> &'static [Vec<u16>] {
    static READ: OnceLock<Vec<Vec<u16>>> = OnceLock::new();
    READ.get_or_init(|| {
        let known = domain::all_tlds().chain(GONE.split_ascii_whitespace());
        let mut all: Vec<Vec<u16>> = known
            .filter(|name| !name.is_ascii() && !CAME.contains(name))
            .map(|name| name.encode_utf16().collect())
            .collect();
        all.sort_by_key(|name| std::cmp::Reverse(name.len()));
        all
    })
}

/// Whether its labels have lengths that names may have.
fn is_valid(domain: &[u16]) -> bool {
    let puny = "xn--".encode_utf16().collect::<Vec<u16>>();
    if domain.starts_with(&puny) && latin_domains(domain).is_empty() {
        return false;
    }
    domain
        .split(|unit| *unit == u16::from(b'.'))
        .all(|label| (1..=LONGEST_LABEL).contains(&label_len(label)))
}

/// How long the label is as the name service has it. Other dots divide it once more.
fn label_len(label: &[u16]) -> usize {
    let parts: Vec<&[u16]> = label
        .split(|unit| matches!(unit, 0x3002 | 0xff0e | 0xff61))
        .collect();
    let lens = parts.iter().map(|part| {
        if part.iter().all(|unit| (0x20..=0x7e).contains(unit)) {
            part.len()
        } else {
            "xn--".len() + punycode_len(part)
        }
    });
    lens.sum::<usize>() + parts.len() - 1
}

/// The length of RFC 3492's encoding.
fn punycode_len(part: &[u16]) -> usize {
    let codes: Vec<u32> = char::decode_utf16(part.iter().copied())
        .map(|unit| unit.map_or_else(|half| u32::from(half.unpaired_surrogate()), u32::from))
        .collect();
    // More than any label that can still be valid.
    if codes.len() > LONGEST_LABEL {
        return codes.len();
    }
    let basic = codes.iter().filter(|code| **code < 0x80).count();
    let mut len = basic + usize::from(basic > 0);
    let (mut code, mut delta, mut bias, mut done) = (0x80_u32, 0_u32, 72_u32, basic);
    while done < codes.len() {
        let next = codes
            .iter()
            .copied()
            .filter(|of| *of >= code)
            .min()
            .unwrap_or(code);
        delta += (next - code) * (u32::try_from(done).unwrap_or(u32::MAX) + 1);
        code = next;
        for of in &codes {
            if *of < code {
                delta += 1;
            } else if *of == code {
                let mut rest = delta;
                let mut k = 36;
                loop {
                    let digit = if k <= bias {
                        1
                    } else if k >= bias + 26 {
                        26
                    } else {
                        k - bias
                    };
                    len += 1;
                    if rest < digit {
                        break;
                    }
                    rest = (rest - digit) / (36 - digit);
                    k += 36;
                }
                bias = adapted(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        code += 1;
    }
    len
}

fn adapted(delta: u32, points: usize, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / u32::try_from(points).unwrap_or(u32::MAX);
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}
