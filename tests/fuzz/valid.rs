//! One request of each kind that the host understands, which the malformed ones are made of.

use std::collections::BTreeSet;

use kossori_api::Request;
use serde_json::{Value, json};

/// What is in the folder that they speak of.
#[derive(Clone, Debug)]
pub struct Known {
    pub account: String,
    pub draft: String,
    pub queued: String,
    pub window: String,
    pub closed: String,
}

/// Of some kinds there are several.
pub fn requests(known: &Known) -> Vec<Value> {
    let content = json!({
        "parts": [{"text": "お茶の時間です。https://example.org/?utm_source=x", "media": []}, {"text": "two", "media": []}],
        "cw": "tea", "visibility": "unlisted", "lang": "ja", "reply_to": null, "quote": null, "repost": null,
        "quiet_reply": false, "variants": {"bluesky": "another text"},
    });
    let post = json!({
        "accounts": [known.account], "content": content, "draft": null, "base_rev": null, "thread": true, "numbered": false,
        "when": {"at": "2026-11-30 12:30"}, "override_window": false, "expires": "2026-12-24T12:00:00+09:00", "hold": false,
        "confirm_persona": true, "zone": "Asia/Tokyo",
    });
    let period = json!({
        "days": "mon-fri", "from": "12:00", "to": "13:00", "zone": "Asia/Tokyo", "accounts": [known.account],
        "holidays": "skip", "first_day": "2026-11-30", "last_day": "2027-03-31",
    });
    let sign_in = json!({
        "account": null, "network": "mastodon", "handle": "me", "server": "https://social.example", "client_id": "id",
        "client_secret": null, "persona": "personal", "client_name": "Web", "local_server": false, "plc": null, "proxy": null,
        "paste": true,
    });
    let (account, queued) = (&known.account, &known.queued);
    let (mut writing, mut checked, mut begin) = (post.clone(), post, sign_in);
    writing["do"] = json!("post_add");
    checked["do"] = json!("post_check");
    begin["do"] = json!("sign_in_begin");
    let mut all = vec![
        writing,
        checked,
        begin,
        json!({"do": "account_add", "network": "practice", "handle": "me", "server": null, "secret": null, "client_id": null,
            "persona": "anonymous", "client_name": null, "local_server": false, "plc": null, "proxy": null}),
        json!({"do": "account_add", "network": "bluesky", "handle": "me.example", "server": "https://pds.example",
            "secret": "abcd-efgh", "client_id": null, "persona": "official", "client_name": null, "local_server": true,
            "plc": "http://127.0.0.1:1", "proxy": "socks5h://me:secret@127.0.0.1:1"}),
        json!({"do": "account_list"}),
        json!({"do": "account_check", "id": account}),
        json!({"do": "account_sign_in", "id": account, "secret": "a secret", "client_id": "id"}),
        json!({"do": "sign_in_wait", "id": account, "pasted": "https://here.example/?code=1&state=2"}),
        json!({"do": "sign_in_cancel", "id": account}),
        json!({"do": "account_sign_out", "id": account}),
        json!({"do": "account_edit", "id": account, "persona": "official", "client_name": "Web", "proxy": "http://127.0.0.1:1"}),
        json!({"do": "account_remove", "id": account}),
        json!({"do": "draft_add", "accounts": [account], "content": content}),
        json!({"do": "draft_edit", "id": known.draft, "base_rev": 1, "accounts": [account], "content": content}),
        json!({"do": "draft_list"}),
        json!({"do": "draft_show", "id": known.draft}),
        json!({"do": "draft_remove", "id": known.draft}),
        json!({"do": "picture_add", "path": "/no/such/picture.png"}),
        json!({"do": "picture_begin", "bytes": 67}),
        json!({"do": "picture_chunk", "upload": queued, "at": 0, "base64": "iVBORw0KGgo="}),
        json!({"do": "picture_end", "upload": queued}),
        json!({"do": "picture_thumb", "id": queued}),
        json!({"do": "post_delete", "id": queued}),
        json!({"do": "queue_list", "all": true}),
        json!({"do": "queue_show", "id": queued}),
        json!({"do": "queue_edit", "id": queued, "content": content, "thread": true, "numbered": true, "confirm_persona": true}),
        json!({"do": "queue_when", "id": queued, "when": {"window": known.window}, "override_window": false, "zone": "UTC"}),
        json!({"do": "queue_when", "id": queued, "when": {"from_day": {"day": "2026-12-01", "window": known.window}},
            "override_window": false, "zone": null}),
        json!({"do": "queue_when", "id": queued, "when": "next", "override_window": true, "zone": null}),
        json!({"do": "queue_move", "id": queued, "to": 1}),
        json!({"do": "queue_hold", "id": queued, "until": "2026-11-30 09:00", "zone": "Asia/Tokyo"}),
        json!({"do": "queue_approve", "id": queued, "confirm_persona": true, "anyway": false}),
        json!({"do": "queue_retry", "id": queued}),
        json!({"do": "queue_remove", "id": queued, "discard": false}),
        json!({"do": "queue_resolve", "id": queued, "resolution": {"there": {"url": "https://social.example/@me/1"}}}),
        json!({"do": "queue_resolve", "id": queued, "resolution": "not_there"}),
        json!({"do": "window_list"}),
        json!({"do": "window_add", "name": "tea", "title": "Tea", "period": period}),
        json!({"do": "window_edit", "name": known.window, "patch": {"title": "Noon", "days": "daily", "from": "11:30",
            "to": "12:30", "zone": "UTC", "accounts": [], "holidays": "also", "first_day": null, "last_day": "none"}}),
        json!({"do": "window_enable", "name": known.window, "enabled": false}),
        json!({"do": "window_remove", "name": known.window}),
        json!({"do": "hours_show"}),
        json!({"do": "hours_set", "period": period}),
        json!({"do": "hours_add", "period": period}),
        json!({"do": "hours_clear"}),
        json!({"do": "break_now", "minutes": 15, "accounts": [account], "practice_only": true}),
        json!({"do": "break_end"}),
        json!({"do": "pause", "duration": "90m", "until": null}),
        json!({"do": "pause", "duration": null, "until": "2026-11-30T09:00"}),
        json!({"do": "resume"}),
        json!({"do": "closed_add", "from": "2026-12-28 00:00", "to": "2027-01-04 00:00", "zone": "Asia/Tokyo"}),
        json!({"do": "closed_list"}),
        json!({"do": "closed_remove", "id": known.closed}),
        json!({"do": "overtime", "until": "22:00"}),
        json!({"do": "overtime_show"}),
        json!({"do": "overtime_end"}),
        json!({"do": "day_off", "date": "2026-11-30"}),
        json!({"do": "day_off_list"}),
        json!({"do": "day_off_remove", "date": "2026-11-30"}),
        json!({"do": "holidays_show"}),
        json!({"do": "holidays_set", "table": "jp"}),
        json!({"do": "spacing_show"}),
        json!({"do": "spacing_set", "account": account, "gap_minutes": 30, "per_window": 2, "jitter": true,
            "persona_gap_minutes": 10}),
        json!({"do": "spacing_as_all", "account": account}),
        json!({"do": "cost_show"}),
        json!({"do": "cost_set", "cap": "5.00", "post": "0.01", "post_with_link": "0.13", "picture_text": "0", "delete": "0.01",
            "read": "0.005"}),
        json!({"do": "preferences_show"}),
        json!({"do": "preferences_set", "language": "ja", "theme": "dark", "digest_at": "17:45", "autostart": true, "veil": true,
            "first_run_done": true, "awake_told": true, "tray_told": true}),
        json!({"do": "spans", "from": "2026-11-24T00:00:00+09:00", "to": "2026-12-01T00:00:00+09:00", "hours": [period]}),
        json!({"do": "plan", "days": 7, "on": null}),
        json!({"do": "plan", "days": null, "on": "2026-11-30"}),
        json!({"do": "status"}),
        json!({"do": "journal", "since": "2026-11-01"}),
        json!({"do": "timeline", "account": account}),
        json!({"do": "practice_next", "account": account, "fault": "lost-answer"}),
        json!({"do": "unlock"}),
        json!({"do": "hide"}),
        json!({"do": "adopt"}),
        json!({"do": "clock_confirm"}),
        json!({"do": "backup_list"}),
        json!({"do": "backup_make"}),
        json!({"do": "backup_restore", "id": "2026-11-24T12:00:00"}),
        json!({"do": "doctor"}),
        json!({"do": "run_progress"}),
        json!({"do": "retire"}),
    ];
    all.sort_by_key(kind);
    let read =
        |request: &Value| serde_json::from_value::<Request>(request.clone()).expect("a request of ours");
    // With every field that there is.
    all.iter()
        .map(|request| serde_json::to_value(read(request)).expect("it came as JSON"))
        .collect()
}

pub fn kind(request: &Value) -> String {
    request["do"].as_str().expect("a kind").to_owned()
}

/// What serde names when it meets one that is none.
fn kinds() -> BTreeSet<String> {
    let refused = serde_json::from_value::<Request>(json!({"do": "?"})).expect_err("no such request");
    let said = refused.to_string();
    let names = said.split('`').skip(3).step_by(2);
    names.map(str::to_owned).collect()
}

#[test]
fn there_is_one_of_each_kind_and_each_is_understood() {
    let known = Known {
        account: "a".to_owned(),
        draft: "d".to_owned(),
        queued: "q".to_owned(),
        window: "noon".to_owned(),
        closed: "c".to_owned(),
    };
    let all = requests(&known);
    let tried: BTreeSet<String> = all.iter().map(kind).collect();
    assert!(tried.len() > 60, "{tried:?}");
    assert_eq!(tried, kinds());
}
