from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rustrak.lib import version

ROOT = Path(__file__).parents[3]


def test_the_version_is_that_of_pyproject() -> None:
    assert f'version = "{version.version()}"' in (ROOT / "pyproject.toml").read_text()


def test_it_is_unknown_without_pyproject(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(version, "_PYPROJECT", tmp_path / "pyproject.toml")
    assert version.version.__wrapped__() == "unknown"


@pytest.mark.parametrize("argument", ["--version", "version"])
def test_manage_says_it(argument: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", argument], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"Rustrak {version.version()}\n"
