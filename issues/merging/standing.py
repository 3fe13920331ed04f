"""How far the moving of events is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Standing:
    """Events that are still moved to an issue (`into`) and away from it (`out`), each as how many there were and how many are left;
    `is_counting`: its people are counted again, until then their number is too high."""

    into: tuple[int, int]
    out: tuple[int, int]
    is_counting: bool


def standing(issue: UUID) -> Standing | None:
    """What is being done to an issue; None: nothing. Two queries."""
    raise NotImplementedError
