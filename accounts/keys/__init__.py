"""Keys: with which programs send events to a project.

changing.py  making, changing, replacing and deleting them
api.py       the JSON API
"""

from __future__ import annotations

from accounts.keys.changing import (
    GRACES,
    MOST_KEYS,
    MOST_PER_WINDOW,
    NAME_LENGTH,
    BadKey,
    LastKey,
    Limits,
    TooManyKeys,
    change,
    create,
    delete,
    listed,
    note_use,
    rotate,
)

__all__ = [
    "GRACES",
    "MOST_KEYS",
    "MOST_PER_WINDOW",
    "NAME_LENGTH",
    "BadKey",
    "LastKey",
    "Limits",
    "TooManyKeys",
    "change",
    "create",
    "delete",
    "listed",
    "note_use",
    "rotate",
]
