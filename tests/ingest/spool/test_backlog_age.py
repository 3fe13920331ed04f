from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest import spool
from ingest.spool import backlog_age, files
from ingest.spool.record import Record
from rustrak.lib import clock
from tests.lib.spooled import segment_of


def test_the_oldest_waiting_segment_decides(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert backlog_age.digested_until(tmp_path / "none", now) == now
    segment_of(tmp_path, now - timedelta(minutes=1), files.OPEN)
    segment_of(tmp_path, now - timedelta(minutes=5))
    segment_of(tmp_path, now - timedelta(hours=1), files.OPEN, size=0)
    (tmp_path / "odd.sealed").write_bytes(b"x")
    assert backlog_age.digested_until(tmp_path, now) == now - timedelta(minutes=5)


def test_a_segment_written_now_begins_now(tmp_path: Path) -> None:
    before = clock.now()
    spool.write_sealed(tmp_path, [Record("event", 1, "0" * 32, time.time(), None, None, b"{}")], fsync=False)
    assert before <= backlog_age.digested_until(tmp_path, clock.now() + timedelta(days=1)) <= clock.now()
