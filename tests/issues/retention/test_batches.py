from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import pytest

from accounts.models import Project
from issues.models import ProjectHour
from issues.retention import batches
from issues.retention.batches import RowsToDelete


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A fake clock: the first element is the time, those after it are how long the code slept."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "sleep", now.append)
    return now


def run(pace: batches.Pace, clock: list[float], seconds: float, deleted: int) -> int:
    """Let a batch of `deleted` rows take `seconds`. Returns the next size."""
    pace.start()
    clock[0] += seconds
    pace.finish(deleted)
    return pace.size


def test_batches_double_at_most_and_shrink_at_once(clock: list[float]) -> None:
    pace = batches.Pace(10, 1000)
    sizes = [
        run(pace, clock, pace.size * each, pace.size)
        for each in (0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 0.01, 1.0, 0.000001, 0.000001)
    ]
    fit = int(batches.SECONDS / 0.0001)
    assert sizes[:5] == [20, 40, 80, min(160, fit), min(2 * sizes[3], fit)]
    assert sizes[5:7] == [batches.SMALLEST, batches.SMALLEST]
    assert sizes[7:] == [2 * batches.SMALLEST, 4 * batches.SMALLEST]
    assert clock[1:] == [batches.PAUSE] * 9


def test_a_batch_is_bounded(clock: list[float]) -> None:
    assert run(batches.Pace(100, 150), clock, 0, 100) == 150


def test_waiting_for_the_lock_does_not_count(
    shop: Project, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(project_id: int) -> None:
        clock[0] += 5

    def delete(keys: Sequence[int]) -> dict[str, int]:
        clock[0] += batches.SECONDS / 2
        left.clear()
        return {"row": len(keys)}

    monkeypatch.setattr(batches, "lock_project", wait)
    pace, left = batches.Pace(100, 1000), list(range(100))
    batches.delete(RowsToDelete(lambda size: left[:size], delete, shop.pk), pace)
    assert pace.size in (199, 200)


def test_an_eviction_is_reported_in_the_transaction_that_deletes(shop: Project) -> None:
    ProjectHour.objects.create(project=shop, hour=1, count=1)
    rows = batches.rows_of(ProjectHour.objects.all(), "hour", project_id=shop.pk, reason=batches.TOO_OLD)

    def fail(project_id: int, reason: str, deleted: Mapping[str, int]) -> None:
        assert (project_id, reason, deleted) == (shop.pk, "too_old", {"hour": 1})
        assert not ProjectHour.objects.exists()
        raise OSError

    with pytest.raises(OSError):
        batches.delete(rows, batches.Pace(1, 1), fail)
    assert ProjectHour.objects.exists()
