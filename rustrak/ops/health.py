"""Health checks: whether this process answers, and whether it can do its work.

Both are answered on the event loop, so that pages which occupy all threads do not make a probe replace the process,
and for any Host: probes send addresses and names of containers, or none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections, connection

from ingest import free_space
from ingest.digest import stats
from ingest.spool import capacity
from rustrak.ops import depth
from rustrak.ops.depth import Depth
from rustrak.run import answers
from rustrak.run.answers import Answer, Send

log = logging.getLogger(__name__)

ALIVE, READY = "/health", "/health/ready"
# A digest normally processes a segment within a second. One this old means an error or a backlog.
BEHIND_SECONDS = 30
# Anybody may ask: the checks run at most once in this time, and an answer waits for them no longer than that.
CACHED_SECONDS, WAIT_SECONDS = 1.0, 5.0

_OK = answers.as_json(200, {"status": "ok"})


class Readiness:
    """Runs the checks in a thread of its own, for all who ask at a time. Used by one event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self._begun = 0.0
        self._found: asyncio.Future[dict[str, Any]] | None = None

    async def answer(self) -> Answer:
        """200 when events can be accepted and pages shown, else 503 with the check that failed."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._found is None or (self._found.done() and now - self._begun > CACHED_SECONDS):
            self._begun, self._found = now, loop.run_in_executor(self._thread, _check)
        try:
            async with asyncio.timeout(max(0.0, self._begun + WAIT_SECONDS - now)):
                found = await asyncio.shield(self._found)
        except TimeoutError:
            found = {"status": "not_ready", "checks": {"database": "no answer in time"}}
        return answers.as_json(200 if found["status"] == "ready" else 503, found)


_readiness: Readiness | None = None


async def answer(path: str, send: Send) -> None:
    """Answer a request to ALIVE or READY."""
    global _readiness
    if path == ALIVE:
        await answers.send(_OK, send)
        return
    if _readiness is None:  # at the first request: after gunicorn has forked
        _readiness = Readiness()
    await answers.send(await _readiness.answer(), send)


def _check() -> dict[str, Any]:
    close_old_connections()
    try:
        return ready()
    finally:
        close_old_connections()


def ready() -> dict[str, Any]:
    """What /health/ready answers: `status`, `checks` and figures of this machine.

    A digest that is behind is reported but does not make this process unready: no event is lost.
    """
    directory = Path(settings.INGEST_DIR)
    checks = {"database": _database(), "spool": _spool(directory), "free_space": _free_space()}
    is_ready = all(state == "ok" for state in checks.values())
    waiting = _waiting(directory)
    checks["digest"] = _digest(waiting)
    figures = _figures(directory, waiting)
    return {"status": "ready" if is_ready else "not_ready", "checks": checks, **figures}


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
