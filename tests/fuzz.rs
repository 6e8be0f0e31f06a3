//! What no program of ours sends: malformed messages to every request of the link, and to every command that the page has of
//! its shell. None may panic, take longer than a second, or change anything.

mod valid;
mod mutate;
mod host;
mod bulk;
mod socket;
mod commands;

/// The seed of this run: `KOSSORI_SEED`, or always the same.
fn seed() -> u64 {
    let given = std::env::var("KOSSORI_SEED").ok();
    given.and_then(|seed| seed.parse().ok()).unwrap_or(20_261_123)
}

/// Whether everything is to be tried, however long it takes.
fn whole() -> bool {
    std::env::var_os("KOSSORI_FULL").is_some()
}
