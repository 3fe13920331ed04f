"""Whether this process lives, and whether it can do its work."""

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
from ingest.digest import stats
from ingest.spool import capacity
from rustrak.ops import depth
from rustrak.ops.depth import Depth

log = logging.getLogger(__name__)

# A digest takes what is in the spool within a second; so long after, something is wrong or much is waiting.
BEHIND_SECONDS = 30


@public("load balancers and supervisors ask without a user")
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 as long as requests are answered at all."""
    return JsonResponse({"status": "ok"})


@public("load balancers and supervisors ask without a user")
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when events can be taken in and looked at, else 503 and what is in the way.

    A digest that is behind is told, and is no reason to send anybody elsewhere: nothing is lost meanwhile.
    """
    directory = Path(settings.INGEST_DIR)
    checks = {"database": _database(), "spool": _spool(directory)}
    fine = all(state == "ok" for state in checks.values())
    waiting = _waiting(directory)
    checks["digest"] = _digest(waiting)
    status = "ready" if fine else "not_ready"
    figures = _figures(directory, waiting)
    return JsonResponse({"status": status, "checks": checks, **figures}, status=200 if fine else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        log.warning("not ready: %s", error)
        return "unreachable"
    return "ok"


def _spool(directory: Path) -> str:
    """Writes and removes a file: permissions, a full disk and a read-only one show only then."""
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
    """How much waits, and how the digests of this machine did their last batch; sizes in bytes, times in seconds."""
    figures: dict[str, Any] = {}
    with suppress(OSError):
        if waiting is not None:
            figures["spool"] = {
                "segments": waiting.segments,
                "bytes": waiting.bytes,
                "oldest_age": round(waiting.oldest, 3),
                "quarantined": depth.quarantined(directory),
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
