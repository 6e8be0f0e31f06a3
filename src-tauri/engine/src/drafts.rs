//! Text being written. A save on an old revision makes a second draft; nothing is ever overwritten unseen.

use kossori_api::{Code, ContentInput, ContentView, DraftAdded, DraftDetail, Drafts, PartView, Problem};
use kossori_core::ids::{AccountId, DraftId};
use kossori_core::post::{Content, Part, Picture};

use crate::engine::Engine;
use crate::model::{Delivery, Draft};
use crate::pictures::view_of;
use crate::ports::{Change, StoreError};
use crate::problem::{Outcome, of_store};
use crate::views::whole_text;

impl Engine {
    pub(crate) async fn draft(&self, id: &str) -> Outcome<Draft> {
        let found = self
            .ports
            .store
            .draft(&DraftId(id.to_owned()))
            .await
            .map_err(of_store)?;
        found.ok_or_else(|| Problem::new(Code::UnknownDraft).with("draft", id))
    }

    pub(crate) async fn draft_add(
        &self,
        accounts: &[String],
        content: &ContentInput,
        request: &str,
    ) -> Outcome<DraftAdded> {
        let accounts = self.known_accounts(accounts).await?;
        let taken = self.take(content).await?;
        let draft = self.new_draft(taken.content, accounts);
        let answer = DraftAdded {
            id: draft.id.to_string(),
            rev: draft.rev,
            findings: Vec::new(),
        };
        let mut changes: Vec<Change> = taken.new_pictures.into_iter().map(Change::AddPicture).collect();
        changes.push(Change::AddDraft(draft));
        changes.push(self.answered_with(request, &answer));
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_draft(&answer);
        Ok(answer)
    }

    pub(crate) async fn draft_edit(
        &self,
        id: &str,
        base_rev: Option<u64>,
        accounts: Option<&Vec<String>>,
        content: &ContentInput,
        request: &str,
    ) -> Outcome<DraftAdded> {
        let taken = self.take(content).await?;
        let _gate = self.gate.lock().await;
        let old = self.draft(id).await?;
        let accounts = match accounts {
            Some(accounts) => self.known_accounts(accounts).await?,
            None => old.accounts.clone(),
        };
        let base_rev = base_rev.unwrap_or(old.rev);
        let mut changes: Vec<Change> = taken.new_pictures.into_iter().map(Change::AddPicture).collect();
        let answer = if base_rev == old.rev {
            let draft = Draft {
                rev: old.rev + 1,
                content: taken.content,
                accounts,
                updated_at: self.now(),
                ..old
            };
            let answer = DraftAdded {
                id: draft.id.to_string(),
                rev: draft.rev,
                findings: Vec::new(),
            };
            changes.push(Change::UpdateDraft { draft, base_rev });
            answer
        } else {
            let draft = self.new_draft(taken.content, accounts);
            let answer = DraftAdded {
                id: draft.id.to_string(),
                rev: draft.rev,
                findings: Vec::new(),
            };
            changes.push(Change::AddDraft(draft));
            answer
        };
        changes.push(self.answered_with(request, &answer));
        self.ports
            .store
            .commit(changes)
            .await
            .map_err(|error| match error {
                StoreError::Stale => Problem::new(Code::DraftStale),
                other => of_store(other),
            })?;
        self.tell_draft(&answer);
        Ok(answer)
    }

    fn tell_draft(&self, written: &DraftAdded) {
        self.tell(kossori_api::Event::Draft {
            id: written.id.clone(),
            rev: written.rev,
        });
        self.tell_changed();
    }

    pub(crate) async fn draft_list(&self) -> Outcome<Drafts> {
        let drafts = self.ports.store.drafts().await.map_err(of_store)?;
        Ok(Drafts {
            drafts: drafts.iter().map(|draft| self.draft_view(draft)).collect(),
        })
    }

