"""Assembles an upload and stores what is in it. Whoever does it has a lease, which ends by itself when they die.

A piece of work takes a bounded time. What is stored by then stays, so whoever goes on does the rest; artifacts appear all at once, in the
transaction that makes the upload ok.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import IO, Any, BinaryIO, cast

from django.db import transaction
from django.db.models import Case, F, Max, Q, When

from accounts.models import Project
from issues import usage
from issues.artifacts import bundle, chunks, debug_files, files, removal, storage
from issues.artifacts.assembly import states
from issues.artifacts.content import BadUpload, Content
from issues.artifacts.files import Storing
from issues.lock import lock_artifacts
from issues.models import Artifact, StoredFile, Upload
from issues.releases import rows as releases
from issues.symbols.answers import Unavailable
from rustrak.lib import bulk, clock, wording
from rustrak.lib.database import trouble
from rustrak.lib.text.name_hash import name_hash

log = logging.getLogger(__name__)

#: How long one piece of work takes at most, in seconds, before others have their turn.
TURN_SECONDS = 20.0
#: When so many processes have ended while they assembled an upload, no other one tries: it may be to blame.
MOST_INTERRUPTED = 5
# A lease is renewed when so many seconds of it are gone.
_RENEW_SECONDS = 10.0
_UNEXPECTED = "The upload could not be read; the server's log says more."
_INTERRUPTED = (
    f"The server was stopped, or ran out of memory, {MOST_INTERRUPTED} times while it read this upload, so it does not try again by itself. "
    "Its log may say more. Upload less at once, or upload it again."
)
_EXPIRED = "Pieces of this upload are gone. Upload it again."
_FIELDS = [
    "project", "upload", "file", "kind", "name", "name_hash", "debug_id", "code_id", "arch", "release", "dist", "source_map", "details",
    "created_at",
]  # fmt: skip
# Where _without_file has the release.
_RELEASE = _FIELDS.index("release") - _FIELDS.index("kind")
_ROWS = 500
# The server has no room, or no descriptors, for the files of any upload.
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE))


class _Lost(Exception):
    """The lease ran out, and another process has it."""


class _TurnOver(Exception):
    """The time of this piece of work is over."""


class Lease:
    """This process's right to work on an upload."""

    def __init__(self, upload_id: int, until: datetime) -> None:
        self.upload_id = upload_id
        self.until = until
        self._renewed = time.monotonic()

    def rows(self) -> Any:
        """The upload, as long as the lease is ours."""
        return Upload.objects.filter(
            pk=self.upload_id, state=Upload.State.ASSEMBLING, leased_until=self.until
        )

    def keep(self) -> None:
        """Renew it from time to time. Raises _Lost."""
        if time.monotonic() - self._renewed < _RENEW_SECONDS:
            return
        until = clock.now() + states.LEASE
        if not self.rows().update(leased_until=until):
            raise _Lost
        self.until, self._renewed = until, time.monotonic()

    def give_back(self) -> None:
        """Let others go on."""
        self.rows().update(leased_until=None)


def take(upload_id: int) -> Lease | None:
    """The right to work on an upload; None if another process has it, or there is nothing to do."""
    now = clock.now()
    until = now + states.LEASE
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * states.LEASE)
    # Whoever had it and neither gave it back nor renewed it has died.
    interrupted = Case(
        When(leased_until=None, then=F("interrupted")),
        When(interrupted__gte=MOST_INTERRUPTED, then=F("interrupted")),
        default=F("interrupted") + 1,
    )
    taken = Upload.objects.filter(free, pk=upload_id, state__in=states.UNFINISHED).update(
        state=Upload.State.ASSEMBLING, leased_until=until, interrupted=interrupted
    )
    return Lease(upload_id, until) if taken else None


def go_on(lease: Lease, seconds: float = TURN_SECONDS) -> bool:
    """Work on an upload for about so many seconds: afterwards it is stored, refused, or free for whoever goes on. Returns whether the rest
    can be done at once. Never raises for what is in the upload; raises database errors, after which the lease runs out."""
    upload = Upload.objects.filter(pk=lease.upload_id).first()
    if upload is None:
        return False
    if upload.interrupted >= MOST_INTERRUPTED:
        log.error(
            "upload %d is refused: processes that assembled it have ended %d times",
            upload.pk,
            upload.interrupted,
        )
        _refuse(lease, _INTERRUPTED)
        return False
    try:
        with storage.scratch() as whole:
            _join(upload, whole, lease)
            put(upload, lease, lambda: _contents(upload, whole), seconds)
    except _Lost:
        return False
    except BadUpload as error:
        _refuse(lease, error.reason)
    except (files.TooLarge, removal.NoRoom, chunks.BadChunk) as error:
        _refuse(lease, str(error))
    except chunks.Missing:
        _refuse(lease, _EXPIRED)
    except (_TurnOver, files.Gone):
        lease.give_back()
        return True
    except (storage.StorageUnavailable, Unavailable) as error:
        log.warning("upload %d waits: %s", upload.pk, error)
        lease.give_back()
    except Exception as error:
        if trouble.is_trouble(error):
            raise
        if isinstance(error, OSError) and error.errno in _FULL:
            log.warning("upload %d waits: %s", upload.pk, error)
            lease.give_back()
        else:
            log.exception("upload %d could not be read", upload.pk)
            _refuse(lease, _UNEXPECTED)
    return False


