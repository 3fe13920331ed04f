"""Runs the tests in which Pythons could differ under every other Python of this machine, from 3.11 on.

These are the tests of modules that parse, render and compute, and of processes and connections. None needs a database.

Arguments go to pytest. Each Python gets a virtual environment below `.venv`, with the locked dependencies; `--prepare`
only makes these.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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
    "issues/monitors", "issues/payload",
    "issues/record", "issues/render", "issues/sessions", "rustrak/lib", "rustrak/outbound", "rustrak/run",
    "rustrak/test_checks.py", "rustrak/test_email_url.py", "rustrak/test_proxies.py",
    "rustrak/test_setting_values.py",
)  # fmt: skip


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
    subprocess.run([*pip, "install", "--quiet", "--require-hashes", "-r", LOCK], check=True)
    shutil.copyfile(LOCK, made)
    return python


def run(python: Path) -> bool:
    """Run the tests; whether all passed."""
    command = [
        python, "-m", "pytest", "-q", "-n", str(len(os.sched_getaffinity(0))), "--dist", "loadfile", "-m", PURE, "-k", FEW,
        *sys.argv[1:], *(f"tests/{name}" for name in DIRECTORIES),
    ]  # fmt: skip
    # Random examples find faults of the code, which are found under the first Python; few show those of a Python.
    variables = {**os.environ, "RUSTRAK_TEST_EXAMPLES": "10"}
    return subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode == pytest.ExitCode.OK


def main() -> int:
    passed = True
    found = pythons.others()
    if sys.argv[1:] == ["--prepare"]:
        for version, program in found.items():
            environment(version, program)
        return 0
    if not found:
        print(f"No Python from 3.11 on was found beside {sys.version.split()[0]}.")
    for version, program in found.items():
        print(f"=== Python {version} ({program})", flush=True)
        result = run(environment(version, program))
        print(f"Python {version}: {'passed' if result else 'failed'}", flush=True)
        passed &= result
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
