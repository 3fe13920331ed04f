"""Stores the files that SDKs send: first their bytes in the storage, then their rows in the database.

The key of a file is derived from its item alone, so that staging it again after a crash is harmless. A file whose row
was never committed is deleted later by issues.retention.orphaned_files.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from django.db.models import Count

from issues import files, usage
from issues.models import Attachment, Event
from issues.payload.notes import What
from issues.record import media
from issues.record.items import Item, ItemOutcome, Result, Results
from rustrak.lib import bulk, ids

if TYPE_CHECKING:
    BytesFile = File[bytes]
else:
    BytesFile = File

_CHUNK = 1024 * 1024
FILTERED = Result(ItemOutcome.FILTERED, "too_many_attachments")
LOST = Result(ItemOutcome.INVALID, "bytes_lost")
TOO_MANY_BYTES = Result(ItemOutcome.FILTERED, "too_many_bytes")
DUPLICATE = Result(ItemOutcome.DUPLICATE)
STORED = Result(ItemOutcome.STORED)


class StorageUnavailable(OSError):
    """The storage of attachments cannot be used now; a later attempt may succeed."""


@dataclass(frozen=True, slots=True)
class Staged:
    """An attachment whose bytes are in the storage under `key`. `size` is in bytes.

    `id` is derived from the content and the event, so that the same file sent twice has the same id. `problem` says why
    there are no bytes; then `key` is empty.
    """

    id: UUID
    event_id: UUID
    name: str
    content_type: str
    kind: str
    size: int
    key: str
    received_at: datetime
    problem: Result | None = None


@dataclass(frozen=True, slots=True)
class _Content:
    """What was read from a file: its size in bytes, a hash of it, and its first media.HEAD_BYTES."""

    size: int
    digest: bytes
    head: bytes


class _SpoolFile(BytesFile):
    """A file of the spool. FileSystemStorage moves files with a `temporary_file_path` instead of copying them."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def stage(project_id: int, items: Sequence[Item], refused: str = "") -> list[Staged]:
    """Save the bytes of `items` in the storage. Returns a Staged for each item, in their order.

    Must be called outside a transaction. A file of the spool is moved to the storage, or deleted when it is more than the
    project may keep (issues.usage), and every item when they are `refused` for this reason of the ledger. Raises OSError when the spool or the storage cannot be used; files staged until then
    are found by the next attempt.
    """
    if refused:
        return [_left_out(item, Result(ItemOutcome.FILTERED, refused)) for item in items]
    storage = files.storage()
    room = room_for(project_id)
    staged = []
    for item in items:
        one = _stage(storage, project_id, item) if _size(item) <= room else _left_out(item, TOO_MANY_BYTES)
        room -= one.size
        staged.append(one)
    files.sync([one.key for one in staged if not one.problem])
    return staged


def room_for(project_id: int) -> int:
    """How many bytes of attachments the project may store now. What is larger is counted and not stored."""
    return usage.room(project_id, "attachment")


def _size(item: Item) -> int:
    """The bytes of the item; 0 when its file is gone, which staging deals with."""
    if item.path is None:
        return len(item.data)
    try:
        return item.path.stat().st_size
    except FileNotFoundError:
        return 0


def _left_out(item: Item, why: Result) -> Staged:
    """The item without its bytes. Its file in the spool is deleted when the digest is done with the record."""
    event_id = UUID(item.id)
    name = media.name(item.meta.get("filename"))
    kind = media.kind(item.meta.get("attachment_type"))
    return Staged(event_id, event_id, name, "", kind, 0, "", item.received_at, problem=why)


def record(project_id: int, staged: Sequence[Staged], now: datetime) -> Results:
    """Insert the rows of `staged`, inside the caller's transaction. Returns their results.

    A file that its event already has is a duplicate, one beyond MAX_ATTACHMENTS_PER_EVENT is filtered; the bytes of
    both are deleted after the commit. Events whose files were left out get a note of it.
    """
    found = [one for one in staged if not one.problem]
    of_events = Attachment.objects.filter(project_id=project_id, event_id__in={one.event_id for one in found})
    known = dict(of_events.filter(pk__in=[one.id for one in found]).values_list("pk", "file"))
    kept: Counter[UUID] = Counter(dict(of_events.values_list("event_id").annotate(Count("pk"))))
    results: Results = Counter(one.problem for one in staged if one.problem)
    _note(project_id, {one.event_id: one.problem for one in staged if one.problem not in (None, LOST)})
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
    usage.add(project_id, {"attachment": (len(rows), sum(row[6] + usage.ATTACHMENT for row in rows))})
    files.remove_after_commit(unwanted)
    return results


def _note(project_id: int, left_out: Mapping[UUID, Result | None]) -> None:
    """Add a note to those of the events that are stored and have none yet: whoever sends more changes nothing."""
    events = Event.objects.filter(project_id=project_id, event_id__in=left_out) if left_out else ()
    for event in events and events.only("event_id", "notes"):
        notes = event.notes or []
        why = left_out[event.event_id]
        if why and all(note[1:2] != [What.NOT_KEPT] for note in notes):
            Event.objects.filter(pk=event.pk).update(notes=[*notes, ["", What.NOT_KEPT.value, why.reason]])


def _stage(storage: Storage, project_id: int, item: Item) -> Staged:
    event_id = UUID(item.id)
    own_id = ids.event_id(item.meta.get("id"))
    name = media.name(item.meta.get("filename"))
    kind = media.kind(item.meta.get("attachment_type"))
    key = f"{project_id}/{item.received_at:%Y-%m}/{own_id}"
    content: _Content | None = None
    if own_id is not None:
        try:
            content, key = _save(storage, key, item)
        except OSError:
            raise
        except Exception as error:
            # Each storage class raises its own exceptions when it cannot be reached.
            raise StorageUnavailable(
                f"attachments cannot be stored: {type(error).__name__}: {error}"
            ) from error
    if content is None:
        return Staged(event_id, event_id, name, "", kind, 0, "", item.received_at, problem=LOST)
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


def _save(storage: Storage, key: str, item: Item) -> tuple[_Content | None, str]:
    """Save the item's bytes under `key`. Returns their description and the key that the storage chose.

    The description is None when the bytes are neither in the spool nor in the storage.
    """
    if item.path is None:
        content = _describe(io.BytesIO(item.data))
        if not storage.exists(key) or storage.size(key) != content.size:
            storage.delete(key)
            key = storage.save(key, ContentFile(item.data))
        return content, key
    try:
        file = open(item.path, "rb")  # noqa: SIM115  closed by the with statement below
    except FileNotFoundError:
        return _saved_before(storage, key), key
    with file:
        content = _describe(file)
        # A file that is old and has no row is deleted as an orphan: its age must count from now.
        os.utime(item.path)
        # An interrupted copy left this; after a completed move the spool would no longer have the file.
        if storage.exists(key):
            storage.delete(key)
        file.seek(0)
        key = storage.save(key, _SpoolFile(file, name=str(item.path)))
    Path(item.path).unlink(missing_ok=True)
    return content, key


def _saved_before(storage: Storage, key: str) -> _Content | None:
    """The description of a file that was moved to `key` before a crash."""
    if not storage.exists(key):
        return None
    with storage.open(key, "rb") as file:
        return _describe(file)


def _describe(file: IO[bytes] | File[bytes]) -> _Content:
    size, head = 0, b""
    digest = hashlib.blake2b(digest_size=32)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        digest.update(chunk)
        head += chunk[: media.HEAD_BYTES - len(head)]
    return _Content(size, digest.digest(), head)
