"""What an accepted request contained, and what happened to it, in words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ingest import item_types
from ingest.ledger.outcomes import TOO_MANY_BYTES, TOO_MANY_ISSUES, Outcome
from ingest.words.explanation import Detail, Explanation, message, number
from ingest.words.outcomes import counted, listed
from ingest.words.reasons import reason
from rustrak.lib import wording


@dataclass(frozen=True, slots=True)
class Items:
    """The items of one type in a request: how many, and whether Rustrak supports the type."""

    type: str
    count: int
    kept: bool

    def __str__(self) -> str:
        name = item_types.word(self.type)
        return f"{wording.number(self.count)} × {name}" if self.count > 1 else name


def items(detail: Detail) -> tuple[Items, ...]:
    """The items of a request by type, as the edge counted them; anything that is not a count is ignored."""
    counted = detail.get("items")
    if not isinstance(counted, dict):
        return ()
    return tuple(
        Items(str(kind)[:64], count, item_types.kept(kind) is not None)
        for kind, count in counted.items()
        if isinstance(count, int) and count > 0
    )


def unreadable(detail: Detail) -> str:
    """What is said of items that could not be read in an accepted request; empty if there were none."""
    count = number(detail, "unreadable")
    if not count:
        return ""
    why = message(detail)
    reason = f": {why[0].lower()}{why[1:]}" if why else "."
    return f"{wording.counted(count, 'item')} could not be read{reason}"


def unlisted(count: int, *, accepted: bool) -> str:
    """What is said below a request before which `count` others are not listed; empty if there are none."""
    if not count:
        return ""
    kind = "accepted" if accepted else "rejected"
    requests, are = ("request", "is") if count == 1 else ("requests", "are")
    return f"{wording.number(count)} {kind} {requests} before this one {are} not listed."


def stored(issue: str, *, again: bool) -> Explanation:
    """An event that is stored in `issue`; `again` if its ID arrived more than once."""
    return Explanation(
        f"Stored in {issue}",
        "An event with this ID arrived more than once; it is stored once." if again else "",
    )


def waiting() -> Explanation:
    """An event that was accepted a moment ago and is not processed yet."""
    return Explanation(
        "Accepted, in the queue",
        "It is waiting to be processed, which normally takes a second.",
        "If it stays in the queue, processing is behind or not running: manage.py doctor tells which.",
    )


def set_aside(note: str) -> Explanation:
    """An event that could not be stored; `note` tells why, or is empty."""
    return Explanation(
        "Set aside",
        f"It was accepted, but could not be stored{': ' + note if note else ''}.",
        "An administrator can list what is set aside with manage.py set_aside, and put it back into the queue.",
    )


def dropped(of_minute: Mapping[tuple[str, str], int]) -> Explanation:
    """An event that is not stored, when others of its minute were dropped: (outcome, reason) to how many."""
    codes = [code for (outcome, code) in sorted(of_minute) if outcome == Outcome.FILTERED and code]
    if codes == [TOO_MANY_ISSUES]:
        return Explanation(
            "Filtered",
            "It was accepted, but not stored: it needs a new issue, and the project has as many as it may have.",
            "Delete issues that nobody needs, or change the fingerprints that make so many.",
            "limits",
        )
    if codes == [TOO_MANY_BYTES]:
        return Explanation(
            "Filtered",
            "It was counted, but not stored: more arrived than the project may keep, or than all projects together may.",
            "Room is made within minutes. If it goes on, find out what sends so much, or raise RETAIN_BYTES_PER_PROJECT.",
            "limits",
        )
    filters = [reason(code) for code in codes]
    if not filters:
        return Explanation("Sampled", "It was counted, but not stored: its issue has enough similar events.")
    total = sum(count for (outcome, _), count in of_minute.items() if outcome == Outcome.FILTERED)
    return Explanation(
        "Filtered",
        f"It was accepted, but not stored. In that minute {wording.counted(total, 'event')} matched "
        f"a filter: {listed(filters)}.",
        "Change the inbound filters if they discard too much.",
        "filters",
    )


def gone() -> Explanation:
    """An event that was accepted a while ago and of which no outcome is known."""
    return Explanation(
        "No longer stored",
        "It was accepted and stored. Since then its issue was deleted, or it has expired.",
    )


def without_event(contents: Sequence[Items]) -> Explanation:
    """An accepted request that contained no error event."""
    if not contents:
        return Explanation("Accepted", "It contained nothing to store.")
    skipped = _by_category(each for each in contents if not each.kept)
    kept = _by_category(each for each in contents if each.kept)
    if not kept:
        return Explanation(
            "Accepted, but not supported",
            f"It contained no error, only what Rustrak counts and discards: {listed(skipped)}.",
            "Turn it off in the SDK to save traffic, such as traces_sample_rate for transactions.",
            "setup",
        )
    text = f"It contained no error, only {listed(kept)}."
    if skipped:
        text += f" Not supported: {listed(skipped)}."
    return Explanation("Accepted", text)


def _by_category(contents: Iterable[Items]) -> list[str]:
    """`1 check-in`, `2 session items`: how many of each data category, as the page of received events calls them."""
    quantities: Counter[str] = Counter()
    for each in contents:
        quantities[item_types.category(each.type)] += each.count
    return [counted(quantity, name) for name, quantity in sorted(quantities.items())]
