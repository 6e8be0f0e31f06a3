//! What a person wrote comes in: pictures cleaned, threads split, each account's content checked.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kossori_api::{Code, ContentInput, FindingView, MediaInput, Problem, WhenInput};
use kossori_core::bells;
use kossori_core::cost::{PaidPart, of_post};
use kossori_core::guard::{
    self, Finding, GuardAccount, GuardCost, GuardInput, PictureFacts as GuardPicture, Rule, Severity,
};
use kossori_core::ids::{AccountId, MediaId};
use kossori_core::network::MediaLimits;
use kossori_core::post::{Content, Part, Picture, Variant};
use kossori_core::text;

use crate::costs::Till;
use crate::engine::Engine;
use crate::model::{Account, StoredPicture, When};
use crate::ports::{CleanPicture, MediaError, PictureBounds, PictureSource};
use crate::problem::{Outcome, of_store};
use crate::schedule::read_date;

/// Content that came in, and the pictures that are not stored yet.
pub(crate) struct Taken {
    pub content: Content,
    pub new_pictures: Vec<StoredPicture>,
}

/// What each account will get, and what the guard says of it.
pub(crate) struct Checked {
    pub per_account: Vec<(AccountId, Content)>,
    pub findings: Vec<Finding>,
}

/// Where a text becomes a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    Nowhere,
    /// At `---`, and where it is too long.
    Thread,
    /// The same, and each part has its number.
    Numbered,
}

impl Cut {
    pub fn of(thread: bool, numbered: bool) -> Cut {
        match (thread, numbered) {
            (_, true) => Cut::Numbered,
            (true, false) => Cut::Thread,
            (false, false) => Cut::Nowhere,
        }
    }
}

impl Checked {
    /// Its delivery would wait for the next month, a higher cap or a person.
    pub fn is_over_cap(&self, account: &AccountId) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.rule == Rule::CostCap && finding.account.as_ref() == Some(account))
    }

    pub fn blocks(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Block)
    }

    pub fn holds(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Hold)
    }

    pub fn views(&self) -> Vec<FindingView> {
        self.findings.iter().map(view_of).collect()
    }

    pub fn refusal(&self) -> Problem {
        Problem {
            findings: self.views(),
            ..Problem::new(Code::Blocked)
        }
    }
}

