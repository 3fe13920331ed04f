"""The bytes of uploaded files in STORAGES["attachments"], once for each project and content.

A file is saved before its row and deleted after it: issues.retention.orphaned_files deletes what a crash leaves behind. The rows of a
large upload are inserted some at a time, so that whoever goes on after a crash need not begin again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO

from django.conf import settings
from django.db import transaction

from accounts.models import Project
from issues import files as attachment_files
from issues import usage
from issues.artifacts import storage
from issues.lock import lock_artifacts
from issues.models import StoredFile
from rustrak.lib import clock, wording

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_BLOCK = 64 * 1024
_LEVEL = 3
# What of a file that is being stored may be in memory, compressed; what is more waits on disk.
_IN_MEMORY = 256 * 1024
# So many files, or bytes of them, wait to be stored together.
_BATCH, _BATCH_BYTES = 200, 4 * 1024 * 1024
_AT_ONCE = 8


class TooLarge(ValueError):
    """A file is larger than it may be. The message is for people."""


class Gone(LookupError):
    """The project was deleted, or files that were found are deleted by now."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """Stored bytes that may be read: `sha256` names the content (64 hex digits), `key` is their place in the storage, where they
    are compressed (zstd), `size` is their length in bytes when decompressed."""

    sha256: str
    key: str
    size: int

    @property
    def is_compressed(self) -> bool:
        """Always: as issues.symbols.client asks it."""
        return True

    def open(self) -> BinaryIO:
        """The bytes as they are stored. Raises FileNotFoundError when they are lost, and storage.StorageUnavailable."""
        return storage.open_file(self.key)


def ref(stored: StoredFile) -> FileRef:
    return FileRef(stored.sha256, stored.file, stored.size)


@contextmanager
def content(of: FileRef) -> Iterator[BinaryIO]:
    """The bytes as they were uploaded, to be read from the beginning. Raises FileNotFoundError and storage.StorageUnavailable."""
    with of.open() as stored, zstd.ZstdFile(stored) as file:
        yield file  # type: ignore[misc]  # its stub is not a BinaryIO


@dataclass(frozen=True, slots=True)
class Hashes:
    """What was read of a file: `sha256` and `sha1` of its bytes, and how many these are."""

    sha256: str
    sha1: str
    size: int


@dataclass(slots=True)
class _Waiting:
    hashes: Hashes
    compressed: IO[bytes]
    stored_size: int


class Storing:
    """Stores the files of one upload.

        with Storing(project_id) as storing:
            hashes = storing.add(file)
            …
            storing.flush()
            ids = storing.ids           # by SHA-256

    `make_room` is called with the number of bytes that are about to be stored, inside the transaction: it makes room or raises. Left
    without `flush`, what waits is forgotten. Methods raise StorageUnavailable, Gone, and what `make_room` raises.
    """

    def __init__(self, project_id: int, make_room: Callable[[int], None] = lambda size: None) -> None:
        self._project_id = project_id
        self._make_room = make_room
        self._waiting: dict[str, _Waiting] = {}
        self._bytes = 0
        #: The StoredFile of each content that was added, after `flush`.
        self.ids: dict[str, int] = {}
        #: Whether a file was stored that was not there before.
        self.has_stored = False

    def __enter__(self) -> Storing:
        return self

    def __exit__(self, *error: object) -> None:
        for each in self._waiting.values():
            each.compressed.close()

    def add(self, file: IO[bytes], most: int = 0) -> Hashes:
        """Read `file` to its end. Raises TooLarge for more than `most` bytes (default: MAX_UPLOAD_BYTES), and OSError when it cannot be
        read."""
        most = most or settings.MAX_UPLOAD_BYTES
        compressed = storage.scratch(_IN_MEMORY)
        try:
            found, stored_size = _compress(file, compressed, most)
        except BaseException:
            compressed.close()
            raise
        if found.sha256 in self._waiting or found.sha256 in self.ids:
            compressed.close()
            return found
        self._waiting[found.sha256] = _Waiting(found, compressed, stored_size)
        self._bytes += stored_size
        if len(self._waiting) >= _BATCH or self._bytes >= _BATCH_BYTES:
            self.flush()
        return found

    def flush(self) -> None:
        """Store what waits: first the files, then their rows."""
        if not self._waiting:
            return
        waiting, self._waiting, self._bytes = self._waiting, {}, 0
        keys: dict[str, str] = {}
        try:
            known = _known(self._project_id, list(waiting))
            new = [each for sha256, each in waiting.items() if sha256 not in known]
            if new:
                storage.require_space(sum(each.stored_size for each in new))
            _save(self._project_id, new, keys)
            with transaction.atomic():
                lock_artifacts(self._project_id)
                self._insert(waiting, keys)
        except BaseException:
            attachment_files.remove(keys.values())
            raise
        finally:
            for each in waiting.values():
                each.compressed.close()

    def _insert(self, waiting: Mapping[str, _Waiting], keys: dict[str, str]) -> None:
        """Insert the rows of the files that were stored under `keys`; remove the files that somebody else has stored meanwhile."""
        if not Project.objects.filter(pk=self._project_id, deleting_at=None).exists():
            raise Gone
        there = _known(self._project_id, list(keys))
        new = [sha256 for sha256 in keys if sha256 not in there]
        size = sum(waiting[sha256].stored_size + usage.STORED_FILE for sha256 in new)
        if new:
            self._make_room(size)
        known = _known(self._project_id, list(waiting))
        if any(sha256 not in known and sha256 not in new for sha256 in waiting):
            raise Gone  # it was deleted since we looked: whoever tries again stores it
        StoredFile.objects.bulk_create(
            StoredFile(
                project_id=self._project_id,
                sha256=sha256,
                sha1=waiting[sha256].hashes.sha1,
                size=waiting[sha256].hashes.size,
                stored_size=waiting[sha256].stored_size,
                file=keys[sha256],
            )
            for sha256 in new
        )
        self.has_stored = self.has_stored or bool(new)
        usage.add(self._project_id, {"artifact": (len(new), size)})
        self.ids.update(_known(self._project_id, list(waiting)))
        attachment_files.remove_after_commit([keys[sha256] for sha256 in keys if sha256 in known])


def _save(project_id: int, new: Sequence[_Waiting], keys: dict[str, str]) -> None:
    """Put files into the storage, several at once: each waits for a disk or a network. `keys` gets their keys by SHA-256, also of those that
    were saved when another could not be."""

    def save(some: Sequence[_Waiting]) -> None:
        for each in some:
            key = storage.key_of_file(project_id, clock.now())
            keys[each.hashes.sha256] = storage.save(key, each.compressed)
        attachment_files.sync([keys[each.hashes.sha256] for each in some])

    if len(new) <= _AT_ONCE:
        save(new)
        return
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="save") as threads:
        # All of them end before the first error is raised.
        for done in [threads.submit(save, new[start::_AT_ONCE]) for start in range(_AT_ONCE)]:
            done.result()


def delete_unused(project_id: int, ids: Sequence[int]) -> tuple[int, int]:
    """Delete those of the files that no artifact has, inside the transaction that holds the project's artifacts (lock_artifacts). Returns
    how many rows, and about how many bytes they took."""
    unused = StoredFile.objects.filter(project=project_id, pk__in=ids, artifacts=None)
    rows = list(unused.values_list("pk", "file", "stored_size"))
    StoredFile.objects.filter(pk__in=[pk for pk, _, _ in rows]).delete()
    size = sum(stored_size + usage.STORED_FILE for _, _, stored_size in rows)
    usage.add(project_id, {"artifact": (-len(rows), -size)})
    attachment_files.remove_after_commit([key for _, key, _ in rows])
    return len(rows), size


def _known(project_id: int, hashes: Sequence[str]) -> dict[str, int]:
    found = StoredFile.objects.filter(project=project_id, sha256__in=hashes)
    return dict(found.values_list("sha256", "pk"))


def _compress(file: IO[bytes], into: IO[bytes], most: int) -> tuple[Hashes, int]:
    """Copy `file` compressed. Returns what it is, and how many bytes were written."""
    sha256, sha1, size = hashlib.sha256(), hashlib.sha1(usedforsecurity=False), 0
    compressor = zstd.ZstdCompressor(level=_LEVEL)
    while block := file.read(_BLOCK):
        size += len(block)
        if size > most:
            raise TooLarge(f"A file may have {wording.size(most)} at most.")
        sha256.update(block)
        sha1.update(block)
        into.write(compressor.compress(block))
    into.write(compressor.flush())
    return Hashes(sha256.hexdigest(), sha1.hexdigest(), size), into.tell()
