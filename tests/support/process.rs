//! What the system tells of a process.

/// What of it is in memory. From `statm`, which anybody may read: the programs let nobody look further in.
pub fn resident_kib(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("the process lives");
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    let page = u64::try_from(rustix::param::page_size()).expect("small");
    pages.expect("resident pages") * page / 1024
}

/// A line of one of its files, as `VmHWM:` of `status`: the number, whose unit is KiB where it is memory.
pub fn number_of(pid: u32, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the process lives");
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {file}"))
}