pub(crate) fn view_of(finding: &Finding) -> FindingView {
    FindingView {
        rule: finding.rule.as_str().to_owned(),
        severity: finding.severity.as_str().to_owned(),
        message: String::new(),
        account: finding.account.as_ref().map(ToString::to_string),
        part: finding.part,
        from: finding.from,
        to: finding.to,
        args: finding
            .args
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

impl Engine {
    /// Cleans what is new. The person's files are read here and never again.
    pub(crate) async fn take(&self, input: &ContentInput) -> Outcome<Taken> {
        let mut new_pictures = Vec::new();
        let mut parts = Vec::new();
        for part in &input.parts {
            let mut media = Vec::new();
            for picture in &part.media {
                let id = self.take_picture(picture, &mut new_pictures).await?;
                media.push(Picture {
                    media: id,
                    alt: picture.alt.clone(),
                });
            }
            parts.push(Part {
                text: part.text.clone(),
                media,
            });
        }
        if parts.is_empty() && input.repost.is_some() {
            // Nothing is written, and still it is one post.
            parts.push(Part::default());
        }
        let variants = input
            .variants
            .iter()
            .map(|(network, text)| Variant {
                network: *network,
                text: text.clone(),
            })
            .collect();
        let content = Content {
            parts,
            cw: input.cw.clone().filter(|cw| !cw.is_empty()),
            visibility: input.visibility,
            lang: input.lang.clone(),
            reply_to: input.reply_to.clone(),
            quote: input.quote.clone(),
            repost: input.repost.clone(),
            quiet_reply: input.quiet_reply,
            variants,
        };
        Ok(Taken {
            content,
            new_pictures,
        })
    }

    async fn take_picture(&self, input: &MediaInput, new: &mut Vec<StoredPicture>) -> Outcome<MediaId> {
        match (&input.media, &input.path) {
            (Some(id), _) => Ok(MediaId(id.clone())),
            (None, Some(path)) => {
                let (stored, _) = self.picture_of_file(path).await?;
                let id = stored.id.clone();
                new.push(stored);
                Ok(id)
            }
            (None, None) => Err(Problem::new(Code::PictureUnreadable).with("file", "")),
        }
    }

    /// The picture as this account's server takes it: the stored one, or made smaller. The same every time.
    pub(crate) async fn fitted(
        &self,
        stored: StoredPicture,
        limits: &MediaLimits,
    ) -> Result<CleanPicture, MediaError> {
        let fact = fact_of(&stored.picture);
        if fact.bytes <= limits.max_bytes && fact.pixels <= limits.max_pixels {
            return Ok(stored.picture);
        }
        let bounds = PictureBounds {
            max_bytes: Some(limits.max_bytes),
            max_pixels: Some(limits.max_pixels),
        };
        self.ports
            .media
            .clean(PictureSource::Bytes(stored.picture.bytes), bounds)
            .await
            .map(|cleaned| cleaned.picture)
    }

    /// Splits and checks for each account. Pictures too large for a network are made smaller once, to see that
    /// they can be.
    pub(crate) async fn check(
        &self,
        taken: &Taken,
        accounts: &[&Account],
        cut: Cut,
        till: &Till,
    ) -> Outcome<Checked> {
        let mut facts = self.picture_facts(taken).await?;
        let mut per_account = Vec::new();
        for account in accounts {
            let content = taken.content.for_network(account.network);
            let content = match cut {
                Cut::Nowhere => content,
                // Nothing is there to be cut.
                _ if content.repost.is_some() => content,
                Cut::Thread => split(content, account, false),
                Cut::Numbered => split(content, account, true),
            };
            per_account.push((account.id.clone(), content));
        }
        for account in accounts {
            self.shrink_facts(taken, account, &mut facts).await?;
        }
        let mut without_thread = Vec::new();
        for account in accounts.iter().filter(|_| taken.content.quiet_reply) {
            if self.last_thread(&account.id).await.map_err(of_store)?.is_none() {
                without_thread.push(&account.id);
            }
        }
        let costs = costs_of(accounts, &per_account, till);
        let input = GuardInput {
            accounts: accounts
                .iter()
                .zip(&per_account)
                .zip(costs)
                .map(|((account, (_, content)), cost)| GuardAccount {
                    id: account.id.clone(),
                    network: account.network,
                    limits: &account.limits,
                    content,
                    reply_unsupported: content.reply_to.is_some() && !takes_replies(account),
                    quote_unsupported: content.quote.is_some() && !account.limits.refers.quote,
                    repost_unsupported: content.repost.is_some() && !account.limits.refers.repost,
                    quiet_reply_unsupported: content.quiet_reply && !offers_quiet_reply(account),
                    no_last_thread: without_thread.contains(&&account.id),
                    cost,
                })
                .collect(),
            pictures: facts,
        };
        let findings = guard::check(&input);
        Ok(Checked {
            per_account,
            findings,
        })
    }

    async fn picture_facts(&self, taken: &Taken) -> Outcome<BTreeMap<MediaId, GuardPicture>> {
        let mut facts = BTreeMap::new();
        let ids: Vec<MediaId> = taken
            .content
            .parts
            .iter()
            .flat_map(|part| part.media.iter().map(|p| p.media.clone()))
            .collect();
        for known in self.ports.store.picture_facts(&ids).await.map_err(of_store)? {
            let fact = GuardPicture {
                bytes: known.bytes,
                pixels: pixels(known.width, known.height),
            };
            facts.insert(known.id, fact);
        }
        for new in &taken.new_pictures {
            let fact = fact_of(&new.picture);
            facts.insert(new.id.clone(), fact);
        }
        if let Some(missing) = ids.iter().find(|id| !facts.contains_key(id)) {
            return Err(Problem::new(Code::PictureUnreadable).with("file", missing));
        }
        Ok(facts)
    }

    /// Where the account's server wants it smaller, what it will be.
    async fn shrink_facts(
        &self,
        taken: &Taken,
        account: &Account,
        facts: &mut BTreeMap<MediaId, GuardPicture>,
    ) -> Outcome<()> {
        let limits = &account.limits.media;
        let too_large: Vec<MediaId> = facts
            .iter()
            .filter(|(_, fact)| fact.bytes > limits.max_bytes || fact.pixels > limits.max_pixels)
            .map(|(id, _)| id.clone())
            .collect();
        for id in too_large {
            let stored = match taken.new_pictures.iter().find(|picture| picture.id == id) {
                Some(new) => Some(new.clone()),
                None => self.ports.store.picture(&id).await.map_err(of_store)?,
            };
            let Some(stored) = stored else { continue };
            // What cannot be made small enough keeps its size, and the guard says so.
            if let Ok(small) = self.fitted(stored, limits).await {
                facts.insert(id, fact_of(&small));
            }
        }
        Ok(())
    }

    pub(crate) fn read_when(&self, when: &WhenInput, zone: Option<&str>) -> Outcome<When> {
        Ok(match when {
            WhenInput::Next => When::Next,
            WhenInput::Window(name) => When::Window(name.clone()),
            WhenInput::At(text) => {
                let at = self.read_time(text, zone)?;
                if at < self.now() {
                    return Err(Problem::new(Code::TimeIsPast).with("text", text));
                }
                When::At(at)
            }
            WhenInput::FromDay { day, window } => When::FromDay {
                day: read_date(day)?,
                window: window.clone(),
            },
        })
    }

    /// For an exact time the end of that civil day, otherwise none, if the person named none.
    pub(crate) fn read_expiry(
        &self,
        expires: Option<&str>,
        when: &When,
        zone: Option<&str>,
    ) -> Outcome<Option<Timestamp>> {
        if let Some(text) = expires {
            let at = self.read_time(text, zone)?;
            if at <= self.now() {
                return Err(Problem::new(Code::TimeIsPast).with("text", text));
            }
            return Ok(Some(at));
        }
        let When::At(at) = when else { return Ok(None) };
        let zone = self.zone_named(zone)?;
        let end = at
            .to_zoned_datetime(zone)
            .tomorrow()
            .and_then(|day| day.start_of_day());
        Ok(end.ok().map(|day| day.timestamp()))
    }
}

/// A thread as one account gets it: cut at `---`, and what is still too long at sentences. Where one text holds all
/// pieces, the pictures of part N belong to its piece N; a piece's pictures go with its first cut.
fn split(content: Content, account: &Account, numbered: bool) -> Content {
    let limit = &account.limits.text;
    let one_text = content
        .parts
        .iter()
        .filter(|part| !part.text.trim().is_empty())
        .count()
        <= 1;
    let mut pieces: Vec<Part> = Vec::new();
    for part in &content.parts {
        let written = text::split::at_rules(&part.text);
        let media = if one_text { Vec::new() } else { part.media.clone() };
        let begins = pieces.len();
        pieces.extend(written.into_iter().map(|text| Part {
            text: text.to_owned(),
            media: Vec::new(),
        }));
        if media.is_empty() {
            continue;
        }
        match pieces.get_mut(begins) {
            Some(first) => first.media = media,
            None => pieces.push(Part {
                text: String::new(),
                media,
            }),
        }
    }
    if one_text {
        for (index, part) in content
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| !part.media.is_empty())
        {
            match pieces.get_mut(index) {
                Some(piece) => piece.media.clone_from(&part.media),
                None => pieces.push(Part {
                    text: String::new(),
                    media: part.media.clone(),
                }),
            }
        }
    }
    let fits = |candidate: &str| !text::count::length(candidate, content.cw.as_deref(), limit).over;
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    // What may not be cut and does not fit stays whole: the guard says where it is too long.
    let cut: Vec<Vec<String>> = if numbered {
        text::number::numbered(&texts, fits)
    } else {
        let whole =
            |text: &&str| text::split::parts(text, true, fits).unwrap_or_else(|_| vec![(*text).to_owned()]);
        texts.iter().map(whole).collect()
    };
    let mut parts = Vec::new();
    for (piece, cut) in pieces.into_iter().zip(cut) {
        let mut media = Some(piece.media);
        parts.extend(cut.into_iter().map(|text| Part {
            text,
            media: media.take().unwrap_or_default(),
        }));
    }
    Content { parts, ..content }
}

/// What each account's post costs, and what is left once those before it are paid for.
fn costs_of<'a>(
    accounts: &[&Account],
    contents: &[(AccountId, Content)],
    till: &'a Till,
) -> Vec<Option<GuardCost<'a>>> {
    let mut budget = till.budget;
    let mut of_each = |account: &Account, content: &Content| {
        let parts = PaidPart::all(account.network, content)?;
        let cost = GuardCost {
            prices: &till.prices,
            budget,
        };
        let sum = of_post(&till.prices, &parts);
        budget = budget.map(|budget| {
            if budget.may_send(sum) {
                budget.with_spent(sum)
            } else {
                budget
            }
        });
        Some(cost)
    };
    accounts
        .iter()
        .zip(contents)
        .map(|(account, (_, content))| of_each(account, content))
        .collect()
}

/// Limits that were stored before they told this say it of every network, also of one that takes none.
pub(crate) fn takes_replies(account: &Account) -> bool {
    account.limits.refers.reply && account.network.default_limits().refers.reply
}

/// Where the account's own server rings less for a reply; what followers elsewhere hear is another matter.
pub(crate) fn offers_quiet_reply(account: &Account) -> bool {
    takes_replies(account) && bells::keeps_replies_silent(account.network, account.software)
}

fn fact_of(picture: &CleanPicture) -> GuardPicture {
    GuardPicture {
        bytes: picture.bytes.len() as u64,
        pixels: pixels(picture.width, picture.height),
    }
}

fn pixels(width: u32, height: u32) -> u64 {
    u64::from(width) * u64::from(height)
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
