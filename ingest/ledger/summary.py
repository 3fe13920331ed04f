"""Reads the ledger: what became of everything that a project was sent in a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, QuerySet, Sum

from ingest.ledger.outcomes import ALLOWED_ORIGINS, DIGEST_OUTCOMES, NOT_RECEIVED, Outcome
from ingest.models import OutcomeCount

MINUTES_PER_HOUR, MINUTES_PER_DAY = 60, 1440
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of a category had this outcome for this reason (empty if the outcome needs none)."""

    category: str
    outcome: Outcome
    reason: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many of the items received from `start` on had which outcome. Accepted items are under what the digest did
    with them, not under ACCEPTED."""

    start: datetime
    quantities: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a project was sent from `since`, the start of the first bucket, to `until`.

    `counts` are sorted by quantity, largest first. `buckets` have no gaps; each is `step` long and starts at a
    multiple of `step` since 1970 (UTC).
    """

    since: datetime
    until: datetime
    step: timedelta
    counts: tuple[Count, ...]
    buckets: tuple[Bucket, ...]

    def of(self, outcome: Outcome, category: str | None = None) -> int:
        """How many items had this outcome, in one category or in all."""
        return sum(
            one.quantity
            for one in self.counts
            if one.outcome == outcome and (category is None or one.category == category)
        )

    @property
    def by_outcome(self) -> dict[Outcome, int]:
        """How many items had each outcome, in the order of Outcome, without zeros."""
        return {outcome: quantity for outcome in Outcome if (quantity := self.of(outcome))}

    @property
    def by_category(self) -> dict[str, dict[Outcome, int]]:
        """`by_outcome` for each category, in alphabetical order."""
        names = sorted({one.category for one in self.counts})
        return {name: {key: n for key in Outcome if (n := self.of(key, name))} for name in names}

    def reasons(self, outcome: Outcome) -> dict[str, int]:
        """The reasons of an outcome over all categories, the most frequent first."""
        found: dict[str, int] = {}
        for one in self.counts:
            if one.outcome == outcome:
                found[one.reason] = found.get(one.reason, 0) + one.quantity
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    @property
    def received(self) -> int:
        """How many items were received, accepted or not."""
        refused = sum(one.quantity for one in self.counts if _refused(one))
        return self.of(Outcome.ACCEPTED) + refused

    @property
    def unknown(self) -> int:
        """How many accepted items have no outcome of the digest. Anything but 0 means that items were lost."""
        known = sum(
            one.quantity for one in self.counts if one.outcome in DIGEST_OUTCOMES and not _refused(one)
        )
        return self.of(Outcome.ACCEPTED) - known

    @property
    def not_kept(self) -> dict[str, int]:
        """How many items were received in categories that Rustrak does not keep."""
        of_categories = self.by_category.items()
        found = {name: outcomes.get(Outcome.UNSUPPORTED, 0) for name, outcomes in of_categories}
        return {name: quantity for name, quantity in found.items() if quantity}


def summarize(project_id: int, since: datetime, until: datetime, *, category: str | None = None) -> Summary:
    """What became of the items of one category, or of all, that a project was sent; two queries.

    Buckets are minutes for up to two hours, hours for up to three days, otherwise days (UTC); the first is the whole
    bucket that contains `since`. Retention keeps minutes for two days and hours for two weeks.
    """
    step = _step(until - since)
    first, last = _minute(since) // step * step, -(-int(until.timestamp()) // 60)
    rows = OutcomeCount.objects.filter(
        project_id=project_id, minute__gte=first, minute__lt=last, outcome__in=list(Outcome)
    )
    if category is not None:
        rows = rows.filter(category=category)
    totals = rows.values_list("category", "outcome", "reason").annotate(total=Sum("quantity"))
    counts = [Count(name, Outcome(outcome), reason, int(n)) for name, outcome, reason, n in totals]
    return Summary(
        since=_moment(first),
        until=until,
        step=timedelta(minutes=step),
        counts=tuple(sorted(counts, key=lambda one: (-one.quantity, one.category, one.outcome, one.reason))),
        buckets=_buckets(rows, first, last, step),
    )


def not_kept(project_id: int, now: datetime) -> dict[str, int]:
    """How many items were received in the last seven days in categories that Rustrak does not keep; one query."""
    rows = OutcomeCount.objects.filter(
        project_id=project_id, minute__gte=_minute(now - WEEK), outcome=Outcome.UNSUPPORTED
    )
    totals = rows.values_list("category").annotate(total=Sum("quantity")).order_by("category")
    return {name: int(total) for name, total in totals}


def _refused(count: Count) -> bool:
    """Whether the edge refused these items: they were received but never accepted."""
    if count.outcome == Outcome.FILTERED:
        return count.reason == ALLOWED_ORIGINS
    return count.outcome != Outcome.ACCEPTED and count.outcome not in DIGEST_OUTCOMES | NOT_RECEIVED


def _step(span: timedelta) -> int:
    if span <= timedelta(hours=2):
        return 1
    return MINUTES_PER_HOUR if span <= timedelta(days=3) else MINUTES_PER_DAY


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _buckets(rows: QuerySet[OutcomeCount], first: int, last: int, step: int) -> tuple[Bucket, ...]:
    found: dict[int, dict[Outcome, int]] = {start: {} for start in range(first, last, step)}
    sums = (
        rows.exclude(outcome__in=[Outcome.ACCEPTED, *NOT_RECEIVED])
        .values_list(F("minute") - F("minute") % step, "outcome")
        .annotate(total=Sum("quantity"))
    )
    for start, outcome, total in sums:
        found[start][Outcome(outcome)] = int(total)
    return tuple(Bucket(_moment(start), quantities) for start, quantities in found.items())


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
