"""Local variables of a frame.

Python's SDKs send the repr() of a value as a string, which already says its type; others send the value itself, so
their strings are shown quoted. What an SDK scrubbed says `[Filtered]`.
"""

from __future__ import annotations

from dataclasses import dataclass

from issues.render.tables import Field, fields, pairs

MOST_VARIABLES = 60
_SENDS_REPR = {"python"}
# Said of every module by Python itself: true, and never what one looks for, so they come last.
_MODULE_NAMES = {
    "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__annotations__", "__builtins__", "__file__",
    "__cached__",
}  # fmt: skip


@dataclass(frozen=True)
class Variables:
    """The rows, and how many more there are."""

    fields: tuple[Field, ...] = ()
    more: int = 0


NO_VARIABLES = Variables()


def variables(value: object, platform: str) -> Variables:
    """`vars` of a frame; a list is numbered, anything else is one row."""
    reprs = platform in _SENDS_REPR
    rows = fields(value, quoted=not reprs, reprs=reprs, most=MOST_VARIABLES)
    rows = tuple(sorted(rows, key=lambda row: row.name in _MODULE_NAMES))
    return Variables(rows, max(0, len(pairs(value)) - MOST_VARIABLES))
