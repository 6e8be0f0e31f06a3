//! The adapter against a server that answers as LinkedIn is documented to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{
    Begun, CallError, CameBack, CleanPicture, Drawn, Frozen, Look, Outgoing, OutgoingPart, OutgoingPicture,
    Publisher, Session, SignIn,
};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::LinkedIn;
use crate::testing::{Does, FixedClock, Seen, Stub, json, now, options, says, session};

const TOKENS: &str = r#"{"access_token":"t0ken","ends_at":null}"#;
const ALICE: &str = "urn:li:person:AlIcE_1";
const POST: &str = "urn:li:share:7141138937766391808";

fn adapter() -> LinkedIn {
    LinkedIn::new(Arc::new(FixedClock), &options())
}

fn alice(server: &str) -> Session {
    session(Network::LinkedIn, server, ALICE, TOKENS)
}

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::LinkedIn,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: Some("my-app".to_owned()),
        client_secret: Some(Secret::new("my-secret\n".to_owned())),
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn drawn() -> Drawn {
    Drawn {
        state: [0xab; 16],
        verifier: [1; 32],
    }
}

fn state() -> String {
    "ab".repeat(16)
}

fn outgoing(text: &str, pictures: Vec<OutgoingPicture>) -> Outgoing {
    let part = OutgoingPart {
        text: text.to_owned(),
        pictures,
    };
    Outgoing {
        parts: vec![part],
        cw: Some("not known here".to_owned()),
        visibility: None,
        lang: Some("ja".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

fn picture(alt: &str) -> OutgoingPicture {
    let bytes: Arc<[u8]> = Arc::from(&b"not really a picture"[..]);
    let picture = CleanPicture {
        bytes,
        mime: "image/png".to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

async fn frozen(text: &str) -> Frozen {
    let session = alice("http://127.0.0.1:9");
    adapter()
        .freeze(&session, &outgoing(text, Vec::new()))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_share_of_another_post() {
    let session = alice("http://127.0.0.1:9");
    let url = "https://www.linkedin.com/feed/update/urn:li:share:71/";
    let mut quote = outgoing("look (here)", Vec::new());
    quote.quote = Some(url.to_owned());
    let mut repost = outgoing("", Vec::new());
    repost.repost = Some(url.to_owned());
    for (post, commentary) in [(&quote, "look \\(here\\)"), (&repost, "")] {
        let stub = Stub::start(|_| says(201, &[("x-restli-id", "urn:li:share:72")], "")).await;
        let frozen = adapter().freeze(&session, post).await.unwrap();
        let answer = adapter().post(&alice(&stub.url), &frozen, 0, None).await;
        assert!(
            matches!(&answer, Answer::Posted { receipt, .. } if receipt.ids == ["urn:li:share:72"]),
            "{answer:?}"
        );
        let sent = stub.seen()[0].json();
        assert_eq!(sent["reshareContext"], json!({"parent": "urn:li:share:71"}));
        assert_eq!(
            (&sent["commentary"], &sent["visibility"]),
            (&json!(commentary), &json!("PUBLIC"))
        );
        assert_eq!(sent.get("content"), None);
        let look = adapter().look(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(look, Ok(Look::CannotTell));
    }
    let activity = "https://www.linkedin.com/feed/update/urn:li:activity:71/";
    quote.quote = Some(activity.to_owned());
    repost.repost = Some(activity.to_owned());
    for (post, code) in [(&quote, "quote_not_found"), (&repost, "repost_not_found")] {
        let refused = adapter().freeze(&session, post).await.unwrap_err();
        assert_eq!(refused_code(&refused), code);
    }
    let mut pictured = outgoing("look", vec![picture("a cat")]);
    pictured.quote = Some(url.to_owned());
    let refused = adapter().freeze(&session, &pictured).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
}

fn refused_code(error: &CallError) -> &str {
    match error {
        CallError::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

fn userinfo(seen: &Seen) -> Does {
    if seen.header("authorization") == Some("Bearer t0ken") {
        json(
            200,
            &json!({"sub": "AlIcE_1", "name": "Alice Example", "locale": "ja"}),
        )
    } else {
        json(
            401,
            &json!({"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"}),
        )
    }
}

#[tokio::test]
async fn signing_in_by_token() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/v2/userinfo" => userinfo(seen),
        path => panic!("{path}"),
    })
    .await;
    let in_60_days = now().checked_add(SignedDuration::from_hours(60 * 24)).unwrap();
    let mut wish = sign_in(&stub.url);
    for (given, ends) in [
        ("t0ken\n", Some(in_60_days)),
        (
            r#"{"access_token":"t0ken","expires_in":5184000,"scope":"x"}"#,
            Some(in_60_days),
        ),
        (r#"{"access_token":"t0ken","expires_in":-1}"#, Some(in_60_days)),
        (
            r#"{"access_token":"t0ken","expires_in":9223372036854775807}"#,
            Some(in_60_days),
        ),
    ] {
        wish.secret = Some(Secret::new(given.to_owned()));
        let signed_in = adapter().sign_in(&wish).await.unwrap();
        assert_eq!(signed_in.server, stub.url);
        assert_eq!(signed_in.handle, "Alice Example");
        assert_eq!(signed_in.author_id, ALICE);
        assert_eq!(signed_in.session_ends_at, ends, "{given}");
        assert_eq!(signed_in.about.limits, Network::LinkedIn.default_limits());
        let author = adapter()
            .author(&session(
                Network::LinkedIn,
                &stub.url,
                ALICE,
                signed_in.tokens.expose(),
            ))
            .await
            .unwrap();
        assert_eq!(author.id, ALICE);
    }
    wish.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&wish).await.unwrap_err();
    let expected = CallError::Token {
        code: "invalid_access_token".to_owned(),
        words: "Invalid access token".to_owned(),
    };
    assert_eq!(refused, expected);
    wish.secret = Some(Secret::new("line\r\nbreak".to_owned()));
    assert_eq!(adapter().sign_in(&wish).await.unwrap_err(), CallError::Offline);
    wish.secret = None;
    assert_eq!(
        adapter().sign_in(&wish).await.unwrap_err(),
        CallError::Unsupported("no_token")
    );
}

#[tokio::test]
async fn only_a_stand_in_on_this_machine() {
    for (server, local) in [
        ("https://linkedin.example", true),
        ("http://192.168.0.3:80", true),
        ("http://127.0.0.1:1", false),
    ] {
        let mut wish = sign_in(server);
        wish.secret = Some(Secret::new("t0ken".to_owned()));
        wish.local_server = local;
        assert_eq!(
            adapter().sign_in(&wish).await.unwrap_err(),
            CallError::AddressRefused,
            "{server}"
        );
        let begun = adapter().begin(&wish, None, &drawn()).await;
        assert_eq!(begun.unwrap_err(), CallError::AddressRefused, "{server}");
    }
}

#[tokio::test]
async fn somebody_without_a_sound_name() {
    for answer in [
        json!({}),
        json!({"sub": ""}),
        json!({"sub": 5}),
        json!({"sub": "a,b:c"}),
        json!([]),
    ] {
        let stub = Stub::start(move |_| json(200, &answer)).await;
        let asked = adapter().author(&alice(&stub.url)).await.unwrap_err();
        assert_eq!(asked, CallError::Unclear { status: Some(200) });
    }
    let stub = Stub::start(|_| json(200, &json!({"sub": "x", "name": " "}))).await;
    assert_eq!(adapter().author(&alice(&stub.url)).await.unwrap().handle, "x");
}

#[tokio::test]
async fn signing_in_by_browser() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/v2/userinfo" => userinfo(seen),
        "/oauth/v2/accessToken" => {
            let body = String::from_utf8(seen.body.clone()).unwrap();
            if body.contains("code=old") {
                return json(
                    400,
                    &json!({"error": "invalid_request", "error_description": "authorization code expired"}),
                );
            }
            let scope = if body.contains("code=narrow") {
                "openid,profile"
            } else {
                "openid,profile,w_member_social"
            };
            json(
                200,
                &json!({"access_token": "t0ken", "expires_in": 5184000, "scope": scope, "token_type": "Bearer"}),
            )
        }
        path => panic!("{path}"),
    })
    .await;
    let wish = sign_in(&stub.url);
    let begun = adapter()
        .begin(&wish, Some("http://127.0.0.1:8738/"), &drawn())
        .await
        .unwrap();
    let asked = format!(
        "{}/oauth/v2/authorization?response_type=code&client_id=my-app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8738%2F\
         &state={}&scope=openid+profile+w_member_social",
        stub.url,
        state()
    );
    assert_eq!(begun.url, asked);
    let back = |query: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        CameBack::Redirected(query.iter().map(own).collect())
    };
    let came = back(&[("code", "c0de"), ("state", &state())]);
    let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
    assert_eq!(signed_in.author_id, ALICE);
    let in_60_days = now().checked_add(SignedDuration::from_hours(60 * 24)).ok();
    assert_eq!(signed_in.session_ends_at, in_60_days);
    // Signed in again, the registration that the tokens came of need not be named: it lies with them in the keyring.
    let again = SignIn {
        client_id: None,
        client_secret: None,
        kept: Some(signed_in.tokens.clone()),
        ..sign_in(&stub.url)
    };
    let begun_again = adapter()
        .begin(&again, Some("http://127.0.0.1:8738/"), &drawn())
        .await
        .unwrap();
    assert_eq!(begun_again.url, begun.url);
    let signed_in_again = adapter().finish(&again, &begun_again, &came).await.unwrap();
    assert_eq!(signed_in_again.tokens.expose(), signed_in.tokens.expose());
    let asked: Vec<Seen> = stub.seen();
    let granted = || asked.iter().filter(|seen| seen.path == "/oauth/v2/accessToken");
    assert_eq!(granted().count(), 2);
    assert!(granted().all(|seen| seen.body == asked[0].body));
    assert_eq!(asked[0].header("authorization"), None);
    assert_eq!(
        String::from_utf8(asked[0].body.clone()).unwrap(),
        "grant_type=authorization_code&code=c0de&redirect_uri=http%3A%2F%2F127.0.0.1%3A8738%2F&client_id=my-app\
         &client_secret=my-secret"
    );

    // What came back, what becomes of it.
    for (came, expected) in [
        (back(&[("code", "c0de"), ("state", "other")]), "state_differs"),
        (
            back(&[("error", "user_cancelled_authorize"), ("state", &state())]),
            "access_denied",
        ),
        (back(&[("code", "old"), ("state", &state())]), "invalid_request"),
        (back(&[("code", "narrow"), ("state", &state())]), "scope_missing"),
    ] {
        let error = adapter().finish(&wish, &begun, &came).await.unwrap_err();
        assert_eq!(refused_code(&error), expected);
    }

    // Nobody listens: the address that the browser ended at is pasted, or its code.
    let begun = adapter().begin(&wish, None, &drawn()).await.unwrap();
    assert!(
        begun
            .url
            .contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8737%2F")
    );
    for pasted in [
        format!("http://127.0.0.1:8737/?code=c0de&state={}\n", state()),
        "c0de".to_owned(),
    ] {
        let came = CameBack::Pasted(Secret::new(pasted));
        let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
        assert_eq!(signed_in.author_id, ALICE);
    }
}

#[tokio::test]
async fn a_sign_in_by_browser_needs_a_registration() {
    let mut wish = sign_in("http://127.0.0.1:9");
    wish.client_secret = None;
    let missing = adapter().begin(&wish, None, &drawn()).await.unwrap_err();
    assert_eq!(missing, CallError::Unsupported("no_client_secret"));
    let mut wish = sign_in("http://127.0.0.1:9");
    wish.client_id = Some(" ".to_owned());
    let missing = adapter().begin(&wish, None, &drawn()).await.unwrap_err();
    assert_eq!(missing, CallError::Unsupported("no_client_id"));
    let garbage = Begun {
        url: String::new(),
        expects: String::new(),
        kept: Secret::new("?".to_owned()),
    };
    let came = CameBack::Pasted(Secret::new("c".to_owned()));
    let broken = adapter().finish(&wish, &garbage, &came).await.unwrap_err();
    assert_eq!(broken, CallError::Unsupported("kept"));
}

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|_| says(201, &[("x-restli-id", POST), ("x-linkedin-id", "other")], "")).await;
    let session = alice(&stub.url);
    let adapter = adapter();
    let frozen = frozen("Lunch (late) #昼休み https://example.com/a_b").await;
    let answer = adapter.post(&session, &frozen, 0, None).await;
    let receipt = Receipt {
        ids: vec![POST.to_owned()],
        url: Some(format!("{}/feed/update/{POST}/", stub.url)),
        visibility: None,
        last_url: None,
    };
    let author = Some(ALICE.to_owned());
    assert_eq!(answer, Answer::Posted { receipt, author });
    let seen = stub.seen();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str()),
        ("POST", "/rest/posts")
    );
    assert_eq!(seen[0].header("authorization"), Some("Bearer t0ken"));
    assert_eq!(seen[0].header("x-restli-protocol-version"), Some("2.0.0"));
    let version = seen[0].header("linkedin-version").unwrap();
    assert!(version.len() == 6 && version.starts_with("20"), "{version}");
    assert_eq!(
        seen[0].json(),
        json!({
            "author": ALICE,
            "commentary": r"Lunch \(late\) \#昼休み https://example.com/a\_b",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": false,
        })
    );

    // Not ours, not whole, or not readable: nothing leaves.
    for (record, part) in [
        (frozen.clone(), 1),
        (Frozen("{\"v\":2}".into()), 0),
        (Frozen("nonsense".into()), 0),
        (
            Frozen(r#"{"v":1,"commentary":"x","visibility":"PUBLIC","alts":["a"],"images":[]}"#.into()),
            0,
        ),
    ] {
        assert_eq!(
            adapter.post(&session, &record, part, None).await,
            Answer::NeverLeft
        );
    }
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn what_is_not_possible_there() {
    let session = alice("http://127.0.0.1:9");
    let adapter = adapter();
    let refuses = async |outgoing: Outgoing| adapter.freeze(&session, &outgoing).await.unwrap_err();
    let mut thread = outgoing("one", Vec::new());
    thread.parts.push(thread.parts[0].clone());
    assert_eq!(refuses(thread).await, CallError::Unsupported("thread"));
    let mut reply = outgoing("one", Vec::new());
    reply.reply_to = Some("https://www.linkedin.com/feed/update/x".to_owned());
    assert_eq!(refuses(reply).await, CallError::Unsupported("reply"));
    for visibility in [Visibility::Unlisted, Visibility::Direct] {
        let mut hidden = outgoing("one", Vec::new());
        hidden.visibility = Some(visibility);
        assert_eq!(refuses(hidden).await, CallError::Unsupported("visibility"));
    }
    let mut private = outgoing("one", Vec::new());
    private.visibility = Some(Visibility::Private);
    let frozen = adapter.freeze(&session, &private).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["visibility"], "CONNECTIONS");
    assert!(matches!(
        adapter.refresh(&session).await,
        Err(CallError::Token { .. })
    ));
    assert_eq!(adapter.access_ends_at(&session.tokens), None);
    assert_eq!(
        adapter.look(&session, &frozen, 0, None).await.unwrap(),
        Look::CannotTell
    );
}

