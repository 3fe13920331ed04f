"""The fields of an event that are columns: what is valid, and what stands in for what is not. Pure.

Source of the rules: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from typing import Any

from issues.payload import access
from issues.payload.notes import Notes, What, short

FATAL, ERROR, WARNING, INFO, DEBUG = 50, 40, 30, 20, 10
_LEVELS: dict[str, int] = {
    "fatal": FATAL,
    "critical": FATAL,
    "error": ERROR,
    "warning": WARNING,
    "warn": WARNING,
    "info": INFO,
    "log": INFO,
    "debug": DEBUG,
    "trace": DEBUG,
    **{str(number): number for number in (FATAL, ERROR, WARNING, INFO, DEBUG)},
}
PLATFORM, RELEASE, ENVIRONMENT, TRANSACTION = 64, 200, 64, 200


def level(value: Any, notes: Notes) -> int:
    """One of issues.models.Level: a name in any case, or a number that is one. ERROR where it is not known."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    known = None if isinstance(value, bool) else _LEVELS.get(access.text(value).strip().lower())
    if known is None and value is not None:
        notes.add("level", What.UNKNOWN_LEVEL, short(value))
    return known or ERROR


def platform(value: Any, notes: Notes) -> str:
    """Any name is taken as it is; `other` where there is none."""
    name = value.strip() if isinstance(value, str) else ""
    return _within("platform", name, PLATFORM, notes) or "other"


def release(value: Any, notes: Notes) -> str:
    """Not `.` or `..`, and of one line; empty otherwise."""
    name = access.text(value).strip()
    if name in {".", ".."} or "\n" in name:
        notes.add("release", What.INVALID, short(value))
        return ""
    return _within("release", name, RELEASE, notes)


def environment(value: Any, notes: Notes) -> str:
    """Of one line, without `/` and not Python's `None`; empty otherwise."""
    name = access.text(value).strip()
    if name == "None" or "/" in name or "\n" in name:
        notes.add("environment", What.INVALID, short(value))
        return ""
    return _within("environment", name, ENVIRONMENT, notes)


def transaction(value: Any, notes: Notes) -> str:
    """The name of what was being done, cut."""
    return _within("transaction", access.text(value), TRANSACTION, notes)


def _within(field: str, name: str, most: int, notes: Notes) -> str:
    if len(name) > most:
        notes.add(field, What.CUT, f"{len(name)} {most}")
    return name[:most]
