use std::sync::Arc;

use kossori_api::Event;

use super::{Ended, Show, Todo, What, WindowProgram, Windows};

struct Nothing;

#[async_trait::async_trait]
impl WindowProgram for Nothing {
    async fn run(&self, _what: What) -> Ended {
        Ended::Well
    }
}

fn windows() -> Windows {
    Windows::new(Arc::new(Nothing))
}

/// What a click comes to, in a word.
fn click(windows: &Windows, x: i32) -> String {
    let show = Show {
        what: What::Compose,
        at: Some((x, 0)),
    };
    match windows.click(show) {
        Todo::Tell(event) => told(Some(event)),
        Todo::Start(start) => format!("start {start}"),
        Todo::Wait => "wait".to_owned(),
    }
}

fn told(event: Option<Event>) -> String {
    match event {
        Some(Event::Show { x: Some(x), .. }) => format!("tell {x}"),
        None => "nothing".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn clicks_start_one_window_and_the_last_of_them_is_told_once_it_listens() {
    let windows = windows();
    assert_eq!(click(&windows, 1), "start 1");
    assert_eq!(click(&windows, 2), "wait", "it is starting");
    assert!(windows.is_there(), "as good as");
    assert!(windows.comes(7));
    assert_eq!(click(&windows, 3), "wait", "it is there and does not listen yet");
    assert_eq!(told(windows.listens(7)), "tell 3");
    assert_eq!(told(windows.listens(7)), "nothing", "told once");
    assert_eq!(click(&windows, 4), "tell 4");
    assert!(windows.is_there());
    windows.left(7);
    assert!(!windows.is_there());
    assert_eq!(click(&windows, 5), "start 2");
}

#[test]
fn a_second_window_is_not_let_in_and_its_end_is_not_the_firsts() {
    let windows = windows();
    assert!(windows.comes(7));
    assert!(!windows.comes(8));
    windows.left(8);
    assert_eq!(told(windows.listens(8)), "nothing");
    assert_eq!(told(windows.listens(7)), "nothing");
    assert_eq!(click(&windows, 1), "tell 1");
}

#[test]
fn a_start_that_came_to_nothing_is_known_until_a_window_comes() {
    let windows = windows();
    let in_vain = |windows: &Windows| windows.known().not_opened;
    assert_eq!(click(&windows, 1), "start 1");
    windows.gave_up(1, true);
    assert!(!windows.ended(1, Ended::Well) && !in_vain(&windows));
    assert_eq!(click(&windows, 2), "start 2");
    windows.gave_up(2, true);
    assert!(windows.ended(2, Ended::Badly) && in_vain(&windows));
    assert_eq!(click(&windows, 3), "start 3");
    assert!(in_vain(&windows), "it may be in vain too");
    windows.gave_up(3, true);
    assert!(!windows.ended(3, Ended::Badly), "known already");
    assert!(windows.comes(7) && windows.opened() && !in_vain(&windows));
    assert!(!windows.opened(), "no news any more");
    windows.left(7);
    assert_eq!(click(&windows, 4), "start 4");
    assert!(windows.comes(8));
    assert!(!windows.ended(4, Ended::Badly), "it opened and ended badly later");
    assert!(!in_vain(&windows));
}

#[test]
fn one_that_died_or_does_not_come_may_be_started_again() {
    let windows = windows();
    assert_eq!(click(&windows, 1), "start 1");
    windows.gave_up(1, true);
    assert!(windows.comes(7), "started by hand");
    assert_eq!(
        told(windows.listens(7)),
        "nothing",
        "the click was for the one that died"
    );
    windows.left(7);
    assert_eq!(click(&windows, 2), "start 2");
    windows.gave_up(1, true);
    assert_eq!(
        click(&windows, 3),
        "wait",
        "an older start's end says nothing of this one"
    );
    windows.gave_up(2, false);
    assert!(windows.comes(9), "it was only slow");
    assert_eq!(told(windows.listens(9)), "tell 3");
}
