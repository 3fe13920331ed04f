"""Which issue the groupings of a project lead to: merging issues, undoing that, splitting groupings off, moving them elsewhere.

All of these are one operation: groupings leave an issue for another one. It takes one short transaction, after which new events
go to the other issue and all numbers of both are right. `work` moves the stored events after it, a part at a time, so that no
digest waits. docs/decisions/0041-merging.md says why.

`merge`, `undo_merge`, `split` and `move` work in the caller's transaction, write the history of both issues, and raise
NotPossible with a message for people. Who asks for it must be allowed to change issues of the project.
"""

from __future__ import annotations

from issues.merging.counting import count_again
from issues.merging.errors import NotPossible
from issues.merging.merges import MOST, UNDO_FOR, merge, undo_merge, why_not_undoable
from issues.merging.splits import made_again, move, split, why_not_split
from issues.merging.standing import Standing, standing
from issues.merging.waking import is_waiting, wake
from issues.merging.working import finish, finish_interrupted, run, work

__all__ = [
    "MOST",
    "UNDO_FOR",
    "NotPossible",
    "Standing",
    "count_again",
    "finish",
    "finish_interrupted",
    "is_waiting",
    "made_again",
    "merge",
    "move",
    "run",
    "split",
    "standing",
    "undo_merge",
    "wake",
    "why_not_split",
    "why_not_undoable",
    "work",
]
