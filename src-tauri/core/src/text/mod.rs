//! What can be said of a text without asking anyone: how long it is, what in it is a link, where it may be cut.

use unicode_normalization::UnicodeNormalization;

pub mod count;
pub mod links;
pub mod little;
pub mod number;
pub mod split;
pub mod x;

mod chars;
mod domain;
mod fediverse;

/// Unicode's normal form C: the same text in one way of writing it.
pub fn normal(text: &str) -> String {
    text.nfc().collect()
}
