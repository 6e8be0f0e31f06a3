//! Nothing posted twice, nothing lost, nothing outside a window, nothing from the wrong account: attacked.

mod disk;
mod failures;
mod points;
mod proxy;
mod simulation;
