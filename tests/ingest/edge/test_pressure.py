"""A disk that is full, missing or read-only, or no descriptors left: 503 with the reason, which is logged once."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from pathlib import Path

import pytest

from ingest.edge.size_limits import SizeLimits
from ingest.spool import files
from tests.ingest.conftest import MIB, Edge, an_edge

LIMITS = SizeLimits(event=MIB, body=3 * MIB, encoded_body=2 * MIB)
EVENT = b'{"event_id":"%b"}\n{"type":"event"}\n{}\n' % (b"a" * 32)
LARGE = b'{}\n{"type":"attachment","length":1000000}\n' + bytes(1_000_000)


def refuse(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def failing(*arguments: object, **named: object) -> None:
        raise OSError(number, os.strerror(number), "/a/secret/path")

    monkeypatch.setattr(files, name, failing)


@pytest.mark.parametrize("fsync", [True, False])
@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("write_all", errno.ENOSPC), ("create_locked", errno.EROFS), ("create_locked", errno.EMFILE),
        ("create_locked", errno.ENFILE), ("create_locked", errno.EDQUOT), ("write_all", errno.EIO),
    ],
)  # fmt: skip
async def test_a_failing_disk_is_503_until_it_works_again(
    tmp_path: Path, call: str, number: int, fsync: bool, caplog: pytest.LogCaptureFixture
) -> None:
    edge = an_edge(tmp_path / "spool", LIMITS, fsync=fsync)
    assert (await edge.send(body=EVENT)).status == 200
    with pytest.MonkeyPatch.context() as monkeypatch:
        refuse(monkeypatch, call, number)
        await edge.intake.resources.writer.close()
        for body in (EVENT, LARGE, EVENT, LARGE):
            answer = await edge.send(body=body)
            assert answer.status == 503
            assert os.strerror(number) in answer.json["detail"]
            assert "secret" not in answer.body.decode()
            assert answer.headers["retry-after"] == "5"
            assert answer.headers["access-control-allow-origin"] == "*"
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1
    assert files.named(edge.directory, files.BLOB) == []
    for body in (EVENT, LARGE):
        assert (await edge.send(body=body)).status == 200
    assert [record.kind for record in await edge.records()] == ["event", "event", "attachment"]
    refused = {key[1]: count for key, count in edge.counts.items()}
    assert refused == {"error": 2, "attachment": 2}


async def test_a_removed_spool_is_created_again(tmp_path: Path) -> None:
    edge = an_edge(tmp_path / "spool", LIMITS, fsync=True)
    assert (await edge.send(body=EVENT)).status == 200
    await edge.records()
    shutil.rmtree(edge.directory)
    for body in (EVENT, LARGE):
        assert (await edge.send(body=body)).status == 200
    assert len(await edge.records()) == 2


async def test_a_full_spool_is_503(tmp_path: Path) -> None:
    edge = an_edge(tmp_path / "spool", LIMITS, max_spool_bytes=2 * MIB)
    statuses = [(await edge.send(body=LARGE)).status for _ in range(4)]
    assert statuses == [200, 200, 503, 503]
    assert (await edge.send(body=EVENT)).status == 200  # there is a little room left
    answer = await edge.send(body=b'{}\n{"type":"event"}\n{%b}\n' % (b" " * 200_000))
    assert (answer.status, answer.json["error"]["type"]) == (503, "ServiceUnavailable")
    assert "full" in answer.json["detail"]
    assert sum(path.stat().st_size for path in edge.directory.iterdir() if path.is_file()) < 2.1 * MIB
    assert len(await edge.records()) == 3
    edge.intake.resources.capacity._due = 0.0
    assert (await edge.send(body=EVENT)).status == 200
    while edge.intake.resources.capacity._measuring is not None:
        await edge.intake.resources.capacity._measuring
    assert (await edge.send(body=LARGE)).status == 200


async def test_slow_clients_get_408(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.lib.http.body_deadline.GRACE_SECONDS", -1.0)
    answer = await edge.send(body=[EVENT, b""])
    assert answer.status == 408
    await edge.records()
    assert edge.counts == {(42, "error", "failed", "too_slow"): 1}
