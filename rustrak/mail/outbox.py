"""Puts messages into the outbox: the table from which `manage.py deliver` sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, QuerySet

from rustrak.lib import clock, problems
from rustrak.lib.disk.marker import Marker
from rustrak.mail import kinds
from rustrak.mail.models import RECIPIENT_LENGTH, SUBJECT_LENGTH, Message

#: A longer body is cut, with a line that says so.
BODY_LENGTH = 64 * 1024
_CUT = "\n\n[The rest of this message was too long to be sent.]\n"
BUSY_SECONDS = 60


def put(kind: str, recipient: str, subject: str = "", body: str = "") -> None:
    """Store a message. `subject` and `body` stay empty if its kind has a writer.

    Such a message waits once for each recipient: a second one renews the first. Raises problems.Unavailable when as many
    messages of the kind wait as may.
    """
    now = clock.now()
    about = kinds.named(kind)
    recipient = recipient[:RECIPIENT_LENGTH]  # the longest address that works: RFC 5321, section 4.5.3.1.3
    waiting = Message.objects.filter(kind=kind, given_up_at=None)
    if about.write is not None and waiting.filter(recipient=recipient).update(created_at=now):
        return
    if waiting.order_by("id")[about.most : about.most + 1].exists():
        raise problems.Unavailable(
            "Too many messages are waiting to be sent. Try again later.", retry_after=BUSY_SECONDS
        )
    Message.objects.create(
        kind=kind,
        recipient=recipient,
        subject=" ".join(subject.split())[:SUBJECT_LENGTH],
        body=body if len(body) <= BODY_LENGTH else body[: BODY_LENGTH - len(_CUT)] + _CUT,
        created_at=now,
        next_attempt_at=now,
    )
    _MARKER.touch_on_commit(settings.RUN_DIR)


_MARKER = Marker("mail.waiting")


def is_touched() -> bool:
    """Whether a message was put here, on this machine, since this process asked last."""
    return _MARKER.is_touched(settings.RUN_DIR)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in the outbox: how many messages wait, since when, how many were given up, and the latest errors."""

    waiting: int
    oldest: datetime | None
    error: str
    given_up: int
    given_up_error: str


def standing() -> Standing:
    """What waits, of what somebody will get; and what was given up in the last days."""
    waiting = Message.objects.filter(given_up_at=None)
    tried = waiting.exclude(last_error="").order_by("-id").first()
    given_up = Message.objects.exclude(given_up_at=None)
    latest = given_up.order_by("-given_up_at").first()
    return Standing(
        waiting=waiting.count(),
        oldest=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
        error=tried.last_error if tried else "",
        given_up=given_up.count(),
        given_up_error=latest.last_error if latest else "",
    )


def due(now: datetime, furthest: datetime) -> QuerySet[Message]:
    """The messages that may be sent at `now`, the longest due first.

    One whose turn is after `furthest` was put off by a clock that was ahead: it is due, too.
    """
    return (
        Message.objects.filter(given_up_at=None)
        .filter(Q(next_attempt_at__lte=now) | Q(next_attempt_at__gt=furthest))
        .order_by("next_attempt_at", "id")
    )


def claim(message: Message, until: datetime) -> bool:
    """Whether the message is ours until then: no other process has claimed it since `message` was read."""
    unclaimed = Message.objects.filter(
        pk=message.pk, given_up_at=None, next_attempt_at=message.next_attempt_at, attempts=message.attempts
    )
    return bool(unclaimed.update(next_attempt_at=until, attempts=F("attempts") + 1))
