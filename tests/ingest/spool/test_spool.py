from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import spool
from ingest.spool import Record, SegmentWriter, SpoolUnavailable, files, writer
from ingest.spool.record import Damage, read
from tests.lib.spooled import set_aside

MIB = 1024 * 1024


def record(number: int = 1, payload: bytes = b"{}") -> Record:
    return Record("event", 1, f"{number:032x}", 1_700_000_000.25, "192.0.2.1", None, payload)


def claim(directory: Path, limit: int) -> list[spool.Segment]:
    return [one.segment for one in spool.Backlog(directory).claim(limit)]


def read_all(segment: spool.Segment) -> list[Record]:
    return [one for _, one in segment.records()]


def claimed(directory: Path) -> list[Record]:
    """Claim and settle everything, and return the records."""
    found = []
    for segment in claim(directory, 1000 * MIB):
        found += read_all(segment)
        segment.settle()
    return found


def left(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


records = st.builds(
    Record,
    kind=st.sampled_from(["event", "später"]),
    project_id=st.integers(0, 2**53),
    event_id=st.text("0123456789abcdef", min_size=32, max_size=32),
    received_at=st.floats(0, 2e9),
    remote_addr=st.none() | st.just("2001:db8::1"),
    sent_at=st.none() | st.text(st.characters(codec="utf-8"), max_size=10),
    payload=st.binary(max_size=300),
)


@given(st.lists(records, max_size=6))
def test_records_are_read_as_they_were_written(written: list[Record]) -> None:
    assert list(read(b"".join(one.encode() for one in written))) == written


@given(written=st.lists(records, min_size=1, max_size=4), data=st.data())
def test_a_truncated_segment_loses_only_its_last_record(written: list[Record], data: st.DataObject) -> None:
    whole = b"".join(one.encode() for one in written)
    last = len(written[-1].encode())
    torn = whole[: len(whole) - data.draw(st.integers(1, last - 1))]
    *found, damage = list(read(torn))
    assert found == written[:-1]
    assert isinstance(damage, Damage)
    assert damage.torn


@given(written=st.lists(records, min_size=2, max_size=4), data=st.data())
def test_a_flipped_bit_damages_one_record(written: list[Record], data: st.DataObject) -> None:
    first = bytearray(written[0].encode())
    first[data.draw(st.integers(8, len(first) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damage, *found = list(read(bytes(first) + b"".join(one.encode() for one in written[1:])))
    assert isinstance(damage, Damage)
    assert not damage.torn
    assert found == written[1:]


async def test_an_appended_record_is_on_disk_and_soon_sealed(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "spool"
    segments = SegmentWriter(directory, "test")
    await segments.append(record(1))
    (path,) = directory.iterdir()
    assert path.suffix == files.OPEN
    assert list(read(path.read_bytes())) == [record(1)]
    assert claim(directory, MIB) == []
    assert spool.recover(directory) == 0
    await asyncio.sleep(writer.SEAL_SECONDS * 3)
    assert claimed(directory) == [record(1)]
    assert left(directory) == []


async def test_requests_that_wait_share_one_synchronous_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synchronous = []
    write = os.write

    def counting(descriptor: int, data: bytes) -> int:
        synchronous.append(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DSYNC == os.O_DSYNC)
        return write(descriptor, data)

    segments = SegmentWriter(tmp_path, "test")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", counting)
        await asyncio.gather(*(segments.append(record(number)) for number in range(100)))
    await segments.close()
    assert sorted(one.event_id for one in claimed(tmp_path)) == [
        record(number).event_id for number in range(100)
    ]
    assert all(synchronous)
    assert 1 <= len(synchronous) <= 2


async def test_the_name_of_a_segment_is_on_disk_before_the_first_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(files, "sync_directory", synced.append)
    segments = SegmentWriter(tmp_path, "test")
    await segments.append(record(1))
    assert synced == [tmp_path]
    await segments.append(record(2))
    assert synced == [tmp_path]
    await segments.close()


async def test_fsync_can_be_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_fsync(descriptor: int) -> None:
        raise AssertionError("fsync was called")

    opened = []
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda path, flags, *mode: (opened.append(flags), real(path, flags, *mode))[1]
    )
    monkeypatch.setattr(os, "fsync", no_fsync)
    segments = SegmentWriter(tmp_path, "test", fsync=False)
    await segments.append(record())
    await segments.close()
    assert opened
    assert not any(flags & os.O_DSYNC for flags in opened)
    assert claimed(tmp_path) == [record()]


async def test_a_large_segment_is_sealed_at_once(tmp_path: Path) -> None:
    segments = SegmentWriter(tmp_path, "test")
    await segments.append(record(1, b"x" * writer.SEAL_BYTES))
    await segments.append(record(2))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [files.OPEN, files.SEALED]
    await segments.close()
    assert [one.event_id for one in claimed(tmp_path)] == [record(1).event_id, record(2).event_id]


async def test_closing_without_a_record_leaves_nothing(tmp_path: Path) -> None:
    await SegmentWriter(tmp_path / "spool", "test").close()
    assert left(tmp_path) == []


class FullDisk:
    """Write normally until `full`, then half of the bytes, then fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: int = errno.ENOSPC) -> None:
        self.full = False
        self._write = os.write
        self._error = error
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if self.full and len(data) > 1:
            if len(data) > 20:
                return self._write(descriptor, data[: len(data) // 2])
            raise OSError(self._error, os.strerror(self._error))
        return self._write(descriptor, data)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO])
async def test_a_full_disk_refuses_records_and_damages_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    disk = FullDisk(monkeypatch, error)
    segments = SegmentWriter(tmp_path, "test")
    await segments.append(record(1))
    disk.full = True
    refused = await asyncio.gather(*(segments.append(record(n)) for n in (2, 3)), return_exceptions=True)
    assert [type(one) for one in refused] == [SpoolUnavailable, SpoolUnavailable]
    disk.full = False
    await segments.append(record(4))
    await segments.close()
    assert [one.event_id for one in claimed(tmp_path)] == [record(1).event_id, record(4).event_id]
    assert left(tmp_path) == []


async def test_a_directory_that_cannot_be_synced_refuses_records_and_keeps_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk is dying")

    segments = SegmentWriter(tmp_path, "test")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(SpoolUnavailable):
            await segments.append(record(1))
    await segments.append(record(2))
    await segments.close()
    assert claimed(tmp_path) == [record(2)]


async def test_out_of_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: object, **kwargs: object) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    segments = SegmentWriter(tmp_path, "test")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", failing)
        with pytest.raises(SpoolUnavailable):
            await segments.append(record(1))
    await segments.append(record(2))
    await segments.close()
    assert claimed(tmp_path) == [record(2)]


async def test_a_removed_spool_is_created_again(tmp_path: Path) -> None:
    directory = tmp_path / "spool"
    segments = SegmentWriter(directory, "test")
    await segments.append(record(1))
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    with pytest.raises(SpoolUnavailable):  # it would be acknowledged and gone
        await segments.append(record(2))
    await segments.append(record(3))
    await segments.close()
    assert claimed(directory) == [record(3)]


async def test_a_client_that_disconnects_affects_no_other(tmp_path: Path) -> None:
    segments = SegmentWriter(tmp_path, "test")
    waiting = [asyncio.create_task(segments.append(record(number))) for number in (1, 2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await waiting[1]
    await segments.close()
    assert [one.event_id for one in claimed(tmp_path)] == [record(1).event_id, record(2).event_id]


def in_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Run `code` in a Python process that prints `ready` and can then be killed."""
    source = "import asyncio, sys, time\nfrom pathlib import Path\nfrom ingest import spool\n"
    source += "from ingest.spool import Record, SegmentWriter\n" + textwrap.dedent(code)
    process = subprocess.Popen([sys.executable, "-c", source, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


WRITE_AND_HANG = """
    async def main():
        segments = SegmentWriter(Path(sys.argv[1]), "test")
        for number in (1, 2):
            await segments.append(Record("event", 1, f"{number:032x}", 0.0, None, None, b"{}"))
        print("ready", flush=True)
        time.sleep(60)
    asyncio.run(main())
"""


def test_what_a_killed_writer_acknowledged_is_recovered(tmp_path: Path) -> None:
    process = in_process(WRITE_AND_HANG, str(tmp_path))
    assert spool.recover(tmp_path) == 0
    assert claimed(tmp_path) == []
    kill(process)
    assert spool.recover(tmp_path) == 1
    assert [one.event_id for one in claimed(tmp_path)] == [record(1).event_id, record(2).event_id]
    assert left(tmp_path) == []


def test_a_torn_record_is_dropped_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    process = in_process(WRITE_AND_HANG, str(tmp_path))
    kill(process)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes() + record(3).encode()[:-3])
    assert spool.recover(tmp_path) == 1
    assert [one.event_id for one in claimed(tmp_path)] == [record(1).event_id, record(2).event_id]
    assert "torn record" in caplog.text
    assert left(tmp_path) == []


def test_an_empty_orphan_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"1-x{files.OPEN}").touch()
    assert spool.recover(tmp_path) == 0
    assert left(tmp_path) == []


def test_a_segment_has_one_holder_until_it_dies(tmp_path: Path) -> None:
    spool.write_sealed(tmp_path, [record(1)])
    code = """
        held = spool.Backlog(Path(sys.argv[1])).claim(1)
        assert len(held) == 1
        print("ready", flush=True)
        time.sleep(60)
    """
    process = in_process(code, str(tmp_path))
    assert claim(tmp_path, 1) == []
    kill(process)
    assert claimed(tmp_path) == [record(1)]


def test_a_released_segment_is_claimed_again_and_a_settled_one_is_gone(tmp_path: Path) -> None:
    spool.write_sealed(tmp_path, [record(1)])
    with claim(tmp_path, MIB)[0] as segment:
        assert claim(tmp_path, MIB) == []
        assert read_all(segment) == read_all(segment) == [record(1)]
    assert claimed(tmp_path) == [record(1)]
    assert claimed(tmp_path) == []


def test_claims_are_oldest_first_and_bounded(tmp_path: Path) -> None:
    for number in range(4):
        spool.write_sealed(tmp_path, [record(number, b"x" * 1000)])
    first = claim(tmp_path, 2500)
    assert [one.event_id for segment in first for one in read_all(segment)] == [
        record(0).event_id,
        record(1).event_id,
    ]
    second = claim(tmp_path, 1)
    assert [one.event_id for segment in second for one in read_all(segment)] == [record(2).event_id]
    for segment in [*first, *second]:
        segment.release()
    assert len(claimed(tmp_path)) == 4


def test_concurrent_claims_do_not_overlap(tmp_path: Path) -> None:
    for number in range(60):
        spool.write_sealed(tmp_path, [record(number)], fsync=False)
    found: list[str] = []
    lock = threading.Lock()

    def work() -> None:
        while segments := claim(tmp_path, 1):
            for segment in segments:
                with lock:
                    found.extend(one.event_id for one in read_all(segment))
                segment.settle()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [record(number).event_id for number in range(60)]


def test_no_spool_yet(tmp_path: Path) -> None:
    assert claim(tmp_path / "none", MIB) == []
    assert spool.recover(tmp_path / "none") == 0


def test_damage_within_a_segment_is_kept_in_quarantine(tmp_path: Path) -> None:
    spool.write_sealed(tmp_path, [record(1, b'{"a":1}'), record(2)])
    (path,) = tmp_path.glob(f"*{files.SEALED}")
    path.write_bytes(path.read_bytes().replace(b'{"a":1}', b'{"a":2}'))
    assert claimed(tmp_path) == [record(2)]
    (kept,) = set_aside(tmp_path)
    assert b'{"a":2}' in kept["payload"]
    assert kept["kind"] == "damaged"


def test_write_sealed_leaves_nothing_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch)
    disk.full = True
    with pytest.raises(OSError, match="No space"):
        spool.write_sealed(tmp_path, [record(1)])
    assert left(tmp_path) == []


@pytest.fixture
def waker(tmp_path: Path) -> Iterable[spool.Waker]:
    waker = spool.Waker(tmp_path)
    yield waker
    waker.close()


def test_waking(tmp_path: Path, waker: spool.Waker) -> None:
    assert waker.wait(0) is False
    spool.wake(tmp_path)
    assert waker.wait(10) is True
    assert waker.wait(0) is False
    waker.interrupt()
    assert waker.wait(10) is True


def test_a_wait_ends_at_once_when_something_is_sealed(tmp_path: Path, waker: spool.Waker) -> None:
    timer = threading.Timer(0.05, spool.write_sealed, [tmp_path, [record()]])
    timer.start()
    started = time.monotonic()
    assert waker.wait(10) is True
    assert time.monotonic() - started < 2
    timer.join()


def test_waking_without_a_reader_never_blocks(tmp_path: Path, waker: spool.Waker) -> None:
    for _ in range(70_000):  # more than a pipe holds
        spool.wake(tmp_path)
    assert waker.wait(0) is True
    spool.wake(tmp_path / "none")


def test_without_a_fifo_it_polls(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file, no directory")
    waker = spool.Waker(tmp_path / "spool")
    started = time.monotonic()
    assert waker.wait(10) is False
    assert time.monotonic() - started < 5
    waker.close()
