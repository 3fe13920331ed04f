"""Why something that was stored goes again, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

TOO_OLD, TOO_MANY = "too_old", "too_many"
#: Is told in the transaction that deletes them, which holds the project's lock, what goes of a project and why:
#: (project id, reason, number by type of item).
OnEvicted = Callable[[int, str, Mapping[str, int]], None]


def ignore_eviction(project_id: int, reason: str, gone: Mapping[str, int]) -> None:
    """For who deletes what a person said should go."""
