"""How far the moving of events is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from issues.models import PendingCount, PendingMove


@dataclass(frozen=True, slots=True)
class Standing:
    """Events that are still moved to an issue (`into`) and away from it (`out`), each as how many there were and how many are left;
    `is_counting`: its people are counted again, until then their number is too high."""

    into: tuple[int, int]
    out: tuple[int, int]
    is_counting: bool


def standing(issue: UUID) -> Standing | None:
    """What is being done to an issue; None: nothing. Two queries."""
    pending = PendingMove.objects.filter(Q(source=issue) | Q(grouping__issue=issue))
    into, out = (0, 0), (0, 0)
    for source, total, left in pending.values_list("source", "total", "left"):
        if source == issue:
            out = (out[0] + total, out[1] + left)
        else:
            into = (into[0] + total, into[1] + left)
    is_counting = PendingCount.objects.filter(issue=issue).exists()
    return Standing(into, out, is_counting) if into[0] or out[0] or is_counting else None
