//! What can be said of a text without asking anyone: how long it is, what in it is a link, where it may be cut.

pub mod count;
pub mod links;
pub mod little;
pub mod split;
pub mod x;

mod chars;
mod domain;
mod fediverse;
