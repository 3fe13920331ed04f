"""The pieces of uploads that have arrived: each belongs to the person who sent it.

Nobody else can assemble a piece or learn that it is there. A piece lives for LIFETIME after it arrived, so that builds which share pieces
and an upload that goes on after it was cut off find it; before that, the oldest make room when a person has as much as they may.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, Sum

from accounts.models import User
from issues import files as attachment_files
from issues.artifacts import storage
from issues.models import UploadChunk
from rustrak.lib import clock, wording

#: The largest piece, without compression, and how many of them one request may have.
CHUNK_BYTES, CHUNKS_PER_REQUEST = 8 * 1024 * 1024, 64
#: How long a piece is kept after it arrived. Shortly before that it is said to be missing, so that it is sent again.
LIFETIME = timedelta(hours=24)
_SURE = LIFETIME - timedelta(hours=1)
#: How many bytes of pieces one person may have, and how many pieces. The oldest make room, unless they have only just arrived.
MOST_BYTES, MOST_CHUNKS = 4 * 1024**3, 20_000
_FRESH = timedelta(minutes=10)
_BLOCK = 64 * 1024
_SHA1 = re.compile(r"[0-9a-f]{40}")
_ROWS = 500


class BadChunk(ValueError):
    """A piece is not what its name says. The message is for people."""


class TooManyChunks(Exception):
    """The person has sent more pieces in a short time than may wait. The message is for people."""


class Missing(LookupError):
    """A piece that is needed is not there any more."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece as it arrived: its name as the client gave it, the path of a file with its bytes, and whether these are compressed."""

    name: str
    path: str
    is_gzip: bool


def is_sha1(text: object) -> bool:
    """Whether a text is a SHA-1 as clients write it, in lower case."""
    return isinstance(text, str) and _SHA1.fullmatch(text) is not None


def checked(part: Part) -> int:
    """The size of a piece in bytes without compression. Reads all of it. Raises BadChunk."""
    name = part.name[:60]
    if not is_sha1(part.name):
        raise BadChunk(
            f"The name of a chunk must be its SHA-1, 40 hexadecimal digits in lower case, not {name!r}."
        )
    digest, size = hashlib.sha1(usedforsecurity=False), 0
    try:
        with open(part.path, "rb") as raw:
            for block in _blocks(_plain(raw, is_gzip=part.is_gzip)):
                size += len(block)
                if size > CHUNK_BYTES:
                    raise BadChunk(
                        f"The chunk {name} is larger than {wording.size(CHUNK_BYTES)}, which is chunkSize."
                    )
                digest.update(block)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadChunk(f"The chunk {name} is not valid gzip data: {error}.") from None
    if digest.hexdigest() != part.name:
        raise BadChunk(
            f"The chunk {name} has the SHA-1 {digest.hexdigest()}: it was changed or cut off on its way. Upload it again."
        )
    return size


def receive(user: User, parts: Sequence[Part]) -> None:
    """Keep pieces, whose files are moved or copied to the storage. All or none. Raises BadChunk, TooManyChunks and
    storage.StorageUnavailable."""
    sizes = {part.name: (part, checked(part)) for part in parts}
    storage.require_space(sum(size for _, size in sizes.values()))
    now = clock.now()
    known = _freshen(user, list(sizes), now)
    new = {name: each for name, each in sizes.items() if name not in known}
    if not new:
        return
    _make_room(user, len(new), sum(size for _, size in new.values()), now)
    keys: list[str] = []
    try:
        rows = []
        for name, (part, size) in new.items():
            key = storage.move(storage.key_of_chunk(now, is_gzip=part.is_gzip), part.path)
            keys.append(key)
            rows.append(UploadChunk(user=user, sha1=name, size=size, file=key, created_at=now))
        attachment_files.sync(keys)
        with transaction.atomic():
            # Another request may bring the same piece at this moment; its row stays.
            UploadChunk.objects.bulk_create(rows, ignore_conflicts=True)
            kept = set(_of(user, list(new)).values_list("file", flat=True))
    except BaseException:
        attachment_files.remove(keys)
        raise
    attachment_files.remove(key for key in keys if key not in kept)


def missing(user: User, names: Sequence[str], now: datetime) -> list[str]:
    """Those of the pieces that the person has to send, in the order of `names`, each once."""
    found = {
        name
        for some in _some(names)
        for name in _of(user, some).filter(created_at__gt=now - _SURE).values_list("sha1", flat=True)
    }
    return [name for name in dict.fromkeys(names) if name not in found]


