//! A wire between the app and the server that breaks at every byte: cut in the request or in the answer, the answer
//! lost, the request delivered long after the client gave up, slow, or nonsense instead of an answer. It breaks exactly
//! the post call. What the servers list is the truth.
//!
//! A sample runs with every test run. All bytes from 0 to 4,096, a thousand lost answers a network:
//! `KOSSORI_LONG=1 cargo nextest run … -E 'test(reliability::proxy::)'`.

#![allow(
    clippy::print_stdout,
    reason = "what was met on the way belongs to the result"
)]

mod bench;
mod cut;
mod lane;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use kossori_core::network::Network;

use bench::{Bench, home};
use lane::{Lane, POST_LIMIT, Shape, Trial};

use crate::support::servers::stand_in::{
    AKKOMA, FRIENDICA, GOTOSOCIAL, LINKEDIN, MISSKEY, PIXELFED, PLEROMA, SNAC, THREADS, X,
};
use crate::support::tally::{Row, amount};
use crate::support::wire::{Break, End};

const LOST_ANSWERS: u64 = 1_000;

fn lanes() -> usize {
    usize::try_from(amount(3, 4)).expect("few")
}

impl Bench {
    /// Another kind of break: every trial is a post of its own.
    async fn go(&mut self, kind: &str, trials: Vec<Trial>) {
        for lane in &mut self.lanes {
            lane.begin();
        }
        self.go_on(kind, trials.into_iter().enumerate().collect()).await;
    }

    /// The lanes share them.
    async fn go_on(&mut self, kind: &str, trials: Vec<(usize, Trial)>) {
        let mut shares: Vec<Vec<(usize, Trial)>> = self.lanes.iter().map(|_| Vec::new()).collect();
        for (n, trial) in trials {
            let lane = n % shares.len();
            shares[lane].push((n, trial));
        }
        let going = self.lanes.drain(..).zip(shares).map(|(mut lane, share)| {
            let kind = kind.to_owned();
            tokio::spawn(async move {
                for (n, trial) in share {
                    lane.go(&format!("{kind}・{n}"), &trial).await;
                }
                lane
            })
        });
        let going: Vec<_> = going.collect();
        for lane in going {
            self.lanes.push(lane.await.expect("a lane"));
        }
    }

    /// What came of everything of this kind.
    async fn held(&self, kind: &str, fault: &str, how: &str) -> Row {
        // Each folder has one account, which knows no other's tokens.
        let mut row = Row::new(fault, how, self.on).judges_time();
        let listed = self.listed().await;
        let mut copies = BTreeMap::<&str, Vec<usize>>::new();
        for (lane, texts) in listed.iter().enumerate() {
            for head in texts.iter().filter_map(|text| head(text)) {
                copies.entry(head).or_default().push(lane);
            }
        }
        let mut left_before = 0;
        let mut resolved = BTreeMap::<&str, u64>::new();
        let (mut requests, mut answers) = (Vec::new(), Vec::new());
        for (index, lane) in self.lanes.iter().enumerate() {
            for post in lane
                .posts
                .iter()
                .filter(|post| post.mark.starts_with(&format!("{kind}・")))
            {
                row.runs += u64::from(post.broken);
                *resolved.entry(post.state.as_str()).or_default() += 1;
                row.asked += u64::from(post.state == "needs_you");
                for part in 1..=post.parts {
                    let begins = format!("〔{}〕その{part}、", post.mark);
                    let there = copies.get(begins.as_str()).map_or(&[][..], Vec::as_slice);
                    let all = there.len();
                    assert!(
                        there.iter().all(|lane| *lane == index),
                        "another lane's: {post:?}"
                    );
                    row.doubled += u64::from(all > 1);
                    let lost = all == 0 && post.state == "sent";
                    row.lost += u64::from(lost);
                    if all > 1 || lost {
                        println!("{}: part {part} is there {all} times: {post:?}", self.on);
                    }
                }
                // Nothing that a wire does is the server's no, and a person is asked only where nobody else can know.
                assert!(post.state == "sent" || post.state == "needs_you", "{post:?}");
                assert!(
                    post.state == "sent" || self.may_ask(post),
                    "asked without need: {post:?}"
                );
            }
            for seen in &lane.wire().seen()[lane.from..] {
                requests.push(seen.request_bytes);
                answers.push(seen.answer_bytes);
                let shut = |at: &i64| lane.shut.iter().any(|(from, to)| (*from..*to).contains(at));
                if shut(&seen.began_ms) {
                    println!(
                        "{}: begun while nothing was open: {seen:?}, {:?}",
                        self.on, lane.shut
                    );
                    row.add_outside(1);
                } else if seen.answered_ms.as_ref().is_some_and(shut) {
                    // It had left when the break ended. If the client had let go of it, it was nobody's to stop.
                    if seen.late {
                        left_before += 1;
                    } else {
                        println!("{}: waited for while nothing was open: {seen:?}", self.on);
                        row.add_outside(1);
                    }
                }
            }
        }
        let ended: u64 = self.lanes.iter().map(|lane| lane.shut.len() as u64).sum();
        row.note = format!(
            "ended as {resolved:?}; requests of up to {} bytes, answers of up to {}; {ended} breaks ended while an outcome was open",
            requests.iter().max().unwrap_or(&0),
            answers.iter().max().unwrap_or(&0),
        );
        if left_before > 0 {
            row.note += &format!(
                "; {left_before} requests that had left before were delivered and taken after its end, which no client can prevent"
            );
        }
        row.held();
        row
    }
}

