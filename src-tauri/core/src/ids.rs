//! Names of things. Each id is a UUIDv7 in text form, made through the engine's `Ids` port and never here.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// One identity on one network.
    AccountId,
    DraftId,
    /// Approved content, going to one or more accounts.
    PostId,
    /// One post to one account: the thing with a state.
    DeliveryId,
    /// One claim of one delivery. Every later step compares it before it writes.
    AttemptId,
    /// One cleaned picture.
    MediaId,
}
