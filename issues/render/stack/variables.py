"""The local variables of a frame.

Python's SDK sends the repr() of a value as a string, which already shows its type; others send the value itself, so
their strings are shown quoted.
"""

from __future__ import annotations

from dataclasses import dataclass

from issues.render.room import Room
from issues.render.tables import Field, counted_fields

MOST_VARIABLES = 60
_SENDS_REPR = {"python"}
# Python sets these in every module. They say nothing about the error, so they come last.
_MODULE_NAMES = {
    "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__annotations__", "__builtins__", "__file__",
    "__cached__",
}  # fmt: skip


@dataclass(frozen=True)
class Variables:
    """The rows, and how many more there were."""

    fields: tuple[Field, ...] = ()
    more: int = 0


NO_VARIABLES = Variables()


def variables(value: object, platform: str, room: Room) -> Variables:
    """`vars` of a frame: one row for each variable. A list is numbered, any other value is one row."""
    reprs = platform in _SENDS_REPR
    rows, more = counted_fields(value, room=room, quoted=not reprs, reprs=reprs, most=MOST_VARIABLES)
    return Variables(tuple(sorted(rows, key=lambda row: row.name in _MODULE_NAMES)), more)
