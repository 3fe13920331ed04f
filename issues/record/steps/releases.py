"""Notes the releases that the events of a batch name."""

from __future__ import annotations

from collections.abc import Sequence

from issues.payload.read import Occurrence


def note(project_id: int, occurrences: Sequence[Occurrence]) -> None:
    """Create the releases that are not known yet, and count the events of each."""
