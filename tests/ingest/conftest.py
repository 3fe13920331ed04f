"""Runs `async def` tests, and drives the edge without a server."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest import auth, spool
from ingest.intake import Intake, Limits
from ingest.spool import Record, SegmentWriter

KEY = "0123456789abcdef0123456789abcdef"
PROJECT = 42
MIB = 1024 * 1024


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass
class Edge:
    """The edge with one project (42) and its key; `records` is what it put into the spool."""

    directory: Path
    intake: Intake

    async def send(
        self,
        path: str = "/api/42/envelope/",
        body: bytes | Sequence[bytes] = b"",
        headers: dict[str, str] | Iterable[tuple[str, str]] = (),
        *,
        query: str = "",
        method: str = "POST",
        key: str | None = KEY,
        complete: bool = True,
    ) -> Answer:
        """One request. `body` as a list arrives in chunks; not `complete`: the client leaves after them."""
        chunks = [body] if isinstance(body, bytes) else list(body)
        messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        if complete:
            messages[-1:] = [{**messages[-1], "more_body": False}]
        given = list(headers.items() if isinstance(headers, dict) else headers)
        if key is not None:
            given.append(("X-Sentry-Auth", f"Sentry sentry_key={key}, sentry_version=7"))
        waiting = iter(messages)

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return next(waiting, {"type": "http.disconnect"})

        answer = Answer()

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                assert answer.status == 0, "answered twice"
                answer.status = message["status"]
                names = [name.decode() for name, _ in message["headers"]]
                assert len(names) == len(set(names))
                assert all(name == name.lower() for name in names)
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                answer.body += message["body"]

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given],
            "client": ("192.0.2.1", 50000),
        }
        await self.intake(scope, receive, send)
        assert int(answer.headers["content-length"]) == len(answer.body)
        return answer

    async def records(self) -> list[Record]:
        """What was accepted since the last time."""
        await self.intake.close()
        found = []
        for segment in spool.claim(self.directory, 1000 * MIB):
            found += list(segment.records())
            segment.settle()
        return found


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    directory = tmp_path / "spool"
    keys = auth.Keys(lambda keys: {key: PROJECT for key in keys if key == KEY})
    limits = Limits(event=MIB, body=3 * MIB, encoded_body=2 * MIB)
    return Edge(directory, Intake(keys, SegmentWriter(directory, "test", fsync=False), limits))
