"""The application as gunicorn calls it: which part answers which path, bodies, streams, shutdown."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.signals import request_finished
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from accounts.access import public
from rustrak import asgi
from rustrak.lib.http.hosts import Hosts
from rustrak.proxies import PEER
from rustrak.run import handler
from tests.lib.asgi_client import Client
from tests.lib.growth import assert_linear


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
        path("", echo, name="home"),
        path("echo/", echo),
        path("stream/", stream),
        path("broken/", broken),
    ]


@pytest.fixture
def pages(settings: Any) -> handler.PageHandler:
    settings.ROOT_URLCONF = Urls
    settings.MIDDLEWARE = []
    return handler.PageHandler(2)


@pytest.fixture
def application(pages: handler.PageHandler, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(asgi, "pages", pages)
    return asgi.application


def test_a_page_gets_the_whole_body_and_sends_all_cookies(application: Any) -> None:
    answer = Client(application).call("/echo/", b"one ", b"two", method="POST")
    assert answer.status == 200
    assert answer.body == b"POST /echo/ /echo/ http one two"
    cookies = [value for name, value in answer.sent[0]["headers"] if name == b"Set-Cookie"]
    assert len(cookies) == 2


def test_head_of_a_stream_reads_nothing_of_it(application: Any) -> None:
    answer = Client(application).call("/stream/", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert len(answer.sent) == 2


def test_of_two_cookies_with_one_name_the_first_counts(application: Any, pages: handler.PageHandler) -> None:
    headers = [(b"cookie", b"sessionid=below; a=1"), (b"cookie", b" sessionid=root;b = 2;;c")]
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": headers}
    found = handler.environ(scope, io.BytesIO(), 0)
    assert found["HTTP_COOKIE"] == "sessionid=below; a=1; b = 2; ; c"


@pytest.mark.parametrize("part", ["a=1;", ";", "=", "a", "a;", " "])
def test_any_cookies_take_linear_time(part: str) -> None:
    assert_linear(lambda size: part * size, handler._first_of_each)


def test_a_stream_arrives_in_order(application: Any) -> None:
    assert Client(application).call("/stream/").body == b"a" * 70_000 + b"b"


def test_a_client_that_leaves_gets_no_answer(application: Any) -> None:
    assert Client(application).call("/echo/", b"half", method="POST", leaves=True).sent == []


def test_an_error_in_a_view_is_a_500_without_details(
    application: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Client(application).call("/broken/")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "a secret of the installation" in caplog.text


def test_the_error_page_may_fail_too(
    application: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Bare:
        urlpatterns = [path("broken/", broken)]  # the error page links to `home`, which is missing

    settings.ROOT_URLCONF = Bare
    ended: list[bool] = []

    def note(**kwargs: Any) -> None:
        ended.append(True)

    request_finished.connect(note)
    try:
        answer = Client(application).call("/broken/")
    finally:
        request_finished.disconnect(note)
    assert ended, "a connection of a pool must be given back"
    assert (answer.status, answer.body) == (500, b"Internal Server Error\n")
    assert "The error page for /broken/ failed" in caplog.text


def test_a_query_string_that_is_not_utf_8_is_a_400(application: Any) -> None:
    assert Client(application).call("/echo/", query_string=b"\xff").status == 400


@pytest.mark.parametrize("asked", ["/errors/echo/", "/echo/"])
def test_the_path_of_public_url_may_be_stripped_by_the_proxy_or_not(
    application: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    settings.FORCE_SCRIPT_NAME = "/errors"
    monkeypatch.setattr(asgi, "PREFIX", "/errors")
    assert Client(application).call(asked).body == b"GET /errors/echo/ /echo/ http "


def test_a_trusted_proxy_sets_the_scheme(application: Any, settings: Any) -> None:
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


def test_the_life_of_a_web_process(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    started = []

    async def close() -> None:
        closed.append(True)

    monkeypatch.setattr(asgi.intake, "close", close)
    # Both would change what the tests of this process share.
    monkeypatch.setattr(asgi.intake, "start", lambda: started.append("intake"))
    monkeypatch.setattr(asgi.serving, "prepare", lambda most, must_yield: started.append(most))
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    asyncio.run(asgi.application({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == [True]
    assert started == [asgi.settings.WEB_THREADS + 2, "intake"]


def test_websockets_are_refused_quietly(caplog: pytest.LogCaptureFixture) -> None:
    sent = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asgi.application({"type": "websocket"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close"}]
    assert caplog.text == ""
    with pytest.raises(ValueError, match="only HTTP"):
        asyncio.run(asgi.application({"type": "other"}, None, send))  # type: ignore[arg-type]


@public("a test")
def show_headers(request: HttpRequest) -> HttpResponse:
    names = (
        "HTTP_X_ONE",
        "HTTP_X_ONE_TWO",
        "HTTP_COOKIE",
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "HTTP_CONTENT_LENGTH",
    )
    return HttpResponse("\n".join(f"{name}={request.META.get(name)}" for name in names))  # fmt: skip


@public("a test")
def show_address(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.META['REMOTE_ADDR']} {request.META[PEER]} {request.path} {request.GET}")


class Closes(io.BytesIO):
    name = "file.bin"
    reads: list[int] = []

    def read(self, size: int | None = -1) -> bytes:
        self.reads.append(size or -1)
        return super().read(size)


@public("a test")
def file(request: HttpRequest) -> FileResponse:
    return FileResponse(FILES[-1])


FILES: list[Closes] = []
Urls.urlpatterns += [
    path("headers/", show_headers),
    path("address/", show_address),
    path("äöü/", show_address),
    path("file/", file),
]


def test_headers_are_joined_and_ambiguous_names_are_dropped(application: Any) -> None:
    headers = [
        (b"x-one", b"a"), (b"x-one", b"b"), (b"x-one_two", b"forged"), (b"x_one", b"forged"),
        (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"content-type", b"text/plain"), (b"content-length", b"3"),
    ]  # fmt: skip
    answer = Client(application).call("/headers/", b"abc", method="POST", headers=headers)
    assert answer.body.decode().splitlines() == [
        "HTTP_X_ONE=a,b", "HTTP_X_ONE_TWO=None", "HTTP_COOKIE=a=1; b=2", "CONTENT_LENGTH=3", "CONTENT_TYPE=text/plain",
        "HTTP_CONTENT_LENGTH=None",
    ]  # fmt: skip


def test_a_page_knows_the_client_and_the_peer(application: Any, settings: Any) -> None:
    assert Client(application).call("/address/").body.startswith(b"127.0.0.1 127.0.0.1 ")
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    answer = Client(application).call("/address/", headers=[(b"x-forwarded-for", b"203.0.113.9")])
    assert answer.body.startswith(b"203.0.113.9 127.0.0.1 ")


def test_paths_and_queries_are_utf_8(application: Any) -> None:
    answer = Client(application).call("/äöü/", query_string=b"a=%C3%A4&a=%FF&b=1")
    assert "/äöü/ <QueryDict: {'a': ['ä', '\ufffd'], 'b': ['1']}>" in answer.body.decode()


def test_a_file_is_sent_in_large_blocks_and_closed(application: Any) -> None:
    FILES.append(Closes(b"x" * 200_000))
    assert Client(application).call("/file/").body == b"x" * 200_000
    assert min(size for size in FILES[-1].reads if size > 0) == 64 * 1024
    assert FILES[-1].closed


@pytest.mark.parametrize("asked", ["/echo/", "/stream/", "/file/", "/broken/"])
def test_every_request_sends_request_finished(application: Any, asked: str) -> None:
    """Then the thread's database connection is checked, and given back to a pool."""
    FILES.append(Closes(b"x"))
    ended: list[str] = []

    def note(**kwargs: Any) -> None:
        ended.append(asked)

    request_finished.connect(note)
    try:
        Client(application).call(asked)
    finally:
        request_finished.disconnect(note)
    assert ended == [asked]


