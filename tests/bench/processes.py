"""Reads CPU seconds and memory of the server's processes from /proc, by part of Rustrak."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.lib.live import descendants

_TICKS = os.sysconf("SC_CLK_TCK")


def part(title: str) -> str:
    """The part of Rustrak that a process title belongs to."""
    if title.startswith("gunicorn: worker"):
        return "web"
    if title.startswith("gunicorn: master"):
        return "web master"
    if title.startswith("rustrak: "):
        return title.removeprefix("rustrak: ").split()[0]
    return "supervisor"


@dataclass(frozen=True)
class Memory:
    """The processes of one part: their number, and the sum of their proportional set sizes in MiB."""

    processes: int
    pss: float


def cpu(root: int) -> dict[str, float]:
    """CPU seconds, user and system, that each part has used so far."""
    used: dict[str, float] = {}
    for pid, title in descendants(root).items():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        name = part(title)
        used[name] = used.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / _TICKS
    return used


def memory(root: int) -> dict[str, Memory]:
    """PSS by part: memory that processes share is counted once, divided among them."""
    found: dict[str, Memory] = {}
    for pid, title in descendants(root).items():
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
        name = part(title)
        before = found.get(name, Memory(0, 0.0))
        found[name] = Memory(before.processes + 1, before.pss + pss)
    return found
