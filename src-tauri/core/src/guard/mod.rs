//! The checks: the same while writing, when queueing, and once more at the claim (DESIGN.md, Guard).
//!
//! A finding is a code with arguments; what a person reads is made of it elsewhere. Arguments hold numbers and
//! names of ours, never the text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::cost::{Budget, Prices};
use crate::ids::{AccountId, MediaId};
use crate::network::{Limits, Network, Warning};
use crate::post::Content;

mod around;
mod cost;
mod invisible;
mod language;
mod pictures;
mod text;

pub use language::is_language_tag;

pub struct GuardInput<'a> {
    pub accounts: Vec<GuardAccount<'a>>,
    /// Every picture of the content, as it would be sent.
    pub pictures: BTreeMap<MediaId, PictureFacts>,
}

pub struct GuardAccount<'a> {
    pub id: AccountId,
    pub network: Network,
    pub limits: &'a Limits,
    /// As written: the network's own variant is taken from it here.
    pub content: &'a Content,
    /// The post answers one that this account cannot answer, such as one on another network.
    pub reply_unsupported: bool,
    /// What posting costs there, and what may be spent; `None` where it costs nothing.
    pub cost: Option<GuardCost<'a>>,
    /// The post quotes one, and this account's server has no quotes, or not of that post.
    pub quote_unsupported: bool,
    /// The post hands one on, and this account's server does not.
    pub repost_unsupported: bool,
    /// It is to be a quiet reply, and this account's server rings for replies as for anything else.
    pub quiet_reply_unsupported: bool,
    /// It is to be a quiet reply, and this account has no last thread whose address is known.
    pub no_last_thread: bool,
}

pub struct GuardCost<'a> {
    pub prices: &'a Prices,
    /// As it stands before this post; `None`: it is paid for already, or nobody asks.
    pub budget: Option<Budget>,
}

/// Facts about the smallest form of a picture that can be made of it for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureFacts {
    pub bytes: u64,
    /// Width times height.
    pub pixels: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub rule: Rule,
    pub severity: Severity,
    /// From 1. `None`: the post as a whole.
    pub part: Option<u32>,
    /// In Unicode code points of the part's text, `to` not included. `None`: not about a stretch of text.
    pub from: Option<u32>,
    pub to: Option<u32>,
    /// `None`: all accounts that were checked.
    pub account: Option<AccountId>,
    pub args: BTreeMap<&'static str, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is queued.
    Block,
    /// Queued, but a person looks again before it goes.
    Hold,
    Warn,
    Note,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Block => "block",
            Severity::Hold => "hold",
            Severity::Warn => "warn",
            Severity::Note => "note",
        }
    }
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            pub const ALL: &'static [Rule] = &[$(Rule::$name),*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Rule::$name => $code,)*
                }
            }
        }
    };
}

rules! {
    /// No text and no picture, in one part or in all.
    Empty = "empty",
    /// `count`, `max`, `over`; `from..to` is the overhang.
    TooLong = "too_long",
    /// The same in UTF-8 bytes, where those run out first.
    TooManyBytes = "too_many_bytes",
    /// `count`, `max`: the content warning alone leaves no room, or is longer than one may be.
    CwTooLong = "cw_too_long",
    /// `count`, `max`.
    TooManyParts = "too_many_parts",
    /// `count`, `max`: different links in one part.
    TooManyLinks = "too_many_links",
    /// `count`, `max`.
    TooManyPictures = "too_many_pictures",
    /// `network`: it fetches pictures from a public address, which none on this computer has.
    PicturesUnsupported = "pictures_unsupported",
    /// The network knows pictures, this server takes none.
    PicturesNotHere = "pictures_not_here",
    /// The server takes no post without a picture that answers nothing.
    PictureRequired = "picture_required",
    /// `picture` (from 1), `bytes`, `max`.
    PictureTooLarge = "picture_too_large",
    /// `picture`, `pixels`, `max`.
    PictureTooManyPixels = "picture_too_many_pixels",
    /// `picture`: it is not in the store any more.
    PictureMissing = "picture_missing",
    /// `picture`.
    AltMissing = "alt_missing",
    /// `picture`, `count`, `max`, `over`, in code points.
    AltTooLong = "alt_too_long",
    /// `visibility`, `network`: never mapped to a wider one.
    VisibilityUnknown = "visibility_unknown",
    /// `visibility`: the network knows it, this server does not.
    VisibilityNotHere = "visibility_not_here",
    /// `network`.
    ReplyUnsupported = "reply_unsupported",
    /// `network`.
    QuoteUnsupported = "quote_unsupported",
    /// `network`: it takes no pictures beside a post that is quoted.
    QuoteWithPictures = "quote_with_pictures",
    /// `network`.
    RepostUnsupported = "repost_unsupported",
    /// What is handed on has words, pictures or a warning of its own, or more than one part.
    RepostWithWords = "repost_with_words",
    /// `network`: it shows a repost to more than those it is for.
    RepostWouldBeWider = "repost_would_be_wider",
    /// `network`.
    QuietReplyUnsupported = "quiet_reply_unsupported",
    /// It names a post to answer too.
    QuietReplyWithReply = "quiet_reply_with_reply",
    /// There is no thread of this account to answer.
    QuietReplyNoThread = "quiet_reply_no_thread",
    /// Of the post that is answered, quoted or handed on: no `http` or `https` URL.
    AddressInvalid = "address_invalid",
    /// `network`: readers see a label, and never the words of the warning.
    CwBecomesLabel = "cw_becomes_label",
    CwNotHere = "cw_not_here",
    /// The server makes a title of it, and shows the text below as any other.
    CwBecomesTitle = "cw_becomes_title",
    LangInvalid = "lang_invalid",
    /// `code` (`U+200B`), `count`: characters in the run.
    InvisibleCharacters = "invisible_characters",
    /// `post`, `with_link`: prices in dollars; `times`: how much dearer.
    LinkCost = "link_cost",
    /// `cost`, `left`, `cap`, in dollars: it waits for the next month, a higher cap or a person.
    CostCap = "cost_cap",
}