def test_a_stream_is_closed_when_the_client_leaves(pages: handler.PageHandler) -> None:
    FILES.append(Closes(b"x" * 1_000_000))

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client left")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/file/", "query_string": b"", "headers": []}
    with pytest.raises(OSError, match="left"):
        asyncio.run(pages(scope, receive, send))
    assert FILES[-1].closed


def test_a_view_goes_on_when_the_client_leaves(pages: handler.PageHandler) -> None:
    """gunicorn then cancels the task; the view has begun and must be able to read its body."""
    begun, left, read = threading.Event(), threading.Event(), []

    @public("a test")
    def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        left.wait(5)
        read.append(request.body)
        return HttpResponse("")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 60_000}

    async def main() -> None:
        scope = {"type": "http", "method": "POST", "path": "/slow/", "query_string": b"", "headers": []}
        task = asyncio.create_task(pages(scope, receive, receive))  # type: ignore[arg-type]
        await asyncio.to_thread(begun.wait, 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        left.set()
        while not read:
            await asyncio.sleep(0.01)

    Urls.urlpatterns.append(path("slow/", slow))
    try:
        asyncio.run(asyncio.wait_for(main(), 10))
    finally:
        Urls.urlpatterns.pop()
    assert len(read[0]) == 60_000


def test_all_pages_run_in_the_same_few_threads(application: Any) -> None:
    names = set()

    @public("a test")
    def note(request: HttpRequest) -> HttpResponse:
        names.add(threading.current_thread().name)
        return HttpResponse("")

    Urls.urlpatterns.append(path("note/", note))
    try:
        for _ in range(20):
            assert Client(application).call("/note/").status == 200
    finally:
        Urls.urlpatterns.pop()
    assert 1 <= len(names) <= 2
    assert all(name.startswith("page") for name in names)


@pytest.mark.parametrize(
    "host", [b"testserver", b"TESTSERVER:80", b"localhost:9", b"127.0.0.1:8000", b"[::1]", b"a_b:8000"]
)
def test_own_hosts_are_answered_also_with_underscores(application: Any, settings: Any, host: bytes) -> None:
    settings.HOSTS = Hosts.of("testserver", "127.0.0.1", ["a_b"])
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # calls get_host()
    application = PageApplication(application)
    assert application.call("/echo/", host=host).status == 200


class PageApplication(Client):
    """With a handler whose middleware is that of the settings."""

    def call(self, *arguments: Any, **named: Any) -> Client:
        asgi.pages = handler.PageHandler(2)
        return super().call(*arguments, **named)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "host", [b"[", b"[::1", b"a b", b"\xff", b"@", b"http://x", b"a/b", b"%00", b"<b>", b":80", b"a" * 400]
)
def test_what_is_no_host_is_refused_even_if_any_host_is_answered(
    monkeypatch: pytest.MonkeyPatch, settings: Any, host: bytes
) -> None:
    settings.HOSTS = Hosts.of("testserver", "127.0.0.1", ["*"])
    monkeypatch.setattr(asgi, "pages", handler.PageHandler(1))
    assert Client().call("/", host=host).status == 400
    assert Client().call("/health", host=host).status == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "host", [b"", b"a_b:8000", b"x..y", b"[fe80::1%eth0]:99999", b"EXAMPLE.org.", b"xn--", b"1.2.3.4.", b"-"]
)
@pytest.mark.parametrize(
    ("path", "method"), [("/", "GET"), ("/accounts/login/", "POST"), ("/admin/", "HEAD")]
)
def test_any_host_is_answered_without_a_failure(
    monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: Any, host: bytes, path: str, method: str
) -> None:
    settings.HOSTS = Hosts.of("testserver", "127.0.0.1", ["*"])
    monkeypatch.setattr(asgi, "pages", handler.PageHandler(1))
    headers = [(b"origin", b"null"), (b"content-type", b"application/x-www-form-urlencoded")]
    answer = Client().call(path, b"login=a@b.c&password=x", method=method, host=host, headers=headers)
    assert answer.status in {302, 403}
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("host", [b"evil.example", b"", b"testserver.evil.example", b"testserver evil", None])
@pytest.mark.parametrize(
    "path",
    [
        "/echo/",
        "/static/app.css",
        "/metrics",
        "/health/",
        "/x",
        "//api/x",
        "/api/projects",
        "/api/0/",
        "/api/00/x",
    ],
)
def test_other_hosts_are_refused_with_the_name_of_the_setting(
    application: Any, host: bytes | None, path: str
) -> None:
    answer = Client(application).call(path, host=host, headers=[(b"x-forwarded-host", b"testserver")])
    assert answer.status == 400
    assert b"ALLOWED_HOSTS" in answer.body
    assert answer.headers[b"x-content-type-options"] == b"nosniff"


