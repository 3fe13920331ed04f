from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ingest import spool
from ingest.spool import Record, files, quarantine_files
from ingest.spool.requeue import requeue
from tests.lib.spooled import hex_id, set_aside


def everything(project_id: int, about: dict[str, Any]) -> bool:
    return True


def waiting(directory: Path) -> list[Record]:
    found = []
    for claim in spool.Backlog(directory).claim(10**9):
        with claim.segment as segment:
            found += [record for _, record in segment.records()]
    return found


RECORDS = [
    Record("event", 1, hex_id(1), 1_700_000_000.123456, "192.0.2.1", "2026-01-01T00:00:00Z", b"{"),
    Record("session", 1, hex_id(2), 1_700_000_001.5, None, None, b"\xff\x00", meta={"sdk": {"name": "x"}}),
    Record("event", 2, hex_id(3), 1_700_000_002.0, None, None, b""),
]  # fmt: skip


def test_records_are_as_they_were(tmp_path: Path) -> None:
    for record in RECORDS:
        spool.quarantine(tmp_path, record, "why")
    assert requeue(tmp_path, everything) == 3
    assert sorted(waiting(tmp_path), key=lambda record: record.received_at) == RECORDS
    assert list((tmp_path / "quarantine").iterdir()) == []
    assert requeue(tmp_path, everything) == 0
    # What fails again is set aside again.
    spool.quarantine(tmp_path, RECORDS[0], "why")
    assert len(set_aside(tmp_path)) == 1


def test_only_what_is_wanted(tmp_path: Path) -> None:
    for record in RECORDS:
        spool.quarantine(tmp_path, record, "why")
    assert requeue(tmp_path, lambda project_id, about: about["kind"] == "session") == 1
    assert waiting(tmp_path) == [RECORDS[1]]
    assert [one["event_id"] for one in set_aside(tmp_path)] == [hex_id(1), hex_id(3)]
    # The others are still known: a second process keeps them once.
    quarantine_view = spool.quarantine_of(tmp_path)
    assert quarantine_view is spool.quarantine_of(tmp_path)


def test_a_large_payload_is_a_file_of_the_queue_again(tmp_path: Path) -> None:
    (tmp_path / "large.blob").write_bytes(b"x" * 300_000)
    large = Record("attachment", 1, hex_id(1), 0.0, None, None, b"", file="large.blob", meta={"id": "7" * 32})
    spool.quarantine(tmp_path, large, "why")
    (tmp_path / "large.blob").unlink()
    assert requeue(tmp_path, everything) == 1
    assert spool.sweep(tmp_path) == 0
    (again,) = waiting(tmp_path)
    assert (again.kind, again.meta, again.payload) == ("attachment", {"id": "7" * 32}, b"")
    assert again.file is not None
    assert spool.blob_path(tmp_path, again.file).read_bytes() == b"x" * 300_000
    assert list((tmp_path / "quarantine").iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"kind":"event"}',
        b'{"payload_file":"../../etc/passwd"}',
        b'{"payload_base64":"!","kind":1}',
        b"\xff",
    ],
)
def test_what_cannot_be_read_stays(tmp_path: Path, line: bytes) -> None:
    spool.quarantine(tmp_path, RECORDS[0], "why")
    (path,) = (tmp_path / "quarantine").iterdir()
    with open(path, "ab") as file:
        file.write(line + b"\n")
    assert requeue(tmp_path, everything) == 1
    assert waiting(tmp_path) == [RECORDS[0]]


def test_files_of_earlier_versions_are_put_back(tmp_path: Path) -> None:
    folder = tmp_path / quarantine_files.DIRECTORY
    folder.mkdir()
    (folder / "1-x.payload").write_bytes(b"{")
    (folder / "1-x.reason.json").write_text(
        '{"kind":"event","project_id":1,"event_id":"x","received_at":"2026-01-01T00:00:00Z","remote_addr":null,'
        '"sent_at":null,"file":null,"meta":{},"reason":"why"}'
    )
    (folder / "damaged-1-0.payload").write_bytes(b"?")
    (folder / "damaged-1-0.reason.json").write_text('{"segment":"1.sealed","reason":"the checksum is wrong"}')
    assert requeue(tmp_path, everything) == 1
    (record,) = waiting(tmp_path)
    assert record.file is not None
    assert spool.blob_path(tmp_path, record.file).read_bytes() == b"{"
    assert len(set_aside(tmp_path)) == 1


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for record in RECORDS:
        spool.quarantine(tmp_path, record, "why")

    def full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:10])
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(files, "write_all", full)
        with pytest.raises(OSError, match="No space"):
            requeue(tmp_path, everything)
    assert len(set_aside(tmp_path)) == 3
    assert waiting(tmp_path) == []
