"""The digest of mapped events: one project, before and after a map of 7 MB is uploaded."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from tests.bench import digest
from tests.bench.markdown import table

RUNS, EVENTS, SIZE = 5, 3_000, 7_000_000


def show(kind: str, say: Callable[[str], None]) -> None:
    """Print the table."""
    print(f"# The digest of events with ten frames and a map of {SIZE / 1e6:.0f} MB on {kind}\n")
    rows = []
    with digest.database(kind, "mapping_worker") as one:
        order = {"batch": 500, "positions": 100}
        one.ask("mapped", events=500, **order)
        before = [one.ask("mapped", events=EVENTS, **order) for _ in range(RUNS)]
        rows.append(["nothing uploaded", *_cells(before, EVENTS)])
        one.ask("upload", size=SIZE)
        first = one.ask("mapped", events=1, **order)
        say(f"first event: {first}")
        one.ask("mapped", events=500, **order)
        after = [one.ask("mapped", events=EVENTS, **order) for _ in range(RUNS)]
        rows.append(["mapped, 100 stacks", *_cells(after, EVENTS)])
        many = [one.ask("mapped", events=EVENTS, batch=500, positions=10**9) for _ in range(RUNS)]
        rows.append(["mapped, each stack new", *_cells(many, EVENTS)])
        last = one.ask("culprit")
    print(table(["", "events/s", "CPU ms/event"], rows) + "\n")
    print(f"- the first event after the upload: {first['seconds']:.2f} s")
    print(
        f"- the process took {last['memory']:.0f} MiB at most; the latest culprit is {last['culprit']}\n",
        flush=True,
    )


def _cells(runs: list[dict[str, float]], events: int) -> list[str]:
    return [
        f"{median(events / run['seconds'] for run in runs):.0f}",
        f"{median(1000 * run['cpu'] / events for run in runs):.3f}",
    ]
