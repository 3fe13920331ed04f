"""The spool: writable, quick, with room, and emptied in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ingest.spool import capacity
from ingest.spool.quarantine import DIRECTORY as QUARANTINE
from rustrak.lib import presence
from rustrak.ops import depth
from rustrak.ops.doctor import machine
from rustrak.ops.doctor.findings import Finding, ok, problem, size, span, warning

SUBJECT = "spool"
LATE_SECONDS, STUCK_SECONDS = 10.0, 60.0


def check() -> Iterator[Finding]:
    """INGEST_DIR as the web workers and the digest find it."""
    directory = Path(settings.INGEST_DIR)
    try:
        # As a web worker would make it.
        directory.mkdir(parents=True, exist_ok=True)
        seconds = machine.write_probe(directory, fsync=True)
    except OSError as error:
        yield machine.cannot_write(SUBJECT, "INGEST_DIR", directory, error)
        return
    found = [*machine.room(SUBJECT, directory), *_fill(directory), *_waiting(directory)]
    if seconds > machine.SLOW_SECONDS and settings.INGEST_FSYNC:
        found.append(
            warning(
                SUBJECT,
                f"a write to the disk takes {span(seconds)}, and every SDK waits for one",
                "Put INGEST_DIR on a faster local disk.",
            )
        )
    waiting = depth.measure(directory, time.time())
    yield from found or [
        ok(
            SUBJECT,
            f"{directory}: {size(waiting.bytes)} wait, a write takes {seconds * 1000:.1f} ms, "
            f"{machine.free(directory)} free",
        )
    ]
    yield from _quarantine(directory)


def _fill(directory: Path) -> Iterator[Finding]:
    limit, used = settings.MAX_SPOOL_BYTES, capacity.used(directory)
    if not limit or used < limit / 2:
        return
    text = f"{size(used)} wait; at MAX_SPOOL_BYTES={size(limit)} SDKs are refused"
    fix = "See that the digest runs and the database keeps up; or raise MAX_SPOOL_BYTES."
    yield problem(SUBJECT, text, fix) if used > 0.9 * limit else warning(SUBJECT, text, fix)


def _waiting(directory: Path) -> Iterator[Finding]:
    waiting = depth.measure(directory, time.time())
    if waiting.oldest < LATE_SECONDS:
        return
    digests = presence.present(settings.RUN_DIR, "digest")
    fix = (
        "The digest runs: its log says what it waits for."
        if digests
        else "No digest runs: start `manage.py up`, or `manage.py digest` alone."
    )
    text = f"what was accepted {span(waiting.oldest)} ago is not stored yet ({waiting.segments} segments, {size(waiting.bytes)})"
    yield (problem if waiting.oldest > STUCK_SECONDS else warning)(SUBJECT, text, fix)


def _quarantine(directory: Path) -> Iterator[Finding]:
    subject = "quarantine"
    if count := depth.quarantined(directory):
        yield warning(
            subject,
            f"{count} record{'' if count == 1 else 's'} could not be stored",
            f"Each has its reason beside it in {directory / QUARANTINE}; delete what is not needed.",
        )
    else:
        yield ok(subject, "empty")