    pub(crate) async fn draft_show(&self, id: &str) -> Outcome<DraftDetail> {
        let draft = self.draft(id).await?;
        let content = self.content_view(&draft.content).await?;
        let media = content
            .parts
            .iter()
            .flat_map(|part| part.media.iter().cloned())
            .collect();
        Ok(DraftDetail {
            id: draft.id.to_string(),
            text: whole_text(&draft.content),
            accounts: draft.accounts.iter().map(ToString::to_string).collect(),
            updated_at: self.show_time(draft.updated_at),
            rev: draft.rev,
            cw: draft.content.cw.clone(),
            visibility: draft.content.visibility.map(|v| v.as_str().to_owned()),
            lang: draft.content.lang.clone(),
            reply_to: draft.content.reply_to.clone(),
            media,
            content,
        })
    }

    /// All that was written, as an edit begins with it.
    pub(crate) async fn content_view(&self, content: &Content) -> Outcome<ContentView> {
        let ids: Vec<_> = content
            .parts
            .iter()
            .flat_map(|part| part.media.iter().map(|picture| picture.media.clone()))
            .collect();
        let facts = self.ports.store.picture_facts(&ids).await.map_err(of_store)?;
        let picture_view = |picture: &Picture| {
            let fact = facts.iter().find(|fact| fact.id == picture.media)?;
            Some(view_of(fact, picture.alt.clone()))
        };
        let part_view = |part: &Part| PartView {
            text: part.text.clone(),
            media: part.media.iter().filter_map(picture_view).collect(),
        };
        Ok(ContentView {
            parts: content.parts.iter().map(part_view).collect(),
            cw: content.cw.clone(),
            visibility: content
                .visibility
                .map(|visibility| visibility.as_str().to_owned()),
            lang: content.lang.clone(),
            reply_to: content.reply_to.clone(),
            quote: content.quote.clone(),
            repost: content.repost.clone(),
            quiet_reply: content.quiet_reply,
            variants: content
                .variants
                .iter()
                .map(|variant| (variant.network.to_string(), variant.text.clone()))
                .collect(),
        })
    }

    pub(crate) async fn draft_remove(&self, id: &str) -> Outcome<serde_json::Value> {
        let draft = self.draft(id).await?;
        self.ports
            .store
            .commit(vec![Change::RemoveDraft(draft.id)])
            .await
            .map_err(of_store)?;
        self.tell_changed();
        Ok(serde_json::json!({}))
    }

    /// What of a removed delivery may go some other time: its words, without the parts that are out already. It answers
    /// none that was taken down; with nothing there any more it is all of it.
    pub(crate) async fn draft_of_rest(
        &self,
        delivery: &Delivery,
        accounts: Vec<AccountId>,
    ) -> Outcome<Option<Draft>> {
        let revision = self
            .ports
            .store
            .revision(&delivery.revision)
            .await
            .map_err(of_store)?;
        let parts_sent = match delivery.deleted_at {
            Some(_) => 0,
            None => delivery.parts_sent,
        };
        let at = delivery
            .receipt
            .as_ref()
            .filter(|_| !self.loses_parts(delivery))
            .and_then(|receipt| receipt.last_url.as_deref().or(receipt.url.as_deref()));
        Ok(revision
            .and_then(|revision| revision.content.behind(parts_sent, at))
            .map(|rest| self.new_draft(rest, accounts)))
    }

    pub(crate) fn new_draft(&self, content: Content, accounts: Vec<AccountId>) -> Draft {
        Draft {
            id: DraftId(self.ports.ids.next()),
            rev: 1,
            content,
            accounts,
            updated_at: self.now(),
        }
    }

    pub(crate) async fn known_accounts(&self, ids: &[String]) -> Outcome<Vec<AccountId>> {
        let known = self.ports.store.accounts().await.map_err(of_store)?;
        ids.iter()
            .map(|id| {
                let found = known.iter().find(|account| account.id.as_str() == id);
                found
                    .map(|account| account.id.clone())
                    .ok_or_else(|| Problem::new(Code::UnknownAccount).with("account", id))
            })
            .collect()
    }
}
