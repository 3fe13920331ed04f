from __future__ import annotations

import errno
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from ingest import spool
from ingest.spool import Record, files, quarantine_files, quarantine_writer
from ingest.spool.quarantine_writer import Quarantine
from tests.lib.growth import assert_linear
from tests.lib.spooled import hex_id, set_aside


def record(number: int, payload: bytes = b"{", project: int = 1, kind: str = "event") -> Record:
    return Record(kind, project, hex_id(number), 1_700_000_000.25, "192.0.2.1", None, payload)


def in_quarantine(directory: Path) -> list[str]:
    return sorted(path.name for path in (directory / "quarantine").iterdir())


def test_many_bad_items_are_one_file(tmp_path: Path) -> None:
    view = Quarantine(tmp_path)
    for number in range(1000):
        view.keep(record(number, kind="session" if number % 2 else "event"), "why")
    assert len(in_quarantine(tmp_path)) == 1
    assert [one["event_id"] for one in set_aside(tmp_path)] == [hex_id(number) for number in range(1000)]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b'{"a": "\xe2\x98\x83"}\n\n', b"\x00\xff\x00", b"\r\n\x85\xe2\x80\xa8", b"\xed\xa0\x80"],
)
def test_any_payload_is_kept_with_its_reason(tmp_path: Path, payload: bytes) -> None:
    spool.quarantine(tmp_path, record(7, payload), "it is \ud800 no JSON\n" + "x" * 5000)
    (found,) = set_aside(tmp_path)
    assert found["payload"] == payload
    assert found["reason"].startswith("it is ? no JSON\nx")
    assert len(found["reason"]) == quarantine_writer.REASON_LENGTH
    assert (found["kind"], found["event_id"], found["remote_addr"]) == ("event", hex_id(7), "192.0.2.1")
    assert found["received_at"] == "2023-11-14T22:13:20.250000Z"


def test_a_record_is_kept_once_also_by_another_process(tmp_path: Path) -> None:
    for view in (Quarantine(tmp_path), Quarantine(tmp_path)):
        for _ in range(3):
            view.keep(record(1), "why")
            view.keep(record(2), "why")
    assert len(set_aside(tmp_path)) == 2


def test_an_item_of_the_same_event_is_another_record(tmp_path: Path) -> None:
    for kind, payload in (("event", b"{"), ("session", b"{"), ("session", b"[")):
        spool.quarantine(tmp_path, record(1, payload, kind=kind), "why")
    assert len(set_aside(tmp_path)) == 3


def test_a_full_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine_writer, "FULL_BYTES", 1000)
    view = Quarantine(tmp_path)
    for number in range(20):
        view.keep(record(number, b"x" * 200), "why")
    assert len(in_quarantine(tmp_path)) == 7
    Quarantine(tmp_path).keep(record(21, b"x" * 200), "why")
    assert [one["event_id"] for one in set_aside(tmp_path)] == [hex_id(number) for number in [*range(20), 21]]


def test_a_large_payload_has_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "large.blob").write_bytes(b"x" * (quarantine_writer.INLINE_BYTES + 1))
    large = Record(
        "attachment", 1, hex_id(1), 0.0, None, None, b"", file="large.blob", meta={"id": "../../x"}
    )
    for _ in range(2):
        spool.quarantine(tmp_path, large, "why")
    (tmp_path / "large.blob").unlink()
    assert len(in_quarantine(tmp_path)) == 2
    assert [len(one["payload"]) for one in set_aside(tmp_path)] == [quarantine_writer.INLINE_BYTES + 1]


@pytest.mark.parametrize("kind", ["event", "attachment"])
def test_large_payloads_with_equal_ids_are_all_kept(tmp_path: Path, kind: str) -> None:
    about = {"id": "same"}
    for number in range(3):
        name = f"{number}.blob"
        (tmp_path / name).write_bytes(b"%d" % number * (quarantine_writer.INLINE_BYTES + 1))
        large = Record(kind, 1, hex_id(1), 0.0, None, None, b"", file=name, meta=about)
        for _ in range(2):
            spool.quarantine(tmp_path, large, f"why {number}")
    assert len(in_quarantine(tmp_path)) == 6
    assert sorted((one["payload"][:1], one["reason"]) for one in set_aside(tmp_path)) == [
        (b"0", "why 0"), (b"1", "why 1"), (b"2", "why 2"),
    ]  # fmt: skip
    assert set(quarantine_files.find(tmp_path, 1, [hex_id(1)])) == ({hex_id(1)} if kind == "event" else set())


