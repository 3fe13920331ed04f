"""The application as gunicorn calls it: who answers which path, bodies, streams, the end of a process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from accounts.access import public
from rustrak import asgi
from rustrak.run import handler


class Client:
    """Calls an ASGI application once."""

    def __init__(self, app: Any = asgi.application) -> None:
        self.app = app
        self.sent: list[dict[str, Any]] = []

    def call(
        self, path: str, *bodies: bytes, method: str = "GET", leaves: bool = False, **scope: Any
    ) -> Client:
        messages = [
            {"type": "http.request", "body": body, "more_body": number < len(bodies) - 1 or leaves}
            for number, body in enumerate(bodies or (b"",))
        ]
        if leaves:
            messages.append({"type": "http.disconnect"})

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        given = {
            "type": "http", "method": method, "path": path, "query_string": b"", "headers": [],
            "client": ("127.0.0.1", 5), "server": ("testserver", 80), "scheme": "http", **scope,
        }  # fmt: skip
        asyncio.run(self.app(given, receive, send))
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


@public("a test")
def echo(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(
        f"{request.method} {request.path} {request.path_info} {request.scheme} ".encode() + request.body
    )
    answer.set_cookie("one", "1")
    answer.set_cookie("two", "2")
    return answer


@public("a test")
def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(part for part in (b"a" * 70_000, b"b", b""))


@public("a test")
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of the installation")


class Urls:
    urlpatterns = [
        path("home/", echo, name="home"),
        path("echo/", echo),
        path("stream/", stream),
        path("broken/", broken),
    ]


@pytest.fixture
def pages(settings: Any) -> handler.ThreadedHandler:
    settings.ROOT_URLCONF = Urls
    settings.MIDDLEWARE = []
    return handler.ThreadedHandler(2)


@pytest.fixture
def application(pages: handler.ThreadedHandler, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(asgi, "pages", pages)
    return asgi.application


def test_a_page_gets_its_whole_body_and_keeps_its_cookies(application: Any) -> None:
    answer = Client(application).call("/echo/", b"one ", b"two", method="POST")
    assert answer.status == 200
    assert answer.body == b"POST /echo/ /echo/ http one two"
    cookies = [value for name, value in answer.sent[0]["headers"] if name == b"Set-Cookie"]
    assert len(cookies) == 2


def test_a_stream_arrives_in_order(application: Any) -> None:
    assert Client(application).call("/stream/").body == b"a" * 70_000 + b"b"


def test_a_body_without_end_is_refused(application: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "MAX_BODY_BYTES", 10)
    answer = Client(application).call("/echo/", b"x" * 6, b"x" * 6, method="POST")
    assert answer.status == 413


def test_a_client_that_leaves_gets_no_answer(application: Any) -> None:
    assert Client(application).call("/echo/", b"half", method="POST", leaves=True).sent == []


def test_a_crash_is_a_500_that_tells_nothing(application: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = Client(application).call("/broken/")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "a secret of the installation" in caplog.text


def test_even_the_error_page_may_crash(
    application: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Bare:
        urlpatterns = [path("broken/", broken)]  # the error page links to `home`, which is missing

    settings.ROOT_URLCONF = Bare
    answer = Client(application).call("/broken/")
    assert (answer.status, answer.body) == (500, b"Internal Server Error\n")
    assert "the error page of /broken/ failed" in caplog.text


def test_a_query_that_is_no_text_is_a_400(application: Any) -> None:
    assert Client(application).call("/echo/", query_string=b"\xff").status == 400


@pytest.mark.parametrize("asked", ["/errors/echo/", "/echo/"])
def test_the_path_of_public_url_may_be_stripped_by_the_proxy_or_not(
    application: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    settings.FORCE_SCRIPT_NAME = "/errors"
    monkeypatch.setattr(asgi, "PREFIX", "/errors")
    assert Client(application).call(asked).body == b"GET /errors/echo/ /echo/ http "


def test_a_trusted_proxy_says_https(application: Any, settings: Any) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    answer = Client(application).call("/echo/", headers=[(b"x-forwarded-proto", b"https")])
    assert answer.body == b"GET /echo/ /echo/ https "


def test_sdk_paths_never_reach_django(application: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"intake"})

    monkeypatch.setattr(asgi.intake, "app", app)
    monkeypatch.setattr(asgi, "PREFIX", "/errors")
    for asked in ("/api/1/envelope/", "/errors/api/1/store/"):
        assert Client(application).call(asked, method="POST").body == b"intake"
    assert seen == ["/api/1/envelope/", "/api/1/store/"]


def test_the_end_of_a_process_closes_the_intake(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    async def close() -> None:
        closed.append(True)

    monkeypatch.setattr(asgi.intake, "close", close)
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(asgi.application({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == [True]


def test_websockets_are_refused() -> None:
    with pytest.raises(ValueError, match="only HTTP"):
        asyncio.run(asgi.application({"type": "websocket"}, None, None))  # type: ignore[arg-type]
