//! What is told when somebody asks how things stand, what is to come and what was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::posting::DeliveryView;

views! {
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
