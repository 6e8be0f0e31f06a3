//! Whether the resident starts when the person signs in. It is not kept by us: the system's own setting is asked, which
//! the person may change elsewhere too.

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AutostartError {
    /// This system's way is not built, there is no folder to start with, or it is not the usual one.
    #[error("nothing can be started at sign-in here")]
    NotHere,
    #[error("what starts at sign-in cannot be changed")]
    Unwritable,
}

pub trait Autostart: Send + Sync {
    /// Whether it can be set at all; otherwise `set(true)` answers `NotHere`.
    fn is_possible(&self) -> bool;
    fn is_on(&self) -> bool;
    /// All or nothing; setting what is set already is fine.
    fn set(&self, on: bool) -> Result<(), AutostartError>;
}
