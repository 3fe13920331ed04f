"""Debug files: what an upload is, and the artifacts in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from issues.artifacts.content import Content


def identify(file: BinaryIO, name: str, debug_id: str = "") -> Iterator[Content]:
    """What an uploaded debug file is: one content for each object in it, or for each file of a zip file of ProGuard mappings.

    `file` is seekable and has a descriptor. `name` and `debug_id` are what the client says; the file's own word counts where it has
    one. Raises BadUpload for what is no debug file, and issues.symbols.answers.Unavailable when that could not be found out now.
    """
    raise NotImplementedError
