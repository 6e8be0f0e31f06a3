//! Killed at every point: before and after each call by which the engine touches the world, a commit's named by the step
//! of the delivery's table that it writes. The servers are real, and their own list of posts says what came of it.
//!
//! A sample runs with every test run. All points, at least a thousand kills on the Bluesky server:
//! `KOSSORI_LONG=1 cargo nextest run … -E 'test(reliability::points::)'`.
//!
//! What lies inside a port (the database's own system calls, a migration, a backup) is cut elsewhere, by the system call.

#![allow(
    clippy::print_stdout,
    reason = "what was met on the way belongs to the result"
)]

mod bench;
mod judge;
mod plan;
mod process;
mod recovery;
mod reached;
mod stories;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use bench::{Bench, Chain, outside};
use judge::judge;
use stories::{Story, stories, stories_of, stories_without_keys};

use crate::support::points::{Phase, Point, Told, Written};
use crate::support::servers::stand_in::{
    AKKOMA, FRIENDICA, GOTOSOCIAL, Kind, LINKEDIN, MISSKEY, PIXELFED, PLEROMA, SNAC, THREADS, X,
};
use crate::support::tally::{Row, amount};

/// What undisturbed runs passed and wrote.
#[derive(Default)]
struct Recorded {
    /// By story.
    points: BTreeMap<&'static str, Vec<Point>>,
    written: Vec<Written>,
}

impl Recorded {
    /// What stories pass.
    fn names(&self) -> BTreeSet<&str> {
        let points = self.points.values().flatten();
        let of_story = points.filter(|point| point.phase == Phase::Story);
        of_story.map(|point| point.name.as_str()).collect()
    }

    /// A point that has another name by now would leave nothing behind, and nobody would see it.
    fn are_there(&self) {
        let names = self.names();
        let unknown: Vec<&str> = LEFT_BEHIND
            .into_iter()
            .filter(|left| !names.contains(left))
            .collect();
        assert!(unknown.is_empty(), "no story passes {unknown:?}");
    }

    fn hear(&mut self, told: &[Told]) -> Vec<Point> {
        let mut all = Vec::new();
        for told in told {
            if let Told::Passed { points, written } = told {
                all.extend(points.iter().cloned());
                self.written.extend(written.iter().cloned());
            }
        }
        all
    }
}

/// Of a name's passages in one story, the ones that differ most: the first and the last.
fn passages(points: &[Point], phase: Phase) -> Vec<Point> {
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    for point in points.iter().filter(|point| point.phase == phase) {
        let most = last.entry(&point.name).or_default();
        *most = (*most).max(point.passage);
    }
    let kept = |point: &&Point| {
        point.phase == phase && (point.passage == 1 || last.get(point.name.as_str()) == Some(&point.passage))
    };
    points.iter().filter(kept).cloned().collect()
}

/// Evenly spread over all of them; another `turn` has others.
fn spread<T: Clone>(all: &[T], most: usize, turn: usize) -> Vec<T> {
    if all.len() <= most {
        return all.to_vec();
    }
    let at = |n: usize| (n * all.len() / most + turn * 37) % all.len();
    (0..most).map(|n| all[at(n)].clone()).collect()
}

struct Killed {
    kills: u64,
    in_recovery: u64,
    by_name: BTreeMap<String, u64>,
}

impl Killed {
    fn count(&mut self, told: &[Told]) -> bool {
        let Some(point) = told.iter().find_map(|told| match told {
            Told::Killed(point) => Some(point),
            _ => None,
        }) else {
            return false;
        };
        self.kills += 1;
        self.in_recovery += u64::from(point.phase == Phase::Recovery);
        *self.by_name.entry(point.name.clone()).or_default() += 1;
        true
    }
}

/// One process is killed at `point` of the story; the next one, or whoever comes then, brings it to an end.
fn kill_in(chain: &mut Chain<'_>, story: &Story, point: &Point, killed: &mut Killed) -> bool {
    if story.needs_quiet() {
        chain.run(None, None);
    }
    let told = chain.run(Some(story), Some(point));
    killed.count(&told)
}

/// How often a process is sent to a point that it did not pass.
const TRIES: u32 = 4;

/// The same, again if the point was not passed that time.
fn kill_for_sure(chain: &mut Chain<'_>, story: &Story, point: &Point, killed: &mut Killed) -> bool {
    (0..tries()).any(|_| kill_in(chain, story, point, killed))
}

/// A sample goes on after one.
fn tries() -> u32 {
    if whole() { TRIES } else { 1 }
}

/// Where the process dies that leaves something to bring to an end.
const LEFT_BEHIND: [&str; 6] = [
    "commit queued→claimed Claim: after",
    "commit claimed→staged Stage: after",
    "commit staged→sending Send: after",
    "publisher.post: after",
    "commit sending→unknown Lose: after",
    "publisher.look: before",
];

