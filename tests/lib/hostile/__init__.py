"""A corpus of hostile inputs: what anybody who knows a project's key, or nothing at all, can send."""

from __future__ import annotations

from tests.lib.hostile import digest, edge, memory, pages, sources, stored
from tests.lib.hostile.attack import Attack, Kind, Post

#: Everything that is sent over HTTP. What is sent as bare lines is in `tests.lib.hostile.logs`.
ATTACKS: list[Attack] = [
    *digest.ATTACKS,
    *sources.ATTACKS,
    *pages.ATTACKS,
    *edge.ATTACKS,
    *stored.ATTACKS,
    *memory.ATTACKS,
]

__all__ = ["ATTACKS", "Attack", "Kind", "Post"]
