//! Where our links, tags and mentions differ from those of Bluesky's library on purpose, each with exactly what either side
//! does to the word. Why we differ stands in `core/src/text/links.rs`.

/// From, to (UTF-8 bytes of the text), kind, value.
pub type Facet = (usize, usize, String, String);

/// A word of a text and what both sides find in it; offsets count from its beginning.
#[derive(Debug)]
pub struct Word<'a> {
    pub word: &'a str,
    pub ours: Vec<Facet>,
    pub theirs: Vec<Facet>,
}

/// White space of ECMAScript, which neither side looks past.
pub fn is_space(c: char) -> bool {
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

/// The words of `text` in which anybody finds anything. A facet that is not within one word would be in none of them, so
/// all are counted.
pub fn words<'a>(text: &'a str, ours: &[Facet], theirs: &[Facet]) -> Vec<Word<'a>> {
    let (mut all, mut within) = (Vec::new(), 0);
    for word in text.split(is_space) {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        let of_word = |facets: &[Facet]| -> Vec<Facet> {
            let inside = facets
                .iter()
                .filter(|facet| from <= facet.0 && facet.1 <= from + word.len());
            inside
                .map(|(begin, end, kind, value)| (begin - from, end - from, kind.clone(), value.clone()))
                .collect()
        };
        let (ours, theirs) = (of_word(ours), of_word(theirs));
        within += ours.len() + theirs.len();
        if !(ours.is_empty() && theirs.is_empty()) {
            all.push(Word { word, ours, theirs });
        }
    }
    assert_eq!(within, ours.len() + theirs.len(), "all within a word: {text:?}");
    all
}

