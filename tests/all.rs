//! One binary for every test that needs more than one crate.

#![allow(clippy::print_stdout, reason = "a test says what it met, and why it skipped")]

mod support {
    pub mod camera;
    pub mod chance;
    pub mod driver;
    pub mod beside;
    pub mod relay;
    pub mod eyes;
    pub mod desktop;
    pub mod hosted;
    pub mod listed;
    pub mod panel;
    pub mod flood;
    pub mod guest;
    pub mod pictures;
    pub mod points;
    pub mod process;
    pub mod readers;
    pub mod screen;
    pub mod servers;
    pub mod session_bus;
    pub mod killable;
    pub mod simulated;
    pub mod strings;
    pub mod tally;
    pub mod wire;
    pub mod world;
}

mod arrows;
mod bad_input;
mod engine;
mod fuzz;
mod cli;
mod canaries;
mod daily;
mod host_flood;
mod kill;
mod link;
mod matrix;
mod measure;
mod menu_entry;
mod media;
mod networks;
mod one_table;
mod oracles;
mod pictured;
mod pictures;
mod proxies;
mod servers_test;
mod reliability;
mod resident;
mod restored;
mod show;
mod signing_in;
mod sleep;
mod vault;
mod window;
