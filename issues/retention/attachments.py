"""Lets go of attachments and user reports that are old, and of files that no row speaks of any more."""

from __future__ import annotations

import logging
import zlib
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
from issues.retention import events
from issues.retention.eviction import TOO_MANY, TOO_OLD, OnEvicted, ignore_eviction
from issues.retention.pace import Pace, in_portions

log = logging.getLogger(__name__)

_FIRST, _PORTION = 50, 500
# A file without a row may belong to a record that the digest has yet to commit: it gets this long.
GRACE = timedelta(days=7)
# Of the storage's directories one part is swept each time: once a day each, when run every ten minutes.
PARTS = 144


def retain(now: datetime, told: OnEvicted = ignore_eviction) -> int:
    """Delete attachments past RETAIN_ATTACHMENT_DAYS, and what user reports are older or more than a project keeps.

    Returns how many attachments. 0 in a setting means no limit of that kind.
    """
    deleted = 0
    for project in Project.objects.order_by("pk").iterator():
        delete = partial(_delete, project.pk, told)
        if days := settings.RETAIN_ATTACHMENT_DAYS:
            attachments = Attachment.objects.filter(project=project)
            deleted += delete(TOO_OLD, attachments.filter(ingested_at__lt=now - timedelta(days=days)))
        # Anyone can send these.
        reports = UserReport.objects.filter(project=project)
        if days := events.days_of(project):
            delete(TOO_OLD, reports.filter(ingested_at__lt=now - timedelta(days=days)))
        if most := events.events_of(project):
            delete(TOO_MANY, reports.order_by("-ingested_at", "-id")[most:])
    return deleted


def _delete(project_id: int, told: OnEvicted, reason: str, rows: QuerySet[Any]) -> int:
    """Delete a project's attachments or reports, a portion at a time, each in a transaction of its own; how many."""
    pace = Pace(_FIRST, _PORTION)

    def take(pks: list[UUID]) -> int:
        portion: QuerySet[Any] = rows.model._default_manager.filter(pk__in=pks)
        with transaction.atomic():
            lock_project(project_id)
            pace.held()
            if rows.model is Attachment:
                item, gone = "attachment", files.forget(portion)
            else:
                item, gone = "user_report", portion.delete()[0]
            told(project_id, reason, {item: gone})
        return gone

    return in_portions(rows, pace, take)


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
