"""Takes in what a part found (one JSON object a line, as tests/support/tally.rs writes them) and writes
docs/reliability.md.

    python3 reliability.py PART green|failed COMMIT ROWS [NETWORK …]

All rows are kept in docs/reliability.jsonl, each with its part, date, commit and machine. What a part finds takes the place
of all that it found before: a row that it did not make again is gone. With networks named, only their rows are. A part that failed, or that found nothing, is marked
so on the page. What stands in docs/reliability.md from "## What the rows mean" on is kept.
"""

import datetime
import json
import os
import pathlib
import platform
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
KEPT = DOCS / "reliability.jsonl"
PAGE = DOCS / "reliability.md"
BY_HAND = "## What the rows mean"
PARTS = ["simulation", "points", "proxy", "disk"]


def machine():
    try:
        info = pathlib.Path("/proc/cpuinfo").read_text()
        model = re.search(r"model name\s*: (.*)", info).group(1)
    except (OSError, AttributeError):
        model = platform.machine()
    return f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.machine()}"


def read(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def part_of(row):
    """Rows from before say nothing of their part: it is told by what they break."""
    if "part" in row:
        return row["part"]
    fault = row.get("fault", "")
    if "title" in row or fault in ("everything at once", "an unknown outcome in a lunch break"):
        return "simulation"
    if fault == "the process dies at a point":
        return "points"
    if fault.startswith("the connection is ") or fault in (
        "the answer is lost",
        "the request arrives late",
        "nonsense comes back",
    ):
        return "proxy"
    return "disk"


def is_replaced(row, part, only):
    if row["part"] != part:
        return False
    if "not_green" in row:
        # Where all of them were taken anew, or everything was.
        return not only or row.get("only") == []
    return not only or row.get("on") in only


def came_to_its_end(name, part, new):
    """Whether a network has the last of the rows that the part makes of it: after one that did not hold it makes no other."""
    last = {"points": "the process dies at a point", "proxy": "nonsense comes back"}[part]
    return any(row.get("on") == name and row.get("fault") == last for row in new)


def merged(part, ended, commit, new, only):
    of_this_run = {
        "part": part,
        "date": datetime.date.today().isoformat(),
        "commit": commit,
        "machine": machine(),
    }
    rows = [{**row, "part": part_of(row)} for row in read(KEPT)]
    for row in rows:
        if "not_green" in row and row["part"] == part and "only" in row:
            # Those that are taken anew.
            row["only"] = [name for name in row["only"] if name not in only]
    rows = [row for row in rows if not is_replaced(row, part, only)]
    rows += [{**row, **of_this_run} for row in new]
    if ended != "green" or not new:
        why = "a test of it failed" if new else "it made no row"
        cut = [name for name in only if not came_to_its_end(name, part, new)] or only
        rows.append({"not_green": why, **of_this_run, **({"only": cut} if only else {})})
    # A part's rows stand together in the order in which it made them; of points and proxy, those of a network do.
    first = {}
    def place(row):
        of = (row["part"], row.get("on") if row["part"] in ("points", "proxy") else None)
        return PARTS.index(row["part"]), first.setdefault(of, len(first))
    return sorted(rows, key=place)


def cell(text):
    return str(text).replace("|", "\\|")


def table(columns, lines):
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for line in lines:
        yield "| " + " | ".join(cell(text) for text in line) + " |"


def bar(row, name):
    return "—" if row[name] is None else f"{row[name]} of {row['runs']}"


def in_all(faults, name):
    """What a row cannot break, or its judge does not see, is none of the sum's."""
    measured = [row for row in faults if row[name] is not None]
    count, runs = (sum(row[of] for row in measured) for of in (name, "runs"))
    return f"{count} {name.replace('_', ' ')} (of {runs:,})"


def taken(row):
    return ", ".join(row[of] for of in ("date", "commit") if of in row)


def page(rows):
    failed = [row for row in rows if "not_green" in row]
    faults = [row for row in rows if "fault" in row]
    sheets = [row for row in rows if "title" in row]
    total = sum(row["runs"] for row in faults)
    yield "# Reliability"
    yield ""
    yield "Made by `script/reliability`: do not edit above \"What the rows mean\". Bars: nothing doubled, nothing lost, nothing"
    yield "outside a window, nothing from the wrong account, in every row. A run is a post that met the fault; one that never"
    yield "fired is none. \"Asked\" is how often the app said that it does not know, and left it to the person. \"—\" is what"
    yield "the row cannot break, or its judge does not look at. \"Outside\" is by the server's clock, but for calls whose whole"
    yield "time was open and that the network delivered only after it, when the client had let go: the notes count those."
    yield "The commit is the tree's that the row was taken from, with a \"+\" if something in it was not committed."
    yield ""
    for row in failed:
        of = f", of {', '.join(row['only'])}" if "only" in row else ""
        yield f"**Not green: {row['part']}{of}** ({row['not_green']}, {taken(row)})."
        yield ""
    columns = ["fault", "how", "on", "runs", "doubled", "lost", "outside", "wrong account", "asked", "date, commit"]
    counted = ["doubled", "lost", "outside", "wrong_account"]
    lines = [
        [row["fault"], row["how"], row["on"], row["runs"], *(bar(row, name) for name in counted),
         row["asked"], taken(row)]
        for row in faults
    ]
    yield from table(columns, lines)
    yield ""
    sums = ", ".join(in_all(faults, name) for name in counted)
    yield f"In all: {total:,} runs; {sums}."
    notes = [(row["fault"], row["on"], row["note"]) for row in faults if row.get("note")]
    if notes:
        yield ""
        yield "What else was seen:"
        yield ""
        for fault, on, note in notes:
            yield f"- {fault} ({on}): {note}"
    for sheet in sheets:
        yield ""
        yield f"### {sheet['title'][0].upper()}{sheet['title'][1:]}"
        yield ""
        yield from table(sheet["columns"], sheet["lines"])
    yield ""
    machines = sorted({row["machine"] for row in rows})
    yield "Machine: " + "; ".join(machines) + "."
    yield ""


def main():
    if len(sys.argv) < 5 or sys.argv[1] not in PARTS or sys.argv[2] not in ("green", "failed"):
        sys.exit(__doc__)
    part, ended, commit, found, *only = sys.argv[1:]
    rows = merged(part, ended, commit, read(pathlib.Path(found)), only)
    KEPT.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    old = PAGE.read_text() if PAGE.exists() else ""
    by_hand = old[old.index(BY_HAND):] if BY_HAND in old else BY_HAND + "\n"
    PAGE.write_text("\n".join(page(rows)) + "\n" + by_hand)


main()
