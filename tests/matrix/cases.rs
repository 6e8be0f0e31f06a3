//! The cases, the same for every adapter.

use kossori_core::answer::{Answer, Becomes, Refusal, becomes};
use kossori_core::network::{Case, Network, Software, Visibility};
use kossori_engine::ports::CallError;

use super::bench::Bench;

impl Bench {
    pub async fn case(&mut self, case: Case) {
        let words = format!("{} 昼休み <&> \"x\" 👩‍👩‍👧", case.as_str());
        let words = words.as_str();
        let faulty = async |kind: &str| {
            self.fault(kind).await;
            self.one(words).await
        };
        match case {
            Case::Publish => {
                let outgoing = self.outgoing(&[words], 0);
                let mut frozen = self.freeze(&outgoing).await;
                self.looks(&frozen, words, false).await;
                let (_, answer) = self.send(&outgoing, &mut frozen).await;
                let receipt = self.is_sent(&answer);
                let published = self.published(words).await;
                assert_eq!((receipt.ids.len(), published.len()), (1, 1));
                assert_eq!(receipt.ids[0], published[0].id);
                self.looks_behind(&frozen, words).await;
            }
            Case::Thread => {
                let texts = ["first of a thread", "second of a thread", "third of a thread"];
                let outgoing = self.outgoing(&texts, 0);
                let mut frozen = self.freeze(&outgoing).await;
                let (ids, answer) = self.send(&outgoing, &mut frozen).await;
                self.is_sent(&answer);
                assert_eq!(ids.len(), 3);
                for (index, text) in texts.iter().enumerate() {
                    let published = self.published(text).await;
                    assert_eq!(published.len(), 1, "{text}");
                    assert_eq!(
                        published[0].parent.as_deref(),
                        index.checked_sub(1).map(|before| ids[before].as_str()),
                        "{text}"
                    );
                }
            }
            Case::Pictures => {
                let outgoing = self.outgoing(&[words], 2);
                let mut frozen = self.freeze(&outgoing).await;
                let (_, answer) = self.send(&outgoing, &mut frozen).await;
                self.is_sent(&answer);
                let published = self.published(words).await;
                assert_eq!(published.len(), 1);
                assert_eq!(published[0].alts, ["picture 0 猫", "picture 1 猫"]);
                self.tells_no_names();
            }
            Case::Duplicate => {
                let outgoing = self.outgoing(&[words], 0);
                let mut frozen = self.freeze(&outgoing).await;
                let (ids, _) = self.send(&outgoing, &mut frozen).await;
                let (_, again) = self.send(&outgoing, &mut frozen).await;
                match becomes(again.clone(), &self.session.account.author_id, false) {
                    // The server says which one is there.
                    Becomes::SentBefore(there) => assert_eq!(there.ids, ids),
                    _ => self.is_unknown(&again),
                }
                assert_eq!(self.published(words).await.len(), 1);
            }
            Case::LostAnswer => {
                let (frozen, answer) = faulty("drop_after").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1);
                self.looks_behind(&frozen, words).await;
            }
            Case::TokenInThread => self.token_ends_in_a_thread().await,
            Case::Token => {
                let (_, answer) = faulty("unauthorized").await;
                let author = &self.session.account.author_id;
                assert_eq!(becomes(answer, author, false), Becomes::RefreshOnce);
                assert!(self.published(words).await.is_empty());
            }
            Case::RateLimit => {
                let (_, answer) = faulty("rate_limit").await;
                let Answer::Refused {
                    kind: Refusal::RateLimit { retry_after },
                    ..
                } = answer
                else {
                    panic!("{answer:?}")
                };
                assert!(
                    retry_after.is_some_and(|wait| wait.is_positive()),
                    "{retry_after:?}"
                );
                assert!(self.published(words).await.is_empty());
            }
            Case::FailureBefore => {
                let (frozen, answer) = faulty("500_before").await;
                self.is_unknown(&answer);
                assert!(self.published(words).await.is_empty());
                self.looks(&frozen, words, false).await;
            }
            Case::FailureAfter => {
                let (frozen, answer) = faulty("500_after").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1);
                self.looks(&frozen, words, true).await;
            }
            Case::WrongAuthor => {
                let (_, answer) = faulty("other_author").await;
                self.is_unknown(&answer);
            }
            Case::WiderVisibility => {
                let mut outgoing = self.outgoing(&[words], 0);
                outgoing.visibility = Some(Visibility::Private);
                let mut frozen = self.freeze(&outgoing).await;
                self.fault("widen").await;
                let (ids, answer) = self.send(&outgoing, &mut frozen).await;
                let receipt = self.is_sent(&answer);
                assert_eq!(
                    receipt.visibility.as_deref(),
                    Some("public"),
                    "what it made of it is told"
                );
                // And it is removed if a person says so, or they hear that it is still there.
                let deleted = self.publisher.delete(&self.session, &ids[0]).await;
                let left = self.published(words).await.len();
                if self.session.account.software == Software::Snac {
                    assert!(
                        matches!(deleted, Err(CallError::Unsupported("delete"))),
                        "{deleted:?}"
                    );
                    assert_eq!(left, 1);
                } else {
                    assert_eq!((deleted, left), (Ok(()), 0));
                }
            }
            Case::Slow if self.session.account.network == Network::Practice => {
                let (_, answer) = faulty("slow").await;
                self.is_sent(&answer);
                assert_eq!(self.published(words).await.len(), 1, "late, and once");
            }
            Case::Slow => {
                let (frozen, answer) = faulty("slow").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1, "it was taken");
                self.looks(&frozen, words, true).await;
            }
            Case::Huge => {
                let (frozen, answer) = faulty("huge").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1);
                self.looks(&frozen, words, true).await;
            }
            // Before the server has it, and in the place of the server's answer.
            Case::Html => {
                for (kind, there) in [("html_before", false), ("html_after", true)] {
                    let words = format!("{words} {kind}");
                    self.fault(kind).await;
                    let (frozen, answer) = self.one(&words).await;
                    self.is_unknown(&answer);
                    assert_eq!(self.published(&words).await.len(), usize::from(there), "{kind}");
                    self.looks(&frozen, &words, there).await;
                }
            }
            Case::Quote => self.quotes(words).await,
            Case::Repost => self.reposts().await,
        }
    }
}
