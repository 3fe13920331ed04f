from __future__ import annotations

import asyncio
import os
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.spool import SpoolCapacity, SpoolUnavailable
from ingest.spool import capacity as capacity_module
from rustrak.lib.disk.space import FreeSpace


async def measured(capacity: SpoolCapacity) -> None:
    """Return when no measurement is running."""
    while capacity._measuring is not None:
        await asyncio.sleep(0.001)


async def test_a_full_spool_refuses_until_it_is_measured_again(tmp_path: Path) -> None:
    now = 100.0
    capacity = SpoolCapacity(tmp_path, 1000, clock=lambda: now)
    (tmp_path / "1.sealed").write_bytes(bytes(600))
    (tmp_path / "2.blob").write_bytes(bytes(300))
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / "x").write_bytes(bytes(5000))
    capacity.check()
    await measured(capacity)
    capacity.check(100)
    with pytest.raises(SpoolUnavailable):
        capacity.check(1)
    (tmp_path / "1.sealed").unlink()
    now += capacity_module.MEASURE_SECONDS
    with pytest.raises(SpoolUnavailable):
        capacity.check(1)  # starts to measure
    await measured(capacity)
    capacity.check(700)
    with pytest.raises(SpoolUnavailable):
        capacity.check(1)


async def test_it_measures_once_a_second_and_only_with_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    measurements = []
    monkeypatch.setattr(capacity_module, "used", lambda directory: measurements.append(1) or 0)
    capacity = SpoolCapacity(tmp_path, 1000, clock=lambda: now)
    for _ in range(5):
        capacity.check()
        await measured(capacity)
    assert len(measurements) == 1
    now += capacity_module.MEASURE_SECONDS
    capacity.check()
    await measured(capacity)
    assert len(measurements) == 2
    SpoolCapacity(tmp_path, 0).check(10**12)
    assert len(measurements) == 2


class Disk:
    """A file system whose free space can be set."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, path: Path) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=self.free, f_frsize=1, f_blocks=10**9, f_files=0, f_favail=0)


@pytest.mark.parametrize("limit", [0, 10**9])
async def test_little_free_space_refuses_until_there_is_enough_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    now = 100.0
    disk = Disk(500)
    monkeypatch.setattr(os, "statvfs", disk)
    space = FreeSpace([tmp_path], 1000, clock=lambda: now)
    capacity = SpoolCapacity(tmp_path, limit, clock=lambda: now, space=space)
    with pytest.raises(SpoolUnavailable, match="nearly full"):
        capacity.check()
    for free, refused in ((1000, True), (1101, False), (1001, False), (999, True)):
        disk.free = free
        await measured(capacity)
        now += 1.5
        with suppress(SpoolUnavailable):
            capacity.check()  # starts to measure
        await measured(capacity)
        with pytest.raises(SpoolUnavailable) if refused else nullcontext():
            capacity.check(1)


async def test_a_flood_within_a_second_does_not_pass_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    disk = Disk(1500)
    monkeypatch.setattr(os, "statvfs", disk)
    space = FreeSpace([tmp_path], 1000, clock=lambda: now)
    capacity = SpoolCapacity(tmp_path, 0, clock=lambda: now, space=space)
    for _ in range(5):
        capacity.check(100)
        await measured(capacity)
    with pytest.raises(SpoolUnavailable, match="nearly full"):
        capacity.check(600)
    disk.free = 5000
    now += 1.5
    with suppress(SpoolUnavailable):
        capacity.check(600)
    await measured(capacity)
    capacity.check(3000)
    with pytest.raises(SpoolUnavailable):
        capacity.check(3000)


def test_a_missing_spool_is_empty(tmp_path: Path) -> None:
    assert capacity_module.used(tmp_path / "none") == 0
