//! What the system tells of a process.

/// A line of one of its files, as `VmHWM:` of `status`: the number, whose unit is KiB where it is memory.
pub fn number_of(pid: u32, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the process lives");
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1))
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no {name} in {file}"))
}
