"""How long what people upload is kept: source maps, debug files, and pieces of uploads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db.models import QuerySet

from accounts.models import Project
from issues.artifacts import removal, retention
from issues.lock import lock_artifacts
from issues.models import Upload
from issues.retention import events
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of

_TOO_MANY_BYTES = (
    "Its files were deleted, as they were used longest ago and the project has more than it may keep."
)


def _unused(now: datetime) -> Iterator[RowsToDelete]:
    """The files of uploads that were neither sent nor used for as long as the project keeps events."""
    for project in Project.objects.order_by("pk").iterator():
        if days := events.days_of(project):
            yield rows_of(
                retention.unused(project.pk, days, now),
                delete_batch=partial(_mark, project.pk, days),
            )


def _mark(project_id: int, days: int, rows: QuerySet[Upload]) -> int:
    return retention.mark_unused(project_id, rows, days)


def _rest(now: datetime) -> Iterator[RowsToDelete]:
    """Rows of uploads that were refused or emptied long ago, stored files that no artifact has, and pieces whose time is over."""
    retention.give_up(now)
    yield rows_of(retention.contents_of_marked(), delete_batch=retention.delete_contents)
    yield rows_of(retention.refused(now), delete_batch=retention.delete_refused)
    yield rows_of(retention.without_artifacts(now), delete_batch=retention.delete_stored)
    yield rows_of(retention.old_chunks(now), delete_batch=retention.delete_chunks)
    retention.sweep_arriving(now)


def longest_unused(project_id: int, most: int) -> list[int]:
    """The upload of a project that was used longest ago, if there is one and `most` is not 0."""
    rows = removal.longest_unused(removal.with_files(project_id))
    return list(rows.values_list("pk", flat=True)[: min(1, most)])


def empty(project_id: int, keys: Sequence[int]) -> tuple[Mapping[str, int], int, int]:
    """Delete what is in uploads, inside a transaction. Returns the items by type, the uploads, and about how many bytes."""
    lock_artifacts(project_id)
    return {}, len(keys), removal.empty(project_id, keys, _TOO_MANY_BYTES)


POLICIES = (
    RetentionPolicy("unused uploads", _unused),
    RetentionPolicy("pieces of uploads", _rest, first_batch=50, largest_batch=500),
)
