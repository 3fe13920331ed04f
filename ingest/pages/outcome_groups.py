"""The counts of the ledger grouped for a page: by type and outcome for a table, by outcome and time for a chart. Pure."""

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
    """One outcome: how many items had it, and for which reasons, the most frequent first."""

    outcome: Outcome
    quantity: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The outcomes of one category, and their sum."""

    category: str
    quantity: int
    lines: tuple[Line, ...]


def lines(counts: Iterable[Count]) -> tuple[Line, ...]:
    """One line for each outcome that occurred, in the order of ORDER."""
    reasons: dict[Outcome, Counter[str]] = {}
    for each in counts:
        reasons.setdefault(each.outcome, Counter())[each.reason] += each.quantity
    return tuple(
        Line(outcome, found.total(), tuple((code, n) for code, n in found.most_common() if code))
        for outcome in ORDER
        if (found := reasons.get(outcome))
    )


def groups(counts: Sequence[Count]) -> list[Group]:
    """What was received by category: errors first, then the largest."""
    names = {each.category for each in counts if each.outcome not in NOT_RECEIVED}
    found = []
    for name in names:
        of_name = lines(each for each in counts if each.category == name)
        found.append(Group(name, sum(line.quantity for line in of_name), of_name))
    return sorted(found, key=lambda group: (group.category != "error", -group.quantity, group.category))


def layers(buckets: Sequence[Bucket]) -> list[Layer]:
    """What was received as layers of a chart, with a bar for each bucket. Outcomes that never occurred have no layer."""
    return [
        Layer(outcome.value, _lower_first(MEANINGS[outcome].label), counts)
        for outcome in ORDER
        if any(counts := tuple(bucket.quantities.get(outcome, 0) for bucket in buckets))
    ]


def _lower_first(label: str) -> str:
    return label[:1].lower() + label[1:]
