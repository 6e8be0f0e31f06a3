//! Posts that are made of others: the account's own, so that every network can find them by their address.

use kossori_core::answer::Receipt;
use kossori_core::network::Network;
use kossori_engine::ports::Look;
use serde_json::{Value, json};

use super::bench::{Bench, Server};

/// What is made of a post.
#[derive(Clone, Copy)]
enum Made {
    Quotes,
    Reposts,
}

impl Bench {
    async fn original(&self, text: &str) -> Receipt {
        let outgoing = self.outgoing(&[text], 0);
        let mut frozen = self.freeze(&outgoing).await;
        let (_, answer) = self.send(&outgoing, &mut frozen).await;
        self.is_sent(&answer)
    }

    /// How many the server has of `id`, and has not deleted.
    async fn made_of(&self, id: &str, made: Made) -> usize {
        let server = match &self.server {
            Server::StandIn(server) => server,
            Server::Real(real) => {
                return match made {
                    Made::Quotes => real.quotes_of(id).await,
                    Made::Reposts => real.reposts_of(id).await,
                };
            }
        };
        let names = match made {
            Made::Quotes => ["quote_of", "renoteId", "parent"],
            Made::Reposts => ["repost_of", "renoteId", "parent"],
        };
        let there = |entry: &&Value| {
            names.iter().any(|name| entry[*name] == json!(id))
                && entry["deleted"] != json!(true)
                && entry["deleted_at_ms"].is_null()
        };
        server.log().await.iter().filter(there).count()
    }

    pub(super) async fn quotes(&self, words: &str) {
        let original = self.original("what is quoted").await;
        for (text, fault) in [(words, None), ("its answer is lost", Some("drop_after"))] {
            let mut outgoing = self.outgoing(&[text], 0);
            outgoing.quote.clone_from(&original.url);
            let mut frozen = self.freeze(&outgoing).await;
            if let Some(kind) = fault {
                self.fault(kind).await;
            }
            let (_, answer) = self.send(&outgoing, &mut frozen).await;
            match fault {
                Some(_) => self.is_unknown(&answer),
                None => drop(self.is_sent(&answer)),
            }
            self.looks(&frozen, text, true).await;
            assert_eq!(self.published(text).await.len(), 1);
        }
        assert_eq!(self.made_of(&original.ids[0], Made::Quotes).await, 2);
    }

    pub(super) async fn reposts(&self) {
        for (text, fault) in [("what is reposted", None), ("and reposted", Some("drop_after"))] {
            let original = self.original(text).await;
            let of = original.ids[0].as_str();
            let mut outgoing = self.outgoing(&[""], 0);
            outgoing.parts[0].pictures.clear();
            outgoing.repost.clone_from(&original.url);
            let mut frozen = self.freeze(&outgoing).await;
            if let Some(kind) = fault {
                self.fault_on(self.repost_call(), kind).await;
            }
            let (ids, answer) = self.send(&outgoing, &mut frozen).await;
            let id = if fault.is_none() {
                assert_eq!(self.is_sent(&answer).ids, ids);
                ids.concat()
            } else {
                self.is_unknown(&answer);
                let look = self.publisher.look(&self.session, &frozen, 0, None);
                match look.await.unwrap() {
                    Look::There(receipt) => receipt.ids.concat(),
                    Look::CannotTell if self.home.network == Network::LinkedIn => continue,
                    other => panic!("{other:?}"),
                }
            };
            assert_eq!(self.made_of(of, Made::Reposts).await, 1);
            assert_eq!(self.publisher.delete(&self.session, &id).await, Ok(()));
            assert_eq!(self.made_of(of, Made::Reposts).await, 0);
            assert_eq!(self.published(text).await.len(), 1, "what was reposted stays");
        }
    }

    /// What reposts, where it is another call.
    fn repost_call(&self) -> &'static str {
        match self.home.network {
            Network::X => "POST /2/users/{id}/retweets",
            Network::Threads => "POST /{id}/repost",
            Network::Mastodon => "POST /api/v1/statuses/*",
            _ => self.post_call(),
        }
    }
}
