"""Whose turn it is: claims deliveries by leases, so that several deliverers send each message once.

Messages go by lanes: a channel is one, and all mail is one, because it goes through one server. A lane has one message
at a time on its way. Within a conversation (a channel or a person, and an issue) messages keep their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from issues.alerts.delivery import mail_server
from issues.models import AlertChannel, AlertDelivery

Status = AlertDelivery.Status

#: How long a claim holds. A message takes less than sending.MOST_SECONDS, and is not begun LATEST_START after its claim.
LEASE = timedelta(seconds=240)
LATEST_START = timedelta(seconds=60)
# Nobody leases for longer, and clocks of two machines may differ by as much as this is more than a lease.
FURTHEST = 2 * LEASE
# A further attempt is never later than this (pauses.LONGEST_SECONDS), nor the end of a channel's hold.
FURTHEST_RETRY = timedelta(hours=2)
#: The kind of channel that sends through the mail server.
EMAIL = "email"
#: What is older is not sent any more, unless it has not been tried at all.
LIFETIME = timedelta(days=1)
_DIFFERENT_CLOCKS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lane:
    """A channel, or all mail where `channel` is None."""

    channel: int | None


MAIL = Lane(None)


def lanes(now: datetime) -> list[Lane]:
    """The lanes in which a message is due that may be sent now, the longest due first."""
    return [lane for _, lane in _turns(now)]


def due_since(now: datetime) -> datetime | None:
    """Since when the message has been due that has been due for longest, of those that may be sent now."""
    return min((since for since, _ in _turns(now)), default=None)


def _turns(now: datetime) -> list[tuple[datetime, Lane]]:
    channels = (
        _open_channels(now)
        .exclude(kind=EMAIL)
        .annotate(due=Subquery(_first(_due(now).filter(channel=OuterRef("pk")))))
        .exclude(due=None)
    )
    found = [(due, Lane(pk)) for pk, due in channels.values_list("pk", "due")]
    if mail_server.is_open(now) and (due := _first(_mail(_due(now), now)).first()) is not None:
        found.append((due, MAIL))
    return sorted(found, key=lambda each: each[0])


def claim(lane: Lane, holder: str, now: datetime, most: int) -> list[AlertDelivery]:
    """Lease at most `most` messages of a lane that are due, those first that have been due for longest.

    None of them has an earlier message of its conversation that is not finished.
    """
    with transaction.atomic():
        due = _mail(_due(now), now) if lane == MAIL else _due(now).filter(channel=lane.channel)
        waiting = due.filter(_is_next()).order_by("next_attempt_at", "created_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",), no_key=True)
        found = list(waiting.select_related("project", "rule", "channel", "user__alert_preferences")[:most])
        if found and found[0].leased_until is not None:
            # Whoever had it has died: perhaps because of this message, which must not hold up others again.
            del found[1:]
        AlertDelivery.objects.filter(pk__in=[each.pk for each in found]).update(
            leased_until=now + LEASE, leased_by=holder, attempts=F("attempts") + 1
        )
    for each in found:
        each.attempts += 1
        each.leased_by = holder
    return found


def give_back(deliveries: Iterable[AlertDelivery], holder: str) -> None:
    """End the leases of messages that were not tried."""
    keys = [each.pk for each in deliveries]
    if keys:
        _leased(holder).filter(pk__in=keys).update(
            leased_until=None, leased_by="", attempts=F("attempts") - 1
        )


def put_off(delivery: AlertDelivery, until: datetime) -> None:
    """Have a message that is claimed wait, without counting an attempt."""
    _leased(delivery.leased_by).filter(pk=delivery.pk).update(
        next_attempt_at=until, leased_until=None, leased_by="", attempts=F("attempts") - 1
    )


def end_leases(holder: str) -> None:
    """End the leases of a holder that has died. `leased_by` stays: the journal may know that its message was sent."""
    _leased(holder).exclude(leased_until=None).update(leased_until=_LONG_AGO)


def next_turn(now: datetime) -> datetime | None:
    """When a message is due after `now` and may be sent; None when none is.

    What is due already and was left is somebody else's, or behind an earlier message of its conversation.
    """
    later = AlertDelivery.objects.filter(next_attempt_at__gt=now)
    turns: list[datetime] = []
    channels = AlertChannel.objects.filter(is_enabled=True, paused_at=None).annotate(
        any=Subquery(_turn(AlertDelivery.objects.filter(channel=OuterRef("pk")))),
        later=Subquery(_turn(later.filter(channel=OuterRef("pk")))),
    )
    for opens, first, turn in channels.exclude(any=None).values_list("not_before", "any", "later"):
        turns += _turn_behind(opens, first, turn, now)
    person = AlertDelivery.objects.filter(channel=None)
    if (first := _turn(person).first()) is not None:
        turn = _turn(person & later).first()
        turns += _turn_behind(mail_server.opens_at(), first, turn, now)
    collecting = later.filter(status=Status.COLLECTING).aggregate(turn=Min("next_attempt_at"))["turn"]
    turns += [collecting] if collecting is not None else []
    return min(turns, default=None)


def _turn_behind(
    opens: datetime | None, first: datetime, later: datetime | None, now: datetime
) -> list[datetime]:
    if opens is not None and opens > now:
        return [max(opens, first)]
    return [] if later is None else [later]


def mend_clocks(now: datetime) -> None:
    """Undo what a clock that was ahead has put off: turns, leases and holds that lie further away than any can."""
    waiting = AlertDelivery.objects.filter(status__in=[Status.WAITING, Status.COLLECTING])
    ahead = waiting.filter(created_at__gt=now + _DIFFERENT_CLOCKS)
    latest = ahead.aggregate(latest=Max("created_at"))["latest"]
    if latest is not None:
        off = latest - now
        ahead.update(created_at=F("created_at") - off, next_attempt_at=F("next_attempt_at") - off)
    retried = waiting.filter(attempts__gt=0)
    retried.filter(user=None, next_attempt_at__gt=now + FURTHEST_RETRY).update(next_attempt_at=now)
    # A person's quiet hours last less than a day.
    waiting.filter(channel=None, next_attempt_at__gt=now + LIFETIME + FURTHEST_RETRY).update(
        next_attempt_at=now
    )
    waiting.filter(leased_until__gt=now + FURTHEST).update(leased_until=now)
    AlertChannel.objects.filter(not_before__gt=now + FURTHEST_RETRY).update(not_before=None)


def expire(now: datetime) -> int:
    """Give up what has waited for a day because nothing was sent where it goes; how many."""
    old = AlertDelivery.objects.filter(status=Status.WAITING, created_at__lt=now - LIFETIME)
    old = old.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    gone = 0
    for closed, reason in (
        (Q(channel__is_enabled=False), "For a day the channel was switched off."),
        (Q(channel__paused_at__isnull=False), "For a day the channel was paused, because it failed."),
        (Q(channel__not_before__gt=now), "For a day the channel failed."),
    ):
        keys = list(old.filter(closed).values_list("pk", flat=True)[:_MOST_EXPIRED])
        gone += _give_up(keys, reason, now)
    if not mail_server.is_open(now):
        keys = list(old.filter(channel=None).values_list("pk", flat=True)[:_MOST_EXPIRED])
        gone += _give_up(keys, "For a day the mail server failed.", now)
    return gone


_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
_MOST_EXPIRED = 1000


def _give_up(keys: list[UUID], reason: str, now: datetime) -> int:
    if not keys:
        return 0
    return AlertDelivery.objects.filter(pk__in=keys, status=Status.WAITING).update(
        status=Status.GIVEN_UP, reason=reason, finished_at=now, leased_until=None, leased_by=""
    )


def _open_channels(now: datetime) -> QuerySet[AlertChannel]:
    may_start = Q(not_before=None) | Q(not_before__lte=now)
    return AlertChannel.objects.filter(may_start, is_enabled=True, paused_at=None)


def _due(now: datetime) -> QuerySet[AlertDelivery]:
    """What may be sent now, leaving aside channels and conversations."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return AlertDelivery.objects.filter(free, status=Status.WAITING, next_attempt_at__lte=now)