def test_equal_items_of_a_request_are_all_kept(tmp_path: Path) -> None:
    view = Quarantine(tmp_path)
    for place in ("1.sealed#0", "1.sealed#1", "1.sealed#1"):
        view.keep(record(1, kind="session"), "why", place)
    assert len(set_aside(tmp_path)) == 2


def test_the_name_of_a_large_payload_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "large.blob").write_bytes(b"x" * (quarantine_writer.INLINE_BYTES + 1))
    spool.quarantine(
        tmp_path, Record("event", 7, "../" * 500, 0.0, None, None, b"", file="large.blob"), "why"
    )
    assert {quarantine_files.project_of(name) for name in in_quarantine(tmp_path)} == {7}


def test_a_line_cut_off_by_a_crash_does_not_spoil_the_next(tmp_path: Path) -> None:
    spool.quarantine(tmp_path, record(1), "why")
    (name,) = in_quarantine(tmp_path)
    with open(tmp_path / "quarantine" / name, "ab") as file:
        file.write(b'{"event_id":"' + b"1" * 10)
    spool.quarantine(tmp_path, record(2), "why")
    assert [one["event_id"] for one in set_aside(tmp_path)] == [hex_id(1), hex_id(2)]


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.quarantine(tmp_path, record(1), "why")

    def half(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(files, "write_all", half)
        with pytest.raises(OSError, match="No space"):
            spool.quarantine(tmp_path, record(2), "why")
    (name,) = in_quarantine(tmp_path)
    assert (tmp_path / "quarantine" / name).read_bytes().count(b"\n") == 1
    spool.quarantine(tmp_path, record(2), "why")
    assert len(set_aside(tmp_path)) == 2


def test_what_is_kept_is_on_disk_after_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        quarantine_writer.os,
        "fsync",
        lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")),
    )
    view = Quarantine(tmp_path)
    for number in range(50):
        view.keep(record(number, project=number % 2 + 1), "why")
    assert synced == []
    view.sync()
    folder = tmp_path / "quarantine"
    assert sorted(synced) == sorted([str(folder), *map(str, folder.iterdir())])
    view.sync()
    assert len(synced) == 3


def _keep_many(directory: Path, start: int) -> None:
    view = Quarantine(directory)
    for number in range(start, start + 300):
        view.keep(record(number, b"x" * 100), "why")
        view.trim(spool.QuarantineLimits(bytes=10**9), time.time())


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_keep_many, args=(tmp_path, start)) for start in (0, 1000, 2000)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {process.exitcode for process in processes} == {0}
    assert len({one["event_id"] for one in set_aside(tmp_path)}) == 900
    assert len(in_quarantine(tmp_path)) == 1


def test_keeping_takes_no_longer_when_the_quarantine_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = Quarantine(tmp_path)
    view.keep(record(0), "why")
    limits = spool.QuarantineLimits(bytes=10**9, files=10_000)
    view.trim(limits, time.time())
    listed: list[int] = []
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(1))
    for number in range(1, 200):
        view.keep(record(number), "why")
        view.trim(limits, time.time())
    assert listed == []


SHAPES = {
    "equal": lambda n: [record(0)] * n,
    "small": lambda n: [record(number) for number in range(n)],
    "projects": lambda n: [record(number, project=number % 50) for number in range(n)],
    "one long": lambda n: [record(0, b"\xff\x00\n" * n)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_time_grows_with_what_is_kept(tmp_path: Path, shape: str) -> None:
    serial = iter(range(10**6))

    def work(records: list[Record]) -> None:
        directory = tmp_path / str(next(serial))
        view = Quarantine(directory)
        for one in records:
            view.keep(one, "why")
            view.trim(spool.QuarantineLimits(bytes=100_000, files=100, seconds=10**6), time.time())

    assert_linear(SHAPES[shape], work, largest=1 << 10 if shape != "one long" else 1 << 17)


def test_limits_hold_at_any_moment(tmp_path: Path) -> None:
    view = Quarantine(tmp_path)
    limits = spool.QuarantineLimits(bytes=6 * 1024 * 1024, files=100)
    expired = most = 0
    for number in range(150):
        view.keep(record(number, b"\xff" * 100_000, project=number % 3), "why")
        expired += view.trim(limits, time.time()).total()
        most = max(most, sum(path.stat().st_size for path in (tmp_path / "quarantine").iterdir()))
    assert most < limits.bytes * 1.15
    assert quarantine_files.usage(tmp_path, {}).records == 150 - expired
    assert expired
