//! A token that ends between two parts of a thread.

use kossori_core::answer::{Becomes, Why, becomes};
use kossori_core::network::Network;

use super::bench::Bench;

impl Bench {
    /// The call of the last part is answered with 401; of a thread that goes at once that is its only call. Where tokens are renewed
    /// it is made again with the new ones; elsewhere a person has to sign in. No part is there twice.
    pub(super) async fn token_ends_in_a_thread(&mut self) {
        let texts = ["said before the token ended", "said after the token ended"];
        let outgoing = self.outgoing(&texts, 0);
        let mut frozen = self.freeze(&outgoing).await;
        let calls = self.calls(&outgoing);
        let renews = matches!(
            self.home.network,
            Network::Bluesky | Network::X | Network::Threads
        );
        let mut ids: Vec<String> = Vec::new();
        for (index, parts) in (0_u32..).zip(&calls) {
            if index + 1 == u32::try_from(calls.len()).unwrap() {
                self.access_ends().await;
                let before = ids.last().cloned();
                let answer = self.call(&mut frozen, index, parts, before.as_deref()).await;
                let author = self.session.account.author_id.as_str();
                assert_eq!(becomes(answer.clone(), author, false), Becomes::RefreshOnce);
                let renewed = self.publisher.refresh(&self.session).await;
                if !renews {
                    renewed.expect_err("there is nothing that would renew it");
                    let queued = Becomes::Queued(Why::NeedsSignIn);
                    assert_eq!(becomes(answer, author, true), queued);
                    break;
                }
                self.session.tokens = renewed.unwrap().tokens;
            }
            let before = ids.last().cloned();
            let answer = self.call(&mut frozen, index, parts, before.as_deref()).await;
            ids.extend(self.is_sent(&answer).ids);
        }
        let mut there: Vec<String> = Vec::new();
        for text in texts {
            let published = self.published(text).await;
            if let Some(parent) = published.iter().find_map(|post| post.parent.as_ref()) {
                assert_eq!(Some(parent), there.last(), "{text}");
            }
            there.extend(published.into_iter().map(|post| post.id));
        }
        assert_eq!(there, ids, "each part once");
        assert_eq!(ids.len(), if renews { texts.len() } else { calls.len() - 1 });
    }
}