def test_two_hosts_are_refused(application: Any) -> None:
    answer = Client(application).call("/echo/", host=b"testserver", headers=[(b"host", b"evil.example")])
    assert answer.status == 400


@pytest.mark.parametrize("path", ["/api/projects", "/auth/me"])
def test_programs_get_the_refusal_as_json(application: Any, path: str) -> None:
    answer = Client(application).call(path, host=b"e\xffvil\x1b.example")
    error = json.loads(answer.body)["error"]
    assert error["type"] == "ValidationError"
    assert "e?vil" in error["message"]


@pytest.mark.parametrize("host", [None, b"", b"evil.example", b"a_b", b"10.0.0.1:8000", b"\xff"])
@pytest.mark.parametrize(
    ("path", "status"),
    [("/health", 200), ("/api/1/envelope/", 401), ("/api/1/nothing/", 404), ("/health/probe", 404)],
)
@pytest.mark.django_db
def test_probes_and_sdks_may_send_any_host(host: bytes | None, path: str, status: int) -> None:
    assert (
        Client(asgi.application)
        .call(path, b"{}", method="POST" if "envelope" in path else "GET", host=host)
        .status
        == status
    )


def test_refused_hosts_are_one_line_a_minute(application: Any, caplog: pytest.LogCaptureFixture) -> None:
    asgi._throttled._logged.clear()
    caplog.set_level("INFO")
    for number in range(50):
        Client(application).call("/echo/", host=b"evil%d.example\r\nINFO" % number)
    (record,) = caplog.records
    assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://testserver/echo/", 200),
        ("HTTP://evil.example/echo/", 400),
        ("http://testserver", 200),
        ("*", 400),
        ("a:1", 400),
    ],
)
def test_a_whole_url_as_target_has_its_own_host(application: Any, target: str, status: int) -> None:
    assert Client(application).call(target).status == status
    assert Client(application).call(target, host=b"evil.example").status == status
