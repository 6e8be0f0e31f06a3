//! Every byte of a post call and of its answer, as a place to cut at.

use std::collections::BTreeSet;
use std::time::Duration;

use super::lane::{Lane, Shape, Trial};
use super::{Bench, end};
use crate::support::tally::amount;
use crate::support::wire::{Break, End, Seen};

/// The last byte that a wire is cut at; most requests and answers end before. A break behind the end is none.
const LAST_BYTE: usize = 4_096;

impl Bench {
    /// The shortest post call of this shape, request and answer.
    pub(super) async fn lengths(&mut self, kind: &str, shape: Shape) -> (usize, usize) {
        let unbroken = Trial {
            what: Break::Slow {
                bytes: 64 * 1024,
                pause: Duration::ZERO,
            },
            shape,
            shut: false,
        };
        self.go(kind, vec![unbroken; self.lanes.len() * 2]).await;
        let seen = |lane: &Lane| lane.wire().seen()[lane.from..].to_vec();
        let seen: Vec<Seen> = self.lanes.iter().flat_map(seen).collect();
        let least = |of: fn(&Seen) -> usize| seen.iter().map(of).filter(|bytes| *bytes > 0).min();
        let both = least(|seen| seen.request_bytes).zip(least(|seen| seen.answer_bytes));
        both.expect("a call went through")
    }

    /// Cuts at every byte from the first to the last one that there is, or to `LAST_BYTE`: what is longer is a thread.
    /// All of it in the long form, else a sample. Answers where the call or its answer ended.
    pub(super) async fn cut(
        &mut self,
        kind: &str,
        sample: u64,
        (thread, picture): (usize, usize),
        what: fn(usize, End) -> Break,
    ) -> usize {
        let lanes = self.lanes.len();
        let trial = |after: usize| Trial {
            what: what(after, end(after)),
            // By turns on each lane.
            shape: if after < picture && (after / lanes) % 2 == 1 {
                Shape::Picture
            } else {
                Shape::Thread
            },
            shut: after % 8 == 5,
        };
        let at = bytes(thread, sample);
        let trials = at.iter().map(|after| (*after, trial(*after))).collect();
        for lane in &mut self.lanes {
            lane.begin();
        }
        self.go_on(kind, trials).await;
        let missing: Vec<usize> = self.not_cut(kind, &at);
        assert!(missing.is_empty(), "{}: not cut at {missing:?}", self.on);
        // Texts, numbers and with them calls differ by a few bytes: on to where there is nothing to cut any more.
        let mut next = thread + 1;
        while whole() && next <= LAST_BYTE {
            let at: Vec<usize> = (next..=LAST_BYTE).take(lanes).collect();
            next += at.len();
            self.go_on(kind, at.iter().map(|after| (*after, trial(*after))).collect())
                .await;
            if let Some(first) = self.not_cut(kind, &at).first() {
                return first - 1;
            }
        }
        thread.min(LAST_BYTE)
    }

    fn not_cut(&self, kind: &str, at: &[usize]) -> Vec<usize> {
        let posts = self.lanes.iter().flat_map(|lane| &lane.posts);
        let of_kind = posts.filter(|post| post.mark.starts_with(&format!("{kind}・")));
        let cut: BTreeSet<usize> = of_kind.filter_map(|post| post.cut).collect();
        at.iter().copied().filter(|after| !cut.contains(after)).collect()
    }
}

/// Bytes 0 to the last one; or as many of them as fit, spread and with both ends.
fn bytes(most: usize, sample: u64) -> Vec<usize> {
    let last = most.min(LAST_BYTE);
    if whole() {
        return (0..=last).collect();
    }
    let count = usize::try_from(sample).expect("small").min(last + 1);
    (0..count).map(|n| n * last / (count - 1).max(1)).collect()
}

fn whole() -> bool {
    amount(0, 1) == 1
}
