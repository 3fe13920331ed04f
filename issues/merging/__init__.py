"""Merges an issue into another one of its project, and takes that back. Only issues.bulk_actions calls it.

`begin` has new events and all addresses lead to the other issue, and hides the one that goes; `move` moves its rows, as many at
a time as a digest can wait for, and deletes it at the end. docs/decisions/0038-bulk-actions.md says why.
"""

from __future__ import annotations

from issues.merging.beginning import MOST, begin
from issues.merging.errors import NotPossible
from issues.merging.kept import is_small
from issues.merging.moving import finish_interrupted, move
from issues.merging.undoing import undo

__all__ = ["MOST", "NotPossible", "begin", "finish_interrupted", "is_small", "move", "undo"]
