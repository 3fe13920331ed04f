"""The names of artifacts, and which of them a frame's URL can mean. Pure. Source: docs/protocol.md, "Artifacts"."""

from __future__ import annotations

import hashlib


def name_hash(name: str) -> int:
    """What a name is looked up by: a signed 64-bit integer, 0 for no name."""
    if not name:
        return 0
    return (
        int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)
        or 1
    )
