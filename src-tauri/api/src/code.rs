//! Every refusal that a person or a script may meet, by name. `messages` holds a plain sentence and a next step
//! for each in both languages; a test there fails on one without.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Refused = 1,
    Usage = 2,
    NeedsPerson = 3,
}

macro_rules! codes {
    ($($exit:ident: $($name:ident = $text:literal),* $(,)?;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        pub enum Code { $($(#[serde(rename = $text)] $name,)*)* }

        impl Code {
            pub const ALL: &'static [Code] = &[$($(Code::$name,)*)*];

            pub fn as_str(self) -> &'static str {
                match self { $($(Code::$name => $text,)*)* }
            }

            pub fn exit(self) -> Exit {
                match self { $($(Code::$name => Exit::$exit,)*)* }
            }
        }
    };
}

codes! {
    Usage:
        Usage = "usage",
        NotBuiltYet = "not_built_yet",
        BadTime = "bad_time",
        TimeDoesNotExist = "time_does_not_exist",
        TimeIsPast = "time_is_past",
        BadDuration = "bad_duration",
        BadDays = "bad_days",
        BadDate = "bad_date",
        UnknownZone = "unknown_zone",
        WindowEmpty = "window_empty",
        ClosedBackwards = "closed_backwards",
        WindowDays = "window_days",
        WindowName = "window_name",
        WindowDates = "window_dates",
        BreakLength = "break_length",
        UnknownVisibility = "unknown_visibility",
        UnknownNetwork = "unknown_network",
        BadServer = "bad_server",
        BadHandle = "bad_handle",
        BadProxy = "bad_proxy",
        ProxyResolvesHere = "proxy_resolves_here",
        ProxyNeedless = "proxy_needless",
        ClientIdMissing = "client_id_missing",
        ClientSecretMissing = "client_secret_missing",
        RedirectMissing = "redirect_missing",
        ServerMissing = "server_missing",
        NoBrowserSignIn = "no_browser_sign_in",
        BadJson = "bad_json",
        NoAccount = "no_account",
        NoContent = "no_content",
        BadPosition = "bad_position",
        BadAmount = "bad_amount",
        BadShortcut = "bad_shortcut",
        ShortcutTwice = "shortcut_twice",
        FileUnreadable = "file_unreadable";
    Refused:
        Internal = "internal",
        NotUnderstood = "not_understood",
        BusyRetry = "busy_retry",
        FolderInUse = "folder_in_use",
        FolderNewer = "folder_newer",
        FolderReadOnly = "folder_read_only",
        FolderOnNetwork = "folder_on_network",
        FolderUnusable = "folder_unusable",
        DiskFull = "disk_full",
        DatabaseDamaged = "database_damaged",
        BackupDamaged = "backup_damaged",
        DatabaseKeyLost = "database_key_lost",
        SocketUnsafe = "socket_unsafe",
        HostGone = "host_gone",
        UpdatedStartAgain = "updated_start_again",
        Retiring = "retiring",
        WindowOpen = "window_open",
        UnknownAccount = "unknown_account",
        UnknownDraft = "unknown_draft",
        UnknownDelivery = "unknown_delivery",
        UnknownWindow = "unknown_window",
        UnknownClosed = "unknown_closed",
        UnknownDayOff = "unknown_day_off",
        UnknownBackup = "unknown_backup",
        WindowExists = "window_exists",
        AccountExists = "account_exists",
        OtherAccount = "other_account",
        HandleNotFound = "handle_not_found",
        SignInRefused = "sign_in_refused",
        SignInTooSlow = "sign_in_too_slow",
        SignInDenied = "sign_in_denied",
        SignInDiffers = "sign_in_differs",
        SignInExpired = "sign_in_expired",
        SignInNotGranted = "sign_in_not_granted",
        SignInPortsTaken = "sign_in_ports_taken",
        SignInsFull = "sign_ins_full",
        UnknownSignIn = "unknown_sign_in",
        ServerUnreachable = "server_unreachable",
        ServerUnclear = "server_unclear",
        ServerRefused = "server_refused",
        ServerBusy = "server_busy",
        AddressRefused = "address_refused",
        DraftStale = "draft_stale",
        AlreadySending = "already_sending",
        FrozenForGood = "frozen_for_good",
        AlreadyThere = "already_there",
        NotSent = "not_sent",
        OutcomeOpen = "outcome_open",
        RestWaits = "rest_waits",
        DeleteByHand = "delete_by_hand",
        PartlyDeleted = "partly_deleted",
        QuietReplyOpen = "quiet_reply_open",
        NotPossibleNow = "not_possible_now",
        PartUrlNeeded = "part_url_needed",
        PartUrlNotFound = "part_url_not_found",
        PartUrlOtherAuthor = "part_url_other_author",
        PartUrlOtherText = "part_url_other_text",
        AccountIsSending = "account_is_sending",
        PersonaTooNear = "persona_too_near",
        ThreadDoesNotFit = "thread_does_not_fit",
        SpacingTooNear = "spacing_too_near",
        NoBreak = "no_break",
        NoOvertime = "no_overtime",
        NotPractice = "not_practice",
        NotACopy = "not_a_copy",
        BackupFailed = "backup_failed",
        ClockIsSure = "clock_is_sure",
        NotAPicture = "not_a_picture",
        PictureHeic = "picture_heic",
        PictureBroken = "picture_broken",
        PictureTooLarge = "picture_too_large",
        PictureCannotShrink = "picture_cannot_shrink",
        PictureUnreadable = "picture_unreadable",
        PictureWorkerDied = "picture_worker_died",
        PictureWorkerMissing = "picture_worker_missing",
        AutostartNotHere = "autostart_not_here",
        AutostartUnwritable = "autostart_unwritable",
        UploadBroken = "upload_broken",
        UploadsFull = "uploads_full";
    NeedsPerson:
        Blocked = "blocked",
        ConfirmPersona = "confirm_persona",
        MayBeThere = "may_be_there",
        NeedsSignIn = "needs_sign_in",
        ProxyMissing = "proxy_missing",
        KeyringLocked = "keyring_locked",
        KeyringAbsent = "keyring_absent",
        KeyringTimedOut = "keyring_timed_out",
        KeyringDismissed = "keyring_dismissed",
        KeyringBroken = "keyring_broken",
        FolderIsACopy = "folder_is_a_copy",
        ClockUnsure = "clock_unsure",
        NeedsYou = "needs_you";
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
