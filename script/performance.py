"""Writes docs/performance.md from what script/performance measured (in the environment) to standard output."""

import datetime
import json
import os
import platform

idle, plan, late = (json.loads(os.environ[name]) for name in ("IDLE", "PLAN", "LATE"))
tray, click, resident = (json.loads(os.environ[name]) for name in ("TRAY", "CLICK", "RESIDENT"))
starts, rests = (json.loads(os.environ[name]) for name in ("STARTS", "RESTS"))
typing = json.loads(os.environ["TYPING"])
size = int(os.environ["SIZE"])
cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
with open("/etc/os-release") as release:
    system = next(line.split("=", 1)[1].strip().strip('"') for line in release if line.startswith("PRETTY_NAME="))


def verdict(reached, where):
    return "reached" if reached else f"not reached: {where}"


def spread(values, unit="ms", scale=1):
    median, p95, least, most = (f"{values[name] / scale:.{int(scale > 1)}f}" for name in ("median", "p95", "least", "most"))
    return f"median {median} {unit} (p95 {p95}; {least}–{most}; {values['runs']} samples)"


def memory(when, words):
    values = resident[when]["pss_kib"]
    reached = verdict(values["median"] <= 9 * 1024, "see below")
    return f"| memory of the resident (PSS), {words} | {spread(values, 'MiB', 1024)} | 9 MiB | {reached} |"


def waits(values, words, aim):
    return f"| {words} | {spread(values)} | {aim} ms | {verdict(values['median'] <= aim, 'see below')} |"


def scrolls(values):
    frames = f"{values['frames']} frames, {values['late']} more than half a frame late; between two median {values['median']:.1f} ms, p95 {values['p95']:.1f}, most {values['most']:.1f}"
    return f"| scrolling a queue of 1,000 rows by the wheel, {values['far'] / 1000:.0f},000 px and back | {frames}; the middle of {typing['runs']} runs | none late | {verdict(values['late'] == 0, 'see below')} |"


def key(language, words):
    values = typing[language]
    p95 = values["p95"]["ran"]
    ran = f"median {values['median']['ran']:.1f} ms, p95 {p95:.1f} (by the clock {values['median']['passed']:.1f} and {values['p95']['passed']:.1f})"
    return f"| a key's time on the page's main thread until its frame, {words}, 40 findings, three accounts | {ran}; {values['keys']} keys, the middle of {typing['runs']} runs | p95 ≤ 16 ms | {verdict(p95 <= 16, 'see below')} |"


woken = resident["before"]["switches"] / resident["before"]["minutes"]
rows = "\n".join([
    memory("before", f"3 accounts, 200 queued, {resident['journal_rows']:,} journal rows, before any window"),
    memory("after_window", "after the window was open and closed"),
    memory("after_pictures", "after a post with four 12-megapixel pictures"),
    f"| voluntary context switches of the resident a minute, with its tray | {woken:.1f} ({resident['before']['switches']} in {resident['before']['minutes']} min) | 1 | {verdict(woken <= 1, 'see below')} |",
    waits(tray["start_to_tray_ms"], "start of the resident to its icon, keyring unlocked", 30),
    waits(click["from_nothing_ms"], "release of the mouse button on the icon to the first frame with a typed letter, no window process", 350),
    waits(click["warm_ms"], "the same with a hidden window", 30),
    f"| the same from nothing, once, with a cold page cache | {click['cold_ms']} ms | | |"
    if click["cold_ms"] is not None
    else "| the same from nothing with a cold page cache | not measured: only root can empty it | | |",
    key("ja", "in a paragraph of 10,000 Japanese letters"),
    key("en", "in one of 10,000 English letters"),
    scrolls(typing["scrolled"]),
])


def beside(name, called):
    if name not in starts or name not in rests:
        return f"| {called} | not installed here | | |"
    rest = rests[name]
    pss = spread(rest["pss_kib"], "MiB", 1024)
    woken = rest["switches"] / rest["minutes"]
    return f"| {called} | {spread(starts[name])} | {pss} | {woken:.1f} |"


others = "\n".join([
    beside("kossorid", "Kossori's resident, one practice account"),
    beside("keepassxc", "KeePassXC, no database open"),
    beside("copyq", "CopyQ"),
    beside("diodon", "diodon"),
])

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
{rows}

## Beside other programs of the tray

In the same run, one after another, on the same kind of screen, as the system's packages install them:

| program | start to its icon | memory (PSS) with all its processes, a minute later | voluntary context switches a minute |
|---|---|---|---|
{others}

## Method

- **Idle**: `tests/measure.rs` makes the folder by commands, publishes one post (so that keyring, database, HTTP and
  socket have been used), queues 200, fills the journal, rests a minute, then reads `/proc/PID/smaps_rollup` each minute and
  the voluntary switches of every thread before and after.
- **Planning**: `src-tauri/core/examples/plan_speed.rs`, in one thread; half of the deliveries have a stored time.
- **Lateness**: the server's side notes when it received each post call, on the same machine and clock. No post may be early.
- **Resident**: `tests/measure/resident.rs`, with Xfce's panel and window manager on an Xvfb (software rendering), and the
  window's own build profile. The icon is clicked by XTEST, a key is typed every 10 ms from then on, and the first line of the
  text is looked at by GetImage each millisecond until ink wider than a caret stands on it, and stays. The page cache is warm, but
  for the one click for which it is emptied before (`drop_caches`; what the machine's own host keeps is not emptied).
- What waits is measured at the same time (idle, lateness, resident, other programs), by hosts from copies of the program,
  which share no pages of it. What a person waits for is measured with nothing beside it.
- **A key**: `ui/tests/measure.mjs`, in Chromium without a screen, the built page over the tests' practice world: all tasks of
  the page's main thread from the key's event to the first frame with its letter, out of Chromium's trace. Counted is the time
  that the thread had a processor; by the clock stands beside it. Checks and saves fall between the keys, and the practice
  world's own work on them is in the figure.
- **Scrolling**: `ui/tests/scrolling.ts`, in the same browser: the times between the page's frames while the wheel goes a notch every
  20 ms, through all of the queue and back. Late is what comes more than half a frame after its time.
- **Other programs**: `tests/measure/beside.rs`, from the start of the program to its registering with the panel's watcher.
  Libraries that the desktop's own programs have in memory as well (GTK) count for a share only, as PSS has it.
""")
