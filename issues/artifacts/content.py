"""One file of an upload, as it is to be stored, and uploads that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO


@dataclass(frozen=True, slots=True)
class Content:
    """A file in an upload with all that an Artifact says of it: the fields have the names, forms and limits of its columns.

    `file` has the bytes, uncompressed and seekable, with its position at the beginning; `size` counts them. It is closed when the
    next content is asked for. Several contents may have the same `file`: they are objects in one debug file.
    """

    kind: str
    name: str
    file: BinaryIO = field(repr=False)
    size: int
    debug_id: str = ""
    code_id: str = ""
    arch: str = ""
    release: str = ""
    dist: str = ""
    source_map: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class BadUpload(Exception):
    """An upload cannot be used. `reason` is a sentence that clients print, at most 500 characters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason[:500])
        self.reason = reason[:500]
