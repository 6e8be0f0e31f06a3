//! The rules of quiet posting, pure: no clock, no randomness, no I/O. Whatever changes comes in as an argument.
//!
//! Read in this order: what there is, when it may go, what becomes of it.

pub mod ids;
pub mod quiet;
pub mod network;
pub mod proxy;
pub mod post;

pub mod text;
pub mod tid;
pub mod guard;
pub mod bells;
pub mod cost;

pub mod rules;
pub mod when;
pub mod holidays;
pub mod calendar;
pub mod plan;

pub mod delivery;
pub mod answer;
pub mod lookup;
pub mod waiting;
pub mod shortcut;
pub mod clock;
