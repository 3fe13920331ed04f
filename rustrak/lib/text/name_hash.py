"""What long names are looked up by: they do not fit into an index."""

from __future__ import annotations

import hashlib


def name_hash(name: str) -> int:
    """A signed 64-bit integer for a name; 0 for an empty one. Two names may have the same: compare the names as well."""
    if not name:
        return 0
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True) or 1
