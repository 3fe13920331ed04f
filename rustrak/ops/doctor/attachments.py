"""The storage of attachments: files, S3 or another Django storage."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from rustrak.ops.doctor.findings import Finding, ok, problem

SUBJECT = "attachments"
SECONDS = 15.0


def check() -> Iterator[Finding]:
    """A small file can be stored, read and deleted, within SECONDS."""
    outcome: list[str] = []
    # A storage may have no time-out of its own.
    thread = threading.Thread(target=lambda: outcome.append(_try()), daemon=True)
    thread.start()
    thread.join(SECONDS)
    failure = outcome[0] if outcome else f"no answer within {SECONDS:.0f} s"
    name = settings.ATTACHMENTS_STORAGE.rpartition(".")[2]
    if failure:
        yield problem(
            SUBJECT,
            f"{name} cannot store files: {failure}",
            "Check ATTACHMENTS_STORAGE and its options. Accepted attachments wait in the queue until it works.",
        )
    else:
        yield ok(SUBJECT, f"{name} stores, reads and deletes files")


def _try() -> str:
    """The error, or nothing."""
    try:
        storage = storages["attachments"]
        content = os.urandom(16)
        name = storage.save(f"doctor-{os.urandom(8).hex()}", ContentFile(content))
        try:
            with storage.open(name) as file:
                return "" if file.read() == content else "a file was read back with different content"
        finally:
            storage.delete(name)
    except Exception as error:  # a storage may raise anything
        return f"{type(error).__name__}: {error}"
