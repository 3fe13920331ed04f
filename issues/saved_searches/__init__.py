"""Searches that people keep."""

from __future__ import annotations

from issues.saved_searches.stored import (
    MOST,
    MOST_SHARED,
    change,
    create,
    default_of,
    delete,
    in_order,
    may_change,
    move,
    set_default,
    visible,
)
from issues.saved_searches.view import SORTS, STATUSES, Invalid, View, view_of

__all__ = [
    "MOST",
    "MOST_SHARED",
    "SORTS",
    "STATUSES",
    "Invalid",
    "View",
    "change",
    "create",
    "default_of",
    "delete",
    "in_order",
    "may_change",
    "move",
    "set_default",
    "view_of",
    "visible",
]
