//! What may be asked. Times and durations travel as the person typed them: the host reads them in its zone.

use kossori_core::network::{Network, Persona};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::input::{
    ContentInput, CostPatch, FaultInput, HolidayTableInput, JournalInput, PeriodInput, PeriodPatch,
    PictureChunkInput, PictureFileInput, PostInput, Resolution, SecretInput, WhenInput,
};
use crate::preferences::PreferencesPatch;

#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    AccountAdd {
        #[ts(type = "string")]
        network: Network,
        /// Bluesky's handle, practice's name.
        handle: Option<String>,
        server: Option<String>,
        #[serde(serialize_with = "SecretInput::reveal")]
        secret: Option<SecretInput>,
        /// Of the person's own registration with the network.
        client_id: Option<String>,
        #[ts(type = "\"personal\" | \"official\" | \"anonymous\" | null")]
        persona: Option<Persona>,
        client_name: Option<String>,
        local_server: bool,
        plc: Option<String>,
        /// `socks5h://[USER:PASSWORD@]HOST:PORT`, or the same with `http` or `https`.
        #[serde(serialize_with = "SecretInput::reveal")]
        proxy: Option<SecretInput>,
    },
    AccountList,
    AccountCheck {
        id: String,
    },
    AccountSignIn {
        id: String,
        #[serde(serialize_with = "SecretInput::reveal")]
        secret: Option<SecretInput>,
        /// Of the person's own registration, under which a token is renewed.
        #[serde(default)]
        client_id: Option<String>,
    },
    /// A sign-in by browser begins: for a new account, or for the one that `account` names. It is given up five minutes
    /// later, or with `SignInCancel`.
    SignInBegin {
        account: Option<String>,
        #[ts(type = "string | null")]
        network: Option<Network>,
        handle: Option<String>,
        server: Option<String>,
        client_id: Option<String>,
        #[serde(serialize_with = "SecretInput::reveal")]
        client_secret: Option<SecretInput>,
        #[ts(type = "\"personal\" | \"official\" | \"anonymous\" | null")]
        persona: Option<Persona>,
        client_name: Option<String>,
        local_server: bool,
        plc: Option<String>,
        /// As in `AccountAdd`. An account that is signed in again goes through its own.
        #[serde(serialize_with = "SecretInput::reveal")]
        proxy: Option<SecretInput>,
        /// What the browser shows at the end is pasted: nothing listens on this machine.
        paste: bool,
    },
    /// Waits for the browser, or takes what was pasted, and ends the sign-in.
    SignInWait {
        id: String,
        #[serde(serialize_with = "SecretInput::reveal")]
        pasted: Option<SecretInput>,
    },
    /// Its port is closed at once.
    SignInCancel {
        id: String,
    },
    AccountSignOut {
        id: String,
    },
    AccountEdit {
        id: String,
        #[ts(type = "\"personal\" | \"official\" | \"anonymous\" | null")]
        persona: Option<Persona>,
        client_name: Option<String>,
        /// As in `AccountAdd`; `none` or nothing removes it.
        #[serde(serialize_with = "SecretInput::reveal")]
        proxy: Option<SecretInput>,
    },
    AccountRemove {
        id: String,
    },

    DraftAdd {
        accounts: Vec<String>,
        content: ContentInput,
    },
    /// `base_rev`: the revision that the edit was made on; an older one makes a second draft. `None`: the newest.
    DraftEdit {
        id: String,
        base_rev: Option<u64>,
        accounts: Option<Vec<String>>,
        content: ContentInput,
    },
    DraftList,
    DraftShow {
        id: String,
    },
    DraftRemove {
        id: String,
    },

    /// Cleaned and kept at once; the file is never read again. From then on the picture is named by its id.
    PictureAdd(PictureFileInput),
    /// A pasted picture of so many bytes comes in pieces, in order, over this connection.
    PictureBegin {
        bytes: u64,
    },
    PictureChunk(PictureChunkInput),
    PictureEnd {
        upload: String,
    },
    /// Small, for the eye alone.
    PictureThumb {
        id: String,
    },

    PostAdd(PostInput),
    PostCheck(PostInput),
    /// Takes down, at the network, what is proved to be there of a delivery that is final.
    PostDelete {
        id: String,
    },

    QueueList {
        all: bool,
    },
    QueueShow {
        id: String,
    },
    QueueEdit {
        id: String,
        content: ContentInput,
        thread: bool,
        #[serde(default)]
        numbered: bool,
        confirm_persona: bool,
    },
    QueueWhen {
        id: String,
        when: WhenInput,
        override_window: bool,
        zone: Option<String>,
        /// Past which it is given up; as it follows from the rest, if nothing is said.
        #[serde(default)]
        #[ts(optional = nullable)]
        expires: Option<String>,
    },
    /// Position from 1 among the not-final deliveries without an exact time, over all accounts.
    QueueMove {
        id: String,
        to: u32,
    },
    QueueHold {
        id: String,
        until: Option<String>,
        zone: Option<String>,
    },
    QueueApprove {
        id: String,
        confirm_persona: bool,
        /// Although something like it is there, which another copy of the folder may have sent.
        #[serde(default)]
        anyway: bool,
    },
    QueueRetry {
        id: String,
    },
    QueueRemove {
        id: String,
        discard: bool,
    },
    QueueResolve {
        id: String,
        resolution: Resolution,
    },

    WindowList,
    WindowAdd {
        name: String,
        title: Option<String>,
        period: PeriodInput,
        /// It is there, and nothing goes out in it before it is enabled.
        #[serde(default)]
        disabled: bool,
    },
    WindowEdit {
        name: String,
        patch: PeriodPatch,
    },
    WindowEnable {
        name: String,
        enabled: bool,
    },
    WindowRemove {
        name: String,
    },

    HoursShow,
    /// Replaces all work hours.
    HoursSet {
        period: PeriodInput,
    },
    HoursAdd {
        period: PeriodInput,
    },
    HoursClear,

    BreakNow {
        minutes: u32,
        accounts: Vec<String>,
        /// Of the accounts named, or of all if none is, only practice: nothing goes out to the world.
        #[serde(default)]
        practice_only: bool,
    },
    BreakEnd,
    /// Until resumed, if neither is given.
    Pause {
        duration: Option<String>,
        until: Option<String>,
    },
    Resume,
    ClosedAdd {
        from: String,
        to: String,
        zone: Option<String>,
    },
    ClosedList,
    ClosedRemove {
        id: String,
    },
    Overtime {
        until: String,
    },
    OvertimeShow,
    OvertimeEnd,
    /// Today if none.
    DayOff {
        date: Option<String>,
    },
    DayOffList,
    DayOffRemove {
        date: String,
    },
    HolidaysShow,
    HolidaysSet {
        table: HolidayTableInput,
    },

    SpacingShow,
    SpacingSet {
        /// `None`: the default of all.
        account: Option<String>,
        gap_minutes: Option<u32>,
        per_window: Option<u32>,
        jitter: Option<bool>,
        persona_gap_minutes: Option<u32>,
    },
    /// The account's own spacing is given up: it keeps to that of all again.
    SpacingAsAll {
        account: String,
    },

    /// What posting costs where it is paid for, what was spent this month, and how much may be.
    CostShow,
    CostSet(CostPatch),

    PreferencesShow,
    PreferencesSet(PreferencesPatch),

    /// What is open and what is work between two moments, at most 40 days apart. `hours`: as if these were the work
    /// hours, for looking before they are set.
    Spans {
        from: String,
        to: String,
        #[serde(default)]
        hours: Option<Vec<PeriodInput>>,
    },
    Plan {
        days: Option<u32>,
        on: Option<String>,
    },
    Status,
    Journal(JournalInput),
    Timeline {
        account: String,
    },
    PracticeNext {
        account: String,
        fault: FaultInput,
    },

    /// The one request that may make the system ask the person.
    Unlock,
    Adopt,
    ClockConfirm,
    BackupList,
    /// One more, now.
    BackupMake,
    BackupRestore {
        id: String,
    },
    Doctor,

    /// Hides the windows at once, and veils the texts in lists from then on.
    Hide,

    /// What `run --until-empty` waits for: `done` in the answer says that nothing is left to do now.
    RunProgress,
    /// Give up the folder: finish what is sending, claim nothing more.
    Retire,
}
