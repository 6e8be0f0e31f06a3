//! What is answered. Times are RFC 3339 with offset and milliseconds; null where nothing is known.

/// A field as `Debug` shows it. What bears one of these names holds what a person wrote, in every view.
macro_rules! shown {
    (text, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (alt, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (cw, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (reply_to, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (quote, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (repost, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (variants, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (base64, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    (server_words, $value:expr) => {
        &kossori_core::quiet::Quiet($value)
    };
    ($field:ident, $value:expr) => {
        $value
    };
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

        /// The TypeScript of these views, in order.
        #[cfg(test)]
        pub(super) fn declarations(config: &ts_rs::Config) -> Vec<String> {
            vec![$(<$name as TS>::decl(config)),*]
        }
    };
}

mod posting;
mod calendar;
mod telling;

pub use calendar::{
    ClosedAdded, ClosedList, ClosedView, CostPrices, CostView, DaysOff, HolidayView, HolidaysView, Hours,
    OpenView, OvertimeView, Preferences, SpacingPart, SpacingView, SpanView, Spans, Spread, WaitView,
    WillSendView, WindowView, Windows, WorkView,
};
pub use posting::{
    AccountAdded, AccountChanged, AccountCheck, AccountRemoved, AccountView, Accounts, BellsView,
    ContentView, Deliveries, DeliveryDetail, DeliveryView, DraftAdded, DraftDetail, DraftView, Drafts,
    FindingView, Findings, Moved, MovedView, PartView, PictureAdded, PictureBegun, PictureThumb, PictureView,
    PieceView, PostAdded, QueuedView, ReceiptView, RefersView, Removed, Resolved, SignInBegun, TrialView,
    TryView, VisibilityDiffersView,
};
pub use telling::{
    BackupView, Backups, Check, Doctor, Journal, JournalView, Plan, PlanView, RunView, ShortcutsView, Status,
    Timeline, TimelinePictureView, TimelinePostView, WhyNotSooner,
};

/// Every view's TypeScript, in order.
#[cfg(test)]
pub(crate) fn declarations(config: &ts_rs::Config) -> Vec<String> {
    [
        posting::declarations(config),
        calendar::declarations(config),
        telling::declarations(config),
    ]
    .concat()
}
