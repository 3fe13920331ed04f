"""The bytes of attachments: in STORAGES["attachments"], under `<project>/<yyyy-mm>/<id>`.

A row and its file go together, the file after the commit. What a crash in between leaves is found by
issues.retention.orphaned_files.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import QuerySet

from issues.models import Attachment

log = logging.getLogger(__name__)

_PORTION = 500


def storage() -> Storage:
    """Where the bytes are: a directory of this machine unless ATTACHMENTS_STORAGE says otherwise."""
    return storages["attachments"]


def forget(attachments: QuerySet[Attachment]) -> int:
    """Delete the rows, and their files once the transaction is committed; how many rows."""
    rows = list(attachments.values_list("pk", "file"))
    deleted = 0
    for start in range(0, len(rows), _PORTION):
        pks: list[UUID] = [pk for pk, _ in rows[start : start + _PORTION]]
        deleted += Attachment.objects.filter(pk__in=pks).delete()[0]
    remove_after_commit([key for _, key in rows])
    return deleted


def remove_after_commit(keys: Sequence[str]) -> None:
    """Delete the files under `keys` when the transaction under way is committed, at once when there is none."""
    if keys:
        transaction.on_commit(partial(remove, keys), robust=True)


def remove(keys: Iterable[str]) -> int:
    """Delete the files under `keys`; how many. One that cannot be deleted now is logged and left to the sweep."""
    place = storage()
    removed = 0
    for key in keys:
        try:
            place.delete(key)
            removed += 1
        except Exception as error:
            log.warning("the file of attachment %s could not be deleted yet: %s", key, error)
    return removed


def sync(keys: Sequence[str]) -> None:
    """Return when the files under `keys` will outlive a power cut. Only a storage on this machine needs it."""
    if not keys or not settings.INGEST_FSYNC:
        return
    place = storage()
    try:
        paths = [Path(place.path(key)) for key in keys]
        root = Path(place.path("."))
    except NotImplementedError:
        return
    directories = {parent for path in paths for parent in path.parents if parent.is_relative_to(root)}
    for path in [*paths, *sorted(directories)]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