/// All findings, the gravest first. What every account has in common is said once. Linear in the texts.
pub fn check(input: &GuardInput) -> Vec<Finding> {
    let mut found: BTreeMap<Finding, Vec<AccountId>> = BTreeMap::new();
    for account in &input.accounts {
        for finding in of_account(account, &input.pictures) {
            found.entry(finding).or_default().push(account.id.clone());
        }
    }
    let mut all: Vec<Finding> = Vec::new();
    for (finding, accounts) in found {
        if is_about_content(finding.rule) && accounts.len() == input.accounts.len() {
            all.push(finding);
        } else {
            all.extend(accounts.into_iter().map(|id| Finding {
                account: Some(id),
                ..finding.clone()
            }));
        }
    }
    all.sort_by(|a, b| {
        let key = |f: &Finding| (f.severity, f.part, f.from, f.rule, f.account.clone());
        key(a).cmp(&key(b))
    });
    all
}

/// Rules that ask what was written, not where it goes.
fn is_about_content(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::Empty
            | Rule::AltMissing
            | Rule::PictureMissing
            | Rule::LangInvalid
            | Rule::InvisibleCharacters
            | Rule::RepostWithWords
            | Rule::QuietReplyWithReply
            | Rule::AddressInvalid
    )
}

fn of_account(account: &GuardAccount, pictures: &BTreeMap<MediaId, PictureFacts>) -> Vec<Finding> {
    let content = if account.content.variants.is_empty() {
        Cow::Borrowed(account.content)
    } else {
        Cow::Owned(account.content.for_network(account.network))
    };
    let mut found = of_whole(account, &content);
    if let Some(cost) = &account.cost {
        found.extend(cost::check(&content, cost));
    }
    if content.repost.is_some() {
        // It is not empty for having nothing of its own; what it may not have is said of the whole.
        return found;
    }
    for (number, part) in (1..).zip(&content.parts) {
        // A later part answers the one before.
        let answers = number > 1 || content.is_reply();
        let of_part = text::check(part, content.cw.as_deref(), &account.limits.text)
            .into_iter()
            .chain(text::links(&part.text, &account.limits.text))
            .chain(invisible::check(&part.text))
            .chain(pictures::required(part, answers, &account.limits.media))
            .chain(pictures::check(&part.media, pictures, account));
        found.extend(of_part.map(|finding| Finding {
            part: Some(number),
            ..finding
        }));
    }
    found
}

/// What concerns the post as a whole.
fn of_whole(account: &GuardAccount, content: &Content) -> Vec<Finding> {
    let mut found = Vec::new();
    let network = || ("network", account.network.to_string());
    if content.parts.is_empty() {
        found.push(block(Rule::Empty, []));
    }
    let (count, max) = (content.parts.len(), account.limits.max_parts);
    if count > max as usize {
        found.push(block(
            Rule::TooManyParts,
            [("count", count.to_string()), ("max", max.to_string())],
        ));
    }
    if let Some(visibility) = content
        .visibility
        .filter(|wanted| !account.network.visibilities().contains(wanted))
    {
        found.push(block(
            Rule::VisibilityUnknown,
            [("visibility", visibility.as_str().to_owned()), network()],
        ));
    }
    if let Some(visibility) = content
        .visibility
        .filter(|wanted| account.limits.without.contains(wanted))
    {
        let visibility = ("visibility", visibility.as_str().to_owned());
        found.push(block(Rule::VisibilityNotHere, [visibility]));
    }
    found.extend(around::check(account, content));
    found.extend(text::content_warning(content.cw.as_deref(), &account.limits.text));
    let warned = content.cw.as_deref().is_some_and(|cw| !cw.trim().is_empty());
    let mut becomes = |rule, args: &[(&'static str, String)]| {
        found.push(Finding {
            severity: Severity::Warn,
            args: args.iter().cloned().collect(),
            ..block(rule, [])
        });
    };
    if warned && account.network.warning() == Warning::Label {
        becomes(Rule::CwBecomesLabel, &[network()]);
    }
    // Of a thread the first part is one that answers nothing.
    if warned && account.limits.text.cw_is_title && !content.is_reply() {
        becomes(Rule::CwBecomesTitle, &[]);
    }
    // What was to be behind a warning would stand there openly: a person says whether it may.
    if warned && account.network.warning() == Warning::None {
        found.push(Finding {
            severity: Severity::Hold,
            ..block(Rule::CwNotHere, [network()])
        });
    }
    if content.lang.as_deref().is_some_and(|lang| !is_language_tag(lang)) {
        found.push(block(Rule::LangInvalid, []));
    }
    found
}

fn block<const N: usize>(rule: Rule, args: [(&'static str, String); N]) -> Finding {
    Finding {
        rule,
        severity: Severity::Block,
        part: None,
        from: None,
        to: None,
        account: None,
        args: BTreeMap::from(args),
    }
}

#[cfg(test)]
mod tests;
