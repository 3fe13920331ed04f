"""Which uploads are deleted: long unused, too many, refused ones, and pieces that nobody assembled."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from issues.artifacts import chunks, files, removal
from issues.lock import lock_artifacts
from issues.models import Artifact, StoredFile, Upload, UploadChunk
from rustrak.lib import clock, wording

log = logging.getLogger(__name__)

#: How long the row of an upload that was refused is kept, or whose files were deleted: so that people see why.
REFUSED_KEPT = timedelta(days=30)
#: How long an upload may take: its pieces are gone by then.
LONGEST = timedelta(days=2)
#: For so long a stored file may be without artifacts: an upload that has it may not be finished.
UNUSED_KEPT = timedelta(days=2)
_EXPIRED = "It was not assembled in time. Upload it again."


def delete_upload(upload: Upload) -> None:
    """Delete an upload with its artifacts, and the files that no other has."""
    with transaction.atomic():
        lock_artifacts(upload.project_id)
        removal.delete(upload.project_id, [upload.pk])
        removal.note_change(upload.project_id)
        audit.record(audit.Action.UPLOAD_DELETE, upload, project=upload.project)


def delete_artifact(artifact: Artifact) -> None:
    """Delete one artifact of an upload, and with the last of them the upload."""
    with transaction.atomic():
        lock_artifacts(artifact.project_id)
        removal.delete_artifact(artifact)
        audit.record(audit.Action.UPLOAD_DELETE, artifact, project=artifact.project)


def unused(project_id: int, days: int, now: datetime) -> QuerySet[Upload]:
    """The uploads of a project that were neither sent nor used for so many days, whose files are still there."""
    limit = now - timedelta(days=days)
    not_used = Q(last_used_at=None) | Q(last_used_at__lt=limit)
    return removal.with_files(project_id).filter(not_used, created_at__lt=limit)


def mark_unused(project_id: int, uploads: QuerySet[Upload], days: int) -> int:
    """Give up uploads because they were not used for so many days; `contents_of_marked` are deleted then. Returns how many."""
    why = f"Its files were deleted, because they were not used for {wording.counted(days, 'day')}."
    return removal.mark(project_id, list(uploads.values_list("pk", flat=True)), why)


def contents_of_marked() -> QuerySet[Artifact]:
    """What is in uploads that were given up."""
    return Artifact.objects.filter(upload__state=Upload.State.ERROR)


def delete_contents(rows: QuerySet[Artifact]) -> int:
    """Delete artifacts, inside a transaction. Returns how many."""
    by_project = _by_project(rows)
    for project_id, pks in by_project:
        lock_artifacts(project_id)
        removal.delete_artifacts(project_id, Artifact.objects.filter(project=project_id, pk__in=pks))
    return sum(len(pks) for _, pks in by_project)


def _by_project(rows: QuerySet[Any]) -> list[tuple[int, list[int]]]:
    """The keys of rows by their project. Several projects are locked in this order."""
    found: dict[int, list[int]] = {}
    for pk, project_id in rows.values_list("pk", "project"):
        found.setdefault(project_id, []).append(pk)
    return sorted(found.items())


def refused(now: datetime) -> QuerySet[Upload]:
    """The rows of uploads that were refused, or whose files were deleted, long ago."""
    return Upload.objects.filter(state=Upload.State.ERROR, created_at__lt=now - REFUSED_KEPT).filter(
        Q(finished_at=None) | Q(finished_at__lt=now - REFUSED_KEPT)
    )


def delete_refused(rows: QuerySet[Upload]) -> int:
    """Delete rows of uploads without files, inside a transaction. Returns how many."""
    by_project = _by_project(rows)
    for project_id, pks in by_project:
        lock_artifacts(project_id)
        removal.delete(project_id, pks)
    return sum(len(pks) for _, pks in by_project)


def give_up(now: datetime) -> int:
    """Refuse uploads that have waited for too long. Returns how many."""
    return Upload.objects.filter(
        state__in=(Upload.State.CREATED, Upload.State.ASSEMBLING), created_at__lt=now - LONGEST
    ).update(state=Upload.State.ERROR, detail=_EXPIRED, finished_at=now, leased_until=None)


def without_artifacts(now: datetime) -> QuerySet[StoredFile]:
    """Stored files that no artifact has, of uploads that were given up."""
    return StoredFile.objects.filter(artifacts=None, created_at__lt=now - UNUSED_KEPT)


def delete_stored(rows: QuerySet[StoredFile]) -> int:
    """Delete stored files that no artifact has, inside a transaction. Returns how many."""
    deleted = 0
    for project_id, pks in _by_project(rows):
        lock_artifacts(project_id)
        deleted += files.delete_unused(project_id, pks)[0]
    return deleted


def old_chunks(now: datetime) -> QuerySet[UploadChunk]:
    """Pieces whose time is over."""
    return UploadChunk.objects.filter(created_at__lt=now - chunks.LIFETIME).order_by("created_at")


def delete_chunks(rows: QuerySet[UploadChunk]) -> int:
    return chunks.delete(list(rows.values_list("pk", flat=True)))


def sweep_arriving(now: datetime | None = None) -> int:
    """Delete what processes that were killed left in UPLOAD_DIR. Returns how many files."""
    oldest = (now or clock.now()).timestamp() - LONGEST.total_seconds()
    removed = 0
    for path in _entries(Path(settings.UPLOAD_DIR)):
        try:
            if path.stat().st_mtime < min(oldest, time.time()):
                path.unlink()
                removed += 1
        except OSError:
            continue
    if removed:
        log.info("deleted %d files of uploads that were cut off", removed)
    return removed


def _entries(directory: Path) -> Iterator[Path]:
    try:
        with os.scandir(directory) as found:
            yield from [Path(entry.path) for entry in found if entry.is_file(follow_symlinks=False)]
    except OSError:
        return
