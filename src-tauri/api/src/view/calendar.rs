//! When something may go out, how far apart, at what cost, and what a person prefers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::posting::MovedView;
use crate::preferences::{LanguageChoice, ThemeChoice};

/// Of a host that does not say so yet.
fn yes() -> bool {
    true
}

views! {
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
}
