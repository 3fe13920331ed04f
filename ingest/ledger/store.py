"""The intake ledger: how many items of a project had which outcome in which minute, and why.

Rows are added to in the transaction that makes them true. Old minutes are summed up into hours and days; nothing
is ever rewritten otherwise. The words are in ingest.ledger.outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum

from accounts.models import Project
from ingest.ledger.outcomes import ALLOWED_ORIGINS, ASIDE, FATES, Outcome, category
from ingest.models import OutcomeCount
from issues.lock import lock_project
from rustrak.lib import bulk

# (project, minute since 1970, category, outcome, reason)
Key = tuple[int, int, str, str, str]

HOUR, DAY = 60, 1440
MINUTES_FOR = timedelta(days=2)
HOURS_FOR = timedelta(days=14)
KEPT_FOR = timedelta(days=400)
WEEK = timedelta(days=7)


def add(counts: Mapping[Key, int]) -> None:
    """Add `counts` to the ledger, in one statement and inside the caller's transaction.

    In the order of keys, as everybody does who changes several of these rows.
    """
    bulk.upsert(
        OutcomeCount,
        ["project", "minute", "category", "outcome", "reason", "quantity"],
        [(*key, quantity) for key, quantity in sorted(counts.items())],
        unique=["project", "minute", "category", "outcome", "reason"],
        add="quantity",
    )


def evicted(project_id: int, reason: str, gone: Mapping[str, int], *, now: datetime) -> None:
    """Count what was stored and is deleted, by type of item, inside the transaction that deletes it and holds the
    project's lock."""
    minute, outcome = _minute(now), Outcome.EVICTED.value
    add(
        {
            (project_id, minute, category(item), outcome, reason): quantity
            for item, quantity in gone.items()
            if quantity
        }
    )


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of a category had an outcome for a reason (empty where the outcome says it all)."""

    category: str
    outcome: Outcome
    reason: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was received in the time from `start`: how much ended how. ACCEPTED is not in it, its fates are."""

    start: datetime
    quantities: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a project was sent from `since`, the start of the first bucket, to `until`.

    `counts` are the largest first. `buckets` are without gaps, each `step` long and at a multiple of it since 1970.
    """

    since: datetime
    until: datetime
    step: timedelta
    counts: tuple[Count, ...]
    buckets: tuple[Bucket, ...]

    def of(self, outcome: Outcome, category: str | None = None) -> int:
        """How much had this outcome, of one category or of all."""
        return sum(
            one.quantity
            for one in self.counts
            if one.outcome == outcome and (category is None or one.category == category)
        )

    @property
    def by_outcome(self) -> dict[Outcome, int]:
        """In the order of the vocabulary; without those that never occurred."""
        return {outcome: quantity for outcome in Outcome if (quantity := self.of(outcome))}

    @property
    def by_category(self) -> dict[str, dict[Outcome, int]]:
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
        """Every item that came, accepted or not."""
        refused = sum(one.quantity for one in self.counts if _refused(one))
        return self.of(Outcome.ACCEPTED) + refused

    @property
    def unknown(self) -> int:
        """What was accepted and has no fate: 0, or something is lost."""
        known = sum(one.quantity for one in self.counts if one.outcome in FATES and not _refused(one))
        return self.of(Outcome.ACCEPTED) - known

    @property
    def not_kept(self) -> dict[str, int]:
        """How much came of categories that Rustrak does not keep."""
        of_categories = self.by_category.items()
        found = {name: outcomes.get(Outcome.UNSUPPORTED, 0) for name, outcomes in of_categories}
        return {name: quantity for name, quantity in found.items() if quantity}


def summary(project_id: int, since: datetime, until: datetime, *, category: str | None = None) -> Summary:
    """What became of what a project was sent, of one category or of all; two queries.

    Buckets are minutes up to two hours, hours up to three days, else days (UTC); the first is the whole one that
    `since` is in. What is older than two days is known by the hour, older than two weeks by the day.
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
    """How much came in the last seven days of categories that Rustrak does not keep; one query."""
    rows = OutcomeCount.objects.filter(
        project_id=project_id, minute__gte=_minute(now - WEEK), outcome=Outcome.UNSUPPORTED
    )
    totals = rows.values_list("category").annotate(total=Sum("quantity")).order_by("category")
    return {name: int(total) for name, total in totals}


def _refused(count: Count) -> bool:
    """Whether it was refused at the edge: then it is part of what was received and was never accepted."""
    if count.outcome == Outcome.FILTERED:
        return count.reason == ALLOWED_ORIGINS
    return count.outcome != Outcome.ACCEPTED and count.outcome not in FATES | ASIDE


def _step(span: timedelta) -> int:
    if span <= timedelta(hours=2):
        return 1
    return HOUR if span <= timedelta(days=3) else DAY


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _buckets(rows: QuerySet[OutcomeCount], first: int, last: int, step: int) -> tuple[Bucket, ...]:
    found: dict[int, dict[Outcome, int]] = {start: {} for start in range(first, last, step)}
    sums = (
        rows.exclude(outcome__in=[Outcome.ACCEPTED, *ASIDE])
        .values_list(F("minute") - F("minute") % step, "outcome")
        .annotate(total=Sum("quantity"))
    )
    for start, outcome, total in sums:
        found[start][Outcome(outcome)] = int(total)
    return tuple(Bucket(_moment(start), quantities) for start, quantities in found.items())


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def retain(now: datetime) -> None:
    """Sum up minutes older than two days into hours, hours older than two weeks into days; let go of what is older
    than 400 days. Nothing is counted twice or lost meanwhile."""
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        _sum_up(project_id, HOUR, now - MINUTES_FOR)
        _sum_up(project_id, DAY, now - HOURS_FOR)
        gone = OutcomeCount.objects.filter(project_id=project_id, minute__lt=_minute(now - KEPT_FOR))
        gone.delete()


def _sum_up(project_id: int, step: int, before: datetime) -> None:
    limit = _minute(before)
    fine = (
        OutcomeCount.objects.filter(project_id=project_id, minute__lt=limit - limit % step)
        .annotate(place=F("minute") % step)
        .exclude(place=0)
    )
    if not fine.exists():
        return
    with transaction.atomic():
        # The digest adds while it holds one of the two: the project, or for what the edge counted its row.
        lock_project(project_id)
        if not Project.objects.select_for_update(no_key=True).filter(pk=project_id).exists():
            return
        sums = fine.values_list(
            "project_id", F("minute") - F("minute") % step, "category", "outcome", "reason"
        ).annotate(total=Sum("quantity"))
        counts: dict[Key, int] = {(p, m, c, o, r): int(total) for p, m, c, o, r, total in sums}
        fine.delete()
        add(counts)
