from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from ingest import spool
from ingest.spool import Blob, Blobs, Record, SegmentWriter, SpoolUnavailable, files
from tests.lib.spooled import set_aside


def a_record(name: str | None, **about: object) -> Record:
    fields: dict[str, object] = {
        "kind": "attachment", "project_id": 1, "event_id": "a" * 32, "received_at": 1.0,
        "remote_addr": None, "sent_at": None, "payload": b"", "file": name,
    }  # fmt: skip
    return Record(**{**fields, **about})  # type: ignore[arg-type]


def blobs_in(directory: Path) -> list[str]:
    return [path.name for path in files.named(directory, files.BLOB)]


async def a_blob(directory: Path, data: bytes = b"payload") -> Blob:
    blob = Blobs(directory, "test").new()
    await blob.write([data[:3]])
    await blob.finish([data[3:]])
    return blob


async def test_a_large_payload_is_stored_beside_its_record(tmp_path: Path) -> None:
    blob = await a_blob(tmp_path)
    assert (tmp_path / blob.name).read_bytes() == b"payload"
    assert oct((tmp_path / blob.name).stat().st_mode)[-3:] == "600"
    spool.write_sealed(tmp_path, [a_record(blob.name)])
    blob.release()
    assert spool.recover(tmp_path) == 0
    (claim,) = spool.Backlog(tmp_path).claim(1000)
    ((_, record),) = claim.segment.records()
    assert spool.blob_path(tmp_path, record.file or "").read_bytes() == b"payload"
    assert spool.sweep(tmp_path) == 0
    claim.segment.settle()
    assert blobs_in(tmp_path) == []


async def test_a_blob_is_an_orphan_only_without_a_writer_and_segments(tmp_path: Path) -> None:
    blob = await a_blob(tmp_path)
    assert spool.sweep(tmp_path) == 0  # its writer lives
    blob.release()
    writer = SegmentWriter(tmp_path, "test", fsync=False)
    await writer.append(a_record(blob.name))
    assert spool.sweep(tmp_path) == 0  # an open segment may name it
    await writer.close()
    assert spool.sweep(tmp_path) == 0  # a sealed one, too
    (claim,) = spool.Backlog(tmp_path).claim(1000)
    assert spool.sweep(tmp_path) == 0
    claim.segment.path.unlink()  # a digest that died after it had committed
    claim.segment.release()
    assert spool.sweep(tmp_path) == 1
    assert blobs_in(tmp_path) == []


async def test_recover_removes_what_a_dead_writer_left(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        descriptor, _ = files.create_locked(tmp_path, "dead", sync=False, suffix=files.BLOB)
        os.write(descriptor, b"half of it")
        os._exit(0)
    os.waitpid(child, 0)
    assert len(blobs_in(tmp_path)) == 1
    spool.recover(tmp_path)
    assert blobs_in(tmp_path) == []


async def test_a_discarded_blob_leaves_nothing(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, "test")
    unwritten = blobs.new()
    await unwritten.discard()
    blob = await a_blob(tmp_path)
    writing = asyncio.create_task(blob.write([b"more"]))
    await asyncio.sleep(0)
    await blob.discard()
    await asyncio.gather(writing, return_exceptions=True)
    assert blobs_in(tmp_path) == []
    with pytest.raises(SpoolUnavailable):
        await blob.write([b"more"])
    assert blobs_in(tmp_path) == []


async def test_a_write_to_a_removed_blob_fails(tmp_path: Path) -> None:
    blob = Blobs(tmp_path, "test").new()
    await blob.write([b"abc"])
    (tmp_path / blob.name).unlink()
    with pytest.raises(SpoolUnavailable):
        await blob.finish([])
    await blob.discard()


@pytest.mark.parametrize("name", ["../secret.blob", "/etc/passwd", "x.sealed", ""])
def test_a_record_can_name_only_blobs(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a blob"):
        spool.blob_path(tmp_path, name)


async def test_quarantine_keeps_the_file(tmp_path: Path) -> None:
    blob = await a_blob(tmp_path)
    records = [a_record(blob.name, meta={"id": "1" * 32}), a_record(None, kind="session", payload=b"{}")]
    spool.write_sealed(tmp_path, records)
    blob.release()
    for record in records * 2:
        spool.quarantine(tmp_path, record, "why not")
    (claim,) = spool.Backlog(tmp_path).claim(1000)
    list(claim.segment.records())
    claim.segment.settle()
    assert blobs_in(tmp_path) == []
    assert [one["payload"] for one in set_aside(tmp_path)] == [b"payload", b"{}"]
    # Its blob is gone, but the reason is kept.
    spool.quarantine(tmp_path, a_record("gone.blob", meta={"id": "2" * 32}), "lost")
    assert [one["payload"] for one in set_aside(tmp_path)][2:] == [b""]