fn refused(status: u16, kind: Refusal, code: &str, words: &str) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

/// The duplicate's twin; where it stands depends on the server.
fn twin() -> Refusal {
    Refusal::DuplicateOf(Box::new(Receipt {
        ids: vec![POST.to_owned()],
        ..Receipt::default()
    }))
}

fn at(url: &str, expected: Answer) -> Answer {
    let Answer::Refused {
        status,
        kind: Refusal::DuplicateOf(twin),
        code,
        words,
    } = expected
    else {
        return expected;
    };
    let twin = Receipt {
        url: Some(format!("{url}/feed/update/{POST}/")),
        ..*twin
    };
    refused(status, Refusal::DuplicateOf(Box::new(twin)), &code, &words)
}

#[tokio::test]
async fn what_the_answer_to_the_post_call_means() {
    let unclear = |status| Answer::Unclear { status: Some(status) };
    let duplicate = json!({
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": format!("com.linkedin.content.BadRequestResponseException: Content is a duplicate of {POST}"),
        "errorDetails": {"inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]},
        "status": 422,
    });
    let duplicate_words =
        format!("com.linkedin.content.BadRequestResponseException: Content is a duplicate of {POST}");
    let far = format!("{} Content is a duplicate of {POST}.", "x".repeat(600));
    let far = json!({"message": far, "status": 400});
    let html = |status| move || says(status, &[("Content-Type", "text/html")], "<html>");
    let cases: Vec<(Box<dyn Fn() -> Does + Send + Sync>, Answer)> = vec![
        (Box::new(|| says(201, &[], "")), unclear(201)),
        (Box::new(|| says(201, &[("x-restli-id", " ")], "")), unclear(201)),
        (
            Box::new(|| says(201, &[("x-restli-id", "urn:li:share:")], "")),
            unclear(201),
        ),
        (
            Box::new(|| says(201, &[("x-restli-id", "urn:li:person:AlIcE_1")], "")),
            unclear(201),
        ),
        (
            Box::new(|| says(201, &[("x-restli-id", "7141138937766391808")], "")),
            unclear(201),
        ),
        (Box::new(html(200)), unclear(200)),
        (Box::new(html(403)), unclear(403)),
        (Box::new(html(429)), unclear(429)),
        (Box::new(html(500)), unclear(500)),
        (
            Box::new(|| says(302, &[("Location", "https://elsewhere.example/")], "")),
            unclear(302),
        ),
        (
            Box::new(|| json(422, &json!({"message": "no status"}))),
            unclear(422),
        ),
        (Box::new(|| json(400, &json!([1]))), unclear(400)),
        (
            Box::new(|| json(500, &json!({"message": "Internal Server Error", "status": 500}))),
            unclear(500),
        ),
        (
            Box::new(|| json(503, &json!({"message": "x", "status": 503}))),
            unclear(503),
        ),
        (Box::new(|| Does::Hangs), Answer::Unclear { status: None }),
        (Box::new(|| Does::Waits), Answer::Unclear { status: None }),
        (
            Box::new(|| Does::Floods(b"HTTP/1.1 201 X\r\nx-restli-id: urn:li:share:5\r\n\r\n".to_vec())),
            unclear(201),
        ),
        (
            Box::new(|| Does::Drips(b"HTTP/1.1 422 X\r\nContent-Type: application/json\r\n\r\n{".to_vec())),
            unclear(422),
        ),
        (
            Box::new(|| {
                json(
                    401,
                    &json!({"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}),
                )
            }),
            refused(401, Refusal::Token, "revoked_access_token", "revoked"),
        ),
        (
            Box::new(|| {
                json(
                    403,
                    &json!({"status": 403, "serviceErrorCode": 65602, "message": "expired"}),
                )
            }),
            refused(403, Refusal::Token, "service_65602", "expired"),
        ),
        (
            Box::new(|| {
                json(
                    403,
                    &json!({"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough\npermissions"}),
                )
            }),
            refused(403, Refusal::Other, "access_denied", "Not enough permissions"),
        ),
        (
            Box::new(|| {
                says(
                    429,
                    &[("Content-Type", "application/json"), ("Retry-After", "60")],
                    r#"{"status":429,"message":"throttle limit"}"#,
                )
            }),
            refused(
                429,
                Refusal::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(60)),
                },
                "status_429",
                "throttle limit",
            ),
        ),
        (
            Box::new(move || json(422, &duplicate)),
            refused(422, twin(), "duplicate_post", &duplicate_words),
        ),
        // The post that it names is kept, however long the words.
        (
            Box::new(move || json(400, &far)),
            refused(400, twin(), "status_400", POST),
        ),
        (
            Box::new(|| json(409, &json!({"status": 409, "message": "Conflict"}))),
            refused(409, Refusal::Duplicate, "status_409", "Conflict"),
        ),
        (
            Box::new(|| {
                json(
                    426,
                    &json!({"status": 426, "code": "NONEXISTENT_VERSION", "message": "not active"}),
                )
            }),
            refused(426, Refusal::Other, "nonexistent_version", "not active"),
        ),
        (
            Box::new(|| {
                json(
                    422,
                    &json!({"status": 422, "message": "too long", "errorDetails": {"inputErrors": [{"code": "FIELD_LENGTH_TOO_LONG"}]}}),
                )
            }),
            refused(422, Refusal::Other, "field_length_too_long", "too long"),
        ),
    ];
    let adapter = adapter();
    let frozen = frozen("one").await;
    for (index, (does, expected)) in cases.into_iter().enumerate() {
        let stub = Stub::start(move |_| does()).await;
        let answer = adapter.post(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(answer, at(&stub.url, expected), "case {index}");
        assert_eq!(stub.seen().len(), 1, "it is never called twice: case {index}");
    }
    let nobody = alice("http://127.0.0.1:9");
    assert_eq!(adapter.post(&nobody, &frozen, 0, None).await, Answer::NeverLeft);
    let tokenless = session(Network::LinkedIn, "http://127.0.0.1:9", ALICE, "nonsense");
    assert_eq!(
        adapter.post(&tokenless, &frozen, 0, None).await,
        Answer::NeverLeft
    );
}

#[tokio::test]
async fn pictures_are_uploaded_and_waited_for() {
    let (begun, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stub = Stub::start(move |seen: &Seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/rest/images?action=initializeUpload") => {
            let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
            let host = seen.header("host").unwrap();
            json(
                200,
                &json!({"value": {"uploadUrlExpiresAt": 1, "uploadUrl": format!("http://{host}/upload/{number}"),
                                  "image": format!("urn:li:image:C4E{number}")}}),
            )
        }
        ("PUT", "/upload/1" | "/upload/2") => says(201, &[], ""),
        ("GET", "/rest/images/urn%3Ali%3Aimage%3AC4E1" | "/rest/images/urn%3Ali%3Aimage%3AC4E2") => {
            let ready = asked.fetch_add(1, Ordering::SeqCst) != 0;
            json(200, &json!({"status": if ready { "AVAILABLE" } else { "PROCESSING" }, "owner": ALICE}))
        }
        ("POST", "/rest/posts") => says(201, &[("X-RestLi-Id", POST)], ""),
        other => panic!("{other:?}"),
    })
    .await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let pictures = vec![picture("a cat (grey)"), picture("")];
    let frozen = adapter
        .freeze(&session, &outgoing("two", pictures.clone()))
        .await
        .unwrap();
    assert_eq!(
        adapter.post(&session, &frozen, 0, None).await,
        Answer::NeverLeft,
        "not without its pictures"
    );
    let ready = adapter.upload(&session, &frozen, 0, &pictures).await.unwrap();
    let again = adapter.upload(&session, &ready, 0, &pictures).await.unwrap();
    assert_eq!(ready, again, "it may be asked for again");
    assert!(matches!(
        adapter.post(&session, &ready, 0, None).await,
        Answer::Posted { .. }
    ));
    let seen = stub.seen();
    let upload = &seen[0];
    assert_eq!(
        upload.json(),
        json!({"initializeUploadRequest": {"owner": ALICE}})
    );
    assert_eq!(seen[1].body, b"not really a picture");
    assert_eq!(seen[1].header("content-type"), Some("image/png"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer t0ken"));
    let posted = seen.last().unwrap().json();
    // A description is no little text.
    assert_eq!(
        posted["content"],
        json!({"multiImage": {"images": [
            {"id": "urn:li:image:C4E1", "altText": "a cat (grey)"},
            {"id": "urn:li:image:C4E2"},
        ]}})
    );

    let one = Frozen(
        r#"{"v":1,"commentary":"","visibility":"PUBLIC","alts":["x"],"images":["urn:li:image:C4E1"]}"#.into(),
    );
    adapter.post(&session, &one, 0, None).await;
    let posted = stub.seen().last().unwrap().json();
    assert_eq!(
        posted["content"],
        json!({"media": {"id": "urn:li:image:C4E1", "altText": "x"}})
    );
}

#[tokio::test]
async fn uploads_that_fail() {
    let elsewhere = Stub::start(|_| says(201, &[], "")).await;
    let other = elsewhere.url.clone();
    // The upload's address (`None`: its own), the answer to the PUT, to the question, what comes of it.
    type Answers = (u16, &'static str, u16, &'static str);
    let cases: [(Answers, Result<(), CallError>); 7] = [
        ((201, "", 200, r#"{"status":"AVAILABLE"}"#), Ok(())),
        // It may not be asked.
        ((200, "", 403, r#"{"status":403,"message":"no"}"#), Ok(())),
        (
            (201, "", 200, r#"{"status":"PROCESSING"}"#),
            Err(CallError::Unclear { status: Some(200) }),
        ),
        (
            (201, "", 200, r#"{"status":"PROCESSING_FAILED"}"#),
            Err(CallError::Refused {
                status: 422,
                code: "picture_refused".to_owned(),
                words: "PROCESSING_FAILED".to_owned(),
            }),
        ),
        (
            (500, "oops", 200, "{}"),
            Err(CallError::Unclear { status: Some(500) }),
        ),
        (
            (400, r#"{"status":400,"message":"no picture"}"#, 200, "{}"),
            Err(CallError::Refused {
                status: 400,
                code: "status_400".to_owned(),
                words: "no picture".to_owned(),
            }),
        ),
        (
            (201, "", 429, "slow down"),
            Err(CallError::RateLimit { retry_after: None }),
        ),
    ];
    let adapter = adapter();
    for ((put, put_body, get, get_body), expected) in cases {
        let stub = Stub::start(move |seen: &Seen| {
            let typed = [("Content-Type", "application/json")];
            match seen.method.as_str() {
                "POST" => {
                    let host = seen.header("host").unwrap();
                    json(200, &json!({"value": {"uploadUrl": format!("http://{host}/u"), "image": "urn:li:image:C"}}))
                }
                "PUT" => says(put, &typed, put_body),
                _ => says(get, &typed, get_body),
            }
        })
        .await;
        let session = alice(&stub.url);
        let pictures = vec![picture("")];
        let frozen = adapter
            .freeze(&session, &outgoing("x", pictures.clone()))
            .await
            .unwrap();
        let uploaded = adapter.upload(&session, &frozen, 0, &pictures).await;
        assert_eq!(uploaded.map(|_| ()), expected);
    }

    // An address elsewhere gets the picture without the token; one that may not be called gets nothing.
    let stub = Stub::start(move |seen: &Seen| match seen.method.as_str() {
        "POST" => json(
            200,
            &json!({"value": {"uploadUrl": format!("{other}/u"), "image": "urn:li:image:C"}}),
        ),
        _ => json(200, &json!({"status": "AVAILABLE"})),
    })
    .await;
    let session = alice(&stub.url);
    let pictures = vec![picture("")];
    let frozen = adapter
        .freeze(&session, &outgoing("x", pictures.clone()))
        .await
        .unwrap();
    adapter.upload(&session, &frozen, 0, &pictures).await.unwrap();
    let seen = elsewhere.seen();
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, None));
    for value in [
        json!({"uploadUrl": "ftp://elsewhere.example/u", "image": "urn:li:image:C"}),
        json!({"uploadUrl": "https://me:secret@elsewhere.example/u", "image": "urn:li:image:C"}),
    ] {
        let stub = Stub::start(move |_| json(200, &json!({"value": value}))).await;
        let uploaded = adapter.upload(&alice(&stub.url), &frozen, 0, &pictures).await;
        assert_eq!(uploaded.unwrap_err(), CallError::AddressRefused);
    }
    for answer in [
        json!({}),
        json!({"value": {}}),
        json!({"value": {"uploadUrl": "x", "image": "urn:li:share:1"}}),
    ] {
        let stub = Stub::start(move |_| json(200, &answer)).await;
        let uploaded = adapter.upload(&alice(&stub.url), &frozen, 0, &pictures).await;
        assert_eq!(uploaded.unwrap_err(), CallError::Unclear { status: Some(200) });
    }
}

#[tokio::test]
async fn deleting() {
    for (status, body, expected) in [
        (204, "", Ok(())),
        (404, r#"{"status":404,"message":"gone"}"#, Ok(())),
        (404, "<html>", Ok(())),
        (
            403,
            r#"{"status":403,"message":"not yours"}"#,
            Err(CallError::Refused {
                status: 403,
                code: "status_403".to_owned(),
                words: "not yours".to_owned(),
            }),
        ),
        (500, "", Err(CallError::Unclear { status: Some(500) })),
    ] {
        let stub = Stub::start(move |_| says(status, &[("Content-Type", "application/json")], body)).await;
        let deleted = adapter().delete(&alice(&stub.url), POST).await;
        assert_eq!(deleted, expected, "{status}");
        let seen = stub.seen();
        assert_eq!(seen[0].method, "DELETE");
        assert_eq!(seen[0].path, "/rest/posts/urn%3Ali%3Ashare%3A7141138937766391808");
    }
}

#[test]
fn nothing_leaks() {
    let answered = format!("{:?}", sign_in("http://127.0.0.1:9"));
    assert!(!answered.contains("my-secret"), "{answered}");
}

/// As its account is kept, when it is signed in again.
#[tokio::test]
async fn the_networks_own_server_may_be_named() {
    let mut again = sign_in("https://api.linkedin.com");
    again.local_server = false;
    let begun = adapter()
        .begin(&again, Some("http://127.0.0.1:8737/"), &drawn())
        .await
        .unwrap();
    assert!(
        begun
            .url
            .starts_with("https://www.linkedin.com/oauth/v2/authorization?"),
        "{}",
        begun.url
    );
    let mut elsewhere = sign_in("https://other.example");
    elsewhere.local_server = false;
    let refused = adapter()
        .begin(&elsewhere, Some("http://127.0.0.1:8737/"), &drawn())
        .await
        .unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}
