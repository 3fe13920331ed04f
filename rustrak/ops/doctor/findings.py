"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """PROBLEM: something does not work, or soon will not. WARNING: it works, but should be changed."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about `subject`, in one line, and how to fix it. `fix` is empty when nothing has to be done."""

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
