"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """PROBLEM: something does not work, or soon will not. WARNING: it works, and somebody should know."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about `subject` in a line, and what helps; `fix` is empty when nothing is to be done."""

    subject: str
    level: Level
    text: str
    fix: str = ""


def ok(subject: str, text: str) -> Finding:
    return Finding(subject, Level.OK, text)


def warning(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject, Level.WARNING, text, fix)


def problem(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject, Level.PROBLEM, text, fix)


def size(count: float) -> str:
    """Bytes as a person reads them: 512 bytes, 3.4 MiB."""
    if count < 1024:
        return f"{count:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        count /= 1024
        if count < 1024 or unit == "TiB":
            break
    return f"{count:.3g} {unit}" if count < 1000 else f"{count:.0f} {unit}"


def span(seconds: float) -> str:
    """Seconds as a person reads them: 0.2 s, 42 s, 5 min, 3 h, 2 days."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for length, unit in ((86400 * 2, "days"), (7200, "h"), (120, "min")):
        if seconds >= length:
            return f"{seconds / {'days': 86400, 'h': 3600, 'min': 60}[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"
