"""Reads an artifact bundle: a zip file with a manifest. Bounded; nothing in it is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from issues.artifacts.content import Content


def unpack(file: BinaryIO, release: str = "", dist: str = "") -> Iterator[Content]:
    """The files of a bundle, in the order of its manifest. `file` is seekable.

    `release` and `dist` are what the client said when it uploaded; the manifest's are used where they are empty. Memory does not
    grow with the size of the files. Raises BadUpload, at the first file or a later one: then none of them may be used.
    """
    raise NotImplementedError
