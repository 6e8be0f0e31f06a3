//! When an account may publish: the sentences of RULES.md 1 one by one, and the calendar against a slow model.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod edges;
mod sentences;
mod typed;

mod every_minute;
mod model;
mod random;
mod shapes;
