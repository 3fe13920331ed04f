"""Stores a file that arrived whole in one request: a file of a release, or a debug file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import BinaryIO

from django.db import IntegrityError, transaction

from accounts.models import Project, User
from issues import usage
from issues.artifacts import files, removal
from issues.artifacts.assembly import asking, states, work
from issues.artifacts.assembly.asking import Wanted
from issues.artifacts.content import BadUpload, Content
from issues.models import Upload
from rustrak.lib import clock
from rustrak.lib.text.name_hash import name_hash

_BLOCK = 64 * 1024


class Busy(Exception):
    """The same file is being stored at this moment."""


def sha1_of(file: BinaryIO) -> str:
    """The SHA-1 of a file, which is read from its beginning and left there."""
    file.seek(0)
    digest = hashlib.sha1(usedforsecurity=False)
    while block := file.read(_BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def store(
    user: User | None,
    project: Project,
    wanted: Wanted,
    contents: Callable[[], Iterable[Content]],
    size: int,
    replaces: Callable[[], Iterable[Upload]] = list,
) -> Upload:
    """Store what is in a file, whose SHA-1 is `wanted.checksum`. What is there already stays as it is. `user` is None where Rustrak fetched it.

    Raises BadUpload, Busy, storage.StorageUnavailable, and issues.symbols.answers.Unavailable; then nothing is stored.
    """
    known = asking.find(project, wanted)
    if known is not None and known.state == Upload.State.OK:
        asking.note_use(known)
        return known
    if known is None and Upload.objects.filter(project=project).count() >= asking.MOST_UPLOADS:
        raise BadUpload("This project has as many uploads as one may have. Delete some that are not needed.")
    upload = _create(user, project, wanted, size, known)
    lease = work.take(upload.pk)
    if lease is None:
        raise Busy
    try:
        work.put(upload, lease, contents, float("inf"), replaces)
    except (files.TooLarge, removal.NoRoom) as error:
        _forget(upload)
        raise BadUpload(str(error)) from None
    except BaseException:
        _forget(upload)
        raise
    upload.refresh_from_db()
    return upload


def _create(user: User | None, project: Project, wanted: Wanted, size: int, known: Upload | None) -> Upload:
    now = clock.now()
    fields = {
        "state": Upload.State.CREATED,
        "detail": "",
        "by": user,
        "client": wanted.client,
        "size": size,
        "created_at": now,
    }
    if known is not None:
        Upload.objects.filter(pk=known.pk, state=Upload.State.ERROR).update(
            **fields, finished_at=None, leased_until=None, interrupted=0
        )
        return known
    try:
        with transaction.atomic():
            upload = Upload.objects.create(
                project=project,
                kind=wanted.kind,
                checksum=wanted.checksum,
                name=wanted.name,
                name_hash=name_hash(wanted.name),
                release=wanted.release,
                dist=wanted.dist,
                debug_id=wanted.debug_id,
                **fields,
            )
            usage.add(project.pk, {"artifact": (0, usage.UPLOAD)})
            return upload
    except IntegrityError:
        raise Busy from None


def _forget(upload: Upload) -> None:
    """Nothing of it was stored, so nothing says that it is there."""
    with transaction.atomic():
        if Upload.objects.filter(pk=upload.pk, state__in=states.UNFINISHED).delete()[0]:
            usage.add(upload.project_id, {"artifact": (0, -usage.UPLOAD)})
