"""One file of an upload, as it is to be stored, and uploads that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Content:
    """A file in an upload with all that an Artifact says of it: the fields have the names, forms and limits of its columns.

    `file` has the bytes, uncompressed and seekable, with its position at the beginning; `size` counts them. It is closed when the
    next content is asked for. Several contents may have the same `file`: they are objects in one debug file.
    """

    kind: str
    name: str
    file: IO[bytes] = field(repr=False)
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
        # It may quote names of files, and is stored and printed.
        self.reason = _CONTROL.sub("\ufffd", reason)[:500]
        super().__init__(self.reason)
