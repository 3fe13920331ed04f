"""Every address that SDKs call, in every spelling, at the edge and over a real socket: an answer, never a redirect."""

from __future__ import annotations

import http.client
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.edge.endpoints import ENDPOINTS
from ingest.edge.routing import route
from rustrak import asgi
from tests.conftest import PASSWORD
from tests.ingest.conftest import KEY, Edge
from tests.lib.api_client import ApiClient
from tests.lib.calls import CALLS, Call
from tests.lib.live import Live, free_port, start
from tests.lib.waiting import wait_for

SPELLINGS = {
    "as it is": lambda path: path,
    "no slash at the end": lambda path: path.rstrip("/"),
    "two slashes": lambda path: path.replace("/", "//"),
    "two at the end": lambda path: path + "/",
}
calls = pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")


def test_no_endpoint_is_left_out() -> None:
    named = {route(call.filled(call.path, KEY, "42", "x")).endpoint for call in CALLS}  # type: ignore[union-attr]
    assert named == ENDPOINTS.keys()


@calls
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("prefix", ["", "/errors", "/some/prefix"])
async def test_at_the_edge(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, call: Call, spelling: str, prefix: str
) -> None:
    asked = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asked.append(scope["path"])

    monkeypatch.setattr(asgi.intake, "app", app)
    monkeypatch.setattr(asgi, "PREFIX", prefix)
    base = f"https://errors.example.org{prefix}"
    path = SPELLINGS[spelling](call.filled(call.path, KEY, "42", base))
    for given in {prefix + path, path}:  # a proxy may take the prefix off or not
        scope = {
            "type": "http",
            "method": call.method,
            "path": given,
            "headers": [],
            "client": ("192.0.2.1", 5),
        }
        await asgi.application(scope, None, None)  # type: ignore[arg-type]
    assert len(asked) in {1, 2}
    for path in asked:
        query = call.filled(call.query, KEY, "42", base)
        headers = {name: call.filled(value, KEY, "42", base) for name, value in call.headers.items()}
        answer = await edge.send(path, call.body, headers, query=query, method=call.method, key=None)
        assert answer.status == call.status, answer.body
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "location" not in answer.headers


@calls
async def test_other_methods_get_405_with_the_allowed_ones(edge: Edge, call: Call) -> None:
    path = call.filled(call.path, KEY, "42", "")
    allowed = {other.method for other in CALLS if route(other.path.replace("PROJECT", "42")).endpoint == route(path).endpoint}  # type: ignore[union-attr]  # fmt: skip
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = await edge.send(path, method=method)
        assert answer.status == 405
        assert set(answer.headers["allow"].split(", ")) == allowed | {"OPTIONS"}
        assert answer.headers["access-control-allow-origin"] == "*"
    preflight = await edge.send(path, method="OPTIONS", key=None)
    assert preflight.status == 200
    assert set(preflight.headers["access-control-allow-methods"].split(", ")) == allowed | {"OPTIONS"}


@pytest.fixture(scope="module")
def prefixed() -> Iterator[tuple[Live, str]]:
    """A server under a path, and the DSN of its own project."""
    port = str(free_port())
    with start(PORT=port, PUBLIC_URL=f"http://127.0.0.1:{port}/errors", WEB_WORKERS="1") as server:
        yield server, server.create_project("Shop")


@pytest.mark.live
def test_over_a_socket(prefixed: tuple[Live, str]) -> None:
    live, dsn = prefixed
    key, base, project = re.fullmatch(r"http://(\w+)@([^/]+/errors)/(\d+)", dsn).groups()  # type: ignore[union-attr]
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    # All spellings of all paths are tried without a socket; here each path has one of them.
    for call, spelling in zip(CALLS, itertools.cycle(SPELLINGS.values())):
        path = "/errors" + spelling(call.filled(call.path, key, project, f"http://{base}"))
        query = call.filled(call.query, key, project, f"http://{base}")
        headers = {
            name: call.filled(value, key, project, f"http://{base}") for name, value in call.headers.items()
        }
        connection.request(call.method, f"{path}?{query}", call.body, headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == call.status, (call, path, body)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    connection.close()
    live.create_user("ana@example.org", PASSWORD, admin=True)
    api = ApiClient(live.url).sign_in("ana@example.org", PASSWORD)
    titles = {"SIGSEGV: SEGV_MAPERR at 0xdead in game + 0x1234", "Blocked 'image' from 'evil.example'"}
    assert wait_for(lambda: titles <= {event["title"] for event in api.events(int(project))})
