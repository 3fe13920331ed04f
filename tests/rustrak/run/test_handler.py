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

    def __init__(self, settings: Any) -> None:
        self.go, self.begun, self.done = threading.Event(), threading.Event(), []

        @public("a test")
        def view(request: HttpRequest) -> HttpResponse:
            self.done.append(request.path)
            self.begun.set()
            self.go.wait(10)
            return HttpResponse("ok")

        class Urls:
            urlpatterns = [path("<path:name>", lambda request, name: view(request))]

        settings.ROOT_URLCONF = Urls
        settings.MIDDLEWARE = []
        self.pages = handler.PageHandler(1)

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
        assert wait_for(lambda: (self.pages._begun, self.pages._held) == (0, 0))


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
