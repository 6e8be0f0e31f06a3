//! The contract between the programs: requests, answers, events, error codes. Data only. The command line's JSON
//! is these views as they stand, and the window's TypeScript is generated from them.

mod code;
mod preferences;
mod input;
mod request;
mod view;
mod wire;
#[cfg(test)]
mod typescript;

pub use code::{Code, Exit};
pub use input::{
    ContentInput, CostPatch, FaultInput, HolidayTableInput, JournalInput, MediaInput, PartInput, PeriodInput,
    PeriodPatch, PictureChunkInput, PictureFileInput, PostInput, Resolution, SecretInput, WhenInput,
};
pub use preferences::{LanguageChoice, PreferencesPatch, ThemeChoice};
pub use request::Request;
pub use view::{
    AccountAdded, AccountChanged, AccountCheck, AccountRemoved, AccountView, Accounts, BackupView, Backups,
    BellsView, Check, ClosedAdded, ClosedList, ClosedView, ContentView, CostPrices, CostView, DaysOff,
    Deliveries, DeliveryDetail, DeliveryView, Doctor, DraftAdded, DraftDetail, DraftView, Drafts,
    FindingView, Findings, HolidayView, HolidaysView, Hours, Journal, JournalView, Moved, MovedView,
    OpenView, OvertimeView, PartView, PictureAdded, PictureBegun, PictureThumb, PictureView, PieceView, Plan,
    PlanView, PostAdded, Preferences, QueuedView, ReceiptView, RefersView, Removed, Resolved, RunView,
    ShortcutsView, SignInBegun, SpacingPart, SpacingView, SpanView, Spans, Spread, Status, Timeline,
    TimelinePictureView, TimelinePostView, TrialView, TryView, VisibilityDiffersView, WaitView, WhyNotSooner,
    WillSendView, WindowView, Windows, WorkView,
};
pub use wire::{Call, Event, PROTOCOL, Problem, Reply, TYPED, WAY_BACK};

pub use kossori_core::network::{Field, Network, Persona, Said, Visibility, Way};
pub use kossori_core::shortcut::{Key, Shortcut};
