"""The scenarios that are run against one server. Each returns rows for the report."""

from __future__ import annotations

import math
import socket
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench import payloads, processes
from tests.bench.load import Order, Outcome, apart
from tests.lib.api_client import ApiClient
from tests.lib.live import Live

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Row:
    """One line of the report."""

    scenario: str
    outcome: Outcome
    ingest_ms: float
    digest_ms: float
    visible: str = ""


@dataclass(frozen=True)
class Lengths:
    """How long and how large the scenarios are."""

    baseline: int
    sustained_seconds: int
    bursts: int
    burst_events: int
    pause: float
    step_seconds: int


QUICK = Lengths(3, 5, 1, 1000, 1.0, 2)
SHORT = Lengths(10, 20, 3, 3000, 3.0, 4)
FULL = Lengths(60, 300, 5, 10_000, 10.0, 10)
# The steps of the stress scenario, in requests per second.
STEPS = (500, 1000, 2000, 3000, 4000, 6000, 8000, 12_000, 16_000)


class Bench:
    """A server with a project, with methods that load it and watch it."""

    def __init__(self, server: Live, say: Callable[[str], None]) -> None:
        self.server = server
        self.say = say
        server.create_user("bench@example.org", PASSWORD, admin=True)
        self.dsn = server.create_project("Bench")
        self.project = int(self.dsn.rsplit("/", 1)[1])
        self.api = ApiClient(server.url).sign_in("bench@example.org", PASSWORD)
        self.accepted = 0

    def stored(self) -> int:
        """The number of events that the digest has stored so far."""
        count: int = self.api.get(f"/api/projects/{self.project}")["digested_event_count"]
        return count

    def load(self, **order: object) -> Outcome:
        """Run the generator in a process of its own."""
        outcome = apart(Order(dsn=self.dsn, **order))  # type: ignore[arg-type]
        self.accepted += outcome.accepted
        return outcome

    def drain(self, seconds: float = 600) -> float:
        """Wait until every accepted event is stored and return the seconds. Fails if events are missing or too many."""
        begun = time.monotonic()
        while (stored := self.stored()) < self.accepted:
            if time.monotonic() - begun > seconds:
                raise SystemExit(f"only {stored} of {self.accepted} accepted events were stored")
            time.sleep(0.2)
        if stored > self.accepted:
            raise SystemExit(f"{stored} events were stored, {self.accepted} accepted")
        return time.monotonic() - begun

    def measured(self, scenario: str, load: Callable[[], Outcome]) -> Row:
        """Run `load` and settle: CPU per accepted event of the edge and of the digest."""
        before = processes.cpu(self.server.process.pid)
        outcome = load()
        edge = processes.cpu(self.server.process.pid)
        drained = self.drain()
        after = processes.cpu(self.server.process.pid)
        events = max(1, outcome.accepted)

        def spent(name: str, end: dict[str, float]) -> float:
            return (end.get(name, 0.0) - before.get(name, 0.0)) * 1000 / events

        return Row(
            scenario, outcome, spent("web", edge), spent("digest", after), f"all stored {drained:.1f} s later"
        )


def baseline(bench: Bench, seconds: int) -> list[Row]:
    """One request per second. Measures how long after its 200 each event is visible through the API."""
    requests = payloads.requests(bench.dsn, "small")
    answers: list[float] = []
    delays: list[float] = []

    def load() -> Outcome:
        with socket.create_connection(("127.0.0.1", bench.server.port)) as connection:
            for _ in range(seconds):
                request = next(requests)
                begun = time.perf_counter()
                connection.sendall(request)
                if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    raise SystemExit("an event of the baseline was refused")
                answered = time.perf_counter()
                bench.accepted += 1
                while bench.stored() < bench.accepted:
                    time.sleep(0.002)
                delays.append((time.perf_counter() - answered) * 1000)
                answers.append((answered - begun) * 1000)
                time.sleep(max(0.0, 1.0 - (time.perf_counter() - begun)))
        answers.sort()
        return Outcome(
            sent=seconds,
            statuses={"200": seconds},
            seconds=seconds,
            p50=answers[len(answers) // 2],
            p99=answers[-1],
            worst=answers[-1],
        )

    row = bench.measured("baseline, 1/s, small gzip", load)
    delays.sort()
    visible = (
        f"in the API {delays[len(delays) // 2]:.0f} ms after the 200 (median), {delays[-1]:.0f} ms (worst)"
    )
    # Polling would dominate the edge's CPU time.
    return [replace(row, ingest_ms=math.nan, visible=visible)]


def sustained(bench: Bench, seconds: int) -> list[Row]:
    """1,000 requests per second with the small event, raw and with gzip; then 150 per second with the large one."""
    return [
        bench.measured(
            f"sustained, 1000/s for {seconds} s, small gzip",
            lambda: bench.load(count=1000 * seconds, rate=1000.0, connections=64),
        ),
        bench.measured(
            f"sustained, 1000/s for {max(2, seconds // 4)} s, small raw",
            lambda: bench.load(count=1000 * max(2, seconds // 4), rate=1000.0, connections=64, encoding=""),
        ),
        bench.measured(
            f"sustained, 150/s for {max(2, seconds // 4)} s, big gzip",
            lambda: bench.load(count=150 * max(2, seconds // 4), rate=150.0, kind="big", connections=32),
        ),
    ]


def burst(bench: Bench, bursts: int, events: int, pause: float) -> list[Row]:
    """Bursts from 64 connections, as fast as the server answers, with pauses between them."""
    rows = []
    for number in range(bursts):
        if number:
            time.sleep(pause)
        rows.append(
            bench.measured(
                f"burst {number + 1}, {events} small gzip", lambda: bench.load(count=events, connections=64)
            )
        )
    return rows


def stress(bench: Bench, seconds: int) -> list[Row]:
    """A higher rate at each step, until 5 % fail or the answers can't keep up with the requests."""
    rows = []
    for rate in STEPS:
        row = bench.measured(
            f"stress, {rate}/s",
            lambda rate=rate: bench.load(count=rate * seconds, rate=float(rate), connections=256),  # type: ignore[misc]
        )
        rows.append(row)
        bench.say(f"  {rate}/s: {row.outcome.per_second:.0f}/s accepted, p99 {row.outcome.p99:.0f} ms")
        if row.outcome.failed_share >= 0.05 or row.outcome.per_second < 0.8 * rate:
            break
    return rows


def pages(bench: Bench, times: int) -> list[tuple[str, float, float, str]]:
    """(page, median ms, worst ms, Server-Timing) of the pages that people look at most."""
    issue = bench.api.get(f"/api/projects/{bench.project}/issues?filter=all")["items"][0]["id"]
    slug = bench.api.get(f"/api/projects/{bench.project}")["slug"]
    found = []
    for name, path in (
        ("overview", "/"),
        ("issue list", f"/projects/{slug}/issues/"),
        ("event page", f"/projects/{slug}/issues/{issue}/"),
        ("API issue list", f"/api/projects/{bench.project}/issues?filter=all"),
    ):
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            timing = bench.api.headers(path).get("Server-Timing", "")
            taken.append((time.perf_counter() - begun) * 1000)
        taken.sort()
        found.append((name, taken[len(taken) // 2], taken[-1], timing))
    return found


def stored_bytes(server: Live) -> int:
    """The size of the database on disk."""
    if address := server.environment.get("DATABASE_URL", ""):
        import psycopg

        with psycopg.connect(address) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0
    path = Path(server.data) / "rustrak.sqlite3"
    with sqlite3.connect(path, timeout=20) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path.stat().st_size
