"""What an attempt changes in the database: the message, its conversation, the channel, and a row of history."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from issues.alerts.channel import Sent
from issues.alerts.delivery import mail_server, pauses
from issues.alerts.delivery.claims import EMAIL, LIFETIME
from issues.alerts.delivery.sending import Failure, Outcome
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, AlertThread
from issues.models.alerts.delivery import ANSWER_LENGTH, ERROR_LENGTH
from issues.render.values import visible
from rustrak.lib.wording import counted

log = logging.getLogger("rustrak.alerts")

Status = AlertDelivery.Status

# A channel is left alone as a whole from this many failures in a row on, and paused from the second number on, if they
# have gone on for a while. A wrong address needs no while.
FAILURES_TO_HOLD, FAILURES_TO_PAUSE, REFUSALS_TO_PAUSE = 3, 10, 3
PAUSED_AFTER = timedelta(hours=1)
# What the other side calls a conversation: some ids.
_MOST_THREAD = 4000
# Neither database stores them as JSON: NUL and lone surrogates.
_UNSTORABLE = re.compile(r"\\u0000|\\ud[89a-f]", re.IGNORECASE)
KNOWN_SENT = "It had been sent before; the note of it was lost in between."


def apply(delivery: AlertDelivery, outcome: Outcome, now: datetime) -> None:
    """Note the outcome of an attempt, for the message and for what goes the same way."""
    result = outcome.result
    with transaction.atomic():
        if not _is_there(delivery):
            return
        if isinstance(result, Sent):
            _attempt(delivery, now, outcome.milliseconds, status=result.status, answer=result.answer)
            _finish(delivery, Status.SENT, "", now)
            _remember(delivery, result, now)
            _works(delivery, now)
        else:
            about = {"status": result.status, "answer": result.answer, "error": result.text or "It failed."}
            _attempt(delivery, now, outcome.milliseconds, **about)
            _fails(delivery, result, now)
            _again_or_never(delivery, result, now)


def known_sent(delivery: AlertDelivery, sent: Sent, now: datetime) -> None:
    """Note that a message was sent by an attempt that the database does not know."""
    with transaction.atomic():
        if not _is_there(delivery):
            return
        _finish(delivery, Status.SENT, KNOWN_SENT, now)
        _remember(delivery, sent, now)


def drop(delivery: AlertDelivery, reason: str, now: datetime) -> None:
    """Note that a message is not to be sent any more."""
    _finish(delivery, Status.DROPPED, reason, now)


def _is_there(delivery: AlertDelivery) -> bool:
    """Lock a message, so that it and its channel are not deleted meanwhile; False when they have been."""
    return AlertDelivery.objects.select_for_update(no_key=True).filter(pk=delivery.pk).first() is not None


def _attempt(delivery: AlertDelivery, now: datetime, milliseconds: int, **about: Any) -> None:
    error = about.get("error", "")
    AlertAttempt.objects.create(
        delivery=delivery,
        at=now,
        milliseconds=min(milliseconds, 2**31 - 1),
        succeeded=not error,
        status=about["status"] if about["status"] and 0 < about["status"] < 2**31 else None,
        answer=_line(about["answer"], ANSWER_LENGTH),
        error=_line(error, ERROR_LENGTH),
    )


def _finish(delivery: AlertDelivery, status: Status, reason: str, now: datetime) -> None:
    # Also when the lease has ended meanwhile: what was sent was sent.
    AlertDelivery.objects.filter(pk=delivery.pk, status=Status.WAITING).update(
        status=status, reason=reason[:ERROR_LENGTH], finished_at=now, leased_until=None, leased_by=""
    )


def _again_or_never(delivery: AlertDelivery, failure: Failure, now: datetime) -> None:
    error = _line(failure.text, ERROR_LENGTH)
    if failure.final or now - delivery.created_at >= LIFETIME:
        tried = counted(delivery.attempts, "attempt")
        _finish(
            delivery,
            Status.GIVEN_UP,
            error if failure.final else f"Given up after a day and {tried}: {error}",
            now,
        )
        log.warning("The alert %s (%s) is given up after %s", delivery.pk, delivery.news, tried)
        return
    AlertDelivery.objects.filter(pk=delivery.pk, status=Status.WAITING, leased_by=delivery.leased_by).update(
        next_attempt_at=now + pauses.after(delivery.attempts, failure.retry_after),
        reason=error,
        leased_until=None,
        leased_by="",
    )


def _remember(delivery: AlertDelivery, sent: Sent, now: datetime) -> None:
    """Keep what the other side calls the conversation."""
    if delivery.issue is None:
        return
    thread = _storable(sent.thread)
    if thread:
        AlertThread.objects.update_or_create(
            channel=delivery.channel,
            user=delivery.user,
            issue=delivery.issue,
            defaults={"external": thread, "updated_at": now},
        )


def _storable(thread: dict[str, Any]) -> dict[str, Any]:
    try:
        text = json.dumps(thread, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return {}
    return {} if len(text) > _MOST_THREAD or _UNSTORABLE.search(text) else thread


def _works(delivery: AlertDelivery, now: datetime) -> None:
    if _is_mail(delivery):
        mail_server.works()
    if (channel := delivery.channel) is None:
        return
    failed = channel.failures_in_a_row
    AlertChannel.objects.filter(pk=channel.pk).update(
        failures_in_a_row=0,
        failing_since=None,
        paused_at=None,
        not_before=None,
        last_error="",
        last_sent_at=now,
    )
    if failed >= FAILURES_TO_HOLD:
        # They waited for the channel, which works again.
        AlertDelivery.objects.filter(
            channel=channel.pk,
            status=Status.WAITING,
            attempts__gt=0,
            next_attempt_at__gt=now,
            leased_until=None,
        ).update(next_attempt_at=now)


def _fails(delivery: AlertDelivery, failure: Failure, now: datetime) -> None:
    """Note the failure of a channel, or of the mail server."""
    error = _line(failure.text, ERROR_LENGTH)
    if failure.holds and _is_mail(delivery):
        # A channel is not paused for what its server does.
        mail_server.failed(error, now, failure.retry_after)
        return
    if (channel := delivery.channel) is None:
        return
    row = AlertChannel.objects.filter(pk=channel.pk)
    row.update(
        failures_in_a_row=F("failures_in_a_row") + 1,
        failing_since=Coalesce("failing_since", now),
        last_error=error,
    )
    found = row.values_list("failures_in_a_row", "failing_since").first()
    if found is None:
        return  # it has been deleted
    failures, since = found
    if _is_hopeless(channel, failure, failures, since or now, now):
        if row.filter(paused_at=None).update(paused_at=now):
            text = "The alert channel %s (%s) is paused until somebody resumes it: %s"
            log.error(text, channel.pk, channel.kind, error)
    elif failure.holds or (failures >= FAILURES_TO_HOLD and not failure.final):
        row.update(not_before=now + pauses.hold(failures, failure.retry_after))


def _is_hopeless(
    channel: AlertChannel, failure: Failure, failures: int, since: datetime, now: datetime
) -> bool:
    if failure.refused and not failure.final:
        return True
    if failures >= FAILURES_TO_PAUSE and now - since >= PAUSED_AFTER:
        return True
    if not failure.final or failures < REFUSALS_TO_PAUSE:
        return False
    before = AlertDelivery.objects.filter(channel=channel.pk, status=Status.GIVEN_UP, finished_at__gte=since)
    return before.count() + 1 >= REFUSALS_TO_PAUSE


def _is_mail(delivery: AlertDelivery) -> bool:
    return delivery.channel is None or delivery.channel.kind == EMAIL


def _line(text: str, length: int) -> str:
    line = " ".join(visible(text[: 4 * length]).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
