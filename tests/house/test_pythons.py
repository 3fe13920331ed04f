"""Which other Pythons of the machine the tests are run under."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.lib import pythons


def program(path: Path, answer: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def test_other_pythons_are_found_by_what_they_answer(tmp_path: Path) -> None:
    usual, shims = tmp_path / "bin", tmp_path / "manager" / "shims"
    program(usual / "python3.11", "echo 3 11 99")
    program(usual / "python3.12", f"echo {sys.version_info[0]} {sys.version_info[1]} {sys.version_info[2]}")
    program(usual / "python3.10", "echo 3 10 4")
    program(usual / "python3.13-config", "echo 3 13 0")
    program(shims / "python3.13", "exit 127")
    chosen = tmp_path / "manager" / "versions" / "3.13.5" / "bin" / "python3.13"
    program(chosen, "echo 3 13 5")
    directories = [str(usual), str(shims), str(tmp_path / "missing")]
    assert pythons.others(directories) == {"3.11.99": usual / "python3.11", "3.13.5": chosen}
