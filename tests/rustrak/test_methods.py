"""HEAD, OPTIONS and unknown methods, at every address."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from tests.conftest import PASSWORD
from tests.lib.api_client import ApiClient
from tests.lib.asgi_client import Client
from tests.lib.live import Live, start

pytestmark = [pytest.mark.live, pytest.mark.database]
PATHS = [
    "/", "/accounts/login/", "/accounts/logout/", "/accounts/password/reset/", "/profile/", "/admin/", "/admin/login/",
    "/api/docs", "/api/openapi.json", "/api/projects", "/api/nothing", "/auth/me", "/health", "/health/ready",
    "/metrics", "/projects/shop/issues/", "/projects/shop/setup/", "/projects/shop/setup/status",
    "/projects/shop/intake/", "/projects/new/", "/no/page", "/favicon.ico", "/robots.txt", "/static/nothing.css",
    "/api/1/envelope/", "/api/1/nonsense/", "/api/embed/error-page/", "/profile/tokens/", "/auth/login",
]  # fmt: skip
# What differs between two answers anyway.
VOLATILE = {"date", "server-timing", "set-cookie", "content-length", "expires", "keep-alive"}


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with start() as running:
        running.create_user("ana@example.org", PASSWORD, admin=True)
        running.create_project("Shop")
        yield running


@pytest.fixture(scope="module")
def cookie(server: Live) -> str:
    api = ApiClient(server.url).sign_in("ana@example.org", PASSWORD)
    return "; ".join(f"{one.name}={one.value}" for one in api.jar)


def call(server: Live, method: str, path: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    try:
        connection.request(method, path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_every_address_answers_head_and_options_and_nothing_is_logged(server: Live, cookie: str) -> None:
    begun = len(server.output())
    for path in PATHS:
        status, headers, body = call(server, "GET", path, cookie)
        head = call(server, "HEAD", path, cookie)
        assert (head[0], head[2]) == (status, b""), path
        assert {name for name in head[1] if name not in VOLATILE} == {
            name for name in headers if name not in VOLATILE
        }, path
        assert head[1].get("content-type") == headers.get("content-type"), path
        assert "content-length" in head[1], path
        if path not in {"/health/ready", "/metrics", "/projects/shop/setup/status", "/projects/shop/setup/"}:
            assert head[1]["content-length"] == str(len(body)), path
        options = call(server, "OPTIONS", path, cookie)
        if status == 404:
            assert options[0] == 404, path
        else:
            assert options[0] in {200, 204}, path
            assert options[2] == b"", path
            assert "OPTIONS" in options[1]["allow"], path
            assert ("GET" in options[1]["allow"]) == (status != 405), path
    assert server.output()[begun:] == ""


def test_a_check_in_is_not_made_by_head() -> None:
    answer = Client().call("/api/1/cron/nightly/0123456789abcdef0123456789abcdef/", method="HEAD")
    assert answer.status == 405
    assert answer.body == b""


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT", "BREW", "get", "X" * 5000])
def test_other_methods_are_refused(method: str) -> None:
    for path in ("/", "/accounts/login/", "/api/projects"):
        answer = Client().call(path, method=method)
        assert answer.status == 405
        assert answer.headers[b"allow"] == b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        assert len(answer.body) < 200


def test_options_of_the_server_itself() -> None:
    answer = Client().call("*", method="OPTIONS")
    assert answer.status == 204
    assert b"GET" in answer.headers[b"allow"]
