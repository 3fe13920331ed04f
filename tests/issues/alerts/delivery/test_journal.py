from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from issues.alerts.channel import Sent
from issues.alerts.delivery import journal as module
from issues.alerts.delivery.journal import NAME, OLDER, Journal


def test_what_was_noted_is_found_by_every_process(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    one, two = uuid4(), uuid4()
    assert second.find(one) is None
    first.note(one, Sent({"ts": "1.2"}, 200, "ok"))
    assert second.find(one) == Sent({"ts": "1.2"}, 200, "ok")
    second.note(two, Sent())
    assert first.find(two) == Sent({}, None, "")
    assert first.find(uuid4()) is None
    assert (tmp_path / NAME).stat().st_mode & 0o77 == 0


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    one, torn, two = uuid4(), uuid4(), uuid4()
    Journal(tmp_path).note(one, Sent(answer="a"))
    with (tmp_path / NAME).open("ab") as file:
        file.write(f"{torn.hex} [17000".encode())
    reader = Journal(tmp_path)
    assert reader.find(torn) is None
    Journal(tmp_path).note(two, Sent(answer="b"))
    for found in (reader, Journal(tmp_path)):
        assert [found.find(key) and found.find(key).answer for key in (one, torn, two)] == ["a", None, "b"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "garbage", [b"\0" * 5000, b"\xff\n\n \n[]\n", b"[" * 3000 + b"\n", os.urandom(500) + b"\n"]
)
def test_garbage_is_skipped(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / NAME).write_bytes(garbage)
    key = uuid4()
    Journal(tmp_path).note(key, Sent(answer="after"))
    assert Journal(tmp_path).find(key) == Sent(answer="after")


def test_a_day_is_kept_in_two_files(tmp_path: Path, time_machine: Any) -> None:
    time_machine.move_to("2026-11-01T12:00:00Z", tick=False)
    keys = [uuid4() for _ in range(4)]
    reader = Journal(tmp_path)
    Journal(tmp_path).note(keys[0], Sent())
    time_machine.shift(module.MOST_SECONDS - 1)
    Journal(tmp_path).note(keys[1], Sent())
    assert not (tmp_path / OLDER).exists()
    time_machine.shift(2)
    Journal(tmp_path).note(keys[2], Sent())
    assert all(reader.find(key) for key in keys[:3])
    time_machine.shift(module.MOST_SECONDS)
    Journal(tmp_path).note(keys[3], Sent())
    assert [reader.find(key) is not None for key in keys] == [False, False, True, True]


def test_a_large_file_is_begun_anew(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    keys = [uuid4() for _ in range(40)]
    journal = Journal(tmp_path)
    for key in keys:
        journal.note(key, Sent())
    assert (tmp_path / NAME).stat().st_size <= 1100
    assert (tmp_path / OLDER).stat().st_size <= 1100
    assert journal.find(keys[-1])


def test_a_line_is_bounded(tmp_path: Path) -> None:
    key = uuid4()
    Journal(tmp_path).note(key, Sent({"x": "y" * 1_000_000}, 200, "z" * 1_000_000))
    assert (tmp_path / NAME).stat().st_size < 1000
    assert Journal(tmp_path).find(key) == Sent({}, 200, "")


def test_several_write_at_once(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    keys = [[uuid4() for _ in range(50)] for _ in range(4)]

    def work(mine: list[UUID]) -> None:
        for key in mine:
            Journal(tmp_path).note(key, Sent(answer=key.hex))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = Journal(tmp_path)
    assert all(reader.find(key) == Sent(answer=key.hex) for mine in keys for key in mine)


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    journal, before, after = Journal(tmp_path), uuid4(), uuid4()
    journal.note(before, Sent())
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        write(descriptor, data[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            journal.note(uuid4(), Sent())
    journal.note(after, Sent())
    assert journal.find(before)
    assert journal.find(after)


def test_finding_takes_no_longer_than_reading_once(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    with (tmp_path / NAME).open("w") as file:
        file.writelines(f'{uuid4().hex} [{time.time()}, 200, {{}}, ""]\n' for _ in range(30_000))
    journal = Journal(tmp_path)
    journal.find(uuid4())
    begun = time.process_time()
    assert not any(journal.find(uuid4()) for _ in range(1000))
    assert time.process_time() - begun < 1
