from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from ingest import free_space, spool
from ingest.digest.stats import DigestStats
from rustrak.ops import health


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    settings.RUN_DIR = tmp_path / "run"
    return tmp_path / "spool"


def test_health() -> None:
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_ready(directory: Path, db: None) -> None:
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ready",
            "checks": {"database": "ok", "spool": "ok", "free_space": "ok", "digest": "ok"},
            "spool": {"segments": 0, "bytes": 0, "oldest_age": 0.0, "quarantined": 0},
            "digests": [],
        },
    )
    assert list(directory.iterdir()) == []


def test_figures_of_the_queue_and_the_digests(directory: Path, db: None, settings: Any) -> None:
    spool.quarantine(directory, spool.Record("event", 1, "a" * 32, 0.0, None, None, b"x"), "why")
    (directory / f"{int((time.time() - 5) * 1e9):020d}-web-1-0.sealed").write_bytes(b"x" * 50)
    stats = DigestStats(settings.RUN_DIR, 1)
    stats.batch(10, 1000, 0.5, time.time() - 2)
    stats.batch(30, 1000, 0.1, time.time() - 3)
    stats.flush()
    found = Client().get("/health/ready").json()
    assert 5 <= found["spool"].pop("oldest_age") < 60
    assert found["spool"] == {"segments": 1, "bytes": 50, "quarantined": 1}
    (done,) = found["digests"]
    assert 3 <= done.pop("lag") < 60
    assert done == {"number": 1, "batches": 2, "records_per_batch": 20.0, "seconds_per_batch": 0.3}


def test_a_spool_that_cannot_be_written(directory: Path, db: None) -> None:
    directory.write_text("a file where the spool should be")
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert answer.json()["checks"] == {
        "database": "ok",
        "spool": "not writable",
        "free_space": "ok",
        "digest": "unknown",
    }


def test_a_full_spool(directory: Path, db: None, settings: Any) -> None:
    settings.MAX_SPOOL_BYTES = 100
    directory.mkdir()
    (directory / "1-web-1-0.sealed").write_bytes(b"x" * 100)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["spool"]) == (503, "full")


def test_too_little_free_space(directory: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_space, "is_little", lambda: True)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["free_space"]) == (503, "little")


def test_a_digest_that_is_behind_is_still_ready(directory: Path, db: None) -> None:
    directory.mkdir()
    begun = time.time() - health.BEHIND_SECONDS - 5
    (directory / f"{int(begun * 1e9):020d}-web-1-0.sealed").write_bytes(b"x")
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"] == {
        "database": "ok",
        "spool": "ok",
        "free_space": "ok",
        "digest": "behind",
    }


def test_a_database_that_does_not_answer(directory: Path, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def cursor(self) -> None:
            raise OperationalError("password authentication failed for user secret")

    monkeypatch.setattr(health, "connection", Down())
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "unreachable")
    assert b"secret" not in answer.content
