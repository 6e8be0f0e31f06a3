//! What was written: text, pictures in the order in which they were named, and how it is to be shown.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, Read, stdin};
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args};
use kossori_api::{
    Code, ContentInput, ContentView, MediaInput, Network, PartInput, Problem, SecretInput, Visibility,
};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::Value;

use crate::task::Outcome;

/// A post of 50 parts has a fraction of this.
const MOST_BYTES: u64 = 1024 * 1024;

#[derive(Args, Clone, Default)]
pub struct Content {
    /// The text. Others on this machine can read arguments while the command runs: --stdin and --text-file are private
    #[arg(long, value_name = "T", group = "source")]
    pub text: Option<String>,
    /// Take the text from a file
    #[arg(long, value_name = "FILE", group = "source")]
    pub text_file: Option<PathBuf>,
    /// Take the text from standard input
    #[arg(long, group = "source")]
    pub stdin: bool,
    /// A picture: JPEG, PNG, WebP or GIF. Its metadata is removed
    #[arg(long, value_name = "FILE")]
    pub media: Vec<PathBuf>,
    /// What the picture before it shows, for those who cannot see it
    #[arg(long, value_name = "T")]
    pub alt: Vec<String>,
    /// The pictures after it belong to this part of a thread, from 1
    #[arg(long, value_name = "N")]
    pub part: Vec<u32>,
    /// Content warning
    #[arg(long, value_name = "T")]
    pub cw: Option<String>,
    /// public, unlisted, private or direct, where the network has such a thing
    #[arg(long, value_name = "V")]
    pub visibility: Option<String>,
    /// The text's language, such as ja
    #[arg(long, value_name = "L")]
    pub lang: Option<String>,
    /// Another wording for one network: NETWORK=T
    #[arg(long, value_name = "NETWORK=T")]
    pub variant: Vec<String>,
    /// The post that this one answers
    #[arg(long, value_name = "URL")]
    pub reply_to: Option<String>,
    /// The post to show beside the words
    #[arg(long, value_name = "URL")]
    pub quote: Option<String>,
    /// As a reply to the account's own last thread: its server rings no bell for that, others may
    #[arg(long)]
    pub quiet_reply: bool,
}

impl Content {
    pub fn is_empty(&self) -> bool {
        !self.has_text()
            && self.media.is_empty()
            && self.alt.is_empty()
            && self.part.is_empty()
            && self.variant.is_empty()
            && [
                &self.cw,
                &self.visibility,
                &self.lang,
                &self.reply_to,
                &self.quote,
            ]
            .iter()
            .all(|flag| flag.is_none())
            && !self.quiet_reply
    }

    pub fn has_text(&self) -> bool {
        self.text.is_some() || self.text_file.is_some() || self.stdin
    }

    /// What is typed goes over `base`; what is not typed stays as it is there.
    pub fn over(&self, base: ContentInput, leaf: &ArgMatches) -> Outcome<ContentInput> {
        let mut content = base;
        if let Some(text) = self.read_text()? {
            let first = first_part(&mut content);
            first.text = text;
        }
        let pictures = pictures(leaf)?;
        if !pictures.is_empty() {
            content.parts.iter_mut().for_each(|part| part.media.clear());
            for (part, picture) in pictures {
                if content.parts.len() < part {
                    content.parts.resize_with(part, PartInput::default);
                }
                content.parts[part - 1].media.push(picture);
            }
        }
        for variant in &self.variant {
            let Some((network, text)) = variant.split_once('=') else {
                return Err(usage("--variant"));
            };
            content.variants.insert(network_named(network)?, text.to_owned());
        }
        if let Some(visibility) = &self.visibility {
            content.visibility = Some(visibility_named(visibility)?);
        }
        let set = |field: &mut Option<String>, typed: &Option<String>| {
            if typed.is_some() {
                field.clone_from(typed);
            }
        };
        set(&mut content.cw, &self.cw);
        set(&mut content.lang, &self.lang);
        set(&mut content.reply_to, &self.reply_to);
        set(&mut content.quote, &self.quote);
        content.quiet_reply |= self.quiet_reply;
        Ok(content)
    }

    fn read_text(&self) -> Outcome<Option<String>> {
        let unreadable = |file: &Path| Problem::new(Code::FileUnreadable).with("file", file.display());
        let bytes = match (&self.text, &self.text_file, self.stdin) {
            (Some(text), ..) => return Ok(Some(text.clone())),
            (None, Some(file), _) => {
                let opened = openable(file)?;
                limited(opened).ok_or_else(|| unreadable(file))?
            }
            (None, None, true) => limited(stdin().lock()).ok_or_else(|| unreadable(Path::new("-")))?,
            (None, None, false) => return Ok(None),
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| unreadable(self.text_file.as_deref().unwrap_or_else(|| Path::new("-"))))?;
        // The newline that ends a file is not part of what was written.
        let text = text
            .strip_suffix('\n')
            .map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        Ok(Some(text.to_owned()))
    }
}

/// There is something to send.
pub fn not_nothing(content: &ContentInput) -> Outcome<()> {
    let nothing = content.parts.is_empty() && content.variants.is_empty() && content.repost.is_none();
    if nothing {
        Err(Problem::new(Code::NoContent))
    } else {
        Ok(())
    }
}

fn first_part(content: &mut ContentInput) -> &mut PartInput {
    if content.parts.is_empty() {
        content.parts.push(PartInput::default());
    }
    &mut content.parts[0]
}