/// What a text of the tests begins with: its post's mark, and which part it is.
fn head(text: &str) -> Option<&str> {
    let from = text.find('〔')?;
    let to = from + text.get(from..)?.find('、')?;
    text.get(from..to + '、'.len_utf8())
}

fn end(n: usize) -> End {
    if n % 4 < 2 { End::Fin } else { End::Rst }
}

fn every_byte(last: usize) -> String {
    format!("after byte k, every k from 0 to {last}")
}

/// FIN and RST by turns; every so often nothing is open any more while it is not known what became of it.
fn trials(count: usize, what: impl Fn(usize, End) -> Break) -> Vec<Trial> {
    (0..count)
        .map(|n| Trial {
            what: what(n, end(n)),
            shape: if (n / lanes()) % 2 == 1 {
                Shape::Picture
            } else {
                Shape::Thread
            },
            shut: n % 8 == 5,
        })
        .collect()
}

const NONSENSE: [&str; 6] = [
    "",
    "HTTP/1.1 2",
    "\u{1}\u{2}\u{3} this is not HTTP at all\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<html>signed in</html>",
    "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<h1>502</h1>\r\n",
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
];

/// Everything that a wire can do.
async fn every_break(mut bench: Bench, sample: u64) {
    let thread = bench.lengths("長", Shape::Thread).await;
    let picture = bench.lengths("短", Shape::Picture).await;
    println!(
        "{}: post calls and their answers have at least so many bytes: {thread:?}, with a picture {picture:?}",
        bench.on
    );

    let request = |after, end| Break::Request { after, end };
    let last = bench.cut("請", sample, (thread.0, picture.0), request).await;
    bench
        .held("請", "the connection is cut in the request", &every_byte(last))
        .await;

    let answer = |after, end| Break::Answer { after, end };
    let last = bench.cut("答", sample, (thread.1, picture.1), answer).await;
    bench
        .held("答", "the connection is cut in the answer", &every_byte(last))
        .await;

    let lost = amount(sample, LOST_ANSWERS);
    let trials_lost = trials(usize::try_from(lost).expect("small"), |_, end| Break::Answer {
        after: 0,
        end,
    });
    bench.go("失", trials_lost).await;
    let row = bench
        .held(
            "失",
            "the answer is lost",
            "the wire is cut after the server's commit",
        )
        .await;
    assert!(row.runs >= lost, "{} of {lost} answers were lost", row.runs);

    let few = amount(sample / 2, 200);
    let few = usize::try_from(few).expect("small");
    let waits = [0, 20, 60, 110, 200, 400];
    let late = trials(few, |n, _| {
        Break::Late(Duration::from_millis(waits[n % waits.len()]))
    });
    bench.go("遅", late).await;
    bench
        .held(
            "遅",
            "the request arrives late",
            "after the client gave up, before and after the looks and the second call",
        )
        .await;

    let pauses = [1, 4, 40];
    let slow = trials(few, |n, _| Break::Slow {
        bytes: 40,
        pause: Duration::from_millis(pauses[n % pauses.len()]),
    });
    bench.go("緩", slow).await;
    let how = format!("40 bytes at a time, some past the client's limit of {POST_LIMIT:?}");
    bench.held("緩", "the connection is slow", &how).await;

    let nonsense = trials(few, |n, _| {
        Break::Instead(NONSENSE[n % NONSENSE.len()].as_bytes().to_vec())
    });
    bench.go("乱", nonsense).await;
    bench
        .held(
            "乱",
            "nonsense comes back",
            "half a status line, HTML, no HTTP, JSON without a post",
        )
        .await;
    for lane in &mut bench.lanes {
        lane.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::bluesky().await, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mastodon_server_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::mastodon().await, 24).await;
}

/// Nothing may be sent again here without asking: what is not found is left to the person.
#[tokio::test(flavor = "multi_thread")]
async fn server_that_keeps_no_keys_has_nothing_twice() {
    every_break(Bench::forgetful().await, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gotosocial_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&GOTOSOCIAL).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn akkoma_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&AKKOMA).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pleroma_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&PLEROMA).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pixelfed_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&PIXELFED).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn friendica_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&FRIENDICA).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn snac_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&SNAC).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn misskey_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&MISSKEY).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn x_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&X).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&THREADS).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn linkedin_behind_a_wire_that_breaks_has_each_post_once() {
    every_break(Bench::stand_in(&LINKEDIN).await, 8).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_has_each_post_once_when_its_answers_are_lost() {
    let mut lane = Lane::new(home(Network::Practice, "me", "", None, Path::new("")), None);
    let count = amount(12, 1_000);
    for n in 0..count {
        lane.lose_answer(&format!("練・{n}")).await;
    }
    let texts = lane.timeline().await;
    // One account, in a break that is open throughout.
    let mut row = Row::new("the answer is lost", "practice answers never", "practice");
    for post in &lane.posts {
        let copies = texts
            .iter()
            .filter(|text| text.contains(&format!("〔{}〕", post.mark)))
            .count();
        row.runs += u64::from(post.broken);
        row.doubled += u64::from(copies > 1);
        row.lost += u64::from(copies == 0 || post.state != "sent");
    }
    row.held();
    lane.close().await;
}
