"""Deletes files of attachments and uploads that have no row: of deleted projects, and what a crash left behind."""

from __future__ import annotations

import logging
import zlib
from datetime import datetime, timedelta

from django.core.files.storage import Storage

from accounts.models import Project
from issues import files
from issues.artifacts.storage import CHUNKS
from issues.models import Attachment, StoredFile, UploadChunk

log = logging.getLogger(__name__)

_KEYS_PER_QUERY = 500
# A file without a row may belong to a record that the digest has yet to commit: it is kept this long.
GRACE = timedelta(days=7)
# Of pieces of uploads, which live for a day.
CHUNKS_GRACE = timedelta(days=2)
# Each call looks at one part of the directories: run every ten minutes, it looks at each of them once a day.
PARTS = 144


def sweep(now: datetime, *, whole: bool = False) -> int:
    """Delete the files of deleted projects, and other files without a row that are older than GRACE.

    Looks at one of PARTS of the storage's directories, or at all of them when `whole`. Returns the number of files.
    """
    storage = files.storage()
    projects = {str(pk) for pk in Project.objects.values_list("pk", flat=True)}
    part = int(now.timestamp()) // 600 % PARTS
    removed = 0
    try:
        for project in _directories(storage, ""):
            for month in _directories(storage, project):
                directory = f"{project}/{month}"
                if project not in projects:
                    removed += files.remove(f"{directory}/{name}" for name in storage.listdir(directory)[1])
                    _remove_if_empty(storage, directory)
                elif whole or zlib.crc32(directory.encode()) % PARTS == part:
                    removed += _sweep(storage, directory, now)
                    if month < f"{now:%Y-%m}":
                        _remove_if_empty(storage, directory)
            if project not in projects:
                _remove_if_empty(storage, project)
        removed += _sweep_chunks(storage, now)
    except NotImplementedError:
        log.debug("the storage of attachments cannot list its files: files without a row are not deleted")
    return removed


def _directories(storage: Storage, path: str) -> list[str]:
    """The subdirectories of `path` that are Rustrak's: named by a project's id or a month."""
    try:
        found = storage.listdir(path)[0]
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.replace("-", "").isdecimal())


def _sweep_chunks(storage: Storage, now: datetime) -> int:
    """Delete the pieces of uploads of days before CHUNKS_GRACE that have no row, day by day."""
    removed = 0
    for day in _directories(storage, CHUNKS):
        if day >= f"{now - CHUNKS_GRACE:%Y-%m-%d}":
            continue
        directory = f"{CHUNKS}/{day}"
        keys = [f"{directory}/{name}" for name in storage.listdir(directory)[1]]
        for start in range(0, len(keys), _KEYS_PER_QUERY):
            some = keys[start : start + _KEYS_PER_QUERY]
            known = set(UploadChunk.objects.filter(file__in=some).values_list("file", flat=True))
            removed += files.remove(key for key in some if key not in known)
        _remove_if_empty(storage, directory)
    return removed


def _sweep(storage: Storage, directory: str, now: datetime) -> int:
    names = storage.listdir(directory)[1]
    removed = 0
    for start in range(0, len(names), _KEYS_PER_QUERY):
        keys = [f"{directory}/{name}" for name in names[start : start + _KEYS_PER_QUERY]]
        known = {
            key
            for model in (Attachment, StoredFile)
            for key in model._default_manager.filter(file__in=keys).values_list("file", flat=True)
        }
        removed += files.remove(key for key in keys if key not in known and _is_old(storage, key, now))
    if removed:
        log.info("deleted %d files of attachments and uploads without a row", removed)
    return removed


def _is_old(storage: Storage, key: str, now: datetime) -> bool:
    try:
        return now - storage.get_modified_time(key) > GRACE
    except FileNotFoundError:
        return False


def _remove_if_empty(storage: Storage, directory: str) -> None:
    """Remove an empty directory; storages without directories have nothing to remove."""
    try:
        if not any(storage.listdir(directory)):
            storage.delete(directory)
    except OSError:
        pass
