"""Files of a release that are uploaded one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from issues.artifacts.content import Content
from issues.models import Upload


def read(
    file: BinaryIO, name: str, release: str, dist: str = "", headers: Sequence[str] = ()
) -> list[Content]:
    """The content of a file that was uploaded alone, and after it that of the map inside it, if it has one.

    `file` is seekable. `headers` are the form's fields `header`, such as `Sourcemap: app.js.map`. Raises BadUpload.
    """
    raise NotImplementedError


def replaced(project_id: int, name: str, release: str, dist: str = "") -> list[Upload]:
    """The uploads that a new file of this name replaces: those of the same release, dist and name."""
    raise NotImplementedError
