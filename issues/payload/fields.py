"""Reads the fields of an event that are columns, and replaces values that are not valid. Pure.

Source: docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from typing import Any

from issues.payload.access import text
from issues.payload.notes import Notes, What, short
from rustrak.lib.text.visible_text import beginning, has_text

FATAL, ERROR, WARNING, INFO, DEBUG = 50, 40, 30, 20, 10
#: The name of each level, as in docs/protocol.md.
LEVEL_NAMES = {FATAL: "fatal", ERROR: "error", WARNING: "warning", INFO: "info", DEBUG: "debug"}
_LEVELS: dict[str, int] = {
    **{name: number for number, name in LEVEL_NAMES.items()},
    **{str(number): number for number in LEVEL_NAMES},
    "critical": FATAL,
    "warn": WARNING,
    "log": INFO,
    "trace": DEBUG,
}
LONGEST_PLATFORM, LONGEST_RELEASE, LONGEST_ENVIRONMENT, LONGEST_TRANSACTION = 64, 200, 64, 200


def known_level(value: Any) -> int | None:
    """One of LEVEL_NAMES for a name in any case or a number that is one of them; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if isinstance(value, bool) else _LEVELS.get(text(value).strip().lower())


def level(value: Any, notes: Notes) -> int:
    """The level of an event, one of issues.models.Level; ERROR where it is not known."""
    known = known_level(value)
    if known is None and value is not None:
        notes.add("level", What.UNKNOWN_LEVEL, short(value))
    return known or ERROR


def platform(value: Any, notes: Notes) -> str:
    """Any name, cut at 64 characters; `other` where there is none."""
    name = value.strip() if isinstance(value, str) else ""
    return _cut("platform", name, LONGEST_PLATFORM, notes) or "other"


def release(event: dict[str, Any], tags: dict[str, str], notes: Notes) -> str:
    """The field or else the tag `release`, cut at 200 characters.

    Empty for `.`, `..`, blank text and text of several lines.
    """
    sent = event.get("release") or tags.get("release")
    name = text(sent).strip()
    if name in {".", ".."} or "\n" in name or (name and not has_text(name[:LONGEST_RELEASE])):
        notes.add("release", What.INVALID, short(sent))
        return ""
    return _cut("release", name, LONGEST_RELEASE, notes)


def environment(event: dict[str, Any], tags: dict[str, str], notes: Notes) -> str:
    """The field or else the tag `environment`, cut at 64 characters.

    Empty for Python's `None`, for blank text, for text with a `/` and for text of several lines.
    """
    sent = event.get("environment") or tags.get("environment")
    name = text(sent).strip()
    blank = name and not has_text(name[:LONGEST_ENVIRONMENT])
    if name == "None" or "/" in name or "\n" in name or blank:
        notes.add("environment", What.INVALID, short(sent))
        return ""
    return _cut("environment", name, LONGEST_ENVIRONMENT, notes)


def transaction(value: Any, notes: Notes) -> str:
    """The name of the operation that failed, cut at 200 characters; empty where none was sent or a blank one."""
    return _cut("transaction", beginning(text(value)), LONGEST_TRANSACTION, notes)


def _cut(field: str, name: str, longest: int, notes: Notes) -> str:
    if len(name) > longest:
        notes.add(field, What.CUT, f"{len(name)} {longest}")
    return name[:longest]
