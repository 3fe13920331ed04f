"""Prints what hostile inputs cost, as Markdown."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench import hostile, hostile_live
from tests.bench.hostile_live import PATIENCE, Target
from tests.bench.markdown import table
from tests.lib.hostile import Attack

Say = Callable[[str], None]


def show(*, quick: bool, full: bool, names: list[str], say: Say) -> None:
    """Measure the inputs, and print; with `names` only those whose name contains one of them, each in a row."""
    seconds = hostile.QUICK_SECONDS if quick else hostile.SECONDS
    attacks = hostile.chosen(quick=quick, full=full)
    if names:
        attacks = [one for one in hostile.chosen(full=True) if any(name in one.name for name in names)]
    found = hostile.measure(attacks, seconds, say)
    print(f"# {len(found)} hostile inputs on SQLite, each step ended after {seconds:.0f} s of CPU\n")
    for title, heads, rows in hostile.tables(found, every=bool(names)):
        print(f"## {title}\n\n{table(heads, rows)}\n", flush=True)
    worst = [one.attack for one in sorted(found, key=_page_seconds, reverse=True)]
    with hostile_live.target(say) as target:
        if not names:
            _show_memory(target, quick=quick)
            _show_log(target, quick=quick)
        _show_health(target, worst[: 2 if quick else 6], 3 if quick else 5)


def _page_seconds(one: hostile.Measured) -> float:
    return float(one.worst_page["cpu"])


def _show_memory(target: Target, *, quick: bool) -> None:
    found = hostile_live.held(target, hostile_live.held_attacks(quick=quick))
    heads = ["connections", "each sends", "MiB at most", "MiB a second after", "answers"]
    rows = (
        [str(one.attack.held), one.attack.name, f"{one.most:.0f}", f"{one.left:.0f}", _answers(one.answers)]
        for one in found
    )
    print("## Memory that connections hold, one web process\n\n" + table(heads, rows) + "\n", flush=True)


def _answers(answers: dict[int, int]) -> str:
    words = {0: "none yet", 1: "closed"}
    return ", ".join(f"{count} × {words.get(status, status)}" for status, count in sorted(answers.items()))


def _show_log(target: Target, *, quick: bool) -> None:
    found = hostile_live.logged(target, 30 if quick else 100, only_examples=quick)
    found.sort(key=lambda one: (one.tracebacks, one.lines), reverse=True)
    rows = ([str(one.times), one.line.name, str(one.lines), str(one.tracebacks)] for one in found[:12])
    print(
        "## Lines in the log\n\n" + table(["requests", "of", "lines", "tracebacks"], rows) + "\n", flush=True
    )


def _show_health(target: Target, attacks: list[Attack], seconds: float) -> None:
    found = hostile_live.health(target, attacks, seconds)
    heads = ["page", "slowest page ms", "/health median ms", "/health worst ms"]
    rows = ([one.name, _ms(one.page), _ms(one.median), _ms(one.worst)] for one in found)
    title = "## /health while four people open the page, one web process"
    print(f"{title}\n\n{table(heads, rows)}\n", flush=True)


def _ms(milliseconds: float) -> str:
    return f"> {milliseconds:.0f}" if milliseconds >= PATIENCE * 1000 else f"{milliseconds:.0f}"
