//! Which delivery goes when: the sentences of RULES.md 2 one by one, the plan against a slow model that looks at
//! every minute, and a month planned anew every minute.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;

mod exact;
mod days;
mod order;
mod rooms;
mod stands;
mod why;

mod minutes;
mod judge;
mod random;
mod month;
