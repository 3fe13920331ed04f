"""What was in a request that was accepted, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest import item_types
from ingest.ledger.outcomes import Outcome
from ingest.words.outcomes import listed, reason
from ingest.words.requests import Detail, Explanation


@dataclass(frozen=True, slots=True)
class Items:
    """Items of one type: how many, and whether Rustrak keeps the type."""

    type: str
    count: int
    kept: bool

    def __str__(self) -> str:
        name = item_types.word(self.type)
        return f"{self.count:,} × {name}" if self.count > 1 else name


def items(detail: Detail) -> tuple[Items, ...]:
    """What the edge counted of a request's items by type; what is no count is passed over."""
    counted = detail.get("items")
    if not isinstance(counted, dict):
        return ()
    return tuple(
        Items(str(kind)[:64], count, item_types.kept(kind) is not None)
        for kind, count in counted.items()
        if isinstance(count, int) and count > 0
    )


def stored(issue: str, *, again: bool) -> Explanation:
    """An event that is there; `again`: the same id came more than once."""
    text = f"It is in {issue}."
    if again:
        text += " The same id came more than once and is stored once."
    return Explanation("Stored", text)


def waiting() -> Explanation:
    """An event that was accepted a moment ago."""
    return Explanation(
        "Accepted, on its way",
        "It waits in the spool to be stored, which takes a second.",
        "If it stays so, the digest is behind or does not run: manage.py doctor says which.",
    )


def quarantined(note: str) -> Explanation:
    """An event that could not be stored; `note` says why."""
    return Explanation(
        "In quarantine",
        f"It was accepted, but could not be stored{': ' + note if note else ''}.",
        "Its bytes are kept in the quarantine of the spool. The administrator finds the reason beside them.",
    )


def dropped(of_minute: Mapping[tuple[str, str], int]) -> Explanation:
    """An event that is not there, when others of its minute were dropped: (outcome, reason) to how many."""
    filters = [reason(code) for (outcome, code) in sorted(of_minute) if outcome == Outcome.FILTERED and code]
    if not filters:
        return Explanation(
            "Sampled", "Its issue has enough examples of the same; this one was counted and not kept."
        )
    total = sum(count for (outcome, _), count in of_minute.items() if outcome == Outcome.FILTERED)
    return Explanation(
        "Filtered",
        f"It was accepted and not stored. In that minute {total:,} event{'' if total == 1 else 's'} matched "
        f"a filter: {listed(filters)}.",
        "Change the inbound filters if they drop too much.",
        "filters",
    )


def gone() -> Explanation:
    """An event that was accepted long enough ago, and that no outcome speaks of."""
    return Explanation(
        "Not there any more",
        "It was accepted, and it was stored then. Since then its issue was deleted, or it was let go to make room.",
    )


def without_event(contents: Sequence[Items]) -> Explanation:
    """An accepted request that held no error event."""
    if not contents:
        return Explanation("Accepted", "There was nothing in it to keep.")
    skipped = sorted({item_types.word(each.type) for each in contents if not each.kept})
    kept = sorted({item_types.word(each.type) for each in contents if each.kept})
    if not kept:
        return Explanation(
            "Accepted, nothing of it is kept",
            f"It held no error, only what Rustrak counts and does not keep: {listed(skipped)}.",
            "Turn it off in the SDK to save the traffic, such as traces_sample_rate for transactions.",
            "setup",
        )
    text = f"It held no error, only {listed(kept)}."
    if skipped:
        text += f" Not kept: {listed(skipped)}."
    return Explanation("Accepted", text)
