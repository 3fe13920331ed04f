"""A ledger's summary, arranged for a page: lines of a table, layers of a chart. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.ledger.outcomes import NOT_RECEIVED, Outcome
from ingest.ledger.summary import Bucket, Count
from ingest.pages.chart import Layer
from ingest.words.outcomes import MEANINGS, ORDER


@dataclass(frozen=True, slots=True)
class Line:
    """One outcome of what was received, with how much of it had which reason, the most frequent first."""

    outcome: Outcome
    quantity: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes of one category, and how much that is together."""

    category: str
    quantity: int
    lines: tuple[Line, ...]


def lines(counts: Iterable[Count]) -> tuple[Line, ...]:
    """One line for each outcome that occurred, in the order of the sentence."""
    reasons: dict[Outcome, Counter[str]] = {}
    for each in counts:
        reasons.setdefault(each.outcome, Counter())[each.reason] += each.quantity
    return tuple(
        Line(outcome, found.total(), tuple((code, n) for code, n in found.most_common() if code))
        for outcome in ORDER
        if (found := reasons.get(outcome))
    )


def groups(counts: Sequence[Count]) -> list[Group]:
    """What was received by category: errors first, then what there is most of."""
    names = {each.category for each in counts if each.outcome not in NOT_RECEIVED}
    found = []
    for name in names:
        of_name = lines(each for each in counts if each.category == name)
        found.append(Group(name, sum(line.quantity for line in of_name), of_name))
    return sorted(found, key=lambda group: (group.category != "error", -group.quantity, group.category))


def layers(buckets: Sequence[Bucket]) -> list[Layer]:
    """What was received as layers of a chart with a bar for each bucket; outcomes that never occurred have none."""
    return [
        Layer(outcome.value, MEANINGS[outcome].label.lower(), counts)
        for outcome in ORDER
        if any(counts := tuple(bucket.quantities.get(outcome, 0) for bucket in buckets))
    ]
