"""One action on many issues: at once where they are few, else in the background; what it did, and taking it back."""

from __future__ import annotations

from issues.bulk_actions.actions import AT_ONCE, MOST, Snapshot, begin, current, snapshot, stop, undo
from issues.bulk_actions.wording import is_undoable, sentence, why_not_undoable

__all__ = [
    "AT_ONCE",
    "MOST",
    "Snapshot",
    "begin",
    "current",
    "is_undoable",
    "sentence",
    "snapshot",
    "stop",
    "undo",
    "why_not_undoable",
]
