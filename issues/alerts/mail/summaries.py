"""The summary that a person can have every day or week, at an hour of theirs.

`run` puts a message into the outbox of rustrak.mail and moves on to the next period, in one transaction: each period has
one message, however many deliverers there are. It is written when it is sent, about the last period that is over. So
after an outage there is one summary, not one for each day, and mail that waited tells what is current. What was due when
a backup was restored is left out: it may have been sent before.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from issues.alerts.mail import headers, links, summary_content, summary_message
from issues.alerts.mail.links import Subscription
from issues.alerts.mail.rendering import Reader
from issues.alerts.mail.summary_content import Period
from issues.alerts.people import choices, local_time
from issues.models import AlertDeliverer, AlertPreferences
from rustrak.lib import clock, problems
from rustrak.local_times import zones
from rustrak.mail import kinds, outbox
from rustrak.mail.kinds import Written

log = logging.getLogger("rustrak.alerts")

KIND = "summary"
#: One run claims so many. The next run follows within seconds.
MOST = 500
# No summary is due later than this: one that is was put there by a clock that was ahead.
_FURTHEST = timedelta(days=8)
_INSTANT = timedelta(seconds=1)


def register() -> None:
    """Make the kind of message known."""
    kinds.register(kinds.Kind(KIND, most=10_000, write=write))


def run(now: datetime) -> int:
    """Have the summaries sent that are due; how many. Without a mail server none is, and none later for now.

    To be called when issues.alerts.delivery.restored knows whether the database was restored.
    """
    asked = 0
    restored_at = AlertDeliverer.objects.values_list("restored_at", flat=True).first()
    due = AlertPreferences.objects.filter(
        Q(next_summary_at__lte=now) | Q(next_summary_at__gt=now + _FURTHEST)
    )
    for chose in due.select_related("user").order_by("next_summary_at")[:MOST]:
        try:
            asked += _claim(chose, restored_at, now)
        except problems.Unavailable:
            log.error("No more summaries can be sent for now: too many messages wait for the mail server.")
            break
        except ValueError:
            # Choices that no page saves. Other people's mail does not wait for them.
            log.error("The summary of user %s is left out: their choices cannot be used.", chose.pk)
            AlertPreferences.objects.filter(pk=chose.pk).update(next_summary_at=None)
    return asked


def write(email: str) -> list[Written]:
    """The summary for this address, about the last period that is over; nothing if nobody wants it, or of a quiet day."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return []
    chose = choices.of(user.pk)
    if chose.summary == choices.Summary.NEVER:
        return []
    weekly = chose.summary == choices.Summary.WEEKLY
    period = last_period(chose, clock.now())
    parts = summary_content.of(user, period)
    if not weekly and all(part.is_quiet for part in parts):
        return []
    url = links.unsubscribe(Subscription(user.pk, None))
    reader = Reader(
        why=f"You asked for this {'every week' if weekly else 'every day'}.",
        links=(("Change or stop", links.choices()), ("Unsubscribe", url)),
        zone=zones.zone(chose.time_zone),
    )
    rendered = summary_message.render(parts, period, weekly=weekly, reader=reader)
    identity = f"<summary.{user.pk}.{period.end:%Y%m%d%H%M}@{headers.host()}>"
    about = {
        "Message-ID": identity,
        "List-Id": f"<summary.{headers.host().strip('[]')}>",
        "X-Auto-Response-Suppress": "All",
    }
    return [
        Written(email, rendered.subject, rendered.text, rendered.html, about | headers.unsubscribing(url))
    ]


def last_period(chose: AlertPreferences, now: datetime) -> Period:
    """The last period of these choices that is over: it ends with the last due time."""
    end = local_time.last_time(now, *choices.when(chose))
    start = local_time.last_time(end - _INSTANT, *choices.when(chose))
    return Period(local_time.last_time(start - _INSTANT, *choices.when(chose)), start, end)


def _claim(chose: AlertPreferences, restored_at: datetime | None, now: datetime) -> bool:
    """Move on to the next period, and ask for a message if this one was due and no other process has asked."""
    mine = AlertPreferences.objects.filter(pk=chose.pk, next_summary_at=chose.next_summary_at)
    with transaction.atomic():
        if not mine.update(next_summary_at=choices.next_summary(chose, now)):
            return False
        due = chose.next_summary_at
        was_due = due is not None and due <= now
        is_old = due is not None and restored_at is not None and due <= restored_at
        if is_old or not (was_due and settings.MAIL_IS_SET_UP and chose.user.is_active):
            return False
        outbox.put(KIND, chose.user.email)
    return True
