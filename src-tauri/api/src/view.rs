//! What is answered. Times are RFC 3339 with offset and milliseconds; null where nothing is known.

use std::collections::BTreeMap;

use kossori_core::quiet::Quiet;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::preferences::{LanguageChoice, ThemeChoice};
use crate::request::WhenInput;

/// A field as `Debug` shows it. What bears one of these names holds what a person wrote, in every view.
macro_rules! shown {
    (text, $value:expr) => {
        &Quiet($value)
    };
    (alt, $value:expr) => {
        &Quiet($value)
    };
    (cw, $value:expr) => {
        &Quiet($value)
    };
    (reply_to, $value:expr) => {
        &Quiet($value)
    };
    (quote, $value:expr) => {
        &Quiet($value)
    };
    (repost, $value:expr) => {
        &Quiet($value)
    };
    (variants, $value:expr) => {
        &Quiet($value)
    };
    (base64, $value:expr) => {
        &Quiet($value)
    };
    (server_words, $value:expr) => {
        &Quiet($value)
    };
    ($field:ident, $value:expr) => {
        $value
    };
}

/// Of a host that does not say so yet.
fn yes() -> bool {
    true
}

macro_rules! views {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
        pub struct $name { $($(#[$field_meta])* pub $field: $kind,)* }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $name { $($field,)* } = self;
                f.debug_struct(stringify!($name))$(.field(stringify!($field), shown!($field, $field)))*.finish()
            }
        }
    )*

        /// Every view's TypeScript, in order.
        #[cfg(test)]
        pub(crate) fn declarations(config: &ts_rs::Config) -> Vec<String> {
            vec![$(<$name as TS>::decl(config)),*]
        }
    };
}

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

    WindowView {
        name: String,
        title: String,
        days: Vec<String>,
        from: String,
        to: String,
        zone: Option<String>,
        accounts: Option<Vec<String>>,
        holidays: String,
        enabled: bool,
        first_day: Option<String>,
        last_day: Option<String>,
    }
    Windows { windows: Vec<WindowView>, moved: Vec<MovedView>, now_next: u32 }
    Hours { hours: Vec<WindowView>, moved: Vec<MovedView> }
    /// `name`: the catalogues' `holiday.*`.
    HolidayView { date: String, name: String }
    HolidaysView {
        table: String,
        covered_from: Option<i16>,
        covered_to: Option<i16>,
        /// Those of the year that begins today.
        #[serde(default)]
        coming: Vec<HolidayView>,
        moved: Vec<MovedView>,
    }

    OpenView { from: String, to: String, window: String }
    WillSendView { delivery: String, at: String }
    WaitView { delivery: String, reason: String, until: Option<String> }
    /// After a break, pause, closing, overtime or day off: what is open in the next 24 h, what will go, what waits.
    Spread { open: Vec<OpenView>, will_send: Vec<WillSendView>, waits: Vec<WaitView>, moved: Vec<MovedView> }
    ClosedView { id: String, from: String, to: String }
    ClosedAdded {
        id: String,
        open: Vec<OpenView>,
        will_send: Vec<WillSendView>,
        waits: Vec<WaitView>,
        moved: Vec<MovedView>,
    }
    ClosedList { closed: Vec<ClosedView> }
    /// Nulls where there is none, or it is over.
    OvertimeView { from: Option<String>, until: Option<String> }
    /// In order, those that have passed too.
    DaysOff { days: Vec<String> }

    SpacingPart { gap_minutes: u32, per_window: u32, jitter: bool, persona_gap_minutes: u32 }
    SpacingView { default: SpacingPart, accounts: BTreeMap<String, SpacingPart>, moved: Vec<MovedView> }

    /// In dollars.
    CostPrices { post: f64, post_with_link: f64, picture_text: f64, delete: f64, read: f64 }
    /// What was spent in `month` (`YYYY-MM`, in UTC), by account too. Reading is an estimate: only the network knows what it
    /// counts.
    CostView {
        cap_usd: Option<f64>,
        spent_usd: f64,
        left_usd: Option<f64>,
        month: String,
        prices: CostPrices,
        accounts: BTreeMap<String, f64>,
        moved: Vec<MovedView>,
    }

    Preferences {
        language: LanguageChoice,
        theme: ThemeChoice,
        /// `HH:MM` by the system's clock; null: no digest.
        digest_at: Option<String>,
        /// The resident starts when the person signs in.
        autostart: bool,
        /// It can be chosen here: the system's way is built, and this is the usual folder.
        #[serde(default = "yes")]
        autostart_possible: bool,
        veil: bool,
        /// Keys that are heard everywhere, as `Ctrl+Alt+K`; null: none.
        #[serde(default)]
        shortcut_write: Option<String>,
        #[serde(default)]
        shortcut_hide: Option<String>,
        first_run_done: bool,
        awake_told: bool,
        /// The person has read what to do where the desktop shows no tray icons.
        #[serde(default)]
        tray_told: bool,
    }

    /// A piece of one window's occurrence in which its accounts may publish; `break` is a break now. `accounts`: null
    /// for all.
    SpanView { from: String, to: String, window: String, accounts: Option<Vec<String>> }
    WorkView { from: String, to: String, accounts: Option<Vec<String>> }
    /// Cut at both ends of what was asked for, by `from`. `work`: overtime too.
    Spans { open: Vec<SpanView>, work: Vec<WorkView> }

    WhyNotSooner { code: String, until: Option<String>, text: String }
    PlanView {
        id: String,
        account: String,
        planned_at: Option<String>,
        window: Option<String>,
        reason: Option<String>,
        why_not_sooner: Vec<WhyNotSooner>,
    }
    Plan { deliveries: Vec<PlanView>, notes: Vec<String> }
    RunView {
        sent: u64,
        rejected: u64,
        unknown: u64,
        needs_you: u64,
        waiting: u64,
        next_at: Option<String>,
        done: bool,
    }
    Status {
        /// `resident`, `run` or `none`.
        host: String,
        /// `idle`, `queued`, `paused` or `needs_you`.
        state: String,
        next_at: Option<String>,
        counts: BTreeMap<String, u64>,
        /// Why nothing at all goes out now, if so.
        reason: Option<String>,
        /// What has waited too long, in the words of `reason` and `state`; what matters most first.
        #[serde(default)]
        waits: Vec<String>,
        /// When the break that runs now ends, and the pause, if that has an end.
        break_until: Option<String>,
        paused_until: Option<String>,
        /// Whether the desktop shows the resident's icon; null where nobody knows, or no icon is built.
        #[serde(default)]
        tray: Option<bool>,
        /// What the desktop lets the resident do about keys that are heard everywhere; null where no resident asked it.
        #[serde(default)]
        shortcuts: Option<ShortcutsView>,
        #[serde(default)]
        drafts: u64,
        /// Deliveries that others see than were meant to, and that were not taken down.
        #[serde(default)]
        visibility_differs: u64,
    }
    /// `desktop`: `x11`, where they are heard; `wayland`, where the desktop itself has to be told of the command; `none`, where
    /// no way is built. `taken`: those of `write` and `hide` that another program has.
    ShortcutsView { desktop: String, taken: Vec<String> }

    JournalView {
        at: String,
        delivery: Option<String>,
        attempt: Option<String>,
        event: String,
        detail: Option<String>,
        #[serde(default)]
        account: Option<String>,
    }
    /// Oldest first. `more`: with it as `until` comes what lies before. `deliveries`: those that the entries name, as they are
    /// now, if outcomes were asked for.
    Journal {
        entries: Vec<JournalView>,
        #[serde(default)]
        more: Option<String>,
        #[serde(default)]
        deliveries: Vec<DeliveryView>,
    }

    TimelinePictureView { alt: String, sha256: String }
    TimelinePostView {
        id: String,
        text: String,
        published_at: String,
        reply_to: Option<String>,
        cw: Option<String>,
        media: Vec<TimelinePictureView>,
    }
    Timeline { posts: Vec<TimelinePostView> }

    /// `whole`: all of it checks, so it can be restored; `None` where the keyring does not say.
    BackupView { id: String, at: String, why: String, bytes: u64, whole: Option<bool> }
    Backups { backups: Vec<BackupView> }
    Check { name: String, ok: bool, message: String, hint: Option<String> }
    Doctor { checks: Vec<Check> }
}
