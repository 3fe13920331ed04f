"""Installs the pinned versions of real SDKs once, beside the tests, and runs programs that use them.

On a machine without npm, or without access to its packages, the tests that need them are skipped; with CI=true
they fail.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

from tests.lib import missing

HERE = Path(__file__).parents[1] / "sdk"
JS = HERE / "js"
CLI = JS / "node_modules" / "@sentry" / "cli-linux-x64" / "bin" / "sentry-cli"


def _install(command: list[str | Path], cwd: Path, pinned: Path, into: Path) -> None:
    """Run `command`, which installs what `pinned` lists, unless an earlier run did; one process at a time."""
    done = into / f".installed-{zlib.crc32(pinned.read_bytes()):08x}"
    with (cwd / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return
        result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        if result.returncode:
            reason = f"{command[0]} could not install the SDK: {result.stderr.strip()[-300:]}"
            missing.skip(reason)
        done.touch()


def install_js(directory: Path = JS) -> None:
    """Install the JavaScript packages that a directory's lock file lists: the SDKs, or the clients of tests/clients."""
    npm = shutil.which("npm")
    if npm is None:
        missing.skip("npm is not installed")
    command: list[str | Path] = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    _install(command, directory, directory / "package-lock.json", directory / "node_modules")


def install_python(name: str) -> Path:
    """Install what python/<name>.txt lists, for example sentry-sdk-1.45, and return its directory."""
    directory = HERE / "python" / f".{name}"
    directory.mkdir(exist_ok=True)
    pinned = HERE / "python" / f"{name}.txt"
    command: list[str | Path] = [
        sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--upgrade", "--target", directory,
        "-r", pinned,
    ]  # fmt: skip
    _install(command, directory, pinned, directory)
    return directory


def run(command: list[str | Path], *, crashes: bool = False, **environment: str) -> None:
    """Run a program to its end. With `crashes` it must end with an error, else without."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**clean, **environment}
    )
    assert (result.returncode != 0) == crashes, result.stderr[-2000:]


def bundle(entry: Path, output: Path, package: str = "@sentry/browser") -> None:
    """Bundle a browser program with esbuild. `package` replaces @sentry/browser in its imports."""
    esbuild = JS / "node_modules" / "esbuild" / "bin" / "esbuild"
    command: list[str | Path] = [
        "node",
        esbuild,
        entry,
        "--bundle",
        f"--outfile={output}",
        "--log-level=error",
    ]
    if package != "@sentry/browser":
        command.append(f"--alias:@sentry/browser={package}")
    subprocess.run(command, cwd=JS, check=True, capture_output=True, timeout=60)
