"""The files of attachments, in STORAGES["attachments"] under the keys `<project>/<yyyy-mm>/<id>`.

A file is deleted after the transaction that deletes its row. A file that a crash leaves behind is deleted later by
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

from issues import usage
from issues.models import Attachment

log = logging.getLogger(__name__)

_BATCH = 500


def storage() -> Storage:
    """The storage of attachments: a directory on this machine unless ATTACHMENTS_STORAGE names another."""
    return storages["attachments"]


def delete(attachments: QuerySet[Attachment]) -> int:
    """Delete attachments, and their files after the transaction commits. Returns the number of rows."""
    rows = list(attachments.values_list("pk", "file", "project_id", "size"))
    deleted = 0
    for start in range(0, len(rows), _BATCH):
        pks: list[UUID] = [pk for pk, *_ in rows[start : start + _BATCH]]
        deleted += Attachment.objects.filter(pk__in=pks).delete()[0]
    for project_id in sorted({project_id for _, _, project_id, _ in rows}):
        sizes = [size + usage.ATTACHMENT for _, _, of, size in rows if of == project_id]
        usage.add(project_id, {"attachment": (-len(sizes), -sum(sizes))})
    remove_after_commit([key for _, key, _, _ in rows])
    return deleted


def remove_after_commit(keys: Sequence[str]) -> None:
    """Delete the files after the current transaction commits; at once when there is no transaction."""
    if keys:
        transaction.on_commit(partial(remove, keys), robust=True)


def remove(keys: Iterable[str]) -> int:
    """Delete files by their keys. Returns how many; one that cannot be deleted is logged and left to the sweep."""
    attachments = storage()
    removed = 0
    for key in keys:
        try:
            attachments.delete(key)
            removed += 1
        except Exception as error:
            log.warning("the file of attachment %s could not be deleted yet: %s", key, error)
    return removed


def sync(keys: Sequence[str]) -> None:
    """Fsync the files, and their directories, unless INGEST_FSYNC is off. Does nothing in a storage without paths."""
    if not keys or not settings.INGEST_FSYNC:
        return
    attachments = storage()
    try:
        paths = [Path(attachments.path(key)) for key in keys]
        root = Path(attachments.path("."))
    except NotImplementedError:
        return
    directories = {parent for path in paths for parent in path.parents if parent.is_relative_to(root)}
    for path in [*paths, *sorted(directories)]:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
