"""Health checks: whether this process answers, and whether it can do its work."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from accounts.access import public
from ingest import free_space
from ingest.digest import stats
from ingest.spool import capacity
from rustrak.ops import depth
from rustrak.ops.depth import Depth

log = logging.getLogger(__name__)

# A digest normally processes a segment within a second. One this old means an error or a backlog.
BEHIND_SECONDS = 30


@public("load balancers and supervisors have no account")
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers requests."""
    return JsonResponse({"status": "ok"})


@public("load balancers and supervisors have no account")
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when events can be accepted and pages shown, else 503 with the check that failed.

    A digest that is behind is reported but does not make this process unready: no event is lost.
    """
    directory = Path(settings.INGEST_DIR)
    checks = {"database": _database(), "spool": _spool(directory), "free_space": _free_space()}
    is_ready = all(state == "ok" for state in checks.values())
    waiting = _waiting(directory)
    checks["digest"] = _digest(waiting)
    status = "ready" if is_ready else "not_ready"
    figures = _figures(directory, waiting)
    return JsonResponse({"status": status, "checks": checks, **figures}, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.warning("not ready: %s", error)
        return "unreachable"
    return "ok"


def _spool(directory: Path) -> str:
    """Write and remove a file: only that shows missing permissions, a full disk and a read-only file system."""
    probe = directory / f".ready-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"ready\n")
        finally:
            probe.unlink(missing_ok=True)
        if settings.MAX_SPOOL_BYTES and capacity.used(directory) >= settings.MAX_SPOOL_BYTES:
            return "full"
    except OSError as error:
        log.warning("not ready: %s", error)
        return "not writable"
    return "ok"


def _free_space() -> str:
    """Whether the disks have enough free space to accept anything."""
    return "little" if free_space.is_little() else "ok"


def _waiting(directory: Path) -> Depth | None:
    try:
        return depth.measure(directory, time.time())
    except OSError:
        return None


def _digest(waiting: Depth | None) -> str:
    if waiting is None:
        return "unknown"
    return "behind" if waiting.oldest > BEHIND_SECONDS else "ok"


def _figures(directory: Path, waiting: Depth | None) -> dict[str, Any]:
    """How much waits, and the figures of this machine's digests. Sizes are in bytes, times in seconds."""
    figures: dict[str, Any] = {}
    with suppress(OSError):
        if waiting is not None:
            figures["spool"] = {
                "segments": waiting.segments,
                "bytes": waiting.bytes,
                "oldest_age": round(waiting.oldest, 3),
                "quarantined": depth.quarantined(directory).records,
            }
    figures["digests"] = [
        {
            "number": done.number,
            "batches": done.batches,
            "records_per_batch": round(done.records / done.batches, 1) if done.batches else 0,
            "seconds_per_batch": round(done.seconds / done.batches, 4) if done.batches else 0,
            "lag": round(done.lag, 3),
        }
        for done in stats.read(settings.RUN_DIR)
    ]
    return figures