impl Word<'_> {
    /// How often each reason explains a facet that only one side has, or the first facet that nothing explains.
    pub fn reasons(&self) -> Result<Vec<&'static str>, String> {
        let mut reasons = Vec::new();
        let begins_alike = |facets: &[Facet], one: &Facet| {
            let alike = |other: &&Facet| other.0 == one.0 && other.2 == one.2;
            facets.iter().find(alike).cloned()
        };
        for facet in &self.ours {
            self.is_what_it_says(facet)?;
            let reason = match begins_alike(&self.theirs, facet) {
                Some(theirs) if theirs == *facet => continue,
                Some(theirs) => self.why_they_end_apart(facet, &theirs),
                None => self.why_only_ours(facet),
            };
            reasons.push(reason.ok_or_else(|| format!("ours alone: {facet:?}"))?);
        }
        for facet in &self.theirs {
            if begins_alike(&self.ours, facet).is_none() {
                let reason = self.why_only_theirs(facet);
                reasons.push(reason.ok_or_else(|| format!("theirs alone: {facet:?}"))?);
            }
        }
        Ok(reasons)
    }

    /// Each of ours stands where its value does, and overlaps no other.
    fn is_what_it_says(&self, facet: &Facet) -> Result<(), String> {
        let (from, to, kind, value) = facet;
        let said = self.word.get(*from..*to).unwrap_or_default();
        let fits = match kind.as_str() {
            "link" => said == value || format!("https://{said}") == *value,
            "mention" => said.strip_prefix('@') == Some(value),
            _ => {
                let name = said
                    .strip_prefix(['#', '＃'])
                    .or(Some(said).filter(|said| said.starts_with('$')));
                name.is_some_and(|name| name == value || name.to_ascii_uppercase() == *value)
            }
        };
        let overlaps = self
            .ours
            .iter()
            .any(|other| other != facet && other.0 < *to && *from < other.1);
        (fits && !overlaps)
            .then_some(())
            .ok_or_else(|| format!("not what stands there: {facet:?}"))
    }

    /// Both find a link that begins here.
    fn why_they_end_apart(&self, ours: &Facet, theirs: &Facet) -> Option<&'static str> {
        if ours.2 != "link" {
            return None;
        }
        let said = &self.word[ours.0..];
        if ours.1 == theirs.1 {
            // theirs asks for "http" alone before it leaves a link without a scheme as it is.
            let quirk = scheme(said).is_none()
                && theirs.3.starts_with("http")
                && ours.3 == format!("https://{}", theirs.3);
            return quirk.then_some("a name that begins with http has no scheme yet");
        }
        // Theirs goes on to the white space, but for one mark and one bracket.
        let goes_on = self.is_up_to_the_space(theirs) && ours.1 < theirs.1;
        let rest = &self.word[ours.1..];
        let next = rest.chars().next()?;
        if !goes_on || self.word[ours.0..ours.1].contains(ends_link) {
            return None;
        }
        if ends_link(next) {
            return Some("a link ends before Japanese punctuation");
        }
        let scheme = scheme(said);
        let at_host = is_host_and_port(&self.word[ours.0 + scheme.unwrap_or(0)..ours.1]);
        if at_host && scheme.is_some() && !next.is_ascii() {
            return Some("a link ends where its domain meets text without spaces");
        }
        if at_host && scheme.is_none() && !matches!(next, '/' | '?' | '#') {
            return Some("a bare domain ends where its name does");
        }
        let sentence = rest.find(ends_link).map_or(rest, |at| &rest[..at]);
        self.is_of_the_sentence(ours, sentence)
            .then_some("all trailing punctuation goes")
    }

    fn why_only_ours(&self, ours: &Facet) -> Option<&'static str> {
        let (from, to, kind, _) = ours;
        if kind != "link" {
            return None;
        }
        let (said, behind) = (&self.word[*from..*to], &self.word[*from..]);
        let before = self.word[..*from].chars().next_back();
        // Theirs looks for one behind a space or "(" alone, and in a word there is no more than one, since it goes on to the
        // end whatever comes.
        if before.is_some_and(|c| !c.is_ascii() && scheme(said).is_some()) {
            return Some("a link with a scheme stands right behind text without spaces");
        }
        if before.is_some_and(|c| "[{<\"'（「『【〈《〔［｛“".contains(c)) {
            return Some("a link stands right behind a bracket or quotation mark");
        }
        if first_run(self.word).is_some_and(|taken| taken < *from) {
            return (before == Some('(')).then_some("of a word theirs looks at the first run alone");
        }
        if scheme(said).is_some() {
            return (!said.starts_with("http")).then_some("a scheme is not case sensitive");
        }
        let host = &said[..said.find(['/', '?', '#', ':']).unwrap_or(said.len())];
        let partly =
            bare_domain(behind).is_none_or(|domain| domain.len() < host.len() && !is_top_to_them(domain));
        (host.contains(['-', '_']) && partly).then_some("a bare domain has hyphens and underscores")
    }

    fn why_only_theirs(&self, theirs: &Facet) -> Option<&'static str> {
        let (from, to, kind, value) = theirs;
        let inside = |one: &Facet| one.0 < *from && *from < one.1;
        if self.ours.iter().any(inside) {
            return Some("of two that overlap the first stays");
        }
        if kind == "tag" {
            return (value.len() > 640).then_some("a tag has at most 640 bytes");
        }
        if kind == "mention" {
            return (!could_be_handle(value)).then_some("a mention is a handle");
        }
        if !self.is_up_to_the_space(theirs) {
            return None;
        }
        let said = &self.word[*from..*to];
        if let Some(scheme) = scheme(said) {
            let run = &said[scheme..];
            let run = &run[..run.find(ends_link).unwrap_or(run.len())];
            let empty = !run.contains(char::is_alphanumeric);
            return empty.then_some("a link has something behind its scheme");
        }
        let domain = bare_domain(said)?;
        let behind = &said[domain.len()..];
        let mut next = behind.chars();
        match (next.next(), next.next()) {
            (Some('@' | '＠'), _) => Some("a mail address is no link"),
            (Some('-' | '_' | '+'), _) => Some("what goes on behind a name makes it none"),
            (Some('.'), Some('-')) => Some("what goes on behind a name makes it none"),
            _ if !is_top_to_them(domain) && said.starts_with("http") => {
                Some("a name that begins with http has no scheme yet")
            }
            _ if ends_in_another_script(behind) => Some("a bare domain is all Latin"),
            _ => None,
        }
    }

    /// Theirs ends where the word does, or one mark, or one mark and one bracket before.
    fn is_up_to_the_space(&self, theirs: &Facet) -> bool {
        let marks = ['.', ',', ';', ':', '!', '?'];
        let rest = &self.word[theirs.1..];
        let rest = rest.strip_prefix(')').unwrap_or(rest);
        rest.is_empty() || rest.strip_prefix(marks).is_some_and(str::is_empty)
    }

    /// `sentence`, which stands right behind `ours`, is nothing but marks, quotation marks and brackets that nothing in the
    /// link opens; and the link ends in none of them itself.
    fn is_of_the_sentence(&self, ours: &Facet, sentence: &str) -> bool {
        let link = &self.word[ours.0..ours.1];
        let whole = &self.word[ours.0..ours.1 + sentence.len()];
        let lone = |close: char| {
            let open = ['(', '[', '{', '<'][")]}>".find(close).unwrap_or(0)];
            whole.matches(close).count() > whole.matches(open).count()
        };
        let goes = |c: char| ".,;:!?\"'".contains(c) || (")]}>".contains(c) && lone(c));
        sentence.chars().all(goes) && !link.ends_with(|c| ".,;:!?\"'".contains(c))
    }
}

