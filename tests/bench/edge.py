"""Measures the edge alone: one web worker, no digest, fsync on, rate limits checked but never reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from tests.bench import processes
from tests.bench.load import Order, Outcome, apart
from tests.lib import live

#: (event, Content-Encoding, requests of one run)
REQUESTS = (("small", "", 6000), ("small", "gzip", 6000), ("big", "gzip", 1500), ("big", "br", 1500))
CONNECTIONS = (16, 64)
HIGH = dict.fromkeys(
    (f"MAX_EVENTS_{scope}PER_{window}" for scope in ("", "PER_PROJECT_") for window in ("MINUTE", "HOUR")),
    "1000000000",
)


@dataclass(frozen=True)
class Cell:
    """One line of the table. Times are in milliseconds; CPU is per accepted request."""

    kind: str
    encoding: str
    connections: int
    per_second: float
    p50: float
    p99: float
    cpu_ms: float


def matrix(database: str, runs: int, share: float, say: Callable[[str], None]) -> list[Cell]:
    """Medians of `runs` runs of each kind of request, of which `share` (1.0: all) are sent; runs take turns."""
    found: dict[tuple[str, str, int], list[tuple[Outcome, float]]] = {}
    with live.start(database, WEB_WORKERS="1", DIGEST_WORKERS="0", **HIGH) as server:
        dsn = server.create_project("Edge")
        apart(Order(dsn=dsn, count=500))
        for _ in range(runs):
            for kind, encoding, count in REQUESTS:
                for connections in CONNECTIONS:
                    before = processes.cpu(server.process.pid)["web"]
                    outcome = apart(
                        Order(dsn, kind, int(count * share), connections=connections, encoding=encoding)
                    )
                    spent = processes.cpu(server.process.pid)["web"] - before
                    if outcome.accepted < outcome.sent:
                        raise SystemExit(f"not everything was accepted: {outcome.statuses}")
                    found.setdefault((kind, encoding, connections), []).append((outcome, spent))
    cells = []
    for (kind, encoding, connections), outcomes in found.items():
        cells.append(
            Cell(
                kind, encoding or "raw", connections,
                per_second=median(one.per_second for one, _ in outcomes),
                p50=median(one.p50 for one, _ in outcomes),
                p99=median(one.p99 for one, _ in outcomes),
                cpu_ms=median(1000 * spent / one.accepted for one, spent in outcomes),
            )
        )  # fmt: skip
        say(f"edge: {cells[-1]}")
    return cells
