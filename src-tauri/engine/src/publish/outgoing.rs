//! What goes out: the text and the pictures of the revision, as they stand for this account, checked once more.

use kossori_core::answer::Receipt;
use kossori_core::guard::{Rule, Severity};
use kossori_core::ids::AccountId;
use kossori_core::network::ThreadSending;

use super::Stop;
use crate::costs::Till;
use crate::engine::Engine;
use crate::intake::{Cut, Taken};
use crate::model::{Account, Delivery, ServerRefusal};
use crate::ports::{Outgoing, OutgoingPart, OutgoingPicture, StoreError};

impl Engine {
    pub(crate) async fn outgoing(&self, delivery: &Delivery, account: &Account) -> Result<Outgoing, Stop> {
        let revision = self
            .ports
            .store
            .revision(&delivery.revision)
            .await?
            .ok_or_else(missing)?;
        let content = revision.content.for_network(account.network);
        // What is frozen for good knows already what it answers.
        let frozen = delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good);
        let reply_to = if content.quiet_reply && !frozen {
            let last = self.last_thread(&account.id).await?;
            // A post of its own would ring what was not to be rung.
            Some(last.ok_or_else(no_thread)?)
        } else {
            content.reply_to
        };
        let mut parts = Vec::new();
        for part in content.parts {
            let mut pictures = Vec::new();
            for picture in part.media {
                let stored = self
                    .ports
                    .store
                    .picture(&picture.media)
                    .await?
                    .ok_or_else(missing)?;
                let limits = &account.limits.media;
                let picture_for_network = self.fitted(stored, limits).await.map_err(|error| {
                    Stop::Refused(ServerRefusal {
                        code: format!("picture: {error}"),
                        words: String::new(),
                    })
                })?;
                pictures.push(OutgoingPicture {
                    picture: picture_for_network,
                    alt: picture.alt,
                });
            }
            parts.push(OutgoingPart {
                text: part.text,
                pictures,
            });
        }
        let mut key = [0; 16];
        self.ports.ids.random(&mut key);
        Ok(Outgoing {
            parts,
            cw: content.cw,
            visibility: content.visibility,
            lang: content.lang,
            reply_to,
            quote: content.quote,
            repost: content.repost,
            at: self.now(),
            key,
        })
    }

    /// Where the account's last thread ends; `None`: there is none, or nobody knows its address, as of one whose last part
    /// is there by a person's word alone. One that was taken down is none.
    pub(crate) async fn last_thread(&self, account: &AccountId) -> Result<Option<String>, StoreError> {
        let last = self.ports.store.last_thread(account, None).await?;
        let proved = last.and_then(|delivery| {
            let whole = |receipt: &Receipt| receipt.ids.len() >= delivery.parts_sent as usize;
            delivery.receipt.filter(whole)
        });
        Ok(proved.and_then(|receipt| receipt.last_url.or(receipt.url)))
    }

    /// The same checks as when it was queued: what the server accepts may have changed since. What is frozen for good
    /// goes as it is.
    pub(super) async fn guard_again(&self, delivery: &Delivery, account: &Account) -> Result<(), Stop> {
        if delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good) {
            return Ok(());
        }
        let revision = self
            .ports
            .store
            .revision(&delivery.revision)
            .await?
            .ok_or(Stop::Store)?;
        let taken = Taken {
            content: revision.content,
            new_pictures: Vec::new(),
        };
        let checked = self
            .check(&taken, &[account], Cut::Nowhere, &Till::default())
            .await
            .map_err(|_| Stop::Store)?;
        let block = checked
            .findings
            .iter()
            .find(|finding| finding.severity == Severity::Block);
        match block {
            Some(finding) => Err(found(finding.rule)),
            None => Ok(()),
        }
    }
}

/// The pictures that the post call of `part` needs on the server.
pub(super) fn pictures_for(outgoing: &Outgoing, part: u32, sending: ThreadSending) -> Vec<OutgoingPicture> {
    match sending {
        ThreadSending::AtOnce => outgoing
            .parts
            .iter()
            .flat_map(|part| part.pictures.clone())
            .collect(),
        ThreadSending::PartByPart => outgoing
            .parts
            .get(part as usize)
            .map(|part| part.pictures.clone())
            .unwrap_or_default(),
    }
}

/// A text or picture of ours that is not in the store any more: trying again finds no more.
fn missing() -> Stop {
    found(Rule::PictureMissing)
}

/// What a quiet reply would answer is gone, or was taken down since it was queued.
fn no_thread() -> Stop {
    found(Rule::QuietReplyNoThread)
}

fn found(rule: Rule) -> Stop {
    Stop::Refused(ServerRefusal {
        code: format!("finding.{}", rule.as_str()),
        words: String::new(),
    })
}
