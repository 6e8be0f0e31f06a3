//! What the picture worker denies itself before it reads its first byte.
//!
//! On Linux: 512 MiB of address space, 20 s of processor time, no core dump, no new privileges, not traceable, and
//! a list of the few system calls that are left; opening files, sockets and programs is not among them. Elsewhere the
//! process boundary and the parent's 20 s are what there is.

use std::io;

/// DESIGN.md, "Secrets and screen".
#[cfg(target_os = "linux")]
pub(crate) const MEMORY_BYTES: u64 = 512 * 1024 * 1024;

#[cfg(target_os = "linux")]
pub(crate) fn confine() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, Resource, set_dumpable_behavior};

    at_most(Resource::As, MEMORY_BYTES)?;
    at_most(Resource::Cpu, 20)?;
    at_most(Resource::Core, 0)?;
    at_most(Resource::Fsize, 0)?;
    at_most(Resource::Nofile, 3)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::thread::set_no_new_privs(true)?;
    // A kernel without such filters, or an architecture without a list, still has everything above, and there is no
    // code for files or networks in here to begin with.
    let _ = few_system_calls();
    Ok(())
}

/// Never raises a limit that was lower already.
#[cfg(target_os = "linux")]
fn at_most(resource: rustix::process::Resource, most: u64) -> io::Result<()> {
    use rustix::process::{Rlimit, getrlimit, setrlimit};

    let held = getrlimit(resource);
    let limit = Some(
        [held.current, held.maximum]
            .into_iter()
            .flatten()
            .fold(most, u64::min),
    );
    setrlimit(
        resource,
        Rlimit {
            current: limit,
            maximum: limit,
        },
    )?;
    Ok(())
}

/// Everything that is not listed fails with "operation not permitted".
#[cfg(target_os = "linux")]
fn few_system_calls() -> Result<(), Box<dyn std::error::Error>> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

    const KEPT: [libc::c_long; 32] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_statx,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_brk,
        libc::SYS_futex,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_restart_syscall,
        libc::SYS_rseq,
        libc::SYS_set_robust_list,
        libc::SYS_sysinfo,
        libc::SYS_prlimit64,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let filter = SeccompFilter::new(
        KEPT.into_iter().map(|number| (number, Vec::new())).collect(),
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter(&program)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn confine() -> io::Result<()> {
    Ok(())
}
