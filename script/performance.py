"""Writes docs/performance.md from what script/performance measured (in the environment) to standard output."""

import datetime
import json
import os
import platform

idle, plan, late = (json.loads(os.environ[name]) for name in ("IDLE", "PLAN", "LATE"))
size = int(os.environ["SIZE"])
cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
with open("/etc/os-release") as release:
    system = next(line.split("=", 1)[1].strip().strip('"') for line in release if line.startswith("PRETTY_NAME="))


def verdict(reached, where):
    return "reached" if reached else f"not reached: {where}"


mib = idle["pss_kib_median"] / 1024
per_minute = idle["voluntary_switches"] / idle["minutes"]
print(f"""# Performance

Written by `script/performance` on {datetime.date.today()}: {os.cpu_count()} cores ({cpu}), {system}, kernel {platform.release()}.
The programs are the release profile of `Cargo.toml` (`opt-level = "s"`, `lto = "fat"`, one codegen unit, abort on panic,
stripped) with libcrypto linked in. `kossorictl run` is the host that is measured; its binary has {size / 1e6:.1f} MB.

| figure | measured | aim | |
|---|---|---|---|
| idle memory of the host (PSS): 3 accounts, 200 queued, {idle["journal_rows"]:,} journal rows | median {mib:.1f} MiB ({idle["pss_kib_least"] / 1024:.1f}–{idle["pss_kib_most"] / 1024:.1f}) over {idle["minutes"]} min | 8 MiB | {verdict(mib <= 8, "code pages, see below")} |
| voluntary context switches a minute, all {idle["threads"]} threads | {per_minute:.1f} ({idle["voluntary_switches"]} in {idle["minutes"]} min) | 0 | {verdict(idle["voluntary_switches"] == 0, "see below")} |
| planning 10,000 deliveries over 20 accounts | median {plan["median_ms"]:.1f} ms ({plan["least_ms"]:.1f}–{plan["most_ms"]:.1f}, {plan["runs"]} runs) | 50 ms | {verdict(plan["median_ms"] <= 50, "see below")} |
| lateness of {late["posts"]} posts with exact times 3 s apart: server's receive time minus planned time | median {late["median_ms"]} ms, p95 {late["p95_ms"]} ms, p99 {late["p99_ms"]} ms, most {late["most_ms"]} ms; earliest {late["least_ms"]} ms | p99 ≤ 1,000 ms | {verdict(late["p99_ms"] <= 1000, "see below")} |

## Method

- **Idle**: `tests/measure.rs` makes the folder by commands, publishes one post (so that keyring, database, HTTP and
  socket have been used), queues 200, fills the journal, rests a minute, then reads `/proc/PID/smaps_rollup` each minute and
  the voluntary switches of every thread before and after.
- **Planning**: `src-tauri/core/examples/plan_speed.rs`, in one thread; half of the deliveries have a stored time.
- **Lateness**: the server's side notes when it received each post call, on the same machine and clock. No post may be early.
- Idle and lateness are measured at the same time, by hosts from two copies of the program, which share no pages of it.
""")
