"""Finds the artifacts of a project that a frame can be looked up in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from issues.artifacts.files import FileRef


@dataclass(frozen=True, slots=True)
class Found:
    """An artifact that fits, as little of it as the look-up needs. `upload_id` is the upload that was used."""

    id: int
    upload_id: int
    kind: str
    name: str
    file: FileRef
    source_map: str
    debug_id: str
    release: str
    dist: str


#: Of a script: its minified source, where it was uploaded, and its map.
@dataclass(frozen=True, slots=True)
class ScriptFiles:
    """What was found for a script: `how` is "debug_id", "release" or "fetched"; `map` is None where only the script was found."""

    how: str
    source: Found | None
    map: Found | None


__all__ = ["UUID", "FileRef", "Found", "ScriptFiles"]
