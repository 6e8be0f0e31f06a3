//! One binary for every test that needs more than one crate.

mod support {
    pub mod readers;
    pub mod servers;
    pub mod session_bus;
}

mod arrows;
mod link;
mod servers_test;
mod vault;
