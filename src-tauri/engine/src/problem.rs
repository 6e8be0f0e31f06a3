//! What the ports' errors are called towards a person.

use kossori_api::{Code, Problem};
use kossori_core::delivery::IllegalStep;

use crate::ports::{AutostartError, CallError, MediaError, StoreError, TimelineError, VaultError};

pub type Outcome<T> = Result<T, Problem>;

pub fn of_store(error: StoreError) -> Problem {
    Problem::new(match error {
        StoreError::Stale => Code::NotPossibleNow,
        StoreError::Full => Code::DiskFull,
        StoreError::ReadOnly => Code::FolderReadOnly,
        StoreError::Damaged => Code::DatabaseDamaged,
        StoreError::Newer => Code::FolderNewer,
        StoreError::WrongKey => Code::DatabaseKeyLost,
        StoreError::Broken => Code::FolderUnusable,
        StoreError::Illegal => Code::Internal,
    })
}

pub fn of_autostart(error: AutostartError) -> Problem {
    Problem::new(match error {
        AutostartError::NotHere => Code::AutostartNotHere,
        AutostartError::Unwritable => Code::AutostartUnwritable,
    })
}

pub fn of_timeline(_: TimelineError) -> Problem {
    Problem::new(Code::FolderUnusable)
}

pub fn of_vault(error: VaultError) -> Problem {
    Problem::new(match error {
        VaultError::Locked => Code::KeyringLocked,
        VaultError::Absent => Code::KeyringAbsent,
        VaultError::TimedOut => Code::KeyringTimedOut,
        VaultError::Dismissed => Code::KeyringDismissed,
        VaultError::Broken => Code::KeyringBroken,
    })
}

pub fn of_media(error: MediaError) -> Problem {
    Problem::new(match error {
        MediaError::Unreadable => Code::PictureUnreadable,
        MediaError::NotAPicture => Code::NotAPicture,
        MediaError::Heic => Code::PictureHeic,
        MediaError::Broken => Code::PictureBroken,
        MediaError::TooLarge => Code::PictureTooLarge,
        MediaError::CannotShrink => Code::PictureCannotShrink,
        MediaError::WorkerDied => Code::PictureWorkerDied,
        MediaError::WorkerMissing => Code::PictureWorkerMissing,
    })
}

/// A call that a person waits for (sign-in, account check).
pub fn of_call(error: CallError) -> Problem {
    match error {
        CallError::Offline => Problem::new(Code::ServerUnreachable),
        CallError::Token { code, words } => Problem::new(Code::SignInRefused)
            .with("server_code", code)
            .with("words", words),
        CallError::RateLimit { .. } => Problem::new(Code::ServerBusy),
        CallError::OutOfCredit => Problem::new(Code::ServerRefused)
            .with("words", "402")
            .with("status", 402),
        CallError::Refused { status, code, words } => Problem::new(Code::ServerRefused)
            .with("status", status)
            .with("server_code", code)
            .with("words", words),
        CallError::Unclear { .. } => Problem::new(Code::ServerUnclear),
        CallError::AddressRefused => Problem::new(Code::AddressRefused),
        CallError::BadFrozen => Problem::new(Code::Internal),
        CallError::Unsupported(_) => Problem::new(Code::NotBuiltYet),
    }
}

pub fn of_step(error: IllegalStep) -> Problem {
    Problem::new(match error {
        IllegalStep::AlreadySending => Code::AlreadySending,
        IllegalStep::Final | IllegalStep::NoSuchStep => Code::NotPossibleNow,
    })
}
