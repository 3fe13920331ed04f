"""Makes the real SDKs ready to run: installs the pinned ones once, beside the tests.

On a machine without npm, or without a way to its packages, the tests that need them are skipped by name;
with CI=true they fail instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
JS = HERE / "js"
OLD_PYTHON = HERE / "python" / ".sentry-sdk-1.45"


def _install(command: list[str | Path], cwd: Path, done: Path) -> None:
    """Run `command` unless `done` exists; one process at a time."""
    with (cwd / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        if result.returncode:
            reason = f"{command[0]} could not install the SDK: {result.stderr.strip()[-300:]}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        done.touch()


def install_js() -> None:
    """@sentry/node, @sentry/browser and esbuild, from the lock."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command: list[str | Path] = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _install(command, JS, JS / "node_modules" / ".installed")


def install_old_python() -> None:
    """sentry-sdk 1.45 into a directory of its own."""
    OLD_PYTHON.mkdir(exist_ok=True)
    command: list[str | Path] = [
        sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", OLD_PYTHON,
        "-r", HERE / "python" / "sentry-sdk-1.45.txt",
    ]  # fmt: skip
    _install(command, OLD_PYTHON, OLD_PYTHON / ".installed")


def run(command: list[str | Path], *, crashes: bool = False, **environment: str) -> None:
    """Run an SDK program to its end; with `crashes` it is meant to end with an error."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**clean, **environment}
    )
    assert (result.returncode != 0) == crashes, result.stderr[-2000:]


def bundle(entry: Path, output: Path) -> None:
    """Bundle a browser program with esbuild."""
    esbuild = JS / "node_modules" / "esbuild" / "bin" / "esbuild"
    command = ["node", esbuild, entry, "--bundle", f"--outfile={output}", "--log-level=error"]
    subprocess.run(command, cwd=JS, check=True, capture_output=True, timeout=60)
