"""Which tests of a run failed or were skipped, and why: a pytest plugin writes it down, `python -m tests` reads it."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_VARIABLE = "RUSTRAK_TEST_OUTCOMES"


@dataclass(frozen=True)
class Outcomes:
    """One run of pytest: the ids of the tests that ran and of those that failed; of each skipped test the reason."""

    ran: frozenset[str] = frozenset()
    skipped: tuple[tuple[str, str], ...] = ()
    failed: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Outcomes:
        """What the plugin wrote; empty if pytest ended before it could."""
        try:
            found = json.loads(path.read_text())
        except (OSError, ValueError):
            return cls()
        return cls(frozenset(found["ran"]), tuple(map(tuple, found["skipped"])), tuple(found["failed"]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write the outcomes to the file that the environment names."""
    if path := os.environ.get(FILE_VARIABLE):
        stats = terminalreporter.stats
        ran = [report.nodeid for name in ("passed", "failed", "error") for report in stats.get(name, ())]
        skipped = [(report.nodeid, _reason(report)) for report in stats.get("skipped", ())]
        failed = [report.nodeid for name in ("failed", "error") for report in stats.get(name, ())]
        found = {"ran": ran, "skipped": skipped, "failed": list(dict.fromkeys(failed))}
        Path(path).write_text(json.dumps(found))


def lines(runs: Mapping[str, Outcomes]) -> Iterator[str]:
    """A line per reason, with how many tests it concerns; last, those that another of the `runs` made up for."""
    not_run: dict[tuple[str, str], list[str]] = defaultdict(list)
    made_up: dict[tuple[str, str], list[str]] = defaultdict(list)
    for label, run in runs.items():
        elsewhere = {test for other, outcomes in runs.items() if other != label for test in outcomes.ran}
        for test, reason in run.skipped:
            (made_up if test in elsewhere else not_run)[reason, label].append(test)
    for (reason, label), tests in not_run.items():
        yield f"not run on {label}: {_tests(tests)}: {reason}"
    for (reason, label), tests in made_up.items():
        yield f"not run on {label}, but on the other database: {_tests(tests)}: {reason}"


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _tests(tests: list[str]) -> str:
    files = sorted({test.partition("::")[0] for test in tests})
    count = "1 test" if len(tests) == 1 else f"{len(tests)} tests"
    return f"{count} in {', '.join(files)}"
