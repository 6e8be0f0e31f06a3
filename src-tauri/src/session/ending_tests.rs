//! When nobody is started again, and when nothing is asked twice.

use std::time::Duration;

use kossori_api::{Code, Event, PROTOCOL, Problem};
use serde_json::json;
use tokio::time::timeout;

use super::tests::{LIMIT, Manner, Place};
use super::{Refused, Told};
use crate::page::Connection::{Connected, Starting};

#[tokio::test]
async fn nobody_is_started_for_a_window_whose_person_quits() {
    let place = Place::new();
    place.has_a_resident();
    let mut host = place.host(Manner::Sulks);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    let asking = tokio::spawn(session.ask(json!({ "do": "resume" })));
    host.call().await;
    host.events.send(&Event::Leaving).unwrap();
    assert_eq!(saying.next().await, Told::Leaving);
    host.dies().await;
    let problem = Problem::new(Code::Retiring);
    assert_eq!(saying.next().await, Told::Gone(problem.clone()));
    let refused = Err(Refused::Problem(problem));
    assert_eq!(timeout(LIMIT, asking).await.unwrap().unwrap(), refused);
    assert_eq!(session.ask(json!({ "do": "status" })).await, refused);
    assert!(place.started().is_empty());
    drop(session);
    timeout(LIMIT, saying.living).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn one_that_comes_back_beside_another_window_says_nothing_new_and_tries_again() {
    let place = Place::new();
    place.has_a_resident();
    let host = place.host(Manner::Echoes);
    let (_session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    host.dies().await;
    let host = place.host_of(PROTOCOL, Manner::Echoes, Some("window_open"));
    saying.says(&[Starting]).await;
    assert_eq!(saying.next().await, Told::OtherWindow);
    assert_eq!(saying.next().await, Told::Gone(Problem::new(Code::HostGone)));
    let shows: Vec<_> = host
        .newcomers
        .lock()
        .unwrap()
        .iter()
        .map(|(_, shows)| shows.clone())
        .collect();
    assert_eq!(
        shows,
        [Some("nothing".to_owned())],
        "the other one is not brought up"
    );
    host.dies().await;
    let _host = place.host(Manner::Echoes);
    saying.says(&[Starting, Connected]).await;
}

/// The system asks a person because of these: a second time only by a second click.
#[tokio::test]
async fn what_may_ask_a_person_is_not_sent_again() {
    let place = Place::new();
    place.has_a_resident();
    let mut host = place.host(Manner::Sulks);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    let asking = tokio::spawn(session.ask(json!({ "do": "unlock" })));
    host.call().await;
    host.dies().await;
    let refused = timeout(LIMIT, asking).await.unwrap().unwrap();
    assert_eq!(refused, Err(Refused::Problem(Code::HostGone.into())));
    saying.says(&[Starting]).await;
    let mut host = place.host(Manner::Echoes);
    saying.says(&[Connected]).await;
    let status = session.ask(json!({ "do": "status" })).await;
    assert_eq!(status, Ok(json!({ "do": "status" })));
    assert_eq!(host.call().await["request"]["do"], "status");
    assert!(
        timeout(Duration::from_millis(50), host.calls.recv())
            .await
            .is_err()
    );
}