def newest(user: User, names: Sequence[str]) -> datetime | None:
    """When the last of the pieces arrived."""
    found = [at for some in _some(names) for at in _of(user, some).values_list("created_at", flat=True)]
    return max(found, default=None)


def join(
    user_id: int | None, names: Sequence[str], into: IO[bytes], beat: Callable[[], None] = lambda: None
) -> tuple[str, int]:
    """Write the pieces one after the other, and call `beat` before each. Returns the SHA-1 of the whole and its size.

    Raises Missing for a piece that is gone, BadChunk when there are more than MAX_UPLOAD_BYTES, and storage.StorageUnavailable.
    """
    most = settings.MAX_UPLOAD_BYTES
    rows = {
        sha1: (key, size)
        for some in _some(names)
        for sha1, key, size in UploadChunk.objects.filter(user=user_id, sha1__in=some).values_list(
            "sha1", "file", "size"
        )
    }
    storage.require_space(min(most, sum(rows[name][1] for name in names if name in rows)))
    digest, total = hashlib.sha1(usedforsecurity=False), 0
    for name in names:
        beat()
        if name not in rows:
            raise Missing(name)
        key, size = rows[name]
        if total + size > most:
            raise BadChunk(
                f"The upload is larger than {wording.size(most)}, as much as one may have (MAX_UPLOAD_BYTES)."
            )
        try:
            with storage.open_file(key) as raw:
                for block in _blocks(_plain(raw, is_gzip=key.endswith(".gz"))):
                    total += len(block)
                    digest.update(block)
                    into.write(block)
        except FileNotFoundError:
            UploadChunk.objects.filter(user=user_id, sha1=name, file=key).delete()
            raise Missing(name) from None
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise storage.StorageUnavailable(f"A piece of the upload cannot be read: {error}.") from error
    return digest.hexdigest(), total


def delete(keys: Sequence[int]) -> int:
    """Delete pieces by their primary keys, and their files after the commit. Returns how many."""
    rows = UploadChunk.objects.filter(pk__in=keys)
    names = list(rows.values_list("file", flat=True))
    deleted = rows.delete()[0]
    attachment_files.remove_after_commit(names)
    return deleted


def _freshen(user: User, names: Sequence[str], now: datetime) -> set[str]:
    """Have those of the pieces that are there live on from now; returns their names."""
    with transaction.atomic():
        found = _of(user, names).select_for_update().values_list("sha1", flat=True)
        known = set(found)
        _of(user, list(known)).update(created_at=now)
    return known


def _make_room(user: User, count: int, size: int, now: datetime) -> None:
    """Delete the person's oldest pieces until there is room for more. Raises TooManyChunks."""
    own = UploadChunk.objects.filter(user=user)
    used = own.count(), own.aggregate(size=Sum("size"))["size"] or 0
    rows, left = used[0] + count - MOST_CHUNKS, used[1] + size - MOST_BYTES
    if rows <= 0 and left <= 0:
        return
    old = own.filter(created_at__lt=now - _FRESH).order_by("created_at", "pk")
    going = []
    for pk, more in old.values_list("pk", "size").iterator():
        if rows <= 0 and left <= 0:
            break
        going.append(pk)
        rows, left = rows - 1, left - more
    if rows > 0 or left > 0:
        raise TooManyChunks(
            f"You have uploaded {wording.size(used[1])} in {wording.counted(used[0], 'chunk')} that are not assembled yet, as much as one "
            "person may. Try again in ten minutes."
        )
    for some in (going[start : start + _ROWS] for start in range(0, len(going), _ROWS)):
        with transaction.atomic():
            delete(some)


def _of(user: User, names: Sequence[str]) -> QuerySet[UploadChunk]:
    return UploadChunk.objects.filter(user=user, sha1__in=names)


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _ROWS] for start in range(0, len(names), _ROWS))


def _plain(raw: IO[bytes], *, is_gzip: bool) -> IO[bytes]:
    return gzip.GzipFile(fileobj=raw) if is_gzip else raw  # type: ignore[return-value]


def _blocks(file: IO[bytes]) -> Iterable[bytes]:
    return iter(lambda: file.read(_BLOCK), b"")
