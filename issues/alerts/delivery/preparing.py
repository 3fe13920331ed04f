"""Makes claimed deliveries ready to be sent; those that are not to be sent any more are finished here."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import Project
from issues.alerts import stored_channels
from issues.alerts.channel import Thread
from issues.alerts.channels.registry import KINDS
from issues.alerts.delivery import claims, notices, outcomes
from issues.alerts.delivery.claims import EMAIL
from issues.alerts.delivery.journal import Journal
from issues.alerts.delivery.sending import Failure, Message, Outcome
from issues.alerts.people import local_time
from issues.models import AlertDelivery, AlertOptOut, AlertPreferences, AlertThread
from rustrak.lib import clock
from rustrak.lib.database import trouble
from rustrak.lib.sealed import Unreadable
from rustrak.local_times import zones

log = logging.getLogger("rustrak.alerts")

NO_MAIL = "Mail is not set up."
UNREADABLE = "Its secrets cannot be read, because SESSION_SECRET_KEY has changed. Enter them again."


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery that is claimed, and what to send for it."""

    delivery: AlertDelivery
    message: Message


def jobs(deliveries: Iterable[AlertDelivery], journal: Journal) -> list[Job]:
    """What is to be sent, in the order of `deliveries`. Errors of the database pass through."""
    found: list[Job] = []
    for delivery in deliveries:
        if (sent := journal.find(delivery.pk)) is not None:
            outcomes.known_sent(delivery, sent, clock.now())
        elif reason := _why_not(delivery):
            outcomes.drop(delivery, reason, clock.now())
        elif (until := _quiet_until(delivery)) is not None:
            claims.put_off(delivery, until)
        else:
            made = _message(delivery)
            if isinstance(made, Message):
                found.append(Job(delivery, made))
            elif isinstance(made, Failure):
                outcomes.apply(delivery, Outcome(made, 0), clock.now())
            else:
                outcomes.drop(delivery, str(made), clock.now())
    return found


def _why_not(delivery: AlertDelivery) -> str:
    """Why a message is not wanted any more; empty when it is."""
    user, channel = delivery.user, delivery.channel
    if not settings.MAIL_IS_SET_UP and (user is not None or (channel is not None and channel.kind == EMAIL)):
        return NO_MAIL
    if user is None:
        return ""
    if not user.is_active:
        return "The account is not active any more."
    if not Project.objects.visible_to(user).filter(pk=delivery.project_id).exists():
        return "The person has no access to the project any more."
    if AlertOptOut.objects.filter(user=user, project=delivery.project_id).exists():
        return "The person wants no mail about the project any more."
    return ""


def _quiet_until(delivery: AlertDelivery) -> datetime | None:
    """The end of the person's quiet hours, which may have begun since the rule asked for the message."""
    chose: AlertPreferences | None = getattr(delivery.user, "alert_preferences", None)
    if chose is None:
        return None
    where = zones.zone(chose.time_zone)
    return local_time.quiet_until(clock.now(), chose.quiet_from, chose.quiet_until, where)


def _message(delivery: AlertDelivery) -> Message | Failure | notices.Gone:
    try:
        notice = notices.build(delivery)
        thread = _thread(delivery)
        channel = delivery.channel
        if channel is None:
            return Message(delivery.pk, notice, thread, user=delivery.user)
        return Message(
            delivery.pk, notice, thread, kind=KINDS.get(channel.kind), config=stored_channels.config(channel)
        )
    except notices.Gone as gone:
        return gone
    except Unreadable:
        return Failure(UNREADABLE, refused=True)
    except Exception as error:
        if trouble.is_trouble(error):
            raise
        log.exception("The alert %s cannot be written", delivery.pk)
        return Failure(f"It cannot be written: {type(error).__name__}. Report it as a bug.")


def _thread(delivery: AlertDelivery) -> Thread:
    if delivery.issue is None:
        return {}
    known = AlertThread.objects.filter(
        channel=delivery.channel_id, user=delivery.user_id, issue=delivery.issue
    )
    return known.values_list("external", flat=True).first() or {}