def _mail(due: QuerySet[AlertDelivery], now: datetime) -> QuerySet[AlertDelivery]:
    channels = list(_open_channels(now).filter(kind=EMAIL).values_list("pk", flat=True))
    return due.filter(Q(channel=None) | Q(channel__in=channels)) if channels else due.filter(channel=None)


def _is_next() -> Q:
    """No earlier message of the same conversation waits or is on its way."""
    unfinished = AlertDelivery.objects.filter(status=Status.WAITING, issue=OuterRef("issue")).filter(
        Q(created_at__lt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), id__lt=OuterRef("id"))
    )
    in_channel = Exists(unfinished.filter(channel=OuterRef("channel")))
    with_person = Exists(unfinished.filter(user=OuterRef("user")))
    return ~(Q(in_channel) | Q(with_person))


def _first(rows: QuerySet[AlertDelivery]) -> QuerySet[AlertDelivery, datetime]:
    return rows.order_by("next_attempt_at").values_list("next_attempt_at", flat=True)[:1]


def _turn(rows: QuerySet[AlertDelivery]) -> QuerySet[AlertDelivery, datetime]:
    return _first(rows.filter(status=Status.WAITING))


def _leased(holder: str) -> QuerySet[AlertDelivery]:
    return AlertDelivery.objects.filter(status=Status.WAITING, leased_by=holder)
