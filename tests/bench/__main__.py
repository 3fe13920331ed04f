"""`make bench`: starts a server, runs the scenarios, prints a report in Markdown.

make bench BENCH_ARGS="--database postgres --full"
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys

from tests.bench import (
    digest,
    edge,
    finding,
    hostile_report,
    mapping,
    merging,
    payloads,
    processes,
    scenarios,
    uploads,
)
from tests.bench.markdown import table
from tests.bench.scenarios import Bench, Row
from tests.lib import live

#: The digest is measured on an empty database and on one with this many events.
STORED_QUICK, STORED, STORED_FULL = 5_000, 50_000, 1_000_000
UNLIMITED = [
    f"MAX_EVENTS_{scope}PER_{window}" for scope in ("", "PER_PROJECT_") for window in ("MINUTE", "HOUR")
]


def say(text: str) -> None:
    """Print progress to stderr; stdout is the report."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure ingest, digest, pages and memory."
    )
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, postgres (a throwaway one) or a postgres:// address"
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="half a minute, to see that it runs")
    length.add_argument("--full", action="store_true", help="the contract's lengths: sustained for 5 minutes")
    parser.add_argument(
        "--only",
        choices=[
            "baseline",
            "sustained",
            "burst",
            "stress",
            "digest",
            "alerts",
            "finding",
            "edge",
            "retention",
            "merging",
            "uploads",
            "mapping",
            "hostile",
        ],
        help="one scenario",
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the server"
    )
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="TEXT",
        help="hostile: only inputs whose name contains this",
    )
    return parser.parse_args()


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _statuses(row: Row) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(row.outcome.statuses.items()))


def main() -> None:
    options = arguments()
    lengths = scenarios.QUICK if options.quick else scenarios.FULL if options.full else scenarios.SHORT
    if options.only in (None, "digest"):
        stored = STORED_QUICK if options.quick else STORED_FULL if options.full else STORED
        report_digest("sqlite" if options.database == "sqlite" else "postgres", stored)
    if options.only in (None, "alerts"):
        report_alerts("sqlite" if options.database == "sqlite" else "postgres")
    if options.only in (None, "finding"):
        events = [2_000, 4_000] if options.quick else [10_000, 100_000]
        report_finding(
            "sqlite" if options.database == "sqlite" else "postgres",
            [*events, 1_000_000] if options.full else events,
            5 if options.quick else 20,
        )
    if options.only in (None, "retention"):
        report_retention(
            "sqlite" if options.database == "sqlite" else "postgres", 5_000 if options.quick else 100_000
        )
    if options.only in (None, "merging"):
        merging.show(
            "sqlite" if options.database == "sqlite" else "postgres", 2_000 if options.quick else 100_000
        )
    if options.only in (None, "uploads"):
        uploads.show("sqlite" if options.database == "sqlite" else "postgres", say)
    if options.only in (None, "mapping"):
        mapping.show("sqlite" if options.database == "sqlite" else "postgres", say)
    if options.only in (None, "edge"):
        report_edge(
            "sqlite" if options.database == "sqlite" else "postgres",
            runs=1 if options.quick else 3,
            share=4.0 if options.full else 1.0,
        )
    if options.only in (None, "hostile"):
        hostile_report.show(quick=options.quick, full=options.full, names=options.input, say=say)
    if options.only in (
        "digest",
        "alerts",
        "finding",
        "retention",
        "merging",
        "uploads",
        "mapping",
        "edge",
        "hostile",
    ):
        return
    settings = dict(pair.split("=", 1) for pair in options.set)
    # Rate limits would end the measurement.
    settings |= dict.fromkeys(UNLIMITED, "0")
    if "://" in options.database:
        settings["DATABASE_URL"] = options.database
        options.database = "sqlite"  # leaves DATABASE_URL as it is
    with live.start(options.database, **settings) as server:
        bench = Bench(server, say)
        idle = processes.memory(server.process.pid)
        empty = scenarios.stored_bytes(server)
        rows: list[Row] = []
        per_event = []
        if options.only in (None, "baseline"):
            say("baseline")
            rows += scenarios.baseline(bench, lengths.baseline)
        if options.only in (None, "sustained"):
            say("sustained")
            for row in scenarios.sustained(bench, lengths.sustained_seconds):
                rows.append(row)
        if options.only in (None, "burst"):
            say("burst")
            rows += scenarios.burst(bench, lengths.bursts, lengths.burst_events, lengths.pause)
        if options.only in (None, "stress"):
            say("stress")
            rows += scenarios.stress(bench, lengths.step_seconds)
        for kind in payloads.KINDS:
            before, accepted = scenarios.stored_bytes(server), bench.accepted
            bench.load(count=1000, kind=kind)
            bench.drain()
            per_event.append((kind, (scenarios.stored_bytes(server) - before) / (bench.accepted - accepted)))
        seen = scenarios.pages(bench, 5 if options.quick else 40) if bench.accepted else []
        busy = processes.memory(server.process.pid)
        report(
            options,
            server,
            rows,
            per_event,
            seen,
            idle,
            busy,
            bench.accepted,
            scenarios.stored_bytes(server) - empty,
        )


