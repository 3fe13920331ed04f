"""The queue (spool): writable, fast, with free space, and processed in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ingest.spool import capacity
from ingest.spool.quarantine_files import DIRECTORY as QUARANTINE
from rustrak.lib import presence
from rustrak.lib.wording import counted, duration, size
from rustrak.ops import depth
from rustrak.ops.doctor import machine
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "queue"
LATE_SECONDS, STUCK_SECONDS = 10.0, 60.0


def check() -> Iterator[Finding]:
    """INGEST_DIR as the web workers and the digest use it, then the records that are set aside."""
    directory = Path(settings.INGEST_DIR)
    try:
        # A web worker creates it in the same way.
        directory.mkdir(parents=True, exist_ok=True)
        seconds = machine.write_probe(directory, fsync=True)
    except OSError as error:
        yield machine.cannot_write(SUBJECT, "INGEST_DIR", directory, error)
        return
    found = [*machine.free_space(SUBJECT, directory), *_fill(directory), *_waiting(directory)]
    if seconds > machine.SLOW_SECONDS and settings.INGEST_FSYNC:
        found.append(
            warning(
                SUBJECT,
                f"a write to the disk takes {duration(seconds)}, and every SDK waits for one",
                "Put INGEST_DIR on a faster local disk.",
            )
        )
    waiting = depth.measure(directory, time.time())
    yield from found or [
        ok(
            SUBJECT,
            f"{size(waiting.bytes)} waiting in the queue (spool), {directory}; a write takes {duration(seconds)}, "
            f"{machine.free(directory)} free",
        )
    ]
    yield from _set_aside(directory)


def _fill(directory: Path) -> Iterator[Finding]:
    limit, used = settings.MAX_SPOOL_BYTES, capacity.used(directory)
    if not limit or used < limit / 2:
        return
    text = f"{size(used)} waiting; at MAX_SPOOL_BYTES ({size(limit)}) SDKs get a 503"
    fix = "Check that the digest runs and that the database is fast enough, or raise MAX_SPOOL_BYTES."
    yield problem(SUBJECT, text, fix) if used > 0.9 * limit else warning(SUBJECT, text, fix)


def _waiting(directory: Path) -> Iterator[Finding]:
    waiting = depth.measure(directory, time.time())
    if waiting.oldest < LATE_SECONDS:
        return
    digests = presence.present(settings.RUN_DIR, "digest")
    fix = (
        "The digest is running: see its log for errors."
        if digests
        else "No digest is running: start `manage.py up`, or `manage.py digest` alone."
    )
    text = (
        f"events accepted {duration(waiting.oldest)} ago are not processed yet "
        f"({counted(waiting.segments, 'segment')}, {size(waiting.bytes)})"
    )
    yield (problem if waiting.oldest > STUCK_SECONDS else warning)(SUBJECT, text, fix)


def _set_aside(directory: Path) -> Iterator[Finding]:
    subject = "set aside"
    aside = depth.quarantined(directory)
    if not aside.records:
        yield ok(subject, "every accepted record could be stored")
        return
    text = f"{counted(aside.records, 'record')} could not be stored ({size(aside.bytes)})"
    most_bytes, most_files = settings.MAX_SET_ASIDE_BYTES, settings.MAX_SET_ASIDE_FILES
    if (most_bytes and aside.bytes > 0.8 * most_bytes) or (most_files and aside.files > 0.8 * most_files):
        text += "; the oldest are deleted, for that is nearly as much as is kept"
    fix = (
        f"{directory / QUARANTINE} has each record with the reason. After an upgrade, `manage.py set_aside --again` "
        "stores what it can; delete the files that you do not need."
    )
    yield warning(subject, text, fix)
