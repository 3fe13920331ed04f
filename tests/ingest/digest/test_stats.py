from __future__ import annotations

import os
import time
from pathlib import Path

from ingest.digest import stats as digest_stats
from ingest.digest.stats import DigestStats


def test_a_batch_is_counted_and_read(tmp_path: Path) -> None:
    stats = DigestStats(tmp_path / "run", 2)
    stats.batch(3, 1000, 0.02, time.time() - 5)
    stats.batch(1000, 5000, 60.0, time.time() - 7)
    stats.flush()
    (done,) = digest_stats.read(tmp_path / "run")
    assert (done.number, done.batches, done.records, done.bytes) == (2, 2, 1003, 6000)
    assert done.seconds == 60.02
    assert abs(done.at - time.time()) < 5
    assert 6.5 < done.lag < 9
    assert done.by_records == (0, 0, 1, 1, 1, 1, 1, 1, 1, 2)
    assert done.by_seconds == (0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2)
    assert os.listdir(tmp_path / "run") == ["digest.2.json"]


def test_a_restarted_digest_continues_its_counts(tmp_path: Path) -> None:
    for _ in range(3):
        stats = DigestStats(tmp_path, 1)
        stats.batch(10, 100, 0.5, time.time())
        stats.flush()
    (done,) = digest_stats.read(tmp_path)
    assert (done.batches, done.records) == (3, 30)
    assert done.by_records[-1] == done.by_seconds[-1] == 3


def test_it_is_written_once_a_second(tmp_path: Path) -> None:
    stats = DigestStats(tmp_path, 1)
    stats.batch(1, 1, 0.1, time.time())
    stats.batch(1, 1, 0.1, time.time())
    assert digest_stats.read(tmp_path)[0].batches == 1
    stats.flush()
    assert digest_stats.read(tmp_path)[0].batches == 2


def test_files_that_cannot_be_written_or_read_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    stats = DigestStats(tmp_path / "file", 1)
    stats.batch(1, 1, 0.1, time.time())
    stats.flush()
    unnumbered = DigestStats(tmp_path, 0)
    unnumbered.batch(1, 1, 0.1, time.time())
    unnumbered.flush()
    for name, text in [
        ("digest.1.json", "{"),
        ("digest.2.json", "{}"),
        ("digest.x.json", ""),
        ("web.1.json", ""),
    ]:
        (tmp_path / name).write_text(text)
    assert digest_stats.read(tmp_path) == []
    assert digest_stats.read(tmp_path / "missing") == []
    assert DigestStats(tmp_path, 1)