def put(
    upload: Upload,
    lease: Lease,
    contents: Callable[[], Iterable[Content]],
    seconds: float = TURN_SECONDS,
    replaces: Callable[[], Iterable[Upload]] = list,
) -> None:
    """Store what is in an upload, and make it ok. `replaces` are the uploads that it takes the place of, asked inside the transaction.

    Raises BadUpload, files.TooLarge and removal.NoRoom for what cannot be stored, storage.StorageUnavailable and files.Gone for what may be
    stored later, and when the time is over.
    """
    ends, rows, size = time.monotonic() + seconds, [], 0
    now = clock.now()

    def make_room(more: int) -> None:
        removal.make_room(upload.project_id, more, now)

    last: IO[bytes] | None = None
    known = ""
    with Storing(upload.project_id, make_room) as storing:
        for content in contents():
            lease.keep()
            # Objects of one debug file come one after the other with the same file.
            if content.file is not last:
                content.file.seek(0)
                before = len(storing.ids)
                last, known = content.file, storing.add(content.file).sha256
                size += content.size
                if time.monotonic() > ends and storing.has_stored and len(storing.ids) > before:
                    raise _TurnOver
            rows.append((known, _without_file(content)))
        storing.flush()
    _finish(upload, lease, rows, storing.ids, size, replaces)
    _note_releases(upload.project, sorted({rest[_RELEASE] for _, rest in rows if rest[_RELEASE]}))


def _join(upload: Upload, whole: IO[bytes], lease: Lease) -> None:
    """Write the pieces of an upload one after the other. Raises BadUpload when they are not what the client said."""
    sha1, size = chunks.join(upload.by_id, upload.chunks, whole, lease.keep)
    if sha1 != upload.checksum:
        raise BadUpload(
            f"The {wording.counted(len(upload.chunks), 'chunk')} together have the SHA-1 {sha1}, not {upload.checksum}: the upload was "
            "changed or cut off on its way. Upload it again."
        )
    upload.size = size
    whole.seek(0)


def _contents(upload: Upload, whole: IO[bytes]) -> Iterable[Content]:
    file = cast("BinaryIO", whole)
    if upload.kind == Upload.Kind.DEBUG_FILE:
        return debug_files.identify(file, upload.name, upload.debug_id)
    return bundle.unpack(file, upload.release, upload.dist)


def _without_file(content: Content) -> tuple[Any, ...]:
    return (
        content.kind, content.name, name_hash(content.name), content.debug_id, content.code_id, content.arch, content.release, content.dist,
        content.source_map, dict(content.details),
    )  # fmt: skip


def _note_releases(project: Project, names: list[str]) -> None:
    """Have the releases exist that an upload is for: their pages show it before the first event."""
    for name in names:
        try:
            releases.create(project, name)
        except releases.BadRelease as error:
            log.info("an upload of project %d names a release that is not listed: %s", project.pk, error)


def _finish(
    upload: Upload,
    lease: Lease,
    rows: list[tuple[str, tuple[Any, ...]]],
    ids: dict[str, int],
    size: int,
    replaces: Callable[[], Iterable[Upload]],
) -> None:
    now = clock.now()
    with transaction.atomic():
        lock_artifacts(upload.project_id)
        if not _are_there(upload.project_id, list(ids.values())):
            raise files.Gone
        removal.make_room(upload.project_id, len(rows) * usage.ARTIFACT, now)
        if not _are_there(upload.project_id, list(ids.values())):
            raise files.Gone
        done = lease.rows().update(
            state=Upload.State.OK,
            detail="",
            chunks=[],
            leased_until=None,
            finished_at=now,
            artifact_count=len(rows),
            size=upload.size or size,
        )
        if not done:
            raise _Lost
        # What was in it when it was ok before, if retention has not deleted that yet.
        own = Artifact.objects.filter(project=upload.project_id, upload=upload)
        newest = own.aggregate(newest=Max("pk"))["newest"]
        bulk.insert(
            Artifact,
            _FIELDS,
            [(upload.project_id, upload.pk, ids[sha256], *rest, now) for sha256, rest in rows],
        )
        usage.add(upload.project_id, {"artifact": (0, len(rows) * usage.ARTIFACT)})
        # Afterwards: files that they have in common are kept.
        if newest is not None:
            removal.delete_artifacts(upload.project_id, own.filter(pk__lte=newest))
        replaced = [one.pk for one in replaces() if one.pk != upload.pk]
        if replaced:
            removal.delete(upload.project_id, replaced)
        removal.note_change(upload.project_id)


def _are_there(project_id: int, ids: list[int]) -> bool:
    found = 0
    for start in range(0, len(ids), _ROWS):
        found += StoredFile.objects.filter(project=project_id, pk__in=ids[start : start + _ROWS]).count()
    return found == len(ids)


def _refuse(lease: Lease, why: str) -> None:
    lease.rows().update(
        state=Upload.State.ERROR, detail=why[:500], leased_until=None, finished_at=clock.now()
    )
