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

/// Processor time so far, in the kernel's ticks: of the whole machine, and of this process with its ended children.
#[derive(Clone, Copy)]
pub struct Spent {
    machine: u64,
    ours: u64,
}

impl Spent {
    /// `also`: a child that goes on.
    pub fn so_far(also: u32) -> Spent {
        let stat = std::fs::read_to_string("/proc/stat").expect("the machine's times");
        let line = stat.lines().next().expect("all processors");
        let times: Vec<u64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        // user, nice, system, idle, iowait, irq, softirq, steal
        let machine = [0, 1, 2, 5, 6, 7].iter().map(|n| times[*n]).sum();
        let of = |pid: &str| -> u64 {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process lives");
            let (_, behind_name) = stat.rsplit_once(") ").expect("its name");
            // utime, stime, cutime, cstime
            behind_name
                .split_whitespace()
                .skip(11)
                .take(4)
                .filter_map(|n| n.parse::<u64>().ok())
                .sum()
        };
        Spent {
            machine,
            ours: of("self") + of(&also.to_string()),
        }
    }

    /// Since then: which part of what the machine did was not ours, 0 to 1.
    pub fn by_others_since(self, then: Spent) -> f64 {
        let all = (self.machine - then.machine).max(1) as f64;
        1.0 - ((self.ours - then.ours) as f64 / all).min(1.0)
    }
}
