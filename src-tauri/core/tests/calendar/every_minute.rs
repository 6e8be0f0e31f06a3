//! The calendar against the model: no minute of ten years differs, in any zone, in any of twelve shapes.
//!
//! Zones whose clocks show the same over all the years (links, and zones that differ in the past only) are one
//! group; one of a group stands for all, which is exact: the calendar knows a zone by what its clock shows. Every
//! minute that is compared is asked of the model on its own, with nothing skipped in between.
//!
//! By default, to take seconds: for every group and every shape all minutes within two days of every jump of the
//! clock and of both ends of the ten years, and besides one whole year of the ten for every group, the years taken
//! in turn, with one of the twelve shapes, also in turn. With `KOSSORI_FULL=1` every minute of the ten years for
//! every group and every shape: about six minutes of processor time.
//!
//! What is compared: the spans and each piece of each occurrence with the occurrence's first moment, all of them;
//! and why the account may not publish, on both sides of some 300 changes of that answer, spread over each stretch.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use kossori_core::calendar::Calendar;
use kossori_core::rules::Rules;

use crate::model::{Clock, Clocks, decide, moment};
use crate::shapes::{self, OTHER_ZONES, me, shape};

const DAY: i64 = 1440;
/// The model sees so much more on both sides, to know occurrences as a whole.
pub const MARGIN: i64 = 3 * DAY;

fn minute(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_second() / 60
}

fn ten_years() -> Range<i64> {
    minute("2021-01-01T00:00Z")..minute("2031-01-01T00:00Z")
}

/// At which minute a clock jumps, and its offset afterwards in seconds. Changes of the name alone are in it too: a
/// zone's history may go wrong there.
type Jumps = Vec<(i64, i32)>;

/// Zones whose clocks show the same, by their jumps.
fn groups() -> Vec<(Jumps, Vec<String>)> {
    let years = ten_years();
    let (from, to) = (moment(years.start - 2 * MARGIN), moment(years.end + 2 * MARGIN));
    let database = TimeZoneDatabase::bundled();
    let mut groups: BTreeMap<Jumps, Vec<String>> = BTreeMap::new();
    for name in database.available() {
        let zone = database.get(name.as_str()).unwrap();
        let mut jumps = vec![(years.start, zone.to_offset(from).seconds())];
        for transition in zone
            .following(from)
            .take_while(|transition| transition.timestamp() < to)
        {
            jumps.push((
                transition.timestamp().as_second() / 60,
                transition.offset().seconds(),
            ));
        }
        groups.entry(jumps).or_default().push(name.as_str().to_owned());
    }
    groups.into_iter().collect()
}

/// What the calendar says of `wanted`, in the model's words; the places where they differ.
pub fn differences<'a>(
    rules: &'a Rules,
    system_zone: &TimeZone,
    clocks: &Clocks<'a>,
    wanted: Range<i64>,
) -> Vec<String> {
    let calendar = Calendar::new(rules, system_zone).unwrap();
    let known = wanted.start - MARGIN..wanted.end + MARGIN;
    let model = decide(rules, &me(), clocks, known, wanted.clone());
    let spans = calendar.spans(&me(), moment(wanted.start), moment(wanted.end));
    let in_minutes = |at: Timestamp| {
        assert_eq!(
            (at.as_second() % 60, at.subsec_nanosecond()),
            (0, 0),
            "{at} is no whole minute"
        );
        at.as_second() / 60
    };

    let mut wrong = Vec::new();
    let mut compare = |what: &str, fast: Vec<(String, i64, i64, i64)>, slow: &[(String, i64, i64, i64)]| {
        for one in fast.iter().filter(|one| slow.binary_search(one).is_err()) {
            wrong.push(format!("{what} only by the calendar: {}", told(one)));
        }
        for one in slow.iter().filter(|one| fast.binary_search(one).is_err()) {
            wrong.push(format!("{what} only by the model: {}", told(one)));
        }
        if fast.len() != slow.len() {
            wrong.push(format!(
                "{what}: {} by the calendar, {} by the model",
                fast.len(),
                slow.len()
            ));
        }
    };
    let of_spans = spans
        .iter()
        .map(|span| (String::new(), 0, in_minutes(span.from), in_minutes(span.to)))
        .collect::<Vec<_>>();
    let by_model: Vec<_> = model
        .spans
        .iter()
        .map(|&(from, to)| (String::new(), 0, from, to))
        .collect();
    compare("span", of_spans, &by_model);
    let mut openings: Vec<_> = spans
        .iter()
        .flat_map(|span| &span.openings)
        .map(|one| {
            (
                one.window.clone(),
                in_minutes(one.opened),
                in_minutes(one.from),
                in_minutes(one.to),
            )
        })
        .collect();
    openings.sort();
    compare("opening", openings, &model.openings);

    // Point questions cost more than a walk: the first and the last minute of some runs, spread over all.
    let step = (model.shut.len() / 300).max(1);
    for (from, to, answer) in model.shut.iter().step_by(step) {
        for minute in [*from, to - 1] {
            let said = calendar.shut_at(&me(), moment(minute));
            if said != *answer {
                wrong.push(format!(
                    "shut at {}: {said:?} by the calendar, {answer:?} by the model",
                    moment(minute)
                ));
            }
        }
    }
    wrong
}

