"""Issues that are probably the same: they share the smart key of an event that made one of their groupings.

They are offered for merging, in every project, whatever its own mechanism is; nothing is merged by itself. Whoever says that two of
them are not the same is not asked again.
"""

from __future__ import annotations

from issues.look_alikes.differences import Difference, differences
from issues.look_alikes.finding import MOST_GROUPS, MOST_SHOWN, Group, all_of, of_issue, of_project, some_in
from issues.look_alikes.verdicts import MOST_APART, TooMany, apart, not_the_same, undo

__all__ = [
    "MOST_APART",
    "MOST_GROUPS",
    "MOST_SHOWN",
    "Difference",
    "Group",
    "TooMany",
    "all_of",
    "apart",
    "differences",
    "not_the_same",
    "of_issue",
    "of_project",
    "some_in",
    "undo",
]
