//! How many unknown outcomes settle without asking anybody, in breaks as long as a lunch, with the fault at every minute
//! up to the last.

use jiff::SignedDuration;
use kossori_core::network::Network;
use kossori_simulation::{DOUBTFUL, Settled, lunch};

use crate::support::tally::{Row, Sheet};

/// Moments within a minute at which a post is due.
const SECONDS: [i64; 4] = [0, 15, 30, 45];
const MINUTES: usize = 60;
/// Of these the page says each by itself, and the others together: in them all settle in the break.
const LAST_ONES: usize = 6;

#[derive(Clone, Copy, Default)]
struct Minute {
    unknown: u64,
    in_the_break: u64,
    later: u64,
    asked: u64,
    asked_although_it_fitted: u64,
    not_settled: u64,
}

fn share(part: u64, of: u64) -> String {
    let thousandths = (part * 1_000).checked_div(of).unwrap_or(1_000);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

fn lunches(network: Network) {
    let mut minutes = [Minute::default(); MINUTES];
    let mut row = Row::new(
        "an unknown outcome in a lunch break",
        "simulated: eight ways to lose an answer, at every quarter of a minute of a break of an hour",
        network.as_str(),
    )
    .judges_time();
    for (minute, sums) in (0..).zip(&mut minutes) {
        for second in SECONDS {
            for fate in DOUBTFUL {
                let before_end = SignedDuration::from_secs(minute * 60 + second + 1);
                let seed = u64::try_from(minute * 4 + second / 15).unwrap_or(0);
                let seen = lunch(seed, network, before_end, fate);
                row.doubled += u64::from(seen.copies > 1);
                row.lost += u64::from(seen.lost);
                row.add_outside(u64::from(seen.outside));
                if seen.settled == Settled::NeverUnknown {
                    continue;
                }
                row.runs += 1;
                sums.unknown += 1;
                match seen.settled {
                    Settled::InTheBreak => sums.in_the_break += 1,
                    Settled::Later => sums.later += 1,
                    Settled::Asked { fitted } => {
                        sums.asked += 1;
                        sums.asked_although_it_fitted += u64::from(fitted);
                    }
                    Settled::NotSettled => sums.not_settled += 1,
                    Settled::NeverUnknown => {}
                }
            }
        }
    }
    let (last_ones, others) = minutes.split_at(LAST_ONES);
    let (all, others) = (sum(&minutes), sum(others));
    let settled = all.in_the_break + all.later;
    row.asked = all.asked;
    row.note = format!(
        "{} settled without asking, {} not at all; of those for which a look and a resend still fitted in the break, {}",
        share(settled, all.unknown),
        all.not_settled,
        share(settled, settled + all.asked_although_it_fitted + all.not_settled),
    );
    let line = |(minutes, of): (String, &Minute)| {
        vec![
            minutes,
            of.unknown.to_string(),
            of.in_the_break.to_string(),
            of.later.to_string(),
            of.asked.to_string(),
            of.not_settled.to_string(),
            share(of.in_the_break + of.later, of.unknown),
        ]
    };
    let each = (0..).zip(last_ones);
    let each = each.map(|(minute, of)| (format!("{minute} to {}", minute + 1), of));
    let lines = each
        .chain([(format!("{LAST_ONES} to {MINUTES}"), &others)])
        .map(line);
    Sheet {
        title: format!("{network}: unknown outcomes by the minute before the end of the break"),
        columns: [
            "minutes before the end",
            "unknown",
            "settled in the break",
            "settled later",
            "asked",
            "not settled",
            "without asking",
        ]
        .map(str::to_owned)
        .to_vec(),
        lines: lines.collect(),
    }
    .show();
    row.held();
    assert!(all.unknown > 1_500, "{} unknown outcomes", all.unknown);
    assert_eq!(all.not_settled, 0, "neither settled nor asked about");
    assert_eq!(
        all.asked_although_it_fitted, 0,
        "asked although a look and a resend still fitted"
    );
    assert_eq!(
        others.in_the_break, others.unknown,
        "{LAST_ONES} minutes before the end or sooner"
    );
    assert!(
        settled * 100 >= all.unknown * 99,
        "99 in a hundred at least: {settled} of {}",
        all.unknown
    );
}

fn sum(minutes: &[Minute]) -> Minute {
    let mut sum = Minute::default();
    for of in minutes {
        sum.unknown += of.unknown;
        sum.in_the_break += of.in_the_break;
        sum.later += of.later;
        sum.asked += of.asked;
        sum.asked_although_it_fitted += of.asked_although_it_fitted;
        sum.not_settled += of.not_settled;
    }
    sum
}

#[test]
fn bluesky_unknowns_of_a_lunch_settle_without_asking() {
    lunches(Network::Bluesky);
}

#[test]
fn mastodon_unknowns_of_a_lunch_settle_without_asking() {
    lunches(Network::Mastodon);
}
