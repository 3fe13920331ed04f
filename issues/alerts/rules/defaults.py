"""The rule that every project begins with."""

from __future__ import annotations


def ensure_all() -> None:
    """Stand-in."""
