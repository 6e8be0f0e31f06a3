//! How many unknown outcomes settle without asking anybody, in breaks as long as a lunch, with the fault at every minute
//! up to the last.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kossori_core::network::Network;
use kossori_simulation::{DOUBTFUL, Settled, lunch};

use crate::support::tally::{Row, Sheet};

/// Moments within a minute at which a post is due.
const SECONDS: [i64; 4] = [0, 15, 30, 45];

#[derive(Default)]
struct Minute {
    unknown: u64,
    in_the_break: u64,
    later: u64,
    asked: u64,
    asked_although_it_fitted: u64,
}

fn share(part: u64, of: u64) -> String {
    let thousandths = (part * 1_000).checked_div(of).unwrap_or(1_000);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

fn lunches(network: Network) {
    let mut minutes: BTreeMap<i64, Minute> = BTreeMap::new();
    let mut row = Row::new(
        "an unknown outcome in a lunch break",
        "simulated: eight ways to lose an answer, at every quarter of a minute of a break of an hour",
        network.as_str(),
    )
    .judges_time();
    for minute in 0..60 {
        for second in SECONDS {
            for fate in DOUBTFUL {
                let before_end = SignedDuration::from_secs(minute * 60 + second + 1);
                let seed = u64::try_from(minute * 4 + second / 15).unwrap_or(0);
                let seen = lunch(seed, network, before_end, fate);
                row.doubled += u64::from(seen.copies > 1);
                row.lost += u64::from(seen.is_sent && seen.copies == 0);
                row.add_outside(u64::from(seen.outside));
                let sums = minutes.entry(minute).or_default();
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
                    Settled::NeverUnknown => {}
                }
            }
        }
    }
    let sum = |of: fn(&Minute) -> u64| minutes.values().map(of).sum::<u64>();
    let (unknown, asked) = (sum(|m| m.unknown), sum(|m| m.asked));
    let although = sum(|m| m.asked_although_it_fitted);
    row.asked = asked;
    row.note = format!(
        "{} settled without asking; of those for which a look and a resend still fitted in the break, {}",
        share(unknown - asked, unknown),
        share(unknown - asked, unknown - asked + although),
    );
    let line = |(minute, of): (&i64, &Minute)| {
        vec![
            format!("{minute} to {}", minute + 1),
            of.unknown.to_string(),
            of.in_the_break.to_string(),
            of.later.to_string(),
            of.asked.to_string(),
            share(of.unknown - of.asked, of.unknown),
        ]
    };
    // Where it changes, and one for all the others.
    let lines = minutes
        .iter()
        .take(6)
        .chain(minutes.iter().skip(29).take(1))
        .map(line);
    Sheet {
        title: format!("{network}: unknown outcomes by the minute before the end of the break"),
        columns: [
            "minutes before the end",
            "unknown",
            "settled in the break",
            "settled later",
            "asked",
            "without asking",
        ]
        .map(str::to_owned)
        .to_vec(),
        lines: lines.collect(),
    }
    .show();
    row.held();
    assert!(unknown > 1_500, "{unknown} unknown outcomes");
    assert_eq!(although, 0, "asked although a look and a resend still fitted");
    // A Mastodon key lives for less than an hour: what comes too late for a resend in the break is a person's.
    if network == Network::Bluesky {
        assert!(
            asked * 100 <= unknown,
            "99 in a hundred at least: {asked} of {unknown} asked"
        );
    }
}

#[test]
fn bluesky_unknowns_of_a_lunch_settle_without_asking() {
    lunches(Network::Bluesky);
}

#[test]
fn mastodon_unknowns_of_a_lunch_settle_without_asking() {
    lunches(Network::Mastodon);
}