async fn killed_at_points(
    bench: &Bench,
    on: &str,
    stories: &[Story],
    most: usize,
    most_in_recovery: usize,
) -> Recorded {
    let mut recorded = Recorded::default();
    let mut killed = Killed {
        kills: 0,
        in_recovery: 0,
        by_name: BTreeMap::new(),
    };
    let share = |most: usize, n: usize| most * (n + 1) / stories.len() - most * n / stories.len();
    let mut row = Row::new(
        "the process dies at a point",
        "SIGKILL before and after each call of the engine's ports",
        on,
    )
    .judges_time()
    .judges_account();
    let mut not_reached = 0_u64;
    for (n, story) in stories.iter().enumerate() {
        let mut chain = bench.chain(story.name);
        let told = chain.run(Some(story), None);
        let points = recorded.hear(&told);
        let all = passages(&points, Phase::Story);
        for point in spread(&all, share(most, n), n) {
            not_reached += u64::from(!kill_for_sure(&mut chain, story, &point, &mut killed));
        }
        // In a sample each story leaves one thing behind, and all stories together each of them.
        let turn = n % LEFT_BEHIND.len();
        let behind = if whole() {
            &LEFT_BEHIND[..]
        } else {
            &LEFT_BEHIND[turn..=turn]
        };
        for left in behind {
            let left = Point {
                phase: Phase::Story,
                name: (*left).to_owned(),
                passage: 1,
            };
            if !points.contains(&left) {
                continue;
            }
            // What the recovery from there passes, then killed at each of these.
            kill_in(&mut chain, story, &left, &mut killed);
            let passed = recorded.hear(&chain.run(None, None));
            let all = passages(&passed, Phase::Recovery);
            for point in spread(&all, share(most_in_recovery, n) / LEFT_BEHIND.len(), n) {
                let reached = (0..tries()).any(|_| {
                    kill_in(&mut chain, story, &left, &mut killed)
                        && killed.count(&chain.run(None, Some(&point)))
                });
                not_reached += u64::from(!reached);
            }
        }
        recorded.points.insert(story.name, points);
        chain.list();
        let verdict = judge(story.name, bench.leaves(), &chain.told, &bench.posts().await);
        row.add_outside(outside(bench.gate(), bench.post_call(), &chain.told));
        row.doubled += verdict.doubled;
        row.lost += verdict.lost;
        row.add_wrong_account(verdict.wrong_account);
        row.asked += verdict.asked;
        println!(
            "{on}, {}: {} points, {} kills so far, {} posts",
            story.name,
            all.len(),
            killed.kills,
            verdict.posts
        );
        for line in &verdict.why {
            println!("{line}");
        }
    }
    let shown = stories.iter().any(|story| story.name == "picture");
    assert_eq!(bench.pictures_without_names() > 0, shown, "a picture went out");
    row.runs = killed.kills;
    row.note = format!(
        "{} stories, {} names of points, {} of the kills while the one before was brought to an end; {not_reached} points were not passed that time",
        stories.len(),
        killed.by_name.len(),
        killed.in_recovery,
    );
    row.held();
    recorded.are_there();
    if whole() && u64::try_from(most) == Ok(ALL) {
        assert!(row.runs >= 1_000, "{} kills", row.runs);
        let never = recorded.names().into_iter();
        let never: Vec<&str> = never.filter(|name| !killed.by_name.contains_key(*name)).collect();
        assert!(never.is_empty(), "nobody died at {never:?}");
    }
    recorded
}

fn whole() -> bool {
    amount(0, 1) == 1
}

fn kills(sample: u64, whole: u64) -> usize {
    usize::try_from(amount(sample, whole)).expect("small")
}

/// Every passage that is killed at at all.
const ALL: u64 = 100_000;

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_has_each_post_once_wherever_the_process_dies() {
    let bench = Bench::bluesky().await;
    let stories = stories(bench.network());
    let recorded = killed_at_points(&bench, "bluesky", &stories, kills(12, ALL), kills(0, 400)).await;
    reached::every_step_is_a_point(&recorded.written, &reached::NOT_ON_BLUESKY);
    reached::every_call_is_a_point(&recorded.points, &reached::NOT_CALLED_ON_BLUESKY);
}

#[tokio::test(flavor = "multi_thread")]
async fn mastodon_server_has_each_post_once_wherever_the_process_dies() {
    let bench = Bench::mastodon().await;
    let stories = stories(bench.network());
    let recorded = killed_at_points(&bench, "mastodon", &stories, kills(12, ALL), kills(0, 400)).await;
    reached::every_step_is_a_point(&recorded.written, &reached::NOT_ON_MASTODON);
    reached::every_call_is_a_point(&recorded.points, &[]);
}

/// Nothing can be sent again here without asking, and nobody is asked: once, or not at all and the queue says so.
#[tokio::test(flavor = "multi_thread")]
async fn server_that_keeps_no_keys_has_nothing_twice_wherever_the_process_dies() {
    let bench = Bench::forgetful().await;
    let on = "unknown software that keeps no keys";
    killed_at_points(&bench, on, &stories_without_keys(), kills(6, ALL), kills(0, 300)).await;
}

/// A share of all points, spread over the stories; a sample has fewer stories too.
async fn stand_in(kind: &'static Kind) {
    let bench = Bench::stand_in(kind).await;
    let mut stories = stories_of(kind);
    if !whole() {
        let sample = ["plain", "picture", "thread", "asked, left"];
        stories.retain(|story| sample.contains(&story.name));
    }
    // Whatever a process left behind, each story dies at one point of bringing it to an end.
    killed_at_points(&bench, kind.on, &stories, kills(2, 150), kills(0, 130)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gotosocial_has_each_post_once_wherever_the_process_dies() {
    stand_in(&GOTOSOCIAL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn akkoma_has_each_post_once_wherever_the_process_dies() {
    stand_in(&AKKOMA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pleroma_has_each_post_once_wherever_the_process_dies() {
    stand_in(&PLEROMA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pixelfed_has_each_post_once_wherever_the_process_dies() {
    stand_in(&PIXELFED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn friendica_has_each_post_once_wherever_the_process_dies() {
    stand_in(&FRIENDICA).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snac_has_each_post_once_wherever_the_process_dies() {
    stand_in(&SNAC).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn misskey_has_each_post_once_wherever_the_process_dies() {
    stand_in(&MISSKEY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_has_each_post_once_wherever_the_process_dies() {
    stand_in(&X).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_has_each_post_once_wherever_the_process_dies() {
    stand_in(&THREADS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn linkedin_has_each_post_once_wherever_the_process_dies() {
    stand_in(&LINKEDIN).await;
}