fn told((window, opened, from, to): &(String, i64, i64, i64)) -> String {
    format!(
        "{window} of {}: {} to {}",
        moment(*opened),
        moment(*from),
        moment(*to)
    )
}

/// The stretches of a group that are compared in every shape by default.
fn near_jumps(jumps: &[(i64, i32)]) -> Vec<Range<i64>> {
    let years = ten_years();
    let mut ranges: Vec<Range<i64>> = Vec::new();
    let places = jumps.iter().map(|jump| jump.0).chain([years.end]);
    for place in places {
        let range = (place - 2 * DAY).max(years.start)..(place + 2 * DAY).min(years.end);
        match ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => ranges.push(range),
        }
    }
    ranges.retain(|range| !range.is_empty());
    ranges
}

#[test]
fn no_minute_differs_in_any_zone_and_shape() {
    let full = std::env::var_os("KOSSORI_FULL").is_some_and(|value| value == "1");
    let years = ten_years();
    let reach = years.start - MARGIN..years.end + MARGIN;
    let others: Vec<Clock> = OTHER_ZONES
        .iter()
        .map(|name| Clock::new(&TimeZone::get(name).unwrap(), reach.clone()))
        .collect();
    let groups = groups();
    let zones: usize = groups.iter().map(|(_, names)| names.len()).sum();
    assert!(
        zones > 550 && groups.len() > 80,
        "{zones} zones in {} groups: the database is not all there",
        groups.len()
    );

    let (next, compared) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((jumps, names)) = groups.get(index) else {
                break;
            };
            let zone = TimeZone::get(&names[0]).unwrap();
            // The jump in the middle of the years: what happens once in a shape happens there.
            let pivot = moment(jumps[jumps.len() / 2].0.max(minute("2026-03-29T01:00Z")));
            let year = minute(&format!("{}-01-01T00:00Z", 2021 + index % 10));
            let mut tasks: Vec<(Range<i64>, Vec<usize>)> = Vec::new();
            if full {
                tasks.push((years.clone(), (0..shapes::NAMES.len()).collect()));
            } else {
                let near = near_jumps(jumps).into_iter().chain([pivot_range(pivot)]);
                tasks.extend(near.map(|range| (range, (0..shapes::NAMES.len()).collect())));
                let in_turn = vec![index % shapes::NAMES.len()];
                tasks.push((year..(year + 365 * DAY).min(years.end), in_turn));
            }
            for (range, numbers) in tasks {
                let begins = range.start - MARGIN;
                let own = Clock::new(&zone, begins..range.end + MARGIN);
                let mut clocks: Clocks =
                    HashMap::from([(None, (&own, begins)), (Some(names[0].as_str()), (&own, begins))]);
                clocks.extend(
                    OTHER_ZONES
                        .iter()
                        .zip(&others)
                        .map(|(name, clock)| (Some(*name), (clock, reach.start))),
                );
                for number in numbers {
                    let rules = shape(number, &names[0], pivot);
                    let found = differences(&rules, &zone, &clocks, range.clone());
                    compared.fetch_add((range.end - range.start) as usize, Ordering::Relaxed);
                    if !found.is_empty() {
                        let shown = found.iter().take(5).cloned().collect::<Vec<_>>().join("\n  ");
                        let place = format!(
                            "{} (and {} more): {}",
                            names[0],
                            names.len() - 1,
                            shapes::NAMES[number]
                        );
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("{place}, {} differences\n  {shown}", found.len()));
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!(
        "{} zones in {} groups, {} shapes, {} minutes compared{}",
        zones,
        groups.len(),
        shapes::NAMES.len(),
        compared.into_inner(),
        if full {
            ", all there are"
        } else {
            " (all of them with KOSSORI_FULL=1)"
        },
    );
    assert!(
        wrong.is_empty(),
        "{} of them differ, first:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
}

fn pivot_range(pivot: Timestamp) -> Range<i64> {
    let minute = pivot.as_second() / 60;
    minute - 3 * DAY..minute + 4 * DAY
}
