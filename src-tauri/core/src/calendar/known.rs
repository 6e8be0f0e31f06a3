//! What an account's weeks are, once found. A calendar never changes, and every tick asks for the same days of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::Opening;
use super::zone::{DAY_SECONDS, timestamp};
use crate::ids::AccountId;

/// A block of days that is found as a whole.
const BLOCK: i64 = 8 * DAY_SECONDS;
/// Who asks for more at once pays for it.
const MOST_BLOCKS: i64 = 3;
/// Blocks that are kept of an account.
const KEPT: usize = 16;

#[derive(Default)]
pub(super) struct Known(Mutex<Vec<(AccountId, Blocks)>>);

type Blocks = BTreeMap<i64, Vec<Opening>>;

impl Known {
    /// As `find` would find it.
    pub(super) fn openings(
        &self,
        account: &AccountId,
        from: Timestamp,
        to: Timestamp,
        find: impl Fn(Timestamp, Timestamp) -> Vec<Opening>,
    ) -> Vec<Opening> {
        let (first, last) = (block(from), block(to));
        if last - first >= MOST_BLOCKS {
            return find(from, to);
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = blocks_of(&mut all, account);
        let mut openings: Vec<Opening> = Vec::new();
        for number in first..=last {
            let begins = timestamp(number * BLOCK);
            for piece in found(blocks, number, &find)
                .iter()
                .filter(|piece| piece.from < to && from < piece.to)
            {
                let cut = openings
                    .iter_mut()
                    .find(|earlier| goes_on(earlier, piece, begins));
                match cut {
                    Some(earlier) => earlier.to = piece.to.min(to),
                    None => openings.push(Opening {
                        from: piece.from.max(from),
                        to: piece.to.min(to),
                        ..piece.clone()
                    }),
                }
            }
        }
        openings.sort_by(|a, b| (a.from, a.opened, &a.window).cmp(&(b.from, b.opened, &b.window)));
        openings
    }

    /// Whether anything that `find` would find is open at that moment.
    pub(super) fn is_open(
        &self,
        account: &AccountId,
        at: Timestamp,
        find: impl Fn(Timestamp, Timestamp) -> Vec<Opening>,
    ) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = blocks_of(&mut all, account);
        found(blocks, block(at), &find)
            .iter()
            .any(|piece| piece.from <= at && at < piece.to)
    }
}

/// There are few accounts.
fn blocks_of<'a>(all: &'a mut Vec<(AccountId, Blocks)>, account: &AccountId) -> &'a mut Blocks {
    let index = all.iter().position(|(of, _)| of == account).unwrap_or_else(|| {
        all.push((account.clone(), Blocks::new()));
        all.len() - 1
    });
    let blocks = &mut all[index].1;
    if blocks.len() > KEPT {
        blocks.clear();
    }
    blocks
}

fn found<'a>(
    blocks: &'a mut Blocks,
    number: i64,
    find: &impl Fn(Timestamp, Timestamp) -> Vec<Opening>,
) -> &'a [Opening] {
    let (begins, ends) = (timestamp(number * BLOCK), timestamp((number + 1) * BLOCK));
    blocks.entry(number).or_insert_with(|| find(begins, ends))
}

fn block(at: Timestamp) -> i64 {
    at.as_second().div_euclid(BLOCK)
}

/// `piece` is the rest of `earlier`, which was cut where the block ended.
fn goes_on(earlier: &Opening, piece: &Opening, seam: Timestamp) -> bool {
    earlier.to == seam
        && piece.from == seam
        && earlier.is_break == piece.is_break
        && earlier.opened == piece.opened
        && earlier.window == piece.window
}
