"""How the outbox stands, in figures: for `manage.py doctor` and the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from issues.alerts.delivery import claims, mail_server
from issues.models import AlertChannel, AlertDeliverer, AlertDelivery, AlertFact

Status = AlertDelivery.Status

TODAY = timedelta(days=1)
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Paused:
    """A channel to which nothing is sent until somebody resumes it."""

    name: str
    since: datetime
    error: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`by_status` counts all messages that are kept. `due_since`: what could be sent now and has been due for longest.

    `facts_since` is the time of the oldest change that no rule has seen. `given_up` and `error` are of the last day.
    """

    by_status: dict[str, int]
    due_since: datetime | None
    facts: int
    facts_since: datetime | None
    given_up: int
    error: str
    paused: tuple[Paused, ...]
    mail_failing_since: datetime | None
    mail_error: str
    restored_at: datetime | None
    not_told: int
    facts_dropped: int
    facts_dropped_at: datetime | None

    @property
    def waiting(self) -> int:
        return self.by_status.get(Status.WAITING, 0)


def standing(now: datetime) -> Standing:
    """The figures at `now`, with a dozen queries."""
    counts = AlertDelivery.objects.order_by().values_list("status").annotate(count=Count("pk"))
    facts = AlertFact.objects.aggregate(count=Count("pk"), since=Min("at"))
    given_up = AlertDelivery.objects.filter(status=Status.GIVEN_UP, finished_at__gt=now - TODAY)
    paused = AlertChannel.objects.filter(is_enabled=True).exclude(paused_at=None).order_by("paused_at")
    row = AlertDeliverer.objects.first() or AlertDeliverer()
    return Standing(
        by_status=dict.fromkeys(Status.values, 0) | dict(counts),
        due_since=claims.due_since(now),
        facts=facts["count"],
        facts_since=facts["since"],
        given_up=given_up.count(),
        error=given_up.order_by("-finished_at").values_list("reason", flat=True).first() or "",
        paused=tuple(
            Paused(name, since or now, error)
            for name, since, error in paused.values_list("name", "paused_at", "last_error")[:_MOST_NAMED]
        ),
        mail_failing_since=row.mail_failing_since if not mail_server.is_open(now) else None,
        mail_error=row.mail_error,
        restored_at=row.restored_at,
        not_told=row.not_told,
        facts_dropped=row.facts_dropped,
        facts_dropped_at=row.facts_dropped_at,
    )
