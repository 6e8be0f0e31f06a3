//! The server's own list of posts against what the folder says.

use std::collections::BTreeMap;

use super::bench::Posted;
use crate::support::points::{Row, Told};

#[derive(Clone, Debug, Default)]
pub struct Verdict {
    pub posts: u64,
    pub doubled: u64,
    pub lost: u64,
    pub wrong_account: u64,
    /// Deliveries that a person was asked about, in the stories and after a kill.
    pub asked: u64,
    /// What is to be read by whoever looks for the reason.
    pub why: Vec<String>,
}

/// The part of a text that names the process that it was queued by.
fn mark(text: &str) -> Option<&str> {
    let from = text.find('〔')?;
    let to = text.find('〕')?;
    text.get(from..to)
}

/// `1` for a text that is no part of a thread.
fn part(text: &str) -> u32 {
    let behind = text.split_once('〕').map_or("", |(_, behind)| behind);
    let digits = behind.strip_prefix("その").and_then(|rest| rest.chars().next());
    digits.and_then(|digit| digit.to_digit(10)).unwrap_or(1)
}

/// How a delivery of this story can have ended. Whoever dies in between leaves nothing else behind.
fn may_end(story: &str, leaves: bool, state: &str) -> bool {
    match state {
        "sent" => true,
        "rejected" => matches!(story, "refused" | "refused early" | "part refused"),
        "missed" => story == "expired",
        "removed" => matches!(
            story,
            "refused" | "waiting" | "claimed, then" | "staged, then" | "expired"
        ),
        "left" => leaves || matches!(story, "asked, left" | "unknown, left"),
        _ => false,
    }
}

/// Everything that the chain called `name` queued, and everything that the server has of it.
pub fn judge(name: &str, leaves: bool, told: &[Told], posts: &[Posted]) -> Verdict {
    let mut verdict = Verdict::default();
    let rows: Vec<&Row> = told
        .iter()
        .filter_map(|told| match told {
            Told::Row(row) => Some(row),
            _ => None,
        })
        .collect();
    let beginning = format!("〔{name}・");
    let mut copies: BTreeMap<(&str, u32), u64> = BTreeMap::new();
    for post in posts.iter().filter(|post| post.text.contains(&beginning)) {
        verdict.posts += 1;
        let of = mark(&post.text).unwrap_or_default();
        *copies.entry((of, part(&post.text))).or_default() += 1;
        let Some(row) = rows.iter().find(|row| mark(&row.text) == Some(of)) else {
            verdict.doubled += 1;
            verdict
                .why
                .push(format!("nothing in the folder says of it: {post:?}"));
            continue;
        };
        if row.account != post.account {
            verdict.wrong_account += 1;
            verdict.why.push(format!("from {}: {row:?}", post.account));
        }
    }
    for row in &rows {
        verdict.asked += u64::from(row.events.iter().any(|event| event == "needs_you"));
        let of = mark(&row.text).unwrap_or_default();
        // "Left" is nobody's knowledge: once, or not.
        let known = row.state != "left";
        for part in 1..=2 {
            let there = copies.get(&(of, part)).copied().unwrap_or(0);
            let should = u64::from(part <= row.parts_sent);
            if there > 1 || (known && there > should) {
                verdict.doubled += 1;
                verdict
                    .why
                    .push(format!("part {part} is there {there} times: {row:?}"));
            }
            if known && there < should {
                verdict.lost += 1;
                verdict.why.push(format!("part {part} is not there: {row:?}"));
            }
        }
        if !may_end(name, leaves, &row.state) {
            verdict.lost += 1;
            verdict.why.push(format!("it cannot end like this here: {row:?}"));
        }
        if let Some(wrong) = wrong_in_journal(row) {
            verdict.lost += 1;
            verdict.why.push(format!("{wrong}: {row:?}"));
        }
    }
    for told in told {
        if let Told::Queued { delivery, .. } = told
            && !rows.iter().any(|row| row.delivery == *delivery)
        {
            verdict.lost += 1;
            verdict.why.push(format!("it was queued, and is gone: {told:?}"));
        }
    }
    verdict
}

/// A post call follows another one only when it is known, or known to be unknown, what became of that.
fn wrong_in_journal(row: &Row) -> Option<&'static str> {
    let mut sending = false;
    let mut sent = false;
    for event in &row.events {
        match event.as_str() {
            "sending" | "resent" if sent => return Some("sent again after it was sent"),
            "sending" | "resent" if sending => return Some("two calls without an outcome between them"),
            "sending" | "resent" => sending = true,
            "sent" if sent => return Some("sent twice"),
            "sent" => (sent, sending) = (true, false),
            "part_sent" | "put_back" | "rejected" | "unknown" => sending = false,
            _ => {}
        }
    }
    let told = sent || row.events.iter().any(|event| event == "resolved");
    match row.state.as_str() {
        "sent" if !told => Some("sent without a word in the journal"),
        "sent" | "rejected" | "removed" | "missed" | "left" => sending.then_some("no outcome in the journal"),
        // Judged by `may_end`.
        _ => None,
    }
}
