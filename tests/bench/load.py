"""The load generator, in a process of its own: `python -m tests.bench.load '{"dsn": …}'` prints what happened.

With a rate it is an open loop: requests are due at fixed times, and a late one's latency counts from when it
was due. Without one, every connection sends as fast as it is answered. Bounded in number and time, loopback only.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from tests.bench import payloads
from tests.lib.live import ROOT

TIMEOUT = 10.0
MOST_REQUESTS = 1_000_000


@dataclass
class Order:
    """What to send: `count` requests at `rate` per second (0: as fast as they are answered)."""

    dsn: str
    kind: str = "small"
    count: int = 1000
    rate: float = 0.0
    connections: int = 32
    encoding: str = "gzip"


@dataclass
class Outcome:
    """The result. `p50`, `p99` and `worst` are milliseconds from request to answer."""

    sent: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0

    @property
    def accepted(self) -> int:
        return self.statuses.get("200", 0)

    @property
    def per_second(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0

    @property
    def failed_share(self) -> float:
        return 1 - self.accepted / self.sent if self.sent else 1.0


class _Connection(asyncio.Protocol):
    def __init__(self, generator: _Generator) -> None:
        self._generator = generator
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self.due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap:
            return
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) < length:
            return
        self._received = b""
        due, self.due = self.due, None
        if due is not None:
            closing = b"connection: close" in lowered
            self._generator.answered(self, head[9:12].decode(), due, reusable=not closing)
            if closing and self._transport is not None:
                self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        due, self.due = self.due, None
        self._generator.lost(self, due)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _Generator:
    def __init__(self, order: Order, requests: Iterator[bytes]) -> None:
        self._order = order
        self._requests = requests
        self._free: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._waiting: deque[float] = deque()
        self._opening = 0
        self._latencies: list[float] = []
        self._statuses: Counter[str] = Counter()
        self._finished = asyncio.Event()
        self._sent = 0

    async def run(self) -> Outcome:
        await asyncio.gather(*(self._open() for _ in range(self._order.connections)))
        begun = time.perf_counter()
        if self._order.rate:
            await self._on_schedule(begun)
        else:
            self._waiting.extend([0.0] * self._order.count)
            self._pump()
        try:
            await asyncio.wait_for(self._finished.wait(), self._longest(begun))
        except TimeoutError:
            missing = self._order.count - sum(self._statuses.values())
            self._statuses["no answer"] += missing
        seconds = time.perf_counter() - begun
        for connection in list(self._all):
            connection.abort()
        ordered = sorted(self._latencies) or [0.0]
        return Outcome(
            sent=self._order.count,
            statuses=dict(self._statuses),
            seconds=seconds,
            p50=ordered[len(ordered) // 2] * 1000,
            p99=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
            worst=ordered[-1] * 1000,
        )

    def _longest(self, begun: float) -> float:
        if self._order.rate:
            return TIMEOUT
        return TIMEOUT + self._order.count / 50 - (time.perf_counter() - begun)

    async def _on_schedule(self, begun: float) -> None:
        interval = 1 / self._order.rate
        done = 0
        while done < self._order.count:
            due_by_now = min(self._order.count, int((time.perf_counter() - begun) / interval) + 1)
            while done < due_by_now:
                self._waiting.append(begun + done * interval)
                done += 1
            self._pump()
            await asyncio.sleep(max(0.0005, begun + done * interval - time.perf_counter()))

    async def _open(self) -> None:
        address = urlsplit(self._order.dsn)
        loop = asyncio.get_running_loop()
        self._opening += 1
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), address.hostname, address.port
            )
        except OSError as error:
            if self._waiting:
                self._waiting.popleft()
                self._count(type(error).__name__)
            return
        finally:
            self._opening -= 1
        self._all.add(connection)
        self._free.append(connection)
        self._pump()

    def _pump(self) -> None:
        while self._waiting and self._free:
            connection = self._free.pop()
            due = self._waiting.popleft()
            connection.send(next(self._requests), due or time.perf_counter())
        if self._waiting and len(self._all) + self._opening < self._order.connections:
            task = asyncio.get_running_loop().create_task(self._open())
            task.add_done_callback(lambda done: done.exception())

    def answered(self, connection: _Connection, status: str, due: float, *, reusable: bool) -> None:
        self._latencies.append(time.perf_counter() - due)
        if reusable:
            self._free.append(connection)
        self._count(status)
        self._pump()

    def lost(self, connection: _Connection, due: float | None) -> None:
        self._all.discard(connection)
        if connection in self._free:
            self._free.remove(connection)
        if due is not None:
            self._count("connection lost")
        if self._waiting:
            self._pump()

    def _count(self, status: str) -> None:
        self._statuses[status] += 1
        self._sent += 1
        if self._sent >= self._order.count:
            self._finished.set()


def run(order: Order) -> Outcome:
    """Carry `order` out in this process. Raises ValueError for a target that is not on this machine."""
    host = urlsplit(order.dsn).hostname or ""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not this machine")
    if order.count > MOST_REQUESTS:
        raise ValueError("that many requests are no benchmark any more")
    requests = payloads.requests(order.dsn, order.kind, encoding=order.encoding)
    next(requests)  # prepares the bodies
    if order.encoding == "br":
        # Brotli cannot join blocks that were compressed before, so whole bodies are prepared.
        requests = iter(list(islice(requests, order.count)))

    async def main() -> Outcome:
        return await _Generator(order, requests).run()

    try:
        import uvloop
    except ImportError:
        return asyncio.run(main())
    return uvloop.run(main())


def apart(order: Order) -> Outcome:
    """Like `run`, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(order))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Outcome(**json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(asdict(run(Order(**json.loads(sys.argv[1]))))))