/// The Japanese marks that end a link.
fn ends_link(c: char) -> bool {
    "、。，．！？：；…「」『』（）【】〈〉《》〔〕［］｛｝“”".contains(c)
}

fn scheme(said: &str) -> Option<usize> {
    let is = |scheme: &&&str| {
        said.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    ["https://", "http://"].iter().find(is).map(|scheme| scheme.len())
}

/// What theirs takes for a domain at the beginning: Latin letters, digits and dots.
fn bare_domain(said: &str) -> Option<&str> {
    let letters = |text: &str| text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let mut end = letters(said);
    let first = said
        .starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(end)?;
    while said[end..].starts_with('.') && letters(&said[end + 1..]) > 0 {
        end += 1 + letters(&said[end + 1..]);
    }
    (end > first).then(|| &said[..end])
}

/// Where in `word` theirs looks for a link, whether it finds it sound or not. The rest of the word is read with it.
fn first_run(word: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let said = &word[*at..];
        scheme(said).is_some_and(|scheme| said.len() > scheme) || bare_domain(said).is_some()
    };
    let brackets = word.match_indices('(').map(|(at, _)| at + 1);
    std::iter::once(0).chain(brackets).find(begins)
}

/// The whole of it: labels, a top-level domain, a port.
fn is_host_and_port(said: &str) -> bool {
    let (host, port) = said.rsplit_once(':').unwrap_or((said, "0"));
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    host.split('.').all(label) && is_top(host) && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the name ends in a top-level domain behind a dot.
fn is_top(name: &str) -> bool {
    const ALL: &str = include_str!("../../src-tauri/core/src/text/tlds.txt");
    let last = name.rsplit_once('.').map(|(_, last)| last.to_lowercase());
    last.is_some_and(|last| {
        last.strip_prefix("xn--").is_some_and(|rest| !rest.is_empty())
            || ALL.split_ascii_whitespace().any(|top| top == last)
    })
}

/// Theirs compares as written.
fn is_top_to_them(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    is_top(domain) && !last.contains(|c: char| c.is_ascii_uppercase())
}

/// Behind a Latin domain its labels go on with letters of another script, and end in a top-level domain again.
fn ends_in_another_script(behind: &str) -> bool {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = &behind[..behind.find(|c| !of_name(c)).unwrap_or(behind.len())];
    name.match_indices('.').any(|(dot, _)| {
        let label = &name[dot + 1..];
        let label = &label[..label.find('.').unwrap_or(label.len())];
        let latin = label.find(|c: char| !c.is_ascii()).unwrap_or(label.len());
        [label.len(), latin].into_iter().any(|len| {
            let name = &name[..dot + 1 + len];
            !name.is_ascii() && is_top(name)
        })
    })
}

/// The syntax of a handle: atproto.com/specs/handle.
fn could_be_handle(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    let labels: Vec<&str> = name.split('.').collect();
    let sound = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| edge(c) || c == '-')
            && label.starts_with(edge)
            && label.ends_with(edge)
    };
    let top = labels
        .last()
        .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    name.len() <= 253 && labels.len() > 1 && labels.iter().all(sound) && top
}
