from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.digest import checkpoint
from ingest.digest.checkpoint import Checkpoint, Entry
from ingest.models import SegmentProgress
from issues.retention.batches import enforce
from rustrak.lib import clock
from tests.lib import spooled
from tests.lib.ledger_keys import NOW
from tests.lib.spooled import event


def test_rows_of_waiting_segments_are_kept(db: None, tmp_path: Path) -> None:
    SegmentProgress.objects.create(segment="x", project_id=1, done=1, at=NOW - checkpoint.KEPT_FOR)
    enforce(checkpoint.policy(tmp_path / "nowhere"), NOW)
    assert SegmentProgress.objects.exists(), "not older than that"
    enforce(checkpoint.policy(tmp_path / "nowhere"), NOW + timedelta(seconds=1))
    assert not SegmentProgress.objects.exists()


def test_progress_is_by_project_and_segment(db: None) -> None:
    own, other = Checkpoint(), Checkpoint()
    for each in (own, other):
        each.begin(["a", "b"])
    entries = [Entry("a", 4, event(1, 1)), Entry("a", 7, event(1, 2)), Entry("b", 0, event(1, 3))]
    own.advance(1, entries[:1], clock.now())
    own.committed(1, entries[:1])
    assert own.remaining(entries) == entries[1:]
    own.advance(1, entries[1:], clock.now())
    own.committed(1, entries[1:])
    assert spooled.progress_rows() == [("a", 1, 8), ("b", 1, 1)]
    with pytest.raises(checkpoint.StaleCheckpoint):
        other.advance(1, entries, clock.now())
    other.reread()
    assert other.remaining(entries) == []
    assert other.remaining([Entry("a", 4, event(2, 1))])
