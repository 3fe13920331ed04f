from __future__ import annotations

import fcntl
import os
from collections import Counter
from pathlib import Path

import orjson
import pytest

from ingest.spool import quarantine_files
from ingest.spool.quarantine_files import Limits, Usage, find, trim, usage
from tests.lib.growth import assert_linear
from tests.lib.spooled import hex_id

NOW = 1_800_000_000.0
KIB = 1024


def a_file(
    directory: Path, name: str, size: int = 4096, age: float = 0.0, kind: str = "event", records: int = 1
) -> Path:
    """A file of `records` lines, or a payload with its reason, changed `age` seconds before NOW."""
    folder = directory / "quarantine"
    folder.mkdir(exist_ok=True)
    path = folder / name
    line = orjson.dumps({"event_id": hex_id(name), "kind": kind, "reason": "why"})
    if name.endswith(".payload"):
        paths = [path, path.with_suffix(".reason.json")]
        path.write_bytes(b"x" * size)
        paths[1].write_bytes(line)
    else:
        paths = [path]
        path.write_bytes(
            (line + b"\n") * records + b" " * (size - records * (len(line) + 1) - 1) + b"\n" * (size > 500)
        )
    for one in paths:
        os.utime(one, (NOW - age, NOW - age))
    return path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "quarantine").iterdir())


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    a_file(tmp_path, "1-2026-01-01-0001.jsonl", 400, age=100, kind="session", records=3)
    a_file(tmp_path, "1-abc.payload", age=100)
    a_file(tmp_path, "2-2026-01-01-0001.jsonl", 400, age=10)
    assert trim(tmp_path, Limits(seconds=50), NOW) == Counter({(1, "session"): 3, (1, "event"): 1})
    assert names(tmp_path) == ["2-2026-01-01-0001.jsonl"]
    assert trim(tmp_path, Limits(), NOW + 10**9) == Counter()


def test_the_oldest_of_the_largest_project_goes_first(tmp_path: Path) -> None:
    for number in range(1, 9):
        a_file(tmp_path, f"1-2026-01-01-000{number}.jsonl", 100 * KIB, age=10 - number)
    a_file(tmp_path, "2-2026-01-01-0001.jsonl", 100 * KIB, age=1000)
    a_file(tmp_path, "3-large.payload", 100 * KIB, age=2000)
    assert sum(trim(tmp_path, Limits(bytes=600 * KIB), NOW).values()) == 5
    assert names(tmp_path) == [
        *(f"1-2026-01-01-000{number}.jsonl" for number in (6, 7, 8)),
        "2-2026-01-01-0001.jsonl", "3-large.payload", "3-large.reason.json",
    ]  # fmt: skip


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    for number in range(100):
        a_file(tmp_path, f"{number}-2026-01-01-0001.jsonl", 200)
        a_file(tmp_path, f"{number}-large.payload", 100)
    trim(tmp_path, Limits(files=50), NOW)
    assert 40 <= len(names(tmp_path)) <= 50


def test_nothing_goes_below_the_limits(tmp_path: Path) -> None:
    for number in range(10):
        a_file(tmp_path, f"{number}-2026-01-01-0001.jsonl", 4096)
    assert trim(tmp_path, Limits(bytes=40960, files=10, seconds=100), NOW) == Counter()
    assert len(names(tmp_path)) == 10


def test_a_file_that_is_being_written_stays(tmp_path: Path) -> None:
    path = a_file(tmp_path, "1-2026-01-01-0001.jsonl", 400, age=100)
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert trim(tmp_path, Limits(seconds=50), NOW) == Counter()
    assert trim(tmp_path, Limits(seconds=50), NOW).total() == 1


def test_links_are_neither_counted_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * 10_000)
    (tmp_path / "quarantine").mkdir()
    (tmp_path / "quarantine" / "1-2026-01-01-0001.jsonl").symlink_to(tmp_path / "secret")
    assert usage(tmp_path, {}) == Usage()
    assert trim(tmp_path, Limits(bytes=1, files=1, seconds=1), NOW) == Counter()
    assert (tmp_path / "secret").exists()


def test_usage_reads_every_byte_once(tmp_path: Path) -> None:
    known: dict[Path, tuple[int, int]] = {}
    path = a_file(tmp_path, "1-2026-01-01-0001.jsonl", 300, records=2)
    a_file(tmp_path, "1-old.payload", 5000)
    before = usage(tmp_path, known)
    assert (before.records, before.files, before.bytes) == (3, 3, 4096 + 8192 + 4096)
    with open(path, "ab") as file:
        file.write(b"{}\n" * 10)
    seen, lines = known[path]
    known[path] = seen, lines + 1000  # what was read before is not read again
    assert usage(tmp_path, known).records == 1013
    path.unlink()
    assert usage(tmp_path, known).records == 1
    assert known == {}
    assert usage(tmp_path / "missing", {}) == Usage()


def test_events_are_found_in_both_kinds_of_file(tmp_path: Path) -> None:
    a_file(tmp_path, "1-2026-01-01-0001.jsonl", 300)
    a_file(tmp_path, f"1-{hex_id('large')}.payload")
    a_file(tmp_path, "1-2026-01-02-0001.jsonl", 300, kind="session")
    a_file(tmp_path, "12-2026-01-01-0001.jsonl", 300)
    wanted = [
        hex_id(name)
        for name in (
            "1-2026-01-01-0001.jsonl",
            "large",
            "1-2026-01-02-0001.jsonl",
            "12-2026-01-01-0001.jsonl",
        )
    ]
    assert find(tmp_path, 1, wanted) == {wanted[0]: "why", wanted[1]: "why"}
    assert find(tmp_path, 1, []) == {}
    assert find(tmp_path / "missing", 1, wanted) == {}


def test_a_search_reads_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 6):
        a_file(tmp_path, f"1-2026-01-01-000{number}.jsonl", 10_000)
    monkeypatch.setattr(quarantine_files, "SEARCHED_BYTES", 15_000)
    wanted = [hex_id(f"1-2026-01-01-000{number}.jsonl") for number in range(1, 6)]
    assert set(find(tmp_path, 1, wanted)) == {wanted[4], wanted[3]}


def test_trimming_is_linear(tmp_path: Path) -> None:
    serial = iter(range(10**6))

    def make(n: int) -> Path:
        directory = tmp_path / str(next(serial))
        directory.mkdir()
        for number in range(n):
            a_file(directory, f"{number % 97}-2026-01-01-{number}.jsonl", 200)
        return directory

    assert_linear(make, lambda directory: trim(directory, Limits(files=10), NOW), largest=1 << 10)
