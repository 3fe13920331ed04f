"""Runs every test on SQLite and, beside it, those that touch the database on PostgreSQL.

Arguments go to pytest. The last lines name everything that was not run, and why.

Many tests start servers and wait for them, and two runs share the machine's cores. So a test that fails is run once more with
nothing beside it: it must pass then, and is named at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lib import installation, postgres, pythons, skipped

# Per database. The tests wait for servers much of the time, so several processes share a core. SQLite has most tests.
WORKERS = max(2, len(os.sched_getaffinity(0)))
MORE_WORKERS = WORKERS + 1
# Random examples find faults of the code, which are found on SQLite; few show those of a database. Pytest alone makes 100.
EXAMPLES, EXAMPLES_ON_POSTGRESQL = "30", "10"
# So many failures are a fault of the code, not of the machine.
MOST_RUN_AGAIN = 25


@dataclass
class Run:
    """One run of pytest in a process of its own."""

    label: str
    process: subprocess.Popen[bytes]
    output: Path | None
    outcomes: Path
    good: set[pytest.ExitCode]
    begun: float
    environment: dict[str, str]

    def finish(self) -> bool:
        """Wait for the end and print what was not printed yet; whether all tests passed."""
        status = self.process.wait()
        if self.output is not None:
            print(f"\n=== {self.label}", flush=True)
            sys.stdout.buffer.write(self.output.read_bytes())
            sys.stdout.flush()
        passed = status in self.good
        result = "passed" if passed else f"failed (exit status {status})"
        print(f"{self.label}: {result} after {time.monotonic() - self.begun:.0f} s", flush=True)
        return passed

    def passes_alone(self, failed: Sequence[str]) -> bool:
        """Run the tests that failed again, one after the other; whether all of them pass."""
        if self.process.returncode != pytest.ExitCode.TESTS_FAILED or not 0 < len(failed) <= MOST_RUN_AGAIN:
            return False
        print(f"\n=== {self.label}, those that failed again, with nothing beside them", flush=True)
        environment = {**os.environ, **self.environment}
        command = [sys.executable, "-m", "pytest", "--strict-markers", *failed]
        passed = subprocess.run(command, stdin=subprocess.DEVNULL, env=environment).returncode == 0
        if passed:
            print(f"{self.label}: passed only when they were run alone: {', '.join(failed)}", flush=True)
        return passed


def begin(
    directory: Path, label: str, workers: int, *arguments: str, quiet: bool = False, **environment: str
) -> Run:
    """Start pytest; when `quiet`, its output is kept for `finish`."""
    output = directory / f"{label}.output" if quiet else None
    outcomes = directory / f"{label}.outcomes"
    if not quiet:
        print(f"=== {label}", flush=True)
    command = [
        sys.executable, "-m", "pytest", "-p", "tests.lib.skipped", "-n", str(workers),
        "--dist", "loadfile", "--no-loadscope-reorder", *arguments, *sys.argv[1:],
    ]  # fmt: skip
    # The rewritten asserts of all tests take seconds to compile: the next run finds them.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output.open("wb") if output else None,
        stderr=subprocess.STDOUT if output else None,
        env={**inherited, skipped.FILE_VARIABLE: str(outcomes), **environment},
    )
    # With arguments, it may be that none of the tests touches the database.
    good = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} if quiet else {pytest.ExitCode.OK}
    return Run(label, process, output, outcomes, good, time.monotonic(), environment)


def main() -> int:
    installation.shared()
    missing = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        runs = []
        if postgres.binaries() or os.environ.get("RUSTRAK_TEST_POSTGRES_URL"):
            postgres.url()  # one server for both runs
            run = begin(
                directory, "PostgreSQL", WORKERS, "-m", "database", quiet=True,
                RUSTRAK_TEST_DATABASE="postgres",
                RUSTRAK_TEST_EXAMPLES=os.environ.get("RUSTRAK_TEST_EXAMPLES", EXAMPLES_ON_POSTGRESQL),
            )  # fmt: skip
            runs.append(run)
        else:
            missing.append("PostgreSQL: no initdb found and RUSTRAK_TEST_POSTGRES_URL is not set")
        examples = os.environ.get("RUSTRAK_TEST_EXAMPLES", EXAMPLES)
        runs.insert(0, begin(directory, "SQLite", MORE_WORKERS, RUSTRAK_TEST_EXAMPLES=examples))
        results = [run.finish() for run in runs]
        found = {run.label: skipped.Outcomes.read(run.outcomes) for run in runs}
        results = [
            passed or run.passes_alone(found[run.label].failed)
            for passed, run in zip(results, runs, strict=True)
        ]
    print("\n=== Skipped", flush=True)
    for line in (*missing, *skipped.lines(found)):
        print(line)
    if others := pythons.others():
        print(
            f"These tests ran under {sys.version.split()[0]}; `make test-pythons` runs those of pure modules"
        )
        print(f"under {', '.join(others)} too.")
    if missing and os.environ.get("CI"):
        print("With CI set, nothing may be missing.")
        return 1
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
