"""The digest alone: from sealed segments to rows, at the batch sizes that form, on an empty and on a full database.

Each database has a process of its own; both are asked in turn, so that the machine's mood meets both.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.lib import installation
from tests.lib.live import ROOT

RUNS = 3
RUNS_WITH_RULES, RULES = 5, 5
BATCHES = {1: 150, 10: 600, 100: 2000, 500: 3000}
ISSUES = {1: "1", 500: "500", 0: "all distinct"}
#: MiB events, KiB each.
LARGE = ((500, 1024), (64, 7 * 1024))


@dataclass(frozen=True)
class Cell:
    """One line of the table. `cpu_ms` and `server_ms` are CPU per event; `ratio` compares the full database to the empty."""

    kind: str
    issues: str
    batch: int
    per_second: float
    cpu_ms: float
    server_ms: float
    ratio: float


class Database:
    """One worker process and its database."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, do: str, **order: Any) -> Any:
        """Send one order to the worker and return its answer; see tests.bench.digest_worker."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": do, **order}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the worker ended: see stderr")
        return json.loads(line)


@contextmanager
def database(kind: str, worker: str = "digest_worker") -> Iterator[Database]:
    """A worker with a new database (`kind` is sqlite or postgres) and rate limits too high to be reached."""
    directory = Path(tempfile.mkdtemp(prefix="rustrak-bench-"))
    environment = {
        **os.environ, "RUSTRAK_DATA": str(directory), "DJANGO_SETTINGS_MODULE": "rustrak.settings",
        **{
            f"MAX_EVENTS_{scope}PER_{window}": "1000000000"
            for scope in ("", "PER_PROJECT_") for window in ("MINUTE", "HOUR")
        },
    }  # fmt: skip
    if kind == "postgres":
        environment["DATABASE_URL"] = installation.new_database(migrated=False)
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{worker}"],
        env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield Database(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


def matrix(kind: str, stored: int, say: Callable[[str], None]) -> list[Cell]:
    """Measure all cells on one kind of database. The full one has `stored` events at the start."""
    cells = []
    with database(kind) as empty, database(kind) as full:
        say(f"{kind}: storing {stored} events first")
        filled = full.ask("fill", events=stored)
        say(f"{kind}: that took {filled['seconds']:.0f} s, {filled['bytes'] / stored:.0f} bytes each")
        for event in ("small", "big"):
            for issues, name in ISSUES.items():
                for batch, events in BATCHES.items():
                    events = events if event == "small" else max(batch, events // 4)
                    order = {"events": events, "batch": batch, "kind": event, "issues": issues}
                    runs = [(empty.ask("run", **order), full.ask("run", **order)) for _ in range(RUNS)]
                    cells.append(
                        Cell(
                            event, name, batch,
                            per_second=median(events / one["seconds"] for one, _ in runs),
                            cpu_ms=median(1000 * one["cpu"] / events for one, _ in runs),
                            server_ms=median(1000 * one["server"] / events for one, _ in runs),
                            ratio=median(
                                (two["cpu"] + two["server"]) / (one["cpu"] + one["server"]) for one, two in runs
                            ),
                        )
                    )  # fmt: skip
                    say(f"{kind}: {cells[-1]}")
    return cells


@dataclass(frozen=True)
class RulesCell:
    """CPU per event without alert rules, and `ratio` to it with RULES of them, one of which watches volumes."""

    issues: str
    batch: int
    cpu_ms: float
    ratio: float


def with_rules(kind: str, say: Callable[[str], None]) -> list[RulesCell]:
    """What alert rules cost the digest: one project, with and without them in turn."""
    cells = []
    with database(kind) as one:
        for issues, name in ISSUES.items():
            for batch, events in BATCHES.items():
                cpu: dict[int, list[float]] = {0: [], RULES: []}
                for run in range(RUNS_WITH_RULES):
                    for rules in (0, RULES) if run % 2 else (RULES, 0):
                        one.ask("rules", count=rules)
                        spent = one.ask("run", events=events, batch=batch, kind="small", issues=issues)
                        cpu[rules].append(spent["cpu"] + spent["server"])
                without, ruled = median(cpu[0]), median(cpu[RULES])
                cells.append(RulesCell(name, batch, 1000 * without / events, ruled / without))
                say(f"{kind}: {cells[-1]}")
    return cells


def memory(kind: str) -> list[tuple[int, int, float, float]]:
    """For each of LARGE: events, KiB of each, MiB of memory before and at the peak. Each runs in a process of its own."""
    found = []
    for events, size in LARGE:
        with database(kind) as one:
            answer = one.ask("large", events=events, size=size * 1024)
            found.append((events, size, answer["before"], answer["most"]))
    return found
