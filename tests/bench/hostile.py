"""What hostile inputs cost: edge, digest, pages and bytes of each input of tests.lib.hostile, the worst of each kind.

The inputs are shared among a process for each core. `tests.bench.hostile_live` measures what only a real server shows.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lib import hostile
from tests.lib.hostile import Attack, Kind
from tests.lib.live import ROOT

# The CPU seconds that each step may take: what takes longer is killed and shown as that.
QUICK_SECONDS, SECONDS = 5.0, 30.0
WORST = 3


@dataclass(frozen=True)
class Measured:
    """What one input cost. Times are seconds of CPU; `stall` is the most between two turns of the event loop. `memory` is in
    MiB.

    `sent` and `stored` are bytes: of the requests, and allocated on disk after the digest. `pages` are dicts of page,
    cpu, size, status and memory; `over` are the steps that were killed, each with the limit that it exceeded.
    """

    attack: Attack
    sent: int
    stored: dict[str, int]
    edge: dict[str, Any]
    digest: dict[str, Any]
    pages: list[dict[str, Any]]
    over: list[list[str]]
    seconds: float

    def cpu(self, step: str) -> float:
        """Of `edge` or `digest`; the limit if it was killed."""
        found = self.edge if step == "edge" else self.digest
        return float(found.get("cpu", self.seconds))

    @property
    def worst_page(self) -> dict[str, Any]:
        return max(self.pages, key=lambda page: float(page["cpu"]), default={"page": "", "cpu": 0.0})

    @property
    def largest_page(self) -> dict[str, Any]:
        return max(self.pages, key=lambda page: int(page["size"]), default={"page": "", "size": 0})

    @property
    def memory(self) -> float:
        steps = [self.edge, self.digest, *self.pages]
        return max(float(step.get("memory", 0.0)) for step in steps)

    @property
    def kept(self) -> int:
        """Bytes on disk; files of a fixed size, such as that of the rate limits, do not count."""
        return max(0, sum(size for name, size in self.stored.items() if name not in ("quota", "secret_key")))


def chosen(*, quick: bool = False, full: bool = False) -> list[Attack]:
    """The inputs that are measured in memory: the examples, all but the thorough ones, or all.

    Examples come first.
    """
    alone = [attack for attack in hostile.ATTACKS if not attack.held]
    wanted = [one for one in alone if one.example or (not quick and (full or not one.thorough))]
    return sorted(wanted, key=lambda one: not one.example)


def measure(attacks: Iterable[Attack], seconds: float, say: Callable[[str], None]) -> list[Measured]:
    """Measure each of `attacks`; each of its steps may take so many seconds of CPU time."""
    waiting: queue.SimpleQueue[Attack] = queue.SimpleQueue()
    for attack in attacks:
        waiting.put(attack)
    found: list[Measured] = []

    def work() -> None:
        with _worker() as ask:
            while True:
                try:
                    attack = waiting.get_nowait()
                except queue.Empty:
                    return
                answer = ask(attack.name, seconds)
                stored = answer.pop("bytes")
                one = Measured(
                    attack, answer["sent"], stored, answer.get("edge", {}), answer.get("digest", {}),
                    answer["pages"], answer["over"], seconds,
                )  # fmt: skip
                found.append(one)
                for step, limit in one.over:
                    say(f"hostile: {attack.kind}: {attack.name}: {step} {limit}")

    workers = [threading.Thread(target=work) for _ in range(min(os.cpu_count() or 1, 4))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


@contextmanager
def _worker() -> Iterator[Callable[[str, float], dict[str, Any]]]:
    """A worker process, and the function that asks it; see tests.bench.hostile_worker."""
    directory = Path(tempfile.mkdtemp(prefix="rustrak-hostile-"))
    names = ("PATH", "HOME", "LANG", "TZ", "RUSTRAK_TEST_SHARED")
    environment = {
        **{name: os.environ[name] for name in names if name in os.environ},
        "RUSTRAK_DATA": str(directory / "data"), "DJANGO_SETTINGS_MODULE": "rustrak.settings", "INGEST_FSYNC": "false",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.hostile_worker"],
        env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def answer() -> dict[str, Any]:
        line = stdout.readline()
        if not line:
            raise RuntimeError("the worker ended: see stderr")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(name: str, seconds: float) -> dict[str, Any]:
        print(json.dumps({"name": name, "seconds": seconds}), file=stdin, flush=True)
        return answer()

    try:
        answer()
        yield ask
    finally:
        stdin.close()
        process.wait(60)
        shutil.rmtree(directory, ignore_errors=True)


def tables(found: list[Measured], *, every: bool = False) -> list[tuple[str, list[str], list[list[str]]]]:
    """(title, heads, rows): the worst of each kind, and the worst WORST of each measurement; or `every` input."""
    measurements: list[tuple[str, Callable[[Measured], float], Callable[[Measured], str]]] = [
        ("edge CPU ms", lambda one: one.cpu("edge"), lambda one: _time(one, "edge", 1000)),
        ("longest stall ms", lambda one: float(one.edge.get("stall", 0)), lambda one: f"{one.edge.get('stall', 0) * 1000:.0f}"),
        ("digest CPU s", lambda one: one.cpu("digest"), lambda one: _time(one, "digest", 1)),
        ("page CPU s", lambda one: float(one.worst_page["cpu"]), _page),
        ("page KB", lambda one: float(one.largest_page["size"]), lambda one: f"{one.largest_page['size'] / 1000:.0f}"),
        ("bytes kept per byte sent", lambda one: one.kept / one.sent, lambda one: f"{one.kept / one.sent:.0f}"),
        ("MB kept", lambda one: float(one.kept), lambda one: f"{one.kept / 1e6:.1f}"),
        ("memory MiB", lambda one: one.memory, lambda one: f"{one.memory:.0f}"),
    ]  # fmt: skip
    if every:
        heads = ["input", "KB sent", *(name for name, _, _ in measurements)]
        rows = [
            [one.attack.name, f"{one.sent / 1000:.1f}", *(shown(one) for _, _, shown in measurements)]
            for one in found
        ]
        return [("Each input", heads, rows)]
    by_kind = []
    for kind in Kind:
        mine = [one for one in found if one.attack.kind is kind]
        if not mine:
            continue
        row = [kind.value, str(len(mine))]
        for _, value, shown in measurements:
            worst = max(mine, key=value)
            row.append(f"{shown(worst)} ({worst.attack.name})")
        by_kind.append(row)
    worst_rows = []
    for name, value, shown in measurements:
        for one in sorted(found, key=value, reverse=True)[:WORST]:
            worst_rows.append(
                [name, shown(one), one.attack.kind.value, one.attack.name, f"{one.sent / 1000:.1f}"]
            )
    return [
        ("The worst of each kind", ["aimed at", "inputs", *(name for name, _, _ in measurements)], by_kind),
        ("The worst of all", ["measurement", "value", "aimed at", "input", "KB sent"], worst_rows),
    ]


def _time(one: Measured, step: str, unit: int) -> str:
    found = one.edge if step == "edge" else one.digest
    if "cpu" in found:
        return f"{found['cpu'] * unit:.0f}" if unit > 1 else f"{found['cpu']:.2f}"
    return f"> {one.seconds * unit:.0f}"


def _page(one: Measured) -> str:
    worst = one.worst_page
    return f"> {worst['cpu']:.0f}" if worst.get("status") == 0 else f"{worst['cpu']:.2f}"
