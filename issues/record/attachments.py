"""Files that SDKs send: their bytes into the storage, then their rows into the database.

The bytes go first and under a key that follows from the item alone, so that doing it again after a crash is
harmless; a file whose row was never committed is swept later (issues.retention.orphaned_files).
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db.models import Count

from issues import files
from issues.models import Attachment
from issues.record import media
from issues.record.items import Item, ItemOutcome, Result, Results
from rustrak.lib import bulk, ids

if TYPE_CHECKING:
    BytesFile = File[bytes]
else:
    BytesFile = File

_CHUNK = 1024 * 1024
FILTERED = Result(ItemOutcome.FILTERED, "too_many_attachments")
DUPLICATE = Result(ItemOutcome.DUPLICATE)
STORED = Result(ItemOutcome.STORED)


class StorageAway(OSError):
    """The storage of attachments cannot be used now: waiting may help."""


@dataclass(frozen=True, slots=True)
class Staged:
    """An attachment whose bytes are in the storage under `key`; with a `problem` there are none.

    `id` follows from what the file is and what it belongs to: the same one sent twice has the same id.
    """

    id: UUID
    event_id: UUID
    name: str
    content_type: str
    kind: str
    size: int
    key: str
    received_at: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Content:
    size: int
    digest: bytes
    head: bytes


class _SpoolFile(BytesFile):
    """A file of the spool: a storage on the same file system takes it over by renaming it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def stage(project_id: int, items: Sequence[Item]) -> list[Staged]:
    """Put the bytes of `items` into the storage, outside any transaction; one Staged for each, in order.

    A file of the spool is moved there. Raises OSError when the spool or the storage is in the way; what was
    staged by then is found there the next time.
    """
    place = files.storage()
    staged = [_stage(place, project_id, item) for item in items]
    files.sync([one.key for one in staged if not one.problem])
    return staged


def record(project_id: int, staged: Sequence[Staged], now: datetime) -> Results:
    """Insert the rows of `staged`, inside the caller's transaction; what became of each.

    A file its event has already adds nothing, nor does one beyond MAX_ATTACHMENTS_PER_EVENT; their bytes are
    deleted after the commit.
    """
    found = [one for one in staged if not one.problem]
    here = Attachment.objects.filter(project_id=project_id, event_id__in={one.event_id for one in found})
    known = dict(here.filter(pk__in=[one.id for one in found]).values_list("pk", "file"))
    kept: Counter[UUID] = Counter(dict(here.values_list("event_id").annotate(Count("pk"))))
    results: Results = Counter(Result(ItemOutcome.INVALID, one.problem) for one in staged if one.problem)
    rows: list[Sequence[Any]] = []
    unwanted: list[str] = []
    for one in found:
        if one.id in known:
            results[DUPLICATE] += 1
            if known[one.id] != one.key:
                unwanted.append(one.key)
        elif kept[one.event_id] >= settings.MAX_ATTACHMENTS_PER_EVENT:
            results[FILTERED] += 1
            unwanted.append(one.key)
        else:
            results[STORED] += 1
            kept[one.event_id] += 1
            known[one.id] = one.key
            rows.append(
                (one.id, project_id, one.event_id, one.name, one.content_type, one.kind, one.size, one.key, one.received_at)
            )  # fmt: skip
    bulk.insert(
        Attachment,
        ["id", "project", "event_id", "name", "content_type", "kind", "size", "file", "ingested_at"],
        rows,
    )
    files.remove_after_commit(unwanted)
    return results


def _stage(place: Storage, project_id: int, item: Item) -> Staged:
    event_id = UUID(item.id)
    own_id = ids.event_id(item.meta.get("id"))
    name = media.name(item.meta.get("filename"))
    kind = media.kind(item.meta.get("attachment_type"))
    key = f"{project_id}/{item.received_at:%Y-%m}/{own_id}"
    content: _Content | None = None
    if own_id is not None:
        try:
            content, key = _keep(place, key, item)
        except OSError:
            raise
        except Exception as error:
            # Each backend has exceptions of its own for being unreachable.
            raise StorageAway(f"attachments cannot be stored: {type(error).__name__}: {error}") from error
    if content is None:
        return Staged(event_id, event_id, name, "", kind, 0, "", item.received_at, problem="bytes_lost")
    identity = hashlib.blake2b(content.digest, digest_size=16)
    for part in (str(project_id), event_id.hex, kind, name):
        identity.update(b"\0" + part.encode())
    return Staged(
        id=UUID(bytes=identity.digest(), version=5),
        event_id=event_id,
        name=name,
        content_type=media.media_type(
            item.meta.get("content_type"), content.head, whole=content.size <= len(content.head)
        ),
        kind=kind,
        size=content.size,
        key=key,
        received_at=item.received_at,
    )


def _keep(place: Storage, key: str, item: Item) -> tuple[_Content | None, str]:
    """Have the item's bytes under `key`: what they are, and the key the storage really gave them.

    None when they are neither in the spool nor in the storage.
    """
    if item.path is None:
        content = _look(io.BytesIO(item.data))
        if not place.exists(key) or place.size(key) != content.size:
            place.delete(key)
            key = place.save(key, ContentFile(item.data))
        return content, key
    try:
        file = open(item.path, "rb")  # noqa: SIM115  closed by the with statement below
    except FileNotFoundError:
        return _kept_before(place, key), key
    with file:
        content = _look(file)
        # Its age counts from now: what has lain in the storage for long without a row is swept.
        os.utime(item.path)
        # What an interrupted copy left; a completed move would have taken the file out of the spool.
        if place.exists(key):
            place.delete(key)
        file.seek(0)
        key = place.save(key, _SpoolFile(file, name=str(item.path)))
    Path(item.path).unlink(missing_ok=True)
    return content, key


def _kept_before(place: Storage, key: str) -> _Content | None:
    """The bytes that were moved to `key` before a crash."""
    if not place.exists(key):
        return None
    with place.open(key, "rb") as file:
        return _look(file)


def _look(file: IO[bytes] | File[bytes]) -> _Content:
    size, head = 0, b""
    digest = hashlib.blake2b(digest_size=32)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        digest.update(chunk)
        head += chunk[: media.HEAD_BYTES - len(head)]
    return _Content(size, digest.digest(), head)