def report_digest(kind: str, stored: int) -> None:
    """Print the tables of the digest alone."""
    print(f"# The digest alone on {kind}, empty and with {stored} events stored\n")
    heads = ["event", "issues", "batch", "events/s", "CPU ms/event", "of PostgreSQL", f"with {stored} stored"]
    rows = digest.matrix(kind, stored, say)
    cells = (
        [
            c.kind,
            c.issues,
            str(c.batch),
            f"{c.per_second:.0f}",
            f"{c.cpu_ms:.3f}",
            f"{c.server_ms:.3f}",
            f"× {c.ratio:.2f}",
        ]
        for c in rows
    )
    print(table(heads, cells) + "\n")
    for events, size, before, most in digest.memory(kind):
        print(f"- {events} events of {size} KiB: {most:.0f} MiB at most, {before:.0f} MiB before")
    print(flush=True)


def report_alerts(kind: str) -> None:
    """Print what alert rules cost the digest."""
    print(f"# Alerts: {digest.RULES} rules, one of which watches volumes, on {kind}\n")
    heads = ["issues", "batch", "CPU ms/event without", f"with {digest.RULES} rules"]
    cells = (
        [c.issues, str(c.batch), f"{c.cpu_ms:.3f}", f"× {c.ratio:.3f}"] for c in digest.with_rules(kind, say)
    )
    print(table(heads, cells) + "\n", flush=True)


def report_finding(kind: str, events: list[int], times: int) -> None:
    """Print how long lists and searches take."""
    print(f"# Lists and searches: one project, {min(finding.ISSUES, events[0])} issues, on {kind}\n")
    cells, size = finding.measure(kind, events, times, say)
    heads = [
        "page",
        *(f"ms with {number} events" for number in events),
        "may",
        "p95",
        "CPU ms",
        "queries",
        "KB gzip",
    ]
    rows = (
        [
            c.name,
            *(f"{ms:.1f}" for ms in c.medians),
            f"{c.limit:.0f}",
            f"{c.p95:.1f}",
            f"{c.cpu:.1f}",
            str(c.queries),
            f"{c.kb:.1f}",
        ]
        for c in cells
    )
    print(table(heads, rows))
    print(f"\n- worst p95 of a search right after a load: {size['p95 after a load']:.0f} ms")
    share = 100 * size["index"] / size["all"]
    print(
        f"- the index takes {size['index'] / 1e6:.1f} MB, {share:.1f} % of the database at {events[1]} events\n",
        flush=True,
    )


