//! What a process that is going to be killed is told to do.

use std::path::PathBuf;

use kossori_core::network::Network;
use serde::{Deserialize, Serialize};

use crate::support::points::{Point, Said};
use crate::support::servers::stand_in::Pictures;

/// When it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Looks {
    /// Soon, and what may be sent again soon is.
    #[default]
    Soon,
    /// Soon, and a person is asked before anything is sent again.
    Asking,
    /// Not for a long while: a person is sooner.
    Late,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub data_dir: PathBuf,
    pub keyring: PathBuf,
    pub report: PathBuf,
    pub network: Network,
    pub url: String,
    /// The server without its gate.
    pub direct: String,
    pub plc: Option<String>,
    pub client_id: Option<String>,
    pub pictures: Pictures,
    /// Handle and secret of both accounts.
    pub accounts: Vec<(String, String)>,
    /// Whose the story is.
    pub author: usize,
    pub picture: PathBuf,
    /// `None`: what is open is brought to an end, and nothing else.
    pub story: Option<String>,
    /// In every text of the story.
    pub mark: String,
    pub armed: Option<Point>,
    pub said: Vec<Said>,
    pub looks: Looks,
    /// Nothing may be sent twice here: what nobody knows is left as it is.
    pub leaves: bool,
    /// The access token in the keyring is none any more, the refresh token is.
    pub spoil_tokens: bool,
    /// Tells what it passed.
    pub record: bool,
    /// Tells all that the folder has.
    pub list: bool,
}