/// Each with the part that it belongs to, from 1: `--alt` belongs to the `--media` before it, and `--media` to
/// part 1 unless `--part N` stands before it.
fn pictures(leaf: &ArgMatches) -> Outcome<Vec<(usize, MediaInput)>> {
    enum Named {
        Part(u32),
        Media(PathBuf),
        Alt(String),
    }
    let given = |id: &str| leaf.ids().any(|known| known == id);
    let mut named: Vec<(usize, Named)> = Vec::new();
    if given("part") {
        let values = leaf
            .get_many::<u32>("part")
            .into_iter()
            .flatten()
            .copied()
            .map(Named::Part);
        named.extend(leaf.indices_of("part").into_iter().flatten().zip(values));
    }
    if given("media") {
        let values = leaf
            .get_many::<PathBuf>("media")
            .into_iter()
            .flatten()
            .cloned()
            .map(Named::Media);
        named.extend(leaf.indices_of("media").into_iter().flatten().zip(values));
    }
    if given("alt") {
        let values = leaf
            .get_many::<String>("alt")
            .into_iter()
            .flatten()
            .cloned()
            .map(Named::Alt);
        named.extend(leaf.indices_of("alt").into_iter().flatten().zip(values));
    }
    named.sort_by_key(|(index, _)| *index);

    let mut part = 1;
    let mut pictures: Vec<(usize, MediaInput, bool)> = Vec::new();
    for (_, named) in named {
        match named {
            Named::Part(number) if (1..=50).contains(&number) => part = number as usize,
            Named::Part(_) => return Err(usage("--part")),
            Named::Media(path) => {
                let path = file(&path)?;
                pictures.push((
                    part,
                    MediaInput {
                        path: Some(path),
                        ..MediaInput::default()
                    },
                    false,
                ));
            }
            Named::Alt(text) => match pictures.last_mut() {
                Some((_, picture, described)) if !*described => {
                    picture.alt = text;
                    *described = true;
                }
                _ => return Err(usage("--alt")),
            },
        }
    }
    Ok(pictures
        .into_iter()
        .map(|(part, picture, _)| (part, picture))
        .collect())
}

/// A file that can be read, by a path that holds wherever the host stands.
pub fn file(path: &Path) -> Outcome<PathBuf> {
    openable(path)?;
    std::path::absolute(path).map_err(|_| Problem::new(Code::FileUnreadable).with("file", path.display()))
}

/// A plain file: opening a pipe would wait for its writer.
fn openable(path: &Path) -> Outcome<File> {
    let unreadable = || Problem::new(Code::FileUnreadable).with("file", path.display());
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if is_file {
        File::open(path).map_err(|_| unreadable())
    } else {
        Err(unreadable())
    }
}

fn limited(from: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MOST_BYTES).then_some(bytes)
}

/// One line of standard input, which must not be seen again: typed on a terminal, it is not shown either.
pub fn secret_line() -> Outcome<SecretInput> {
    let line = any_line()?;
    if line.is_empty() {
        return Err(usage("stdin"));
    }
    Ok(line)
}

/// The same, and a person may leave it empty.
pub fn any_line() -> Outcome<SecretInput> {
    let unseen = Unseen::begin();
    let mut line = String::new();
    let read = stdin().lock().take(MOST_BYTES).read_line(&mut line);
    drop(unseen);
    match read {
        Ok(_) => Ok(SecretInput::new(line.trim().to_owned())),
        Err(_) => Err(usage("stdin")),
    }
}

/// While it lives, the terminal does not show what is typed.
struct Unseen(Option<Termios>);

impl Unseen {
    fn begin() -> Unseen {
        // Not a terminal: there is nothing to hide.
        let Ok(before) = tcgetattr(stdin()) else {
            return Unseen(None);
        };
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO;
        let changed = tcsetattr(stdin(), OptionalActions::Flush, &silent);
        Unseen(changed.is_ok().then_some(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // A terminal that has gone away needs nothing back.
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}

/// All of standard input, as JSON.
pub fn json_input() -> Outcome<Value> {
    let bytes =
        limited(stdin().lock()).ok_or_else(|| Problem::new(Code::FileUnreadable).with("file", "-"))?;
    serde_json::from_slice(&bytes).map_err(|error| bad_json(&error))
}

/// Where the JSON is wrong, not what stands there: it may be a text.
pub fn bad_json(error: &serde_json::Error) -> Problem {
    let at = if error.line() > 0 {
        format!("{}:{}", error.line(), error.column())
    } else {
        "–".to_owned()
    };
    Problem::new(Code::BadJson).with("text", at)
}

pub fn usage(what: &str) -> Problem {
    Problem::new(Code::Usage).with("text", what)
}

pub fn visibility_named(text: &str) -> Outcome<Visibility> {
    serde_json::from_value(Value::from(text))
        .map_err(|_| Problem::new(Code::UnknownVisibility).with("text", text))
}

pub fn network_named(text: &str) -> Outcome<Network> {
    Network::parse(text).ok_or_else(|| Problem::new(Code::UnknownNetwork).with("text", text))
}

/// What is kept already, as an edit begins with it.
pub fn kept(view: ContentView) -> Outcome<ContentInput> {
    let picture = |kept: kossori_api::PictureView| MediaInput {
        media: Some(kept.id),
        path: None,
        alt: kept.alt,
    };
    let part = |part: kossori_api::PartView| PartInput {
        text: part.text,
        media: part.media.into_iter().map(picture).collect(),
    };
    let mut variants = BTreeMap::new();
    for (network, text) in view.variants {
        variants.insert(network_named(&network)?, text);
    }
    Ok(ContentInput {
        parts: view.parts.into_iter().map(part).collect(),
        cw: view.cw,
        visibility: view.visibility.as_deref().map(visibility_named).transpose()?,
        lang: view.lang,
        reply_to: view.reply_to,
        quote: view.quote,
        repost: view.repost,
        quiet_reply: view.quiet_reply,
        variants,
    })
}
