"""The bytes of uploaded files in STORAGES["attachments"], once for each project and content."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileRef:
    """Stored bytes that may be read: `sha256` names the content (64 hex digits), `key` is their place in the storage, where they
    are compressed (zstd), `size` is their length in bytes when decompressed."""

    sha256: str
    key: str
    size: int
