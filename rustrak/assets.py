"""Static files: collected into STATIC_ROOT with hashed names, again only when a source changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command

_STAMP = ".stamp"
_UNUSED = ["redoc*"]  # a megabyte of ninja's other viewer


def fingerprint() -> str:
    """Changes when any static source is added, removed, resized or touched."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            status = os.stat(storage.path(path))
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def collect() -> bool:
    """Bring STATIC_ROOT up to date; whether anything had to be done.

    Files of earlier versions stay: a page loaded before an upgrade may still ask for them.
    """
    stamp = Path(settings.STATIC_ROOT) / _STAMP
    current = fingerprint()
    if stamp.is_file() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=_UNUSED)
    stamp.write_text(current)
    return True
