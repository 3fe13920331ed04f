"""A worker's memory under many large bodies at once, measured from outside."""

from __future__ import annotations

import gzip
import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import brotli
import pytest

from ingest.edge.decode.content_encoding import zstd
from tests.lib.live import Live, path_of, start

pytestmark = pytest.mark.live

MIB = 1024 * 1024
# The contract's are 100 MiB each, which takes minutes and 6 GB of disk.
BODY_MIB = int(os.environ.get("RUSTRAK_TEST_BODY_MIB", "4"))
CONNECTIONS = 64
ALLOWED_MIB = 50


def kilobytes(path: str, name: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    assert match
    return int(match.group(1))


@contextmanager
def watched(server: Live) -> Iterator[Callable[[], float]]:
    """Yields a function that returns how much the worker's memory has grown at most, in MiB: the larger of Pss and RSS."""
    (pid,) = [pid for pid, title in server.processes().items() if "gunicorn: worker" in title]

    def measure() -> tuple[int, int]:
        return kilobytes(f"/proc/{pid}/smaps_rollup", "Pss"), kilobytes(f"/proc/{pid}/status", "VmRSS")

    idle, over = measure(), threading.Event()
    grown = [0.0]

    def watch() -> None:
        while not over.is_set():
            grown[0] = max(
                grown[0], *((now - then) / 1024 for now, then in zip(measure(), idle, strict=True))
            )
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: grown[0]
    finally:
        over.set()
        thread.join()


@pytest.fixture
def server() -> Iterator[Live]:
    with start(WEB_WORKERS="1", DIGEST_WORKERS="0", MAX_ENVELOPE_BYTES=str(BODY_MIB * MIB)) as server:
        yield server


def crowd(server: Live, address: str, headers: bytes, parts: Callable[[], Iterator[bytes]]) -> Counter[int]:
    """The statuses of CONNECTIONS concurrent requests."""
    statuses: Counter[int] = Counter()

    def one() -> None:
        with socket.create_connection(("127.0.0.1", server.port), timeout=120) as sock:
            sock.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (address.encode(), headers))
            for part in parts():
                sock.sendall(part)
            statuses[int(sock.recv(100).split()[1])] += 1

    threads = [threading.Thread(target=one) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_many_large_attachments_at_once(server: Live) -> None:
    address = path_of(server.create_project("Shop"))
    # Some room for the headers: the limit is on the whole envelope.
    size = BODY_MIB * MIB - 1000
    head = b'{}\n{"type":"attachment","length":%d}\n' % size

    def parts() -> Iterator[bytes]:
        yield head
        for at in range(0, size, 65536):
            yield bytes(min(65536, size - at))

    crowd(server, address, b"Content-Length: 2\r\n", lambda: iter([b"{}"]))
    with watched(server) as grown:
        statuses = crowd(server, address, b"Content-Length: %d\r\n" % (len(head) + size), parts)
    assert statuses == {200: CONNECTIONS}
    assert grown() < ALLOWED_MIB
    spool = server.data / "spool"
    assert sum(path.stat().st_size for path in spool.glob("*.blob")) == CONNECTIONS * size
    server.stop()
    server.manage("digest", "--once")
    assert [path.name for path in spool.iterdir() if path.is_file() and path.stat().st_size > 64] == []


def test_many_bombs_at_once(server: Live) -> None:
    data = b'{}\n{"type":"replay_recording"}\n' + bytes((BODY_MIB + 20) * MIB)
    for encoding, bomb in (
        ("gzip", gzip.compress(data)),
        ("br", brotli.compress(data, quality=3, lgwin=24)),
        ("zstd", zstd.compress(data, options={zstd.CompressionParameter.window_log: 23})),
    ):
        headers = b"Content-Encoding: %b\r\nContent-Length: %d\r\n" % (encoding.encode(), len(bomb))
        # Each has a project of its own, and so a budget of its own.
        address = path_of(server.create_project(encoding))
        crowd(server, address, b"Content-Length: 2\r\n", lambda: iter([b"{}"]))
        with watched(server) as grown:
            statuses = crowd(server, address, headers, lambda bomb=bomb: iter([bomb]))  # type: ignore[misc]
        assert set(statuses) <= ({413} if BODY_MIB * CONNECTIONS <= 256 else {413, 429}), encoding
        assert grown() < ALLOWED_MIB, encoding


def test_many_slow_clients(server: Live) -> None:
    """Clients that have sent a few hundred bytes, which would be 250 KB or 1 MB when decompressed, and wait."""
    address = path_of(server.create_project("Shop"))
    field = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
    form = b"Content-Type: multipart/form-data; boundary=x\r\n"
    shapes = [
        (address, b"", gzip.compress(b'{}\n{"type":"event"}\n{"a":"' + b"x" * 250_000), 200),
        (address.replace("envelope", "minidump"), form, gzip.compress(field + b"x" * 1_000_000), 300),
    ]
    crowd(server, address, b"Content-Length: 2\r\n", lambda: iter([b"{}"]))
    for path, headers, part, count in shapes:
        head = b"POST %b HTTP/1.1\r\nHost: x\r\n%bContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        with watched(server) as grown, ExitStack() as sockets:
            for _ in range(count):
                sock = sockets.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
                sock.sendall(head % (path.encode(), headers, len(part) + 1000) + part)
            time.sleep(1)
            statuses = crowd(server, address, b"Content-Length: 2\r\n", lambda: iter([b"{}"]))
        assert statuses == {200: CONNECTIONS}
        assert grown() < ALLOWED_MIB / 2
