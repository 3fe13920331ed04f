"""Lets go of attachments and user reports that are old, and of files that no row speaks of any more."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Project
from issues import files
from issues.lock import lock_project
from issues.models import Attachment, UserReport
from issues.record import retention
from issues.record.leaving import TOO_MANY, TOO_OLD, Told, nobody
from issues.record.pace import Pace

log = logging.getLogger(__name__)

_FIRST, _PORTION = 50, 500
# A file without a row may belong to a record that the digest has yet to commit: it gets this long.
GRACE = timedelta(days=7)
# Of the storage's directories one part is swept each time: once a day each, when run every ten minutes.
PARTS = 144


def retain(now: datetime, told: Told = nobody) -> int:
    """Delete attachments past RETAIN_ATTACHMENT_DAYS, and what user reports are older or more than a project keeps.

    Returns how many attachments. 0 in a setting means no limit of that kind.
    """
    deleted = 0
    for project in Project.objects.order_by("pk").iterator():
        portions = _Portions(project.pk, told)
        if days := settings.RETAIN_ATTACHMENT_DAYS:
            old = Attachment.objects.filter(project=project, ingested_at__lt=now - timedelta(days=days))
            deleted += portions.delete(old.order_by("ingested_at"), TOO_OLD)
        # Anyone can send these.
        reports = UserReport.objects.filter(project=project)
        if days := retention.days_of(project):
            old_reports = reports.filter(ingested_at__lt=now - timedelta(days=days))
            portions.delete(old_reports.order_by("ingested_at"), TOO_OLD)
        if most := retention.events_of(project):
            portions.delete(reports.order_by("-ingested_at", "-id"), TOO_MANY, but=most)
    return deleted


class _Portions:
    """Deletes a project's attachments or reports a portion at a time, each in a transaction of its own."""

    def __init__(self, project_id: int, told: Told) -> None:
        self._project_id = project_id
        self._told = told
        self._pace = Pace(_FIRST, _PORTION)

    def delete(self, rows: QuerySet[Any], reason: str, but: int = 0) -> int:
        """Delete `rows` without the first `but`; how many."""
        deleted = 0
        while portion := list(rows.values_list("pk", flat=True)[but : but + self._pace.size]):
            deleted += self._pace.take(partial(self._delete, rows.model, portion, reason))
        return deleted

    def _delete(self, model: type[Attachment] | type[UserReport], pks: Sequence[UUID], reason: str) -> int:
        with transaction.atomic():
            lock_project(self._project_id)
            self._pace.held()
            if model is Attachment:
                item, gone = "attachment", files.forget(Attachment.objects.filter(pk__in=pks))
            else:
                item, gone = "user_report", UserReport.objects.filter(pk__in=pks).delete()[0]
            if gone:
                self._told(self._project_id, reason, {item: gone})
        return gone


def sweep(now: datetime, *, whole: bool = False) -> int:
    """Delete files without a row: of projects that are gone at once, others when older than GRACE; how many.

    Looks at a part of the storage's directories each time, at all when `whole`.
    """
    place = files.storage()
    projects = {str(pk) for pk in Project.objects.values_list("pk", flat=True)}
    part = int(now.timestamp()) // 600 % PARTS
    removed = 0
    try:
        for project in _directories(place, ""):
            for month in _directories(place, project):
                directory = f"{project}/{month}"
                if project not in projects:
                    removed += files.remove(f"{directory}/{name}" for name in place.listdir(directory)[1])
                    _remove_directory(place, directory)
                elif whole or zlib.crc32(directory.encode()) % PARTS == part:
                    removed += _sweep(place, directory, now)
                    if month < f"{now:%Y-%m}":
                        _remove_directory(place, directory)
            if project not in projects:
                _remove_directory(place, project)
    except NotImplementedError:
        log.debug("the storage of attachments cannot be listed: files without a row stay")
    return removed


def _directories(place: Storage, path: str) -> list[str]:
    """The sub-directories of `path` that are ours: named by a project's id or a month."""
    try:
        found = place.listdir(path)[0]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.replace("-", "").isdecimal())


def _sweep(place: Storage, directory: str, now: datetime) -> int:
    names = place.listdir(directory)[1]
    removed = 0
    for start in range(0, len(names), _PORTION):
        keys = [f"{directory}/{name}" for name in names[start : start + _PORTION]]
        known = set(Attachment.objects.filter(file__in=keys).values_list("file", flat=True))
        removed += files.remove(key for key in keys if key not in known and _is_old(place, key, now))
    if removed:
        log.info("deleted %d files of attachments that no row speaks of", removed)
    return removed


def _is_old(place: Storage, key: str, now: datetime) -> bool:
    try:
        return now - place.get_modified_time(key) > GRACE
    except FileNotFoundError:
        return False


def _remove_directory(place: Storage, directory: str) -> None:
    """Where directories are real, an empty one goes."""
    try:
        if not any(place.listdir(directory)):
            place.delete(directory)
    except OSError:
        pass
