use jiff::SignedDuration;

use super::{Answer, Becomes, Receipt, Refusal, Why, becomes, retry_after};

fn receipt() -> Receipt {
    Receipt {
        ids: vec!["1".to_owned()],
        url: None,
        visibility: None,
        last_url: None,
    }
}

fn posted(author: Option<&str>) -> Answer {
    Answer::Posted {
        receipt: receipt(),
        author: author.map(str::to_owned),
    }
}

fn refused(status: u16, kind: Refusal) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: "code".to_owned(),
        words: "words".to_owned(),
    }
}

/// RULES.md 4, row by row, in an attempt that had no refresh yet.
#[test]
fn every_answer_becomes_what_the_table_says() {
    let limited = |asked| Refusal::RateLimit { retry_after: asked };
    let minutes = SignedDuration::from_mins;
    let rejected = || Becomes::Rejected {
        code: "code".to_owned(),
        words: "words".to_owned(),
    };
    let not_yet = || Becomes::NotYet {
        code: "code".to_owned(),
        words: "words".to_owned(),
    };
    let mut table = vec![
        (Answer::NeverLeft, Becomes::Queued(Why::NeverLeft)),
        (refused(401, Refusal::Token), Becomes::RefreshOnce),
        (refused(403, Refusal::Token), Becomes::RefreshOnce),
        (refused(400, Refusal::Nonce), Becomes::RefreshOnce),
        (
            refused(429, limited(Some(minutes(3)))),
            Becomes::Queued(Why::RateLimit(minutes(3))),
        ),
        (
            refused(429, limited(None)),
            Becomes::Queued(Why::RateLimit(minutes(15))),
        ),
        (
            refused(402, Refusal::OutOfCredit),
            Becomes::Queued(Why::OutOfCredit),
        ),
        (refused(403, Refusal::Duplicate), Becomes::Unknown),
        (refused(409, Refusal::Duplicate), Becomes::Unknown),
        (
            refused(422, Refusal::DuplicateOf(Box::new(receipt()))),
            Becomes::SentBefore(receipt()),
        ),
        (posted(Some("me")), Becomes::Sent(receipt())),
        // Not by the account that was claimed, or by nobody knows whom.
        (posted(Some("other")), Becomes::Unknown),
        (posted(None), Becomes::Unknown),
        (Answer::Unclear { status: None }, Becomes::Unknown),
        (Answer::Unclear { status: Some(200) }, Becomes::Unknown),
        (Answer::Unclear { status: Some(422) }, Becomes::Unknown),
    ];
    for status in 300..600 {
        let plain = matches!(status, 400 | 403 | 404 | 413 | 422 | 426);
        table.push((
            refused(status, Refusal::Other),
            if plain { rejected() } else { Becomes::Unknown },
        ));
        let may_come = matches!(status, 400 | 403 | 404 | 422);
        table.push((
            refused(status, Refusal::NoParent),
            if may_come { not_yet() } else { Becomes::Unknown },
        ));
    }
    for (answer, expected) in table {
        let said = format!("{answer:?}");
        assert_eq!(becomes(answer, "me", false), expected, "{said}");
    }
}

#[test]
fn one_refresh_an_attempt_and_then_a_person_signs_in() {
    for kind in [Refusal::Token, Refusal::Nonce] {
        let again = becomes(refused(401, kind.clone()), "me", true);
        assert_eq!(again, Becomes::Queued(Why::NeedsSignIn), "{kind:?}");
    }
    // It changes nothing else.
    assert_eq!(becomes(posted(Some("me")), "me", true), Becomes::Sent(receipt()));
    assert_eq!(becomes(posted(Some("other")), "me", true), Becomes::Unknown);
    assert_eq!(
        becomes(refused(500, Refusal::Other), "me", true),
        Becomes::Unknown
    );
}

#[test]
fn a_server_is_let_alone_for_as_long_as_it_asks_between_a_second_and_a_day() {
    let seconds = SignedDuration::from_secs;
    for (asked, granted) in [
        (Some(-5), 1),
        (Some(0), 1),
        (Some(1), 1),
        (Some(90), 90),
        (Some(86_400), 86_400),
        (Some(86_401), 86_400),
        (None, 900),
    ] {
        assert_eq!(retry_after(asked.map(seconds)), seconds(granted), "{asked:?}");
    }
}
