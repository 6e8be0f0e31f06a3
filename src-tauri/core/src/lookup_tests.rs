use jiff::{SignedDuration, Timestamp};

use super::{LookTimes, Looked, Resend, Verdict, resend, verdict};
use crate::network::{Network, Software};

/// So many seconds after the outcome became unknown.
fn at(seconds: i64) -> Timestamp {
    let since: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
    since + SignedDuration::from_secs(seconds)
}

#[test]
fn looks_come_after_2_s_15_s_60_s_10_min_and_then_hourly() {
    let times = LookTimes::default();
    let looks: Vec<_> = (0..7).map(|looks| times.next(at(0), looks)).collect();
    assert_eq!(
        looks,
        [2, 15, 60, 600, 600 + 3600, 600 + 2 * 3600, 600 + 3 * 3600].map(at)
    );
    // However long it goes on, the moments do not run over.
    assert!(times.next(at(0), u32::MAX) > times.next(at(0), 1_000_000));
    assert_eq!(times.next(Timestamp::MAX, 4), Timestamp::MAX);
}

#[test]
fn the_intervals_are_a_parameter() {
    let times = LookTimes {
        first: Vec::new(),
        then_every: SignedDuration::from_secs(5),
        ..LookTimes::default()
    };
    assert_eq!(
        [0, 1, 2].map(|looks| times.next(at(0), looks)),
        [5, 10, 15].map(at)
    );
}

#[test]
fn only_where_a_second_copy_is_impossible_is_anything_resent() {
    let fifty = SignedDuration::from_mins(50);
    for software in Software::ALL {
        for network in Network::ALL {
            let expected = match network {
                Network::Bluesky | Network::Practice | Network::Threads => Resend::SameKey,
                // Where the key is locked: Akkoma makes two posts of two calls that are under way together.
                Network::Mastodon if software == Software::Mastodon => Resend::WithinKeyLife(fifty),
                _ => Resend::Never,
            };
            assert_eq!(resend(network, software), expected, "{network:?} {software:?}");
        }
    }
}

/// A look at `now` that found nothing.
fn found_nothing(resend: Resend, first_try: i64, now: i64) -> Verdict {
    verdict(
        &LookTimes::default(),
        resend,
        at(0),
        at(first_try),
        at(now),
        Looked::Absent,
    )
}

#[test]
fn what_may_be_resent_is_from_the_60_s_look_on() {
    for (now, expected) in [
        (15, Verdict::LookAgain),
        (59, Verdict::LookAgain),
        (60, Verdict::SendAgain),
        (600, Verdict::SendAgain),
        (90_000, Verdict::SendAgain),
    ] {
        assert_eq!(found_nothing(Resend::SameKey, 0, now), expected, "{now} s");
    }
}

#[test]
fn a_key_is_used_under_50_min_after_the_first_try_and_then_a_person_is_asked() {
    let life = Resend::WithinKeyLife(SignedDuration::from_mins(50));
    for (first_try, now, expected) in [
        (-10, 59, Verdict::LookAgain),
        (-10, 60, Verdict::SendAgain),
        // The first try counts, not the moment at which it became unknown.
        (-2_340, 659, Verdict::SendAgain),
        (-2_340, 660, Verdict::AskPerson),
        (-2_340, 661, Verdict::AskPerson),
        // By a clock that was set back since, nobody knows how old it is.
        (60, 60, Verdict::SendAgain),
        (61, 60, Verdict::LookAgain),
        (1_000, 600, Verdict::AskPerson),
        // Over before the person is to be asked.
        (-2_940, 60, Verdict::LookAgain),
        (-2_940, 599, Verdict::LookAgain),
        (-2_940, 600, Verdict::AskPerson),
    ] {
        assert_eq!(found_nothing(life, first_try, now), expected, "{first_try} {now}");
    }
}

#[test]
fn what_is_never_resent_is_asked_about_after_the_10_min_look() {
    for (now, expected) in [
        (60, Verdict::LookAgain),
        (599, Verdict::LookAgain),
        (600, Verdict::AskPerson),
        (90_000, Verdict::AskPerson),
    ] {
        assert_eq!(found_nothing(Resend::Never, 0, now), expected, "{now} s");
    }
}

#[test]
fn without_a_look_that_succeeded_a_person_is_asked_after_24_h_and_nothing_is_resent() {
    let day = 24 * 3600;
    for resend in [
        Resend::SameKey,
        Resend::WithinKeyLife(SignedDuration::from_hours(48)),
        Resend::Never,
    ] {
        for (now, expected) in [
            (60, Verdict::LookAgain),
            (600, Verdict::LookAgain),
            (day - 1, Verdict::LookAgain),
            (day, Verdict::AskPerson),
            (day + 1, Verdict::AskPerson),
        ] {
            let after = |looked| verdict(&LookTimes::default(), resend, at(0), at(0), at(now), looked);
            assert_eq!(after(Looked::FailedAgain), expected, "{resend:?} {now} s");
            assert_eq!(
                after(Looked::Failed),
                Verdict::LookAgain,
                "{resend:?} {now} s, the first"
            );
        }
    }
}
