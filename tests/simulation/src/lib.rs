//! The real core and engine in simulated months in which everything breaks: the clock is set, the machine sleeps, the
//! process dies, the disk is full, the keyring locks, the network loses, delays and repeats. A story and all its luck come
//! from a seed: the same seed is the same story. What the simulated servers list is the truth that it is judged by.

mod attending;
mod autostart;
mod clock;
mod disk;
mod hours;
mod idle;
mod judge;
mod keyring;
mod luck;
mod lunch;
mod machine;
mod memory;
mod net;
mod open;
mod parts;
mod practice;
mod restoring;
mod servers;
mod story;
mod telling;
mod trouble;
mod writing;

pub use autostart::SimAutostart;
pub use clock::SimClock;
pub use judge::Verdict;
pub use keyring::SimVault;
pub use kossori_engine::Bug;
pub use luck::Luck;
pub use lunch::{DOUBTFUL, Lunch, Settled, lunch};
pub use memory::Memory;
pub use net::{Fate, Keys};
pub use parts::{SimIds, SimMedia, ZONE, locked};
pub use telling::{Told, first_found, tell};
pub use trouble::Trouble;
