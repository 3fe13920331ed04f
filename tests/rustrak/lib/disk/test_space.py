from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rustrak.lib.disk import space
from rustrak.lib.disk.space import FreeSpace, measure

MIB = 1024 * 1024


def disk(free: int, total: int = 10**6, files: int = 0, files_left: int = 0) -> Any:
    """What os.statvfs returns for a disk of `total` MiB."""
    return SimpleNamespace(f_bavail=free, f_frsize=MIB, f_blocks=total, f_files=files, f_favail=files_left)


@pytest.mark.parametrize(
    ("total", "least", "floor"),
    [
        (10**6, None, 512),
        (5120, None, 512),
        (640, None, 64),
        (1, None, 0.1),
        (640, 1000, 1000),
        (10**6, 0, 0),
    ],
)
def test_the_floor(tmp_path: Path, total: int, least: int | None, floor: float) -> None:
    found = measure(tmp_path, least * MIB if least else least, disk(100, total))
    assert found is not None
    assert found.floor == int(floor * MIB)


@pytest.mark.parametrize(
    ("free", "files", "left", "below"),
    [(512, 0, 0, False), (511, 0, 0, True), (10_000, 10**6, 999, True), (10_000, 10**6, 1000, False), (10_000, 1000, 10, False), (10_000, 1000, 9, True)],
)  # fmt: skip
def test_below(tmp_path: Path, free: int, files: int, left: int, below: bool) -> None:
    found = measure(tmp_path, None, disk(free, files=files, files_left=left))
    assert found is not None
    assert found.below() is below


def test_a_directory_that_does_not_exist_yet_is_on_the_disk_of_its_parent(tmp_path: Path) -> None:
    found = measure(tmp_path / "a" / "b", None)
    assert found is not None
    assert found.directory == tmp_path


def test_it_measures_once_a_second_and_wants_a_tenth_more(monkeypatch: pytest.MonkeyPatch) -> None:
    now, free, calls = 0.0, 2000, 0

    def statvfs(path: Path) -> Any:
        nonlocal calls
        calls += 1
        return disk(free if path == Path("/small") else 10**6)

    monkeypatch.setattr(os, "statvfs", statvfs)
    watched = FreeSpace([Path("/large"), Path("/small")], 1000 * MIB, clock=lambda: now)
    assert [watched.is_little() for _ in range(5)] == [False] * 5
    assert calls == 2
    free = 999
    assert not watched.is_little()
    now += 1
    assert watched.is_little()
    free = 1099
    now += 1
    assert watched.is_little()
    free = 1100
    now += 1
    assert not watched.is_little()


def test_without_a_floor_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: pytest.fail("measured"))
    assert not FreeSpace([Path("/")], 0).is_little()


def test_what_cannot_be_measured_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> Any:
        raise PermissionError(13, "denied")

    monkeypatch.setattr(os, "statvfs", refuse)
    assert measure(Path("/x"), None) is None
    assert not FreeSpace([Path("/x")], 1000).is_little()
    assert space.FLOOR_BYTES == 512 * MIB
