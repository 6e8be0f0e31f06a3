//! The window program: what was reviewed of its configuration, and the program itself on a screen of the test's own,
//! typed into with a keyboard.

pub mod driven;
mod asked;
mod attached;
mod composing;
mod confirming;
mod first_run;
mod focused;
mod heavy;
mod dragged;
mod versions;
mod japanese;
mod leaving;
mod looking_back;
mod main_window;
mod one_composer;
mod own_time;
mod quiet;
mod remembered;
mod reviewed;
mod setting;
pub mod shown;
mod sized;
mod waiting;
mod week;
