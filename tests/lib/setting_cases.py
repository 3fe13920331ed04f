"""Reads rustrak/settings.py again and again, each time with other environment variables, in one process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CODE = """
import json, os, runpy, sys
for variables in json.load(sys.stdin):
    os.environ.clear()
    os.environb.update({name.encode(): value.encode("utf-8", "surrogateescape") for name, value in variables.items()})
    try:
        read = runpy.run_path("rustrak/settings.py")
        print(json.dumps({name: str(value) for name, value in read.items() if name.isupper()}))
    except Exception as error:
        print(json.dumps(type(error).__name__ + ": " + str(error)))
"""


def read(data: Path, cases: Sequence[dict[str, str]]) -> list[dict[str, str] | str]:
    """The text of each setting, for each case; or the name and the text of the error that stopped the start."""
    given = [{"RUSTRAK_DATA": str(data), **case} for case in cases]
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    assert not done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
