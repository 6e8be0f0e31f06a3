//! What a process lives through, told as a person's actions. Between them every legal step of the delivery's table is
//! taken, which `points.rs` proves.

use std::time::Duration;

use kossori_api::{Code, ContentInput, MediaInput, PartInput, Request, Resolution, WhenInput};
use kossori_core::network::Network;
use kossori_host::Sign;

use super::plan::Plan;
use super::process::{Process, in_a_moment};
use crate::support::servers::http;
use crate::support::servers::stand_in::Pictures;

pub async fn live(process: &mut Process<'_>, name: &str) {
    match name {
        "set up" => process.set_up().await,
        "plain" | "answer lost" | "request lost" | "never left" | "put back" | "refresh" => {
            let post = process.add("", |_| {}).await;
            process.until(&post, "sent").await;
        }
        "picture" => {
            let picture = picture(process.plan);
            let post = process
                .add("", |post| post.content.parts[0].media.push(picture))
                .await;
            process.until(&post, "sent").await;
        }
        "thread" | "part unknown" => {
            let thread = add_thread(process).await;
            process.until(&thread, "sent").await;
        }
        "refused" => refused(process).await,
        "refused early" | "part refused" => {
            let post = add_thread(process).await;
            process.until(&post, "rejected").await;
            retry(process, &post).await;
            process.until(&post, "sent").await;
        }
        "token refused" => token_refused(process).await,
        "waiting" => waiting(process).await,
        "claimed, then" => interrupted(process, "publisher.freeze: before").await,
        "staged, then" => interrupted(process, "commit claimed→staged Stage: after").await,
        "expired" => expired(process).await,
        "asked, not there" => decided(process, "needs_you", Resolution::NotThere, "sent").await,
        "asked, there" => decided(process, "needs_you", Resolution::There { url: None }, "sent").await,
        "asked, left" => decided(process, "needs_you", Resolution::Leave, "left").await,
        "unknown, there" => decided(process, "unknown", Resolution::There { url: None }, "sent").await,
        "unknown, not there" => decided(process, "unknown", Resolution::NotThere, "sent").await,
        "unknown, left" => decided(process, "unknown", Resolution::Leave, "left").await,
        "part asked, named" => named_part(process).await,
        "copy" => copy(process).await,
        other => panic!("no story is called {other}"),
    }
}

pub fn picture(plan: &Plan) -> MediaInput {
    MediaInput {
        path: Some(plan.picture.clone()),
        alt: "窓の外".to_owned(),
        ..MediaInput::default()
    }
}

/// Two parts, each with a picture where there are any.
async fn add_thread(process: &Process<'_>) -> String {
    let plan = process.plan;
    let part = |n: u32| PartInput {
        text: format!("〔{}〕その{n}、続きもの。", plan.mark),
        media: if plan.pictures == Pictures::Never {
            Vec::new()
        } else {
            vec![picture(plan)]
        },
    };
    let parts = vec![part(1), part(2)];
    process.add("", |post| post.content.parts = parts).await
}

async fn retry(process: &Process<'_>, delivery: &str) {
    let id = delivery.to_owned();
    process.ask(Request::QueueRetry { id }).await;
}

/// Two that wait are planned apart: the later one goes sooner, unless it has gone already.
async fn sooner(process: &Process<'_>, delivery: &str) {
    let id = delivery.to_owned();
    match process.try_ask(Request::QueueRetry { id }).await {
        Ok(_) => {}
        Err(problem) if matches!(problem.code, Code::NotPossibleNow | Code::AlreadySending) => {}
        Err(problem) => process.fail(&format!("{problem:?}")),
    }
}

async fn edit(process: &Process<'_>, delivery: &str, letter: &str) {
    let part = PartInput {
        text: format!("〔{}{letter}〕書きなおした、ひとこと。", process.plan.mark),
        media: if process.plan.pictures == Pictures::Must {
            vec![picture(process.plan)]
        } else {
            Vec::new()
        },
    };
    process
        .ask(Request::QueueEdit {
            id: delivery.to_owned(),
            content: ContentInput {
                parts: vec![part],
                ..ContentInput::default()
            },
            thread: false,
            numbered: false,
            confirm_persona: false,
        })
        .await;
}

async fn hold(process: &Process<'_>, delivery: &str, until: Option<String>) {
    process
        .ask(Request::QueueHold {
            id: delivery.to_owned(),
            until,
            zone: None,
        })
        .await;
}

async fn approve(process: &Process<'_>, delivery: &str) {
    process
        .ask(Request::QueueApprove {
            id: delivery.to_owned(),
            confirm_persona: false,
            anyway: false,
        })
        .await;
}

async fn remove(process: &Process<'_>, delivery: &str) {
    process
        .ask(Request::QueueRemove {
            id: delivery.to_owned(),
            discard: true,
        })
        .await;
}

async fn when_next(process: &Process<'_>, delivery: &str) {
    process
        .ask(Request::QueueWhen {
            id: delivery.to_owned(),
            when: WhenInput::Next,
            override_window: false,
            zone: None,
            expires: None,
        })
        .await;
}

/// One is sent after all, the other is given up.
async fn refused(process: &Process<'_>) {
    let first = process.add("甲", |_| {}).await;
    process.until(&first, "rejected").await;
    retry(process, &first).await;
    process.until(&first, "sent").await;
    let second = process.add("乙", |_| {}).await;
    process.until(&second, "rejected").await;
    remove(process, &second).await;
}

