//! Accounts, drafts, pictures, posts and what became of their deliveries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::input::WhenInput;

views! {
    AccountAdded { id: String, network: String, server: String, handle: String, persona: String }
    /// What may be made of another post by its address, as far as the account's server has it.
    RefersView {
        replies: bool,
        quotes: bool,
        reposts: bool,
        /// Its server rings none of its own for a reply; followers elsewhere may be rung.
        quiet_replies: bool,
    }
    /// What followers who asked for an alert at each post hear where no visibility was chosen: `rings`, `silent` or
    /// `unknown`. `reply`: each later part of a thread, too.
    BellsView { post: String, reply: String, repost: String }
    AccountView {
        id: String,
        network: String,
        server: String,
        handle: String,
        persona: String,
        /// What the program calls itself there, if a person chose a name.
        #[serde(default)]
        client_name: Option<String>,
        /// `ok`, `needs_sign_in`, `proxy_missing`, `out_of_credit`, `unreachable` or `refused`.
        health: String,
        session_ends_at: Option<String>,
        /// The kind of its proxy: `socks5h`, `http` or `https`.
        proxy: Option<String>,
        #[serde(default)]
        refers: RefersView,
        #[serde(default)]
        bells: BellsView,
        /// When its server was last asked about itself.
        #[serde(default)]
        checked_at: Option<String>,
    }
    Accounts { accounts: Vec<AccountView> }
    /// After a sign-in or -out, a check, an edit.
    AccountChanged {
        id: String,
        network: String,
        server: String,
        handle: String,
        persona: String,
        health: String,
        session_ends_at: Option<String>,
        proxy: Option<String>,
        moved: Vec<MovedView>,
    }
    /// `url` is for the person's browser; `until` is when it is given up.
    SignInBegun { id: String, url: String, until: String }
    /// The drafts are what its deliveries became.
    AccountRemoved { drafts: Vec<String>, moved: Vec<MovedView> }

    DraftAdded { id: String, rev: u64, findings: Vec<FindingView> }
    DraftView { id: String, text: String, accounts: Vec<String>, updated_at: String, rev: u64 }
    Drafts { drafts: Vec<DraftView> }
    PictureView { id: String, alt: String, mime: String, width: u32, height: u32, bytes: u64, sha256: String }
    /// `removed`: metadata was there and is gone.
    PictureAdded {
        #[serde(flatten)]
        picture: PictureView,
        removed: bool,
    }
    PictureBegun { upload: String }
    PictureThumb { mime: String, base64: String }
    PartView { text: String, media: Vec<PictureView> }
    /// All that was written, as an edit would begin with it.
    ContentView {
        parts: Vec<PartView>,
        cw: Option<String>,
        visibility: Option<String>,
        lang: Option<String>,
        reply_to: Option<String>,
        quote: Option<String>,
        repost: Option<String>,
        quiet_reply: bool,
        /// Network to text.
        variants: BTreeMap<String, String>,
    }
    DraftDetail {
        id: String,
        text: String,
        accounts: Vec<String>,
        updated_at: String,
        rev: u64,
        cw: Option<String>,
        visibility: Option<String>,
        lang: Option<String>,
        reply_to: Option<String>,
        media: Vec<PictureView>,
        content: ContentView,
    }

    QueuedView { id: String, account: String, state: String, planned_at: Option<String>, window: Option<String> }
    MovedView { id: String, from: Option<String>, to: Option<String> }
    PostAdded { post: String, deliveries: Vec<QueuedView>, moved: Vec<MovedView>, findings: Vec<FindingView> }
    /// The answer of a command that changes a plan and has nothing else to say.
    Moved { moved: Vec<MovedView> }
    FindingView {
        rule: String,
        /// `block`, `hold`, `warn` or `note`.
        severity: String,
        /// The sentence, in the reader's language: filled in by the client.
        message: String,
        account: Option<String>,
        part: Option<u32>,
        /// In Unicode code points.
        from: Option<u32>,
        to: Option<u32>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        args: BTreeMap<String, String>,
    }
    AccountCheck {
        length: u32,
        limit: u32,
        bells: String,
        cost_usd: Option<f64>,
        parts: u32,
        /// How long a picture's description may be, in code points.
        #[serde(default)]
        alt_max: u32,
        /// The parts as they would go out.
        #[serde(default)]
        pieces: Vec<PieceView>,
    }
    PieceView {
        /// With its number, where the parts have one.
        text: String,
        length: u32,
        pictures: u32,
        bells: String,
        cost_usd: Option<f64>,
    }
    /// When it would go out if it were queued now.
    TrialView {
        /// The time that is drawn lies at most a quarter of an hour behind it.
        not_before: Option<String>,
        window: Option<String>,
        /// Why it has no time.
        reason: Option<String>,
    }
    Findings {
        findings: Vec<FindingView>,
        accounts: BTreeMap<String, AccountCheck>,
        /// By account; empty if that time cannot be asked for.
        times: BTreeMap<String, TrialView>,
    }

    /// Who was to see it, and who does, in the words of `visibility`.
    VisibilityDiffersView { asked: String, got: String }
    /// A part that is proved, from 1: the network's own id of it, and the address of its page where that is known.
    ReceiptView { part: u32, id: Option<String>, url: Option<String> }
    DeliveryView {
        id: String,
        post: String,
        account: String,
        state: String,
        reason: Option<String>,
        position: Option<u32>,
        planned_at: Option<String>,
        window: Option<String>,
        text: String,
        parts: u32,
        parts_sent: u32,
        attempts: u32,
        frozen: bool,
        expires_at: Option<String>,
        url: Option<String>,
        /// The API's code and the server's own words, if it said no.
        code: Option<String>,
        server_words: Option<String>,
        /// What that means where its documentation tells: the catalogues' `said.*`, with a next step in `said_next.*`.
        #[serde(default)]
        said: Option<String>,
        /// When the post call of an unknown outcome was first made.
        asked_at: Option<String>,
        looks: Option<u32>,
        /// No answer was lost: another copy of the folder may have sent it.
        #[serde(default)]
        copied: bool,
        /// The address of what may be it.
        alike: Option<String>,
        /// What it has waited for too long, in the words of `status.waits`.
        waits: Option<String>,
        sent_at: Option<String>,
        /// The address of the post that it hands on; its own text is empty then.
        repost: Option<String>,
        /// `post delete` has something to take down.
        #[serde(default)]
        deletable: bool,
        /// Since when nothing of it is there any more.
        deleted_at: Option<String>,
        /// Parts that were sent and not taken down, from 1.
        #[serde(default)]
        parts_there: Vec<u32>,
        visibility_differs: Option<VisibilityDiffersView>,
        /// What was asked for; `planned_at` is what came of it.
        #[serde(default)]
        when: WhenInput,
        #[serde(default)]
        override_window: bool,
        /// When a held one asks again.
        #[serde(default)]
        hold_until: Option<String>,
        #[serde(default)]
        receipts: Vec<ReceiptView>,
    }
    Deliveries { deliveries: Vec<DeliveryView> }
    TryView {
        n: u32,
        part: u32,
        began_at: String,
        ended_at: Option<String>,
        outcome: Option<String>,
        code: Option<String>,
    }
    DeliveryDetail {
        #[serde(flatten)]
        delivery: DeliveryView,
        findings: Vec<FindingView>,
        tries: Vec<TryView>,
        content: ContentView,
    }
    /// After a person decided about an unknown outcome.
    Resolved {
        #[serde(flatten)]
        detail: DeliveryDetail,
        moved: Vec<MovedView>,
    }
    /// `draft`: the text, back as a draft; null if it was discarded.
    Removed { draft: Option<String>, moved: Vec<MovedView> }
}
