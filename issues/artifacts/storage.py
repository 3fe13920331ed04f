"""STORAGES["attachments"] for uploads: their files beside those of attachments, `<project>/<yyyy-mm>/<id>`, and pieces that wait to be
assembled, `chunks/<yyyy-mm-dd>/<id>`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, TypeVar, cast

from django.conf import settings
from django.core.files.base import File

from issues import files
from rustrak.lib import ids, wording
from rustrak.lib.disk import space

if TYPE_CHECKING:
    BytesFile = File[bytes]
else:
    BytesFile = File

T = TypeVar("T")

#: The directory of pieces, in the storage.
CHUNKS = "chunks"


class StorageUnavailable(OSError):
    """The storage cannot be used now; a later attempt may succeed. The message is for people."""


class _Moved(BytesFile):
    """A file on this machine that nobody else needs. FileSystemStorage moves files with a `temporary_file_path`."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def key_of_file(project_id: int, now: datetime) -> str:
    """A new key for a file of the project."""
    return f"{project_id}/{now:%Y-%m}/{ids.uuid7()}"


def key_of_chunk(now: datetime, *, is_gzip: bool) -> str:
    """A new key for a piece. A piece that is compressed stays so; its name tells."""
    return f"{CHUNKS}/{now:%Y-%m-%d}/{ids.uuid7()}{'.gz' if is_gzip else ''}"


def save(key: str, content: IO[bytes]) -> str:
    """Save all of `content` and return its key. Raises StorageUnavailable."""
    content.seek(0)
    return _tried(lambda: files.storage().save(key, File(content)))


def move(key: str, path: str) -> str:
    """Save the file at `path`, which may be gone then, and return its key. Raises StorageUnavailable."""
    with Path(path).open("rb") as content:
        return _tried(lambda: files.storage().save(key, _Moved(content, name=path)))


def open_file(key: str) -> BinaryIO:
    """The bytes as they are stored. Raises FileNotFoundError when there are none, and StorageUnavailable."""
    return cast("BinaryIO", _tried(lambda: files.storage().open(key, "rb").file))


def require_space(size: int) -> None:
    """Raises StorageUnavailable when so many bytes more would leave too little free space (MIN_FREE_BYTES) where uploads arrive or are
    stored."""
    directories = [Path(settings.UPLOAD_DIR)]
    try:
        directories.append(Path(files.storage().path(".")))
    except NotImplementedError:
        pass
    for directory in directories:
        found = space.measure(directory, settings.MIN_FREE_BYTES)
        if found is not None and found.floor and (found.free - size < found.floor or not found.files_left):
            raise StorageUnavailable(
                f"The server has too little free disk space: {wording.size(found.free)} are free, {wording.size(found.floor)} are kept free. "
                "Try again later."
            )


def scratch(in_memory: int = 0) -> IO[bytes]:
    """A file without a name, which is gone when it is closed. Up to `in_memory` bytes of it are not on disk. Raises
    StorageUnavailable."""
    try:
        directory = Path(settings.UPLOAD_DIR)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if in_memory:
            return cast("IO[bytes]", tempfile.SpooledTemporaryFile(in_memory, dir=str(directory)))
        return tempfile.TemporaryFile(dir=directory)
    except OSError as error:
        raise StorageUnavailable(f"Uploads cannot be kept on this server: {error.strerror}.") from error


def _tried(work: Callable[[], T]) -> T:
    try:
        return work()
    except FileNotFoundError:
        raise
    except Exception as error:
        # Each storage class raises its own exceptions when it cannot be reached.
        raise StorageUnavailable(
            "The storage of uploaded files cannot be used at the moment. Try again later."
        ) from error
