from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from accounts.models import Project
from ingest import spool
from ingest.spool import backlog_age, files
from ingest.spool.record import Record
from issues.models import CheckIn
from rustrak.lib import clock
from tests.lib.check_ins import EVERY_TEN, check_in, send


def waiting(directory: Path, begun: datetime, suffix: str = files.SEALED, size: int = 10) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"{int(begun.timestamp() * 1e9):020d}-test-1-0{suffix}"
    path.write_bytes(b"x" * size)
    return path


def test_what_waits_in_the_spool_is_not_digested(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert backlog_age.digested_until(tmp_path / "none", now) == now
    waiting(tmp_path, now - timedelta(minutes=1), files.OPEN)
    waiting(tmp_path, now - timedelta(minutes=5))
    waiting(tmp_path, now - timedelta(hours=1), files.OPEN, size=0)
    (tmp_path / "odd.sealed").write_bytes(b"x")
    assert backlog_age.digested_until(tmp_path, now) == now - timedelta(minutes=5)


def test_a_new_segment_begins_now(tmp_path: Path) -> None:
    before = clock.now()
    spool.write_sealed(tmp_path, [Record("event", 1, "0" * 32, time.time(), None, None, b"{}")], fsync=False)
    assert before <= backlog_age.digested_until(tmp_path, clock.now() + timedelta(days=1)) <= clock.now()


@pytest.mark.django_db(transaction=True)
def test_once_detects_late_runs_but_not_those_that_may_be_in_the_spool(shop: Project, tmp_path: Path) -> None:
    now = clock.now()
    send(shop, check_in(at=now - timedelta(hours=1), monitor_config=EVERY_TEN))
    late = waiting(tmp_path, now - timedelta(minutes=55))
    with override_settings(INGEST_DIR=tmp_path):
        call_command("deliver", "--once")
        assert not CheckIn.objects.filter(status="missed").exists()
        os.unlink(late)
        call_command("deliver", "--once")
        assert CheckIn.objects.filter(status="missed").count() == 1
