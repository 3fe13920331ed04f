"""How many requests may wait for a page, for how long, and what becomes of those whose client has left."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.access import public
from rustrak.run import handler
from tests.lib.waiting import wait_for

Made = list[str]


class Scene:
    """One thread, in which `/slow/` waits until `go`; `done` has the paths of requests that Django was called for."""

    def __init__(self, settings: Any, threads: int = 1) -> None:
        self.go, self.begun, self.done = threading.Event(), threading.Event(), []

        @public("a test")
        def view(request: HttpRequest) -> HttpResponse:
            self.done.append(request.path)
            self.begun.set()
            if request.path != "/quick":
                self.go.wait(10)
            return HttpResponse("ok")

        class Urls:
            urlpatterns = [path("<path:name>", lambda request, name: view(request))]

        settings.ROOT_URLCONF = Urls
        settings.MIDDLEWARE = []
        self.pages = handler.PageHandler(threads)

    async def ask(
        self, path: str, leaves: asyncio.Event | None = None, body: bytes = b""
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        """Status, headers and body of the answer; status 0 when none was sent."""
        sent: list[dict[str, Any]] = []
        first = True

        async def receive() -> dict[str, Any]:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body}
            await (leaves or asyncio.Event()).wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}
        await self.pages(scope, receive, send)
        if not sent:
            return 0, {}, b""
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]

    def run(self, body: Callable[[], Any]) -> None:
        async def main() -> None:
            first = asyncio.create_task(self.ask("/first"))
            await asyncio.to_thread(self.begun.wait, 5)
            try:
                await body()
            finally:
                self.go.set()
                assert (await first)[0] == 200

        asyncio.run(asyncio.wait_for(main(), 10))
        pages = self.pages
        assert wait_for(lambda: (pages._begun, pages._held, pages._hashing) == (0, 0, 0))


@pytest.fixture
def scene(settings: Any) -> Scene:
    return Scene(settings)


def test_past_the_limit_requests_get_a_503_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WAITING_PER_THREAD", 2)

    async def body() -> None:
        waiting = [asyncio.create_task(scene.ask("/waits")) for _ in range(2)]
        await asyncio.sleep(0.05)
        status, headers, text = await scene.ask("/api/projects")
        assert (status, headers[b"retry-after"], headers[b"connection"]) == (503, b"5", b"close")
        assert json.loads(text)["error"]["type"] == "ServiceUnavailable"
        status, headers, text = await scene.ask("/page/")
        assert (status, headers[b"content-type"]) == (503, b"text/plain; charset=utf-8")
        scene.go.set()
        assert [(await one)[0] for one in waiting] == [200, 200]

    scene.run(body)
    assert scene.done == ["/first", "/waits", "/waits"]


def test_bodies_that_wait_are_bounded(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WAITING_BYTES", 100)

    async def body() -> None:
        waiting = asyncio.create_task(scene.ask("/waits", body=b"x" * 60))
        await asyncio.sleep(0.05)
        assert (await scene.ask("/page/", body=b"x" * 60))[0] == 503
        scene.go.set()
        assert (await waiting)[0] == 200

    scene.run(body)


def test_no_page_is_made_for_a_client_that_left_while_it_waited(scene: Scene) -> None:
    async def body() -> None:
        leaves = asyncio.Event()
        waiting = [asyncio.create_task(scene.ask("/left", leaves)) for _ in range(5)]
        stays = asyncio.create_task(scene.ask("/stays"))
        await asyncio.sleep(0.05)
        leaves.set()
        assert [(await one)[0] for one in waiting] == [0] * 5
        scene.go.set()
        assert (await stays)[0] == 200

    scene.run(body)
    assert scene.done == ["/first", "/stays"]


def test_a_wait_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WAIT_SECONDS", 0.05)

    async def body() -> None:
        assert (await scene.ask("/waits"))[0] == 503

    scene.run(body)
    assert scene.done == ["/first"]


def test_a_crowd_of_sign_ins_leaves_threads_to_other_pages(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "WAITING_PER_THREAD", 1)
    scene = Scene(settings, threads=4)  # of eight requests at once, four may be sign-ins

    async def body() -> None:
        addresses = ["/auth/login", "/accounts/login/", "/auth/register", "/setup/x/"]
        crowd = [asyncio.create_task(scene.ask(address)) for address in addresses]
        await asyncio.sleep(0.1)
        assert len(scene.done) == 3  # with the first page
        assert (await scene.ask("/auth/login"))[0] == 503
        assert [(await scene.ask("/quick"))[0] for _ in range(3)] == [200] * 3
        scene.go.set()
        assert [(await one)[0] for one in crowd] == [200] * 4

    scene.run(body)


def test_a_sign_in_whose_turn_does_not_come_is_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "WAIT_SECONDS", 0.1)
    scene = Scene(settings, threads=3)

    async def body() -> None:
        begun = asyncio.create_task(scene.ask("/auth/login"))
        await asyncio.sleep(0.02)
        assert (await scene.ask("/auth/login"))[0] == 503
        scene.go.set()
        assert (await begun)[0] == 200
        assert (await scene.ask("/auth/login"))[0] == 200

    scene.run(body)
