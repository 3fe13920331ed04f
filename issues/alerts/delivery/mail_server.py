"""Whether mail can be sent: while its server fails, all of it waits, and nobody's mail is given up for one failure."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from issues.alerts.delivery import pauses
from issues.models import AlertDeliverer
from issues.models.alerts.delivery import ERROR_LENGTH


def is_open(now: datetime) -> bool:
    """Whether mail may be sent now. A time further away than any pause was set by a clock that was ahead."""
    opens = opens_at()
    return opens is None or opens <= now or (opens - now).total_seconds() > 2 * pauses.LONGEST_SECONDS


def opens_at() -> datetime | None:
    """When mail may be sent again; None when nothing is in the way."""
    return AlertDeliverer.objects.values_list("mail_not_before", flat=True).first()


def failed(error: str, now: datetime, retry_after: float | None) -> None:
    """Have all mail wait: longer each time."""
    row = AlertDeliverer.objects
    failures = (row.values_list("mail_failures", flat=True).first() or 0) + 1
    row.update(
        mail_failures=F("mail_failures") + 1,
        mail_failing_since=Coalesce("mail_failing_since", now),
        mail_not_before=now + pauses.hold(failures, retry_after),
        mail_error=error[:ERROR_LENGTH],
    )


def works() -> None:
    """Note that the server has taken a message."""
    AlertDeliverer.objects.exclude(mail_failures=0).update(
        mail_failures=0, mail_failing_since=None, mail_not_before=None, mail_error=""
    )
