//! Lists of stretches: sorted, disjoint, none empty, neighbours merged. Every set here is kept so.

use jiff::Timestamp;

use crate::rules::Stretch;

pub(super) fn normalised(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    stretches.retain(|stretch| stretch.from < stretch.to);
    stretches.sort_unstable();
    let mut list: Vec<Stretch> = Vec::with_capacity(stretches.len());
    for stretch in stretches {
        match list.last_mut() {
            Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
            _ => list.push(stretch),
        }
    }
    list
}

/// The part of `list` that can meet `[from, to)`, uncut.
pub(super) fn near(list: &[Stretch], from: Timestamp, to: Timestamp) -> &[Stretch] {
    let first = list.partition_point(|stretch| stretch.to <= from);
    let after = list.partition_point(|stretch| stretch.from < to);
    list.get(first..after).unwrap_or_default()
}

/// What of `pieces` is in none of `taken`.
pub(super) fn minus(pieces: &[Stretch], taken: &[Stretch]) -> Vec<Stretch> {
    let mut left = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let mut from = piece.from;
        for hole in near(taken, piece.from, piece.to) {
            if from < hole.from {
                left.push(Stretch { from, to: hole.from });
            }
            from = from.max(hole.to);
        }
        if from < piece.to {
            left.push(Stretch { from, to: piece.to });
        }
    }
    left
}

pub(super) fn clipped(pieces: &[Stretch], from: Timestamp, to: Timestamp) -> Vec<Stretch> {
    near(pieces, from, to)
        .iter()
        .map(|piece| Stretch {
            from: piece.from.max(from),
            to: piece.to.min(to),
        })
        .collect()
}

pub(super) fn holds(list: &[Stretch], at: Timestamp) -> bool {
    let after = list.partition_point(|stretch| stretch.from <= at);
    after > 0 && at < list[after - 1].to
}

/// Every moment of `inner` is one of `outer`.
pub(super) fn within(inner: &[Stretch], outer: &[Stretch]) -> bool {
    inner.iter().all(|piece| {
        outer
            .iter()
            .any(|whole| whole.from <= piece.from && piece.to <= whole.to)
    })
}
