"""Runs tests that are `async def`, and sends requests to the edge without a server."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from ingest import spool
from ingest.edge import auth
from ingest.edge.holder import Holder
from ingest.edge.intake import Intake
from ingest.edge.size_limits import SizeLimits
from ingest.ledger import tally
from ingest.spool import Record

KEY = "0123456789abcdef0123456789abcdef"
PROJECT = 42
OTHER_KEY = "00112233445566778899aabbccddeeff"
OTHER_PROJECT = 7
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
    """The edge with two projects and their keys. `records` returns what it wrote to the spool."""

    directory: Path
    intake: Intake
    seen: list[tally.AnsweredRequest] = field(default_factory=list)
    counts: Counter[tuple[int, str, str, str]] = field(default_factory=Counter)
    used: dict[int, float] = field(default_factory=dict)

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
        """Send one request. A list as `body` arrives in chunks; unless `complete`, the client disconnects after them."""
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
        """What was accepted since the last call, with the contents of blobs as payload.

        The edge's own counts are added to `counts` (by project, category, outcome, reason), its requests to `seen`, when keys were used to `used`.
        """
        await self.intake.close()
        found = []
        for claim in spool.Backlog(self.directory).claim(1000 * MIB):
            for _, record in claim.segment.records():
                if record.kind == "intake":
                    counts, seen, used = tally.read(record.payload)
                    self.used |= used
                    self.seen += [one for _, one in seen]
                    for (project, _, category, outcome, reason), quantity in counts:
                        self.counts[project, category, outcome, reason] += quantity
                elif record.file is not None:
                    payload = spool.blob_path(self.directory, record.file).read_bytes()
                    found.append(replace(record, payload=payload))
                else:
                    found.append(record)
            claim.segment.settle()
        return found


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    return an_edge(tmp_path / "spool", SizeLimits(event=MIB, body=3 * MIB, encoded_body=2 * MIB))


def an_edge(
    directory: Path,
    limits: SizeLimits,
    *,
    origins: Sequence[str] = (),
    holders: Mapping[str, Holder] | None = None,
    **options: Any,
) -> Edge:
    """An edge of its own. `origins` are those that project 42 allows, `holders` replace the two projects and their keys,
    `options` go to Intake."""
    known = holders or {KEY: Holder(PROJECT, tuple(origins)), OTHER_KEY: Holder(OTHER_PROJECT)}
    keys = auth.Keys(lambda keys: {key: known[key] for key in keys if key in known})
    return Edge(directory, Intake(keys, limits, directory, name="test", **{"fsync": False, **options}))