/// Where tokens can be refreshed that is done, and elsewhere a person signs in.
async fn token_refused(process: &Process<'_>) {
    let post = process.add("", |_| {}).await;
    let by_a_person = process.plan.network != Network::Bluesky;
    loop {
        let shown = process.show(&post).await;
        if !by_a_person || shown["state"] == "sent" {
            break;
        }
        // Once more if an earlier process died between saying so and putting its post back.
        if shown["reason"] == "needs_sign_in" {
            process.sign_in_again(&shown).await.expect("the secret is right");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    process.until(&post, "sent").await;
}

/// All that can be done with what waits, and then it goes.
async fn waiting(process: &Process<'_>) {
    process.ask(Request::BreakEnd).await;
    let post = process.add("", |_| {}).await;
    edit(process, &post, "").await;
    hold(process, &post, None).await;
    edit(process, &post, "").await;
    approve(process, &post).await;
    when_next(process, &post).await;
    let held = process.add("寅", |post| post.hold = true).await;
    remove(process, &held).await;
    let queued = process.add("卯", |_| {}).await;
    remove(process, &queued).await;
    process.break_now().await;
    process.until(&post, "sent").await;
}

/// At a moment of an attempt: put off, edited, held, removed, and once the machine goes to sleep.
async fn interrupted(process: &Process<'_>, point: &str) {
    for letter in ["子", "丑", "寅", "卯", "辰"] {
        process.points.hold_at(point);
        let post = process.add(letter, |_| {}).await;
        process.points.somebody_waits().await;
        match letter {
            "子" => when_next(process, &post).await,
            "丑" => edit(process, &post, letter).await,
            "寅" => hold(process, &post, None).await,
            "卯" => remove(process, &post).await,
            _ => {
                let heard = process.points.passages("clock.since_boot");
                process.sign(Sign::Sleeps);
                while process.points.passages("clock.since_boot") == heard {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            }
        }
        process.points.release();
        match letter {
            "寅" => approve(process, &post).await,
            "辰" => {
                process.until(&post, "queued").await;
                process.sign(Sign::Wakes);
            }
            _ => {}
        }
        process
            .until(&post, if letter == "卯" { "removed" } else { "sent" })
            .await;
    }
}

async fn expired(process: &Process<'_>) {
    process.ask(Request::BreakEnd).await;
    let soon = in_a_moment(Duration::from_millis(300));
    let queued = process.add("子", |post| post.expires = Some(soon.clone())).await;
    let held = process
        .add("丑", |post| {
            post.expires = Some(soon.clone());
            post.hold = true;
        })
        .await;
    process.until(&queued, "missed").await;
    process.until(&held, "missed").await;
    remove(process, &held).await;
    let asks_again = process.add("寅", |_| {}).await;
    hold(
        process,
        &asks_again,
        Some(in_a_moment(Duration::from_millis(200))),
    )
    .await;
    // Whether an earlier process has told that it is over.
    while process.points.passages("store.journal: after") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    approve(process, &asks_again).await;
    retry(process, &queued).await;
    process.break_now().await;
    process.until(&queued, "sent").await;
    sooner(process, &asks_again).await;
    process.until(&asks_again, "sent").await;
}

/// Nobody knows, and a person does.
async fn decided(process: &Process<'_>, state: &str, resolution: Resolution, end: &str) {
    let post = process.add("", |_| {}).await;
    process.until(&post, state).await;
    process
        .resolve(&post, resolution)
        .await
        .unwrap_or_else(|problem| process.fail(&format!("{problem:?}")));
    process.until(&post, end).await;
}

/// A part's answer is lost and no look gets through: the person names where it is, and the rest follows it.
async fn named_part(process: &Process<'_>) {
    let thread = add_thread(process).await;
    process.until(&thread, "needs_you").await;
    let plan = process.plan;
    let token = format!("Bearer {}", plan.accounts[plan.author].1);
    let signed_in = [("authorization", token.as_str())];
    let of = |path: String| format!("{}/api/v1/{path}", plan.direct);
    let me = http(
        "GET",
        &of("accounts/verify_credentials".into()),
        &signed_in,
        Vec::new(),
    )
    .await;
    let me = me.json()["id"].as_str().expect("an id").to_owned();
    let posts = http(
        "GET",
        &of(format!("accounts/{me}/statuses")),
        &signed_in,
        Vec::new(),
    )
    .await;
    let page = posts.json()[0]["url"].as_str().expect("its page").to_owned();
    let url = Some(page.replace(&plan.direct, &plan.url));
    process
        .resolve(&thread, Resolution::There { url })
        .await
        .unwrap_or_else(|problem| process.fail(&format!("{problem:?}")));
    process.until(&thread, "sent").await;
}

/// The folder came back from elsewhere: what may have left there is looked up, what waits is held.
async fn copy(process: &mut Process<'_>) {
    process.points.hold_at("commit sending→queued PutBack: after");
    let frozen = process.add("甲", |_| {}).await;
    process.points.somebody_waits().await;
    process.ask(Request::BreakEnd).await;
    process.points.release();
    let waiting = process.add("乙", |_| {}).await;
    process.reopen_as_copy().await;
    process.tick();
    process.ask(Request::Adopt).await;
    process.break_now().await;
    process.until(&waiting, "held").await;
    approve(process, &waiting).await;
    process.until(&frozen, "sent").await;
    sooner(process, &waiting).await;
    process.until(&waiting, "sent").await;
}
