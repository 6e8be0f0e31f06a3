//! The window program: what was reviewed of its configuration, and the program itself on a screen of the test's own,
//! typed into with a keyboard.

pub mod driven;
mod attached;
mod heavy;
mod dragged;
mod versions;
mod japanese;
mod leaving;
mod one_composer;
mod quiet;
mod remembered;
mod reviewed;
pub mod shown;
mod sized;
