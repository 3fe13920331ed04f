"""Static files: collected into STATIC_ROOT with hashed names, and again only when a source has changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

_STAMP = ".stamp"
_UNUSED = ["redoc*"]  # a megabyte of ninja's other viewer


class _QuickCompressor(Compressor):  # type: ignore[misc]
    """Compresses with Brotli's quality 9: the best takes ten times as long and saves a few percent."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=9)
        return compressed


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files with hashed names, compressed once, without delaying a first start for long."""

    def create_compressor(self, **options: Any) -> Compressor:
        return _QuickCompressor(**options)


def fingerprint() -> str:
    """A hash that changes when a static source file is added, removed, resized or touched."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            status = os.stat(storage.path(path))
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def collect() -> bool:
    """Bring STATIC_ROOT up to date; whether anything had to be collected.

    Files of earlier versions stay: a page that was loaded before an upgrade may still request them.
    """
    stamp = Path(settings.STATIC_ROOT) / _STAMP
    current = fingerprint()
    if stamp.is_file() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=_UNUSED)
    stamp.write_text(current)
    return True
