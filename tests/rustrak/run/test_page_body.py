"""Bodies of pages: their limits, their deadline, and the memory they share with requests of SDKs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import path as url_path

from rustrak.lib.disk.bodies import DiskBodies, NoSpace
from rustrak.lib.http import view_limits
from rustrak.lib.request_memory import NoMemory, RequestMemory
from rustrak.run import page_body
from rustrak.run.page_body import BodyTooLarge, ClientLeft, TooSlow

KIB = 1024
DISK = DiskBodies(Path("/nowhere"), 0)


async def refused(check: Callable[[], bool]) -> bool:
    return False


def read(
    *chunks: bytes | None | float, headers: list[tuple[bytes, bytes]] | None = None, path: str = "/x/"
) -> bytes:
    """The body of a request that sends `chunks`; None: it disconnects, a number: it waits for so many seconds."""
    left = list(chunks)
    asked: list[int] = []

    async def receive() -> dict[str, Any]:
        asked.append(1)
        while left and isinstance(left[0], float):
            await asyncio.sleep(left.pop(0))  # type: ignore[arg-type]
        chunk = left.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def main() -> bytes:
        scope = {"path": path, "headers": headers or CHUNKED}
        body = await page_body.read(scope, receive, DISK, refused)
        data = body.file.read()
        assert body.size == body.held == len(data)
        return data

    try:
        return asyncio.run(main())
    finally:
        read.asked = len(asked)  # type: ignore[attr-defined]


CHUNKED = [(b"transfer-encoding", b"chunked")]


def length(size: int) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", b"%d" % size)]


def test_a_body_within_the_limit() -> None:
    assert read(b"one ", b"two") == b"one two"
    assert read(b"", headers=[(b"host", b"x")]) == b""
    assert len(read(b"x" * 64 * KIB, headers=length(64 * KIB))) == 64 * KIB


def test_a_larger_one_is_refused_by_its_header_or_while_it_arrives() -> None:
    with pytest.raises(BodyTooLarge, match="larger than 64 KiB"):
        read(b"x" * 64 * KIB, b"x", headers=length(64 * KIB + 1))
    assert read.asked == 0  # type: ignore[attr-defined]
    with pytest.raises(BodyTooLarge):
        read(*[b"x" * KIB] * 70)
    assert read.asked == 65  # type: ignore[attr-defined]


@pytest.mark.parametrize(("headers", "reads"), [([], 10), ([(b"expect", b"100-continue")], 0)])
def test_some_of_a_refused_body_is_read_on(
    monkeypatch: pytest.MonkeyPatch, headers: list[tuple[bytes, bytes]], reads: int
) -> None:
    monkeypatch.setattr(page_body, "DRAIN_BYTES", 10 * KIB)
    asked: list[int] = []

    async def receive() -> dict[str, Any]:
        asked.append(1)
        return {"type": "http.request", "body": b"x" * KIB, "more_body": True}

    asyncio.run(page_body.drain({"headers": headers}, receive))
    assert len(asked) == reads


def test_a_silent_client_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.lib.http.body_deadline.DRAIN_SECONDS", 0.05)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(5)
        return {"type": "http.disconnect"}

    asyncio.run(page_body.drain({"headers": []}, receive))


@pytest.mark.parametrize("headers", [length(500 * KIB), CHUNKED])
def test_a_view_may_take_more(headers: list[tuple[bytes, bytes]]) -> None:
    assert (
        len(read(*[b"x" * KIB] * 500, headers=headers, path="/projects/shop/settings/filters/")) == 500 * KIB
    )
    with pytest.raises(BodyTooLarge):
        read(b"", headers=length(3 * KIB * KIB), path="/projects/shop/settings/filters/")


def test_a_slow_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.lib.http.body_deadline.GRACE_SECONDS", 0.1)
    monkeypatch.setattr("rustrak.lib.http.body_deadline.BYTES_PER_SECOND", 1000)
    assert read(b"x" * 1000, 0.3, b"y") == b"x" * 1000 + b"y"
    with pytest.raises(TooSlow):
        read(b"x", 0.3, b"y")
    with pytest.raises(TooSlow):
        read(*[0.03, b""] * 10)


def test_a_body_of_very_many_pieces_is_given_up() -> None:
    assert len(read(*[b"x"] * 4000)) == 4000
    with pytest.raises(TooSlow):
        read(*[b"x"] * 5000)
    assert read.asked < 4200  # type: ignore[attr-defined]
    assert len(read(*[b"x" * 100] * 650)) == 65_000


def test_a_client_that_leaves() -> None:
    with pytest.raises(ClientLeft):
        read(b"x", None)


def test_bodies_share_the_memory_for_unfinished_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = RequestMemory(100 * KIB)
    monkeypatch.setattr(page_body, "UNFINISHED", memory)
    release = asyncio.Event()

    async def slow() -> dict[str, Any]:
        if memory.free == 100 * KIB:
            return {"type": "http.request", "body": b"x" * 60 * KIB, "more_body": True}
        await release.wait()
        return {"type": "http.request", "body": b""}

    async def main() -> None:
        scope = {"path": "/x/", "headers": length(64 * KIB)}
        first = asyncio.create_task(page_body.read(scope, slow, DISK, refused))
        await asyncio.sleep(0.01)
        assert memory.free == 40 * KIB
        with pytest.raises(NoMemory):
            await page_body.read(scope, _sends(60 * KIB), DISK, refused)
        release.set()
        await first
        assert memory.free == 100 * KIB

    asyncio.run(main())


def _sends(size: int) -> Any:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * size}

    return receive


class Uploads:
    """A view that takes 500 KiB on disk of whoever sends `Bearer right`; `asked` are the headers that it was asked for."""

    def __init__(self, settings: Any, directory: Path) -> None:
        self.asked: list[str] = []
        self.disk = DiskBodies(directory, 0)

        def may_send(authorization: str) -> bool:
            self.asked.append(authorization)
            return authorization == "Bearer right"

        @view_limits.body_of_at_most(500 * KIB, may_send)
        def view() -> None:
            """Nothing."""

        class Urls:
            urlpatterns = [url_path("up/", view)]

        settings.ROOT_URLCONF = Urls

    def read(self, *chunks: bytes, declared: int = 0, token: bytes = b"Bearer right") -> page_body.Body:
        left = list(chunks)

        async def receive() -> dict[str, Any]:
            chunk = left.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(left)}

        async def in_thread(check: Callable[[], bool]) -> bool:
            return check()

        headers = [(b"authorization", token), *(length(declared) if declared else CHUNKED)]
        scope = {"path": "/up/", "headers": headers}
        return asyncio.run(page_body.read(scope, receive, self.disk, in_thread))


@pytest.mark.parametrize("declared", [0, 300 * KIB])
def test_a_large_body_of_an_upload_goes_to_disk(settings: Any, tmp_path: Path, declared: int) -> None:
    uploads = Uploads(settings, tmp_path / "uploads")
    body = uploads.read(*[b"x" * KIB] * 300, declared=declared)
    assert (body.size, body.held, body.file.read()) == (300 * KIB, 0, b"x" * 300 * KIB)
    assert list((tmp_path / "uploads").iterdir()) == []  # it has no name
    assert uploads.disk._bytes == 300 * KIB
    body.close()
    body.close()
    assert (uploads.disk._bytes, uploads.disk._count) == (0, 0)
    with pytest.raises(BodyTooLarge):
        uploads.read(*[b"x" * KIB] * 501, declared=declared and 501 * KIB)
    assert (uploads.disk._bytes, uploads.disk._count) == (0, 0)


def test_a_small_body_of_an_upload_stays_in_memory(settings: Any, tmp_path: Path) -> None:
    uploads = Uploads(settings, tmp_path)
    assert uploads.read(b"x" * 60 * KIB, declared=60 * KIB).held == 60 * KIB
    assert uploads.asked == []


@pytest.mark.parametrize("declared", [0, 300 * KIB])
def test_nothing_large_of_a_stranger_is_read(settings: Any, tmp_path: Path, declared: int) -> None:
    uploads = Uploads(settings, tmp_path)
    body = uploads.read(*[b"x" * KIB] * 300, declared=declared, token=b"Bearer wrong")
    assert (body.is_left_out, body.size) == (True, 0)
    assert uploads.asked == ["Bearer wrong"]


def test_bodies_on_disk_are_bounded_together(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads(settings, tmp_path)
    monkeypatch.setattr("rustrak.lib.disk.bodies.MOST_BYTES", 500 * KIB)
    first = uploads.read(*[b"x" * KIB] * 300, declared=300 * KIB)
    for declared in (0, 300 * KIB):
        with pytest.raises(NoSpace):
            uploads.read(*[b"x" * KIB] * 300, declared=declared)
    monkeypatch.setattr("rustrak.lib.disk.bodies.MOST_BODIES", 1)
    with pytest.raises(NoSpace):
        uploads.read(*[b"x" * KIB] * 100, declared=100 * KIB)
    first.close()
    uploads.disk = DiskBodies(tmp_path, 2**60)
    with pytest.raises(NoSpace):
        uploads.read(*[b"x" * KIB] * 100, declared=100 * KIB)
