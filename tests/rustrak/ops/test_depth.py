from __future__ import annotations

import time
from pathlib import Path

from ingest import spool
from ingest.spool import Record
from rustrak.ops import depth
from rustrak.ops.depth import Depth


def a_record(at: float) -> Record:
    return Record("event", 1, "a" * 32, at, None, None, b"{}")


def test_an_empty_spool(tmp_path: Path) -> None:
    assert depth.measure(tmp_path / "missing", time.time()) == Depth()
    assert depth.quarantined(tmp_path / "missing").records == 0
    (tmp_path / "wake").write_bytes(b"")
    (tmp_path / ".ready-1").write_bytes(b"x")
    assert depth.measure(tmp_path, time.time()) == Depth()


def test_segments_and_large_items_are_counted(tmp_path: Path) -> None:
    now = time.time()
    for _ in range(2):
        spool.write_sealed(tmp_path, [a_record(now)])
    (tmp_path / "00000000000000000001-web-1-0.open").write_bytes(b"")  # just begun
    (tmp_path / "00000000000000000001-web-1-0.blob").write_bytes(b"x" * 1000)
    found = depth.measure(tmp_path, now + 100)
    assert (found.segments, found.large_items) == (2, 1)
    assert found.bytes == sum(path.stat().st_size for path in tmp_path.iterdir() if path.name != "wake")
    assert 99 < found.oldest < 101


def test_quarantine(tmp_path: Path) -> None:
    spool.quarantine(tmp_path, a_record(0.0), "why")
    assert depth.quarantined(tmp_path).records == 1