def report_edge(kind: str, runs: int, share: float) -> None:
    """Print what one web worker accepts per second."""
    print(f"# The edge alone, one web worker, on {kind}\n")
    heads = ["event", "encoding", "connections", "requests/s", "p50 ms", "p99 ms", "CPU ms/request"]
    rows = (
        [
            c.kind,
            c.encoding,
            str(c.connections),
            f"{c.per_second:.0f}",
            f"{c.p50:.1f}",
            f"{c.p99:.1f}",
            f"{c.cpu_ms:.3f}",
        ]
        for c in edge.matrix(kind, runs, share, say)
    )
    print(table(heads, rows) + "\n", flush=True)


def report_retention(kind: str, events: int) -> None:
    """Print for how long retention blocks a digest."""
    print(f"# Retention on {kind}: {events} events, half evicted, then all deleted, beside a busy digest\n")
    with digest.database(kind) as one:
        found = one.ask("retain", events=events)
    spans = {name: sorted(values) for name, values in found.items() if isinstance(values, list) and values}
    rows = (
        [name, str(len(v)), f"{v[len(v) // 2]:.1f}", f"{v[int(len(v) * 0.99)]:.1f}", f"{v[-1]:.1f}"]
        for name, v in spans.items()
    )
    print(table(["part", "times", "median ms", "p99 ms", "worst ms"], rows))
    before, after = found["bytes before"] / 1e6, found["bytes after"] / 1e6
    print(f"\n- the database had {before:.0f} MB before, {after:.0f} MB after\n", flush=True)


def report(
    options: argparse.Namespace,
    server: live.Live,
    rows: list[Row],
    per_event: list[tuple[str, float]],
    seen: list[tuple[str, float, float, str]],
    idle: dict[str, processes.Memory],
    busy: dict[str, processes.Memory],
    accepted: int,
    grown: int,
) -> None:
    database = "PostgreSQL" if "DATABASE_URL" in server.environment else "SQLite"
    print(f"# Benchmark on {database}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    for kind in payloads.KINDS:
        raw, squeezed = payloads.sizes(kind)
        print(f"- {kind} event: {raw / 1000:.1f} KB raw, {squeezed / 1000:.1f} KB gzip")
    print("- generator and server share the cores; CPU time is the steadier figure\n")
    print(
        table(
            [
                "scenario",
                "accepted/s",
                "p50 ms",
                "p99 ms",
                "ingest CPU ms/event",
                "digest CPU ms/event",
                "answers",
                "stored",
            ],
            (
                [
                    row.scenario,
                    f"{row.outcome.per_second:.0f}",
                    f"{row.outcome.p50:.1f}",
                    f"{row.outcome.p99:.1f}",
                    _cell(row.ingest_ms),
                    _cell(row.digest_ms),
                    _statuses(row),
                    row.visible,
                ]
                for row in rows
            ),
        )
    )
    print(
        "\n"
        + table(
            ["page", "median ms", "worst ms", "Server-Timing of the last"],
            ([n, f"{m:.1f}", f"{w:.1f}", f"`{t}`"] for n, m, w, t in seen),
        )
    )
    names = sorted(idle | busy)
    print(
        "\n"
        + table(
            ["part", "processes", "PSS idle MiB", "PSS after load MiB"],
            [
                *(
                    [
                        name,
                        str(busy[name].processes if name in busy else 0),
                        f"{idle[name].pss:.1f}" if name in idle else "",
                        f"{busy[name].pss:.1f}" if name in busy else "",
                    ]
                    for name in names
                ),
                [
                    "all",
                    "",
                    f"{sum(m.pss for m in idle.values()):.1f}",
                    f"{sum(m.pss for m in busy.values()):.1f}",
                ],
            ],
        )
    )
    print(
        "\n"
        + "\n".join(
            f"- {size:.0f} bytes on disk per {kind} event, indexes included" for kind, size in per_event
        )
    )
    print(
        f"- {accepted} events accepted, each stored exactly once; the database grew by {grown / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
