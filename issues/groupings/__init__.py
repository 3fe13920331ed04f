"""The groupings of an issue as people see them: their numbers, whether each may be taken out, and what was merged into the issue."""

from __future__ import annotations

from issues.groupings.acting import merge, move, split, undo
from issues.groupings.listed import Listed, listed, mechanism_of
from issues.groupings.merged_into import Merged

__all__ = ["Listed", "Merged", "listed", "mechanism_of", "merge", "move", "split", "undo"]
