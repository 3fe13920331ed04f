"""What was in a request that was accepted, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.outcomes import Outcome
from ingest.words.outcomes import listed, reason
from ingest.words.requests import Detail, Explanation, size


@dataclass(frozen=True, slots=True)
class Items:
    """Items of one type: how many, their bytes together (None: nobody said), and whether they are kept."""

    type: str
    count: int
    bytes: int | None
    kept: bool

    def __str__(self) -> str:
        name = f"{self.count:,} × {self.type}" if self.count > 1 else self.type
        return name if self.bytes is None else f"{name} {size(self.bytes)}"


def items(detail: Detail) -> tuple[Items, ...]:
    """What the edge noted of a request's items: `[[type, count, bytes, outcome], …]`. Anything else is passed over."""
    found = []
    rows = detail.get("items")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, list) or len(row) < 2:
            continue
        name, count, *rest = row
        if not isinstance(name, str) or not isinstance(count, int):
            continue
        length = rest[0] if rest and isinstance(rest[0], int) else None
        kept = len(rest) < 2 or rest[1] in ("", Outcome.ACCEPTED)
        found.append(Items(name[:40].replace("_", " "), count, length, kept))
    return tuple(found)


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
    skipped = sorted({each.type for each in contents if not each.kept})
    kept = sorted({each.type for each in contents if each.kept})
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
