"""A server on a small file system of its own that fills up, nearly and entirely: it refuses, loses nothing, recovers."""

from __future__ import annotations

import http.client
import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.lib.live import Live, path_of, start
from tests.lib.spooled import set_aside
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.long]

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 64 MiB in memory."""
    where = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", where], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", where], check=True)


def free(disk: Path) -> int:
    about = os.statvfs(disk)
    return about.f_bavail * about.f_frsize


@contextmanager
def filled(disk: Path, leave: int) -> Iterator[None]:
    """While inside, only `leave` bytes are free; 0: not one."""
    ballast = disk / "ballast"
    try:
        with suppress(OSError), open(ballast, "wb", buffering=0) as file:
            while free(disk) > leave or not leave:
                file.write(b"x" * (min(MIB, max(4096, free(disk) - leave)) if leave else 65536))
        yield
    finally:
        ballast.unlink()


def send(server: Live, dsn: str, *, attachment: int = 0) -> tuple[int, str]:
    event_id = uuid4().hex
    body = b'{"event_id":"%b"}\n{"type":"event"}\n{"message":"x"}\n' % event_id.encode()
    if attachment:
        body += b'{"type":"attachment","length":%d,"filename":"a"}\n' % attachment + b"x" * attachment + b"\n"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request("POST", path_of(dsn), body)
        answer = connection.getresponse()
        answer.read()
        return answer.status, event_id
    finally:
        connection.close()


def stored(server: Live) -> set[str]:
    return {str(row[0]).replace("-", "") for row in server.rows("SELECT event_id FROM issues_event")}


def counts(server: Live, outcome: str) -> dict[str, int]:
    rows = server.rows(
        "SELECT reason, sum(quantity) FROM ingest_outcomecount WHERE outcome = ? GROUP BY reason", outcome
    )
    return {str(reason): int(quantity) for reason, quantity in rows}


def test_a_disk_that_fills_up(disk: Path) -> None:
    with start("sqlite", fresh=True, RUSTRAK_DATA=str(disk / "data"), WEB_WORKERS="1") as server:
        dsn = server.create_project("Shop")
        accepted = {send(server, dsn, attachment=1000)[1]}
        assert wait_for(lambda: accepted <= stored(server), 20)
        family = set(server.processes())

        # Less than a tenth is free: nothing is accepted, nothing breaks.
        with filled(disk, 11 * MIB // 2):
            # First of all, as what is accepted until the next measurement grows SQLite's log.
            assert wait_for(lambda: server.status("/health/ready") == 503, 10)
            assert wait_for(lambda: send(server, dsn)[0] == 503, 10)
            assert server.status("/health") == 200
            assert "(MIN_FREE_BYTES) SDKs get a 503" in doctor(server)
            # The count waits for the digest, and the digest for the disk: some 20 s.
            assert wait_for(lambda: counts(server, "no_room").get("no_room", 0), 60)
        assert wait_for(lambda: server.status("/health/ready") == 200, 10)

        # Not one byte is free, and the server learns it while it writes.
        refused = 0
        with filled(disk, 0):
            for _ in range(20):
                status, event_id = send(server, dsn, attachment=50_000)
                accepted |= {event_id} if status == 200 else set()
                refused += status == 503
        assert refused
        assert wait_for(lambda: send(server, dsn)[0] == 200, 20)
        status, event_id = send(server, dsn, attachment=1000)
        assert status == 200
        accepted.add(event_id)
        assert wait_for(lambda: accepted <= stored(server), 30), server.output()
        assert family <= set(server.processes()), "no process ended"
        assert "Traceback" not in server.output()
        assert len(server.output().splitlines()) < 60


def test_a_disk_without_one_free_byte(disk: Path) -> None:
    """Without a floor: whatever writes meets a full disk. SDKs and pages get 503, no process ends, all recovers."""
    settings = {"RUSTRAK_DATA": str(disk / "other"), "WEB_WORKERS": "1", "MIN_FREE_BYTES": "0"}
    with start("sqlite", fresh=True, **settings) as server:
        dsn = server.create_project("Shop")
        server.create_user("bo@example.org", "correct horse battery staple")
        family = set(server.processes())
        bad = b'{"event_id":"%032d"}\n{"type":"event","length":400000}\n' % 1 + b"{" * 400_000
        with filled(disk, 0):
            answers = [send(server, dsn, attachment=300_000 * (number % 2)) for number in range(10)]
            assert {status for status, _ in answers} <= {200, 503}
            assert post(server, path_of(dsn), bad) == 503
            form = b'{"email":"bo@example.org","password":"correct horse battery staple"}'
            assert post(server, "/auth/login", form) in {200, 503}
            assert server.status("/accounts/login/") in {200, 503}
            assert server.status("/health") == 200
        assert wait_for(lambda: send(server, dsn)[0] == 200, 20)
        assert post(server, path_of(dsn), bad) == 200
        assert post(server, "/auth/login", form) == 200
        accepted = {event_id for status, event_id in answers if status == 200}
        accepted.add(send(server, dsn)[1])
        assert wait_for(lambda: accepted <= stored(server), 30), server.output()
        assert wait_for(lambda: len(set_aside(disk / "other" / "spool")) == 1, 20)
        assert family <= set(server.processes()), "no process ended"


def post(server: Live, path: str, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    content = "application/json" if path.startswith("/auth") else "application/x-sentry-envelope"
    try:
        connection.request("POST", path, body, {"Content-Type": content})
        return connection.getresponse().status
    finally:
        connection.close()


def doctor(server: Live) -> str:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        server.manage("doctor")
    return str(failed.value.stdout)


def test_a_full_queue_in_memory_does_not_stop_the_digest(disk: Path) -> None:
    """INGEST_DIR on a file system of its own; what waits there is stored although nothing more is accepted."""
    with start("sqlite", INGEST_DIR=str(disk / "spool"), WEB_WORKERS="1", DIGEST_WORKERS="0") as server:
        dsn = server.create_project("Shop")
        accepted = set()
        for _ in itertools.count():
            status, event_id = send(server, dsn, attachment=900_000)
            if status != 200:
                break
            accepted.add(event_id)
        assert status == 503
        assert len(accepted) > 30
        server.manage("digest", "--once")
        assert accepted <= stored(server)
        assert wait_for(lambda: send(server, dsn)[0] == 200, 10)
