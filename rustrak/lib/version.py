"""Rustrak's version. Its one place is pyproject.toml; pages, commands, metrics and the API ask here."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@lru_cache(maxsize=1)
def version() -> str:
    """Such as `0.1.0`; `unknown` where pyproject.toml was not installed with the code."""
    try:
        return str(tomllib.loads(_PYPROJECT.read_text())["project"]["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"
