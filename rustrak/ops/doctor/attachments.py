"""The storage of attachments, wherever it is."""

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
    # Storages of others have their own idea of patience.
    thread = threading.Thread(target=lambda: outcome.append(_try()), daemon=True)
    thread.start()
    thread.join(SECONDS)
    failure = outcome[0] if outcome else f"no answer within {SECONDS:.0f} s"
    name = settings.ATTACHMENTS_STORAGE.rpartition(".")[2]
    if failure:
        yield problem(
            SUBJECT,
            f"{name} cannot keep files: {failure}",
            "Look at ATTACHMENTS_STORAGE and its options; accepted items wait in the spool meanwhile.",
        )
    else:
        yield ok(SUBJECT, f"{name} stores, reads and deletes")


def _try() -> str:
    """What went wrong, or nothing."""
    try:
        storage = storages["attachments"]
        content = os.urandom(16)
        name = storage.save(f"doctor-{os.urandom(8).hex()}", ContentFile(content))
        try:
            with storage.open(name) as file:
                return "" if file.read() == content else "a file came back with other content"
        finally:
            storage.delete(name)
    except Exception as error:  # whatever a storage raises
        return f"{type(error).__name__}: {error}"
