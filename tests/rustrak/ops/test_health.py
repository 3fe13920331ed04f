from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from ingest import free_space, spool
from ingest.digest.stats import DigestStats
from rustrak.ops import health
from rustrak.run.answers import Answer
from tests.lib.asgi_client import Client


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    settings.RUN_DIR = tmp_path / "run"
    return tmp_path / "spool"


def test_health() -> None:
    answer = Client().call("/health")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert answer.headers[b"cache-control"] == b"no-store"
    assert answer.headers[b"x-content-type-options"] == b"nosniff"


def test_ready(directory: Path, db: None) -> None:
    assert health.ready() == {
        "status": "ready",
        "checks": {"database": "ok", "spool": "ok", "free_space": "ok", "digest": "ok"},
        "spool": {"segments": 0, "bytes": 0, "oldest_age": 0.0, "quarantined": 0},
        "digests": [],
    }
    assert list(directory.iterdir()) == []


def test_figures_of_the_queue_and_the_digests(directory: Path, db: None, settings: Any) -> None:
    spool.quarantine(directory, spool.Record("event", 1, "a" * 32, 0.0, None, None, b"x"), "why")
    (directory / f"{int((time.time() - 5) * 1e9):020d}-web-1-0.sealed").write_bytes(b"x" * 50)
    stats = DigestStats(settings.RUN_DIR, 1)
    stats.batch(10, 1000, 0.5, time.time() - 2)
    stats.batch(30, 1000, 0.1, time.time() - 3)
    stats.flush()
    found = health.ready()
    assert 5 <= found["spool"].pop("oldest_age") < 60
    assert found["spool"] == {"segments": 1, "bytes": 50, "quarantined": 1}
    (done,) = found["digests"]
    assert 3 <= done.pop("lag") < 60
    assert done == {"number": 1, "batches": 2, "records_per_batch": 20.0, "seconds_per_batch": 0.3}


def test_a_spool_that_cannot_be_written(directory: Path, db: None) -> None:
    directory.write_text("a file where the spool should be")
    answer = health.ready()
    assert answer["status"] == "not_ready"
    assert answer["checks"] == {
        "database": "ok",
        "spool": "not writable",
        "free_space": "ok",
        "digest": "unknown",
    }


def test_a_full_spool(directory: Path, db: None, settings: Any) -> None:
    settings.MAX_SPOOL_BYTES = 100
    directory.mkdir()
    (directory / "1-web-1-0.sealed").write_bytes(b"x" * 100)
    answer = health.ready()
    assert (answer["status"], answer["checks"]["spool"]) == ("not_ready", "full")


def test_too_little_free_space(directory: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_space, "is_little", lambda: True)
    answer = health.ready()
    assert (answer["status"], answer["checks"]["free_space"]) == ("not_ready", "little")


def test_a_digest_that_is_behind_is_still_ready(directory: Path, db: None) -> None:
    directory.mkdir()
    begun = time.time() - health.BEHIND_SECONDS - 5
    (directory / f"{int(begun * 1e9):020d}-web-1-0.sealed").write_bytes(b"x")
    answer = health.ready()
    assert answer["status"] == "ready"
    assert answer["checks"] == {"database": "ok", "spool": "ok", "free_space": "ok", "digest": "behind"}


def test_a_database_that_does_not_answer(directory: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def cursor(self) -> None:
            raise OperationalError("password authentication failed for user secret")

    monkeypatch.setattr(health, "connection", Down())
    answer = health.ready()
    assert (answer["status"], answer["checks"]["database"]) == ("not_ready", "unreachable")
    assert "secret" not in str(answer)


def test_the_checks_run_once_for_all_who_ask_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []

    def check() -> dict[str, Any]:
        runs.append(threading.current_thread().name)
        time.sleep(0.05)
        return {"status": "ready" if len(runs) == 1 else "not_ready"}

    async def main() -> list[int]:
        readiness = health.Readiness()
        found = [*await asyncio.gather(*[readiness.answer() for _ in range(50)]), await readiness.answer()]
        assert len(runs) == 1
        monkeypatch.setattr(health, "CACHED_SECONDS", 0.0)
        return [*{answer.status for answer in found}, (await readiness.answer()).status]

    monkeypatch.setattr(health, "_check", check)
    assert asyncio.run(main()) == [200, 503]
    assert all(name.startswith("ready") for name in runs)


def test_checks_that_hang_are_an_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def check() -> dict[str, Any]:
        release.wait(5)
        return {"status": "ready"}

    async def main() -> list[Answer]:
        readiness = health.Readiness()
        try:
            return [await readiness.answer() for _ in range(3)]
        finally:
            release.set()

    monkeypatch.setattr(health, "_check", check)
    monkeypatch.setattr(health, "WAIT_SECONDS", 0.05)
    begun = time.monotonic()
    assert [answer.status for answer in asyncio.run(main())] == [503] * 3
    assert time.monotonic() - begun < 2
