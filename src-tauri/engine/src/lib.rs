//! The use cases: writing down, queueing, planning, publishing once, looking up. It asks the world through
//! `ports` and answers in codes, never in sentences.
//!
//! Read `ports` first (what is asked of the world), then `tick` and `publish` (how a post goes out), then the
//! requests, each in the file of its subject.

pub mod model;
pub mod ports;
pub mod secret;

mod engine;
mod bug;
mod planning;
mod from_day;
mod tick;
mod publish;
mod looking;
mod waits;
mod patience;
mod costs;
mod tokens;
mod proxies;
mod unlocking;
mod about;
mod trust;
mod doubts;

mod handle;
mod intake;
mod posts;
mod trial;
mod drafts;
mod pictures;
mod queue;
mod deleting;
mod schedule;
mod signing_in;
mod accounts;
mod preferences;
mod status;
mod adopt;

mod journal;
mod limit;
mod problem;
mod times;
mod views;

#[cfg(feature = "planted")]
pub use bug::Bug;
pub use engine::{Engine, Ports, Role, Settings};
pub use problem::{of_store, of_vault};
