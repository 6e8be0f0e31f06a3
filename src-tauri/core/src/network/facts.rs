//! A row of the table of networks.

use super::{Case, Form, Limits, SaidRow, Software, ThreadSending, Visibility};
use crate::bells::Row;
use crate::lookup::Resend;

/// All that differs between networks before one is called.
pub struct Facts {
    /// On the command line, in the contract and in the database.
    pub name: &'static str,
    /// As people write it.
    pub title: &'static str,
    /// The same, with those that have the same API.
    pub family: &'static str,
    pub command: Command,
    pub sign_in: Form,
    /// Until the server has named its own.
    pub limits: Limits,
    /// The first is the default ([`super::Network::visibilities`]).
    pub visibilities: &'static [Visibility],
    pub warning: Warning,
    /// Whether a post that quotes may have pictures of its own.
    pub has_quotes_with_pictures: bool,
    pub thread: ThreadSending,
    pub is_paid: bool,
    /// What may be done about an unknown outcome. `Never` unless a second copy cannot come of it.
    pub resend: fn(Software) -> Resend,
    /// Its documented errors.
    pub says: &'static [SaidRow],
    /// The first that fits counts; none fits: unknown.
    pub(crate) bells: &'static [Row],
    /// [`crate::bells::keeps_replies_silent`].
    pub(crate) keeps_replies_silent: fn(Software) -> bool,
    /// [`super::cannot_happen`].
    pub(crate) cannot_happen: fn(Software, Case) -> Option<&'static str>,
}

/// How the command line shows it under `account add`; the flags are those of the form.
pub struct Command {
    pub about: &'static str,
    /// What stands behind the network's name in the example.
    pub example: &'static str,
}

/// What becomes of a content warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Readers see its words, and the text after a deliberate look.
    Words,
    /// A label among a few that the network knows; the text is not covered.
    Label,
    /// There is no such thing.
    None,
}
