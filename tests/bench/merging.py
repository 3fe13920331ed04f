"""Merging and splitting large issues: how soon it returns, when it is finished, and for how long a digest waits."""

from __future__ import annotations

from tests.bench import digest
from tests.bench.markdown import table


def show(kind: str, events: int) -> None:
    """Print the table for two issues with so many events each."""
    print(f"# Two issues with {events} events each on {kind}, merged and split beside a busy digest\n")
    with digest.database(kind, "merging_worker") as one:
        found = one.ask("merge", events=events)
    rows = [
        [
            name,
            f"{found[f'{name} returned']:.0f}",
            f"{found[f'{name} finished']:.1f}",
            str(len(spans)),
            f"{spans[len(spans) // 2]:.1f}",
            f"{spans[int(len(spans) * 0.99)]:.1f}",
            f"{spans[-1]:.1f}",
        ]
        for name, values in found.items()
        if isinstance(values, list) and (spans := sorted(values))
    ]
    heads = ["", "returned after ms", "finished after s", "parts", "median ms", "p99 ms", "worst ms"]
    print(table(heads, rows) + "\n", flush=True)
