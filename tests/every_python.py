"""Runs the tests in which Pythons could differ under every other Python of this machine, from 3.11 on.

These are the tests of modules that parse, render and compute, and of processes and connections. None needs a database. All of
them run under the newest Python, fewer under those between it and the running one.

Arguments go to pytest. Each Python gets a virtual environment below `.venv`, with the locked dependencies; `--prepare`
only makes these.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from tests.lib import pythons

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
ENVIRONMENTS = ROOT / ".venv" / "pythons"
PURE = "not database and not live and not long and not browser"
# How time grows with what is sent depends on the code, and is measured under the first Python.
FEW = "not linear and not grows and not proportion and not growth"
DIRECTORIES = (
    "fuzz", "ingest/edge", "ingest/filters", "ingest/spool", "ingest/words", "issues/alerts/channels",
    "issues/comments", "issues/monitors", "issues/ownership", "issues/payload",
    "issues/record", "issues/render", "issues/sessions", "issues/states", "issues/symbols/child", "issues/versions",
    "rustrak/lib", "rustrak/outbound", "rustrak/run",
    "rustrak/test_checks.py", "rustrak/test_email_url.py", "rustrak/test_proxies.py",
    "rustrak/test_setting_values.py",
)  # fmt: skip


# What may differ between the running Python and the newest: C modules, sockets and processes. What else a Python
# changes, the newest has.
OF_THOSE_BETWEEN = ("ingest/edge", "ingest/spool", "rustrak/lib", "rustrak/outbound", "rustrak/run")


def directories(version: str, newest: str) -> tuple[str, ...]:
    """The tests that are run under this version: all under the newest one, fewer under the others."""
    return DIRECTORIES if version == newest else OF_THOSE_BETWEEN


def environment(version: str, program: Path) -> Path:
    """The Python of a virtual environment with the locked dependencies, made unless it is there already.

    Raises subprocess.CalledProcessError when it cannot be made.
    """
    directory = ENVIRONMENTS / version
    python, made = directory / "bin" / "python", directory / "requirements.txt"
    if made.exists() and made.read_bytes() == LOCK.read_bytes():
        return python
    # Debian splits ensurepip off, so our own pip installs into it.
    subprocess.run([program, "-m", "venv", "--clear", "--without-pip", directory], check=True)
    pip = [sys.executable, "-m", "pip", "--python", python]
    # Most modules are never imported here, and need not be compiled.
    subprocess.run([*pip, "install", "--quiet", "--no-compile", "--require-hashes", "-r", LOCK], check=True)
    shutil.copyfile(LOCK, made)
    return python


def begin(python: Path, names: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the tests in one process, which writes to `output`."""
    command = [
        python, "-m", "pytest", "-q", "-m", PURE, "-k", FEW,
        *sys.argv[1:], *(f"tests/{name}" for name in names),
    ]  # fmt: skip
    # Random examples find faults of the code, which are found under the first Python; few show those of a Python.
    variables = {**os.environ, "RUSTRAK_TEST_EXAMPLES": "10"}
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=subprocess.STDOUT)


def main() -> int:
    passed = True
    found = pythons.others()
    if sys.argv[1:] == ["--prepare"]:
        for version, program in found.items():
            environment(version, program)
        return 0
    if not found:
        print(f"No Python from 3.11 on was found beside {sys.version.split()[0]}.")
    # All at once: each collects the tests once, and they share the cores.
    pythons_found = {version: environment(version, program) for version, program in found.items()}
    with ExitStack() as files:
        runs = {}
        for version, python in pythons_found.items():
            output = files.enter_context(tempfile.TemporaryFile())
            runs[version] = output, begin(python, directories(version, [*found][-1]), output)
        for version, (output, process) in runs.items():
            result = process.wait() == pytest.ExitCode.OK
            print(f"=== Python {version} ({found[version]})", flush=True)
            output.seek(0)
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
            print(f"Python {version}: {'passed' if result else 'failed'}", flush=True)
            passed &= result
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
