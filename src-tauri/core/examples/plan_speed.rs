//! How long one plan takes: 10,000 deliveries over 20 accounts, half of them with a stored time. Prints JSON:
//! milliseconds, `median_ms`, `least_ms` and `most_ms` of `runs`, and `cpu_ms`, the mean that one run was on a
//! processor, which a loaded machine changes less; `from_nothing_ms` is the median with no time stored.
//!
//! Usage: `plan_speed [RUNS]`

#![allow(clippy::print_stdout, reason = "the answer of a program that measures")]

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Calendar;
use kossori_core::ids::{AccountId, DeliveryId, PostId};
use kossori_core::network::Persona;
use kossori_core::plan::{AccountRules, Input, Item, Placed, When, plan};
use kossori_core::rules::{Spacing, default_rules};

const ACCOUNTS: usize = 20;
const DELIVERIES: usize = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runs: usize = std::env::args().nth(1).map_or(Ok(31), |runs| runs.parse())?;
    let zone = TimeZone::get("Asia/Tokyo")?;
    let calendar = Calendar::new(&default_rules(zone.iana_name()), &zone)?;
    // A Monday, 9:00 in Tokyo: nothing is open.
    let now: Timestamp = "2026-11-23T00:00:00Z".parse()?;
    let accounts: BTreeMap<AccountId, AccountRules> = (0..ACCOUNTS)
        .map(|number| {
            let persona = match number % 5 {
                0..3 => Persona::Personal,
                3 => Persona::Official,
                _ => Persona::Anonymous,
            };
            let rules = AccountRules {
                persona,
                spacing: Spacing::default(),
                blocked: None,
            };
            (AccountId(uuid_like(number)), rules)
        })
        .collect();
    let ids: Vec<&AccountId> = accounts.keys().collect();
    let queue: Vec<Item> = (0..DELIVERIES)
        .map(|number| Item {
            id: DeliveryId(uuid_like(1_000_000 + number)),
            // Four accounts a post.
            post: PostId(uuid_like(2_000_000 + number / 4)),
            account: ids[number * 7 % ACCOUNTS].clone(),
            when: When::Next,
            stored: None,
            not_before: None,
            expires_at: None,
            calls: 1,
            held: false,
            under_way: false,
            first_of_account: false,
            parts_out: false,
            over_cap: false,
        })
        .collect();
    let place = |queue: &[Item]| -> Vec<Placed> {
        plan(&Input {
            now,
            calendar: &calendar,
            accounts: &accounts,
            persona_gap: SignedDuration::from_mins(10),
            counted: &[],
            queue,
            explain: false,
        })
    };

    let mut half = queue.clone();
    for (number, (item, placed)) in half.iter_mut().zip(place(&queue)).enumerate() {
        // Whatever the account: the first half of the queue was there before.
        item.stored = placed.slot.filter(|_| number < DELIVERIES / 2);
    }
    let measure = |queue: &[Item]| {
        let mut times: Vec<f64> = (0..runs.max(1))
            .map(|_| {
                #[allow(
                    clippy::disallowed_methods,
                    reason = "this measures; nothing is decided by it"
                )]
                let begun = Instant::now();
                let placed = place(queue);
                let took = begun.elapsed().as_secs_f64() * 1000.0;
                assert_eq!(placed.len(), DELIVERIES);
                took
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let without_time = place(&half).iter().filter(|placed| placed.slot.is_none()).count();
    let before = on_processor_ms();
    let times = measure(&half);
    let cpu_ms = (on_processor_ms() - before) / times.len() as f64;
    let from_nothing = measure(&queue);
    println!(
        r#"{{"deliveries":{DELIVERIES},"accounts":{ACCOUNTS},"runs":{},"median_ms":{:.2},"least_ms":{:.2},"most_ms":{:.2},"cpu_ms":{cpu_ms:.2},"from_nothing_ms":{:.2},"without_time":{without_time}}}"#,
        times.len(),
        times[times.len() / 2],
        times[0],
        times[times.len() - 1],
        from_nothing[from_nothing.len() / 2],
    );
    Ok(())
}

/// How long this process has been on a processor; 0 where the system does not say.
fn on_processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = stat.split(' ').next().and_then(|first| first.parse().ok());
    nanoseconds.unwrap_or(0.0) / 1e6
}

/// As long as an id is, and as like its neighbours.
fn uuid_like(number: usize) -> String {
    format!("019abcde-f012-7345-8678-{number:012x}")
}
