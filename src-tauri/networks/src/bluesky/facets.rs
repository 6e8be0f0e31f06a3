//! Links, tags and mentions as facets: ranges of UTF-8 bytes, which the server does not check (NETWORKS.md 10).

use std::collections::HashMap;

use kossori_core::text::links::{Entity, EntityKind, entities};
use kossori_engine::ports::CallError;
use serde_json::{Value, json};

use super::post_at;
use super::xrpc::Pds;

/// Handles looked up for one claim, each once.
pub(super) struct Mentions<'a, 'b> {
    pds: &'a Pds<'b>,
    known: HashMap<String, Option<String>>,
}

impl<'a, 'b> Mentions<'a, 'b> {
    pub fn new(pds: &'a Pds<'b>) -> Self {
        Mentions {
            pds,
            known: HashMap::new(),
        }
    }

    /// `None`: nobody has this handle.
    async fn did(&mut self, handle: &str) -> Result<Option<String>, CallError> {
        let handle = handle.to_lowercase();
        if let Some(did) = self.known.get(&handle) {
            return Ok(did.clone());
        }
        let did = post_at::resolve(self.pds, &handle).await?;
        self.known.insert(handle, did.clone());
        Ok(did)
    }
}

pub(super) async fn facets(text: &str, mentions: &mut Mentions<'_, '_>) -> Result<Vec<Value>, CallError> {
    let mut facets = Vec::new();
    for entity in entities(text) {
        let feature = match feature(&entity, mentions).await? {
            Some(feature) => feature,
            // A mention of nobody stays plain text.
            None => continue,
        };
        facets.push(json!({
            "index": { "byteStart": entity.from, "byteEnd": entity.to },
            "features": [feature],
        }));
    }
    Ok(facets)
}

async fn feature(entity: &Entity, mentions: &mut Mentions<'_, '_>) -> Result<Option<Value>, CallError> {
    Ok(match &entity.kind {
        EntityKind::Link(url) => Some(json!({ "$type": "app.bsky.richtext.facet#link", "uri": url })),
        EntityKind::Tag(tag) => Some(json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag })),
        EntityKind::Mention(handle) => mentions
            .did(handle)
            .await?
            .map(|did| json!({ "$type": "app.bsky.richtext.facet#mention", "did": did })),
    })
}
