"""The Pythons of this machine, to run the tests under each or to say under which they did not run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

OLDEST = (3, 11)
Version = tuple[int, ...]


def others(directories: Iterable[str] | None = None) -> dict[str, Path]:
    """Every other Python from 3.11 on in `directories` (default: those of PATH), from `3.12.1` to its program."""
    found: dict[Version, Path] = {}
    for path in _candidates(os.get_exec_path() if directories is None else directories):
        version = _version(path)
        if version is not None and version[:2] >= OLDEST and version != sys.version_info[:3]:
            found.setdefault(version, path)
    return {".".join(map(str, version)): path for version, path in sorted(found.items())}


def _candidates(directories: Iterable[str]) -> Iterator[Path]:
    for name in directories:
        directory = Path(name)
        yield from sorted(directory.glob("python3.*"))
        if (
            directory.name == "shims"
        ):  # a version manager's; those that are not selected do not run from there
            yield from sorted(directory.parent.glob("versions/*/bin/python3.*"))


def _version(path: Path) -> Version | None:
    """The version that this program says it has; None if it is not a Python that runs."""
    if not re.fullmatch(r"python3\.[0-9]+", path.name):
        return None
    command = [str(path), "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = answer.stdout.split()
    return tuple(map(int, numbers)) if len(numbers) == 3 and not answer.returncode else None
