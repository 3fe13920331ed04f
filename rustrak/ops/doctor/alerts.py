"""Whether alerts are sent: what waits, what could not be sent, and which channels are paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import Error

from issues.alerts.delivery.standing import Standing, standing
from rustrak.lib import clock
from rustrak.lib.wording import counted, duration, moment_text
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "alerts"
# What is due is sent within seconds.
LATE_SECONDS = 120.0
_RESTORE_SAID_FOR = _DROPPED_SAID_FOR = timedelta(days=7)
START = "Start `manage.py up` or `manage.py deliver`; its log says more. `manage.py deliver --once` sends what is due now."


def check() -> Iterator[Finding]:
    """The outbox of alerts, as the database has it. No findings when the database cannot be used: its own check says why."""
    now = clock.now()
    try:
        found = standing(now)
    except Error:
        return
    findings = [*_late(found, now), *_failing(found, now), *_lost(found, now)]
    waiting = f"{counted(found.waiting, 'alert')} waiting" if found.waiting else "no alert waits"
    yield from findings or [ok(SUBJECT, f"{waiting}, none is late")]


def _late(found: Standing, now: datetime) -> Iterator[Finding]:
    if (late := _seconds(found.facts_since, now)) > LATE_SECONDS:
        text = f"what changed {duration(late)} ago has not been compared with the alert rules"
        yield problem(SUBJECT, text, START)
    if (late := _seconds(found.due_since, now)) > LATE_SECONDS:
        yield problem(SUBJECT, f"an alert that can be sent has been due for {duration(late)}", START)


def _failing(found: Standing, now: datetime) -> Iterator[Finding]:
    for one in found.paused:
        since = duration(_seconds(one.since, now))
        yield warning(
            SUBJECT,
            f"the channel {one.name!r} has been paused for {since}, because it failed: {one.error}",
            "Correct what the error names, then resume the channel on its page. What waits for it is kept for a day.",
        )
    if found.mail_failing_since is not None:
        since = duration(_seconds(found.mail_failing_since, now))
        yield warning(
            SUBJECT,
            f"alerts by mail have waited for {since}: {found.mail_error}",
            "Correct what the error names. They are sent when the mail server works, within a day.",
        )


def _lost(found: Standing, now: datetime) -> Iterator[Finding]:
    if found.given_up:
        yield warning(
            SUBJECT,
            f"{counted(found.given_up, 'alert')} of the last day could not be sent and will not be; the latest because of: "
            f"{found.error}",
            "Correct what the error names. The project's alert history can send them again.",
        )
    if found.restored_at is not None and now - found.restored_at < _RESTORE_SAID_FOR and found.not_told:
        yield warning(
            SUBJECT,
            f"the database was restored from a backup, which was noticed {moment_text(found.restored_at)}: "
            f"{counted(found.not_told, 'alert or change', 'alerts and changes')} from before will not be sent",
            "Nothing has to be done: they may have been sent before.",
        )
    if found.facts_dropped_at is not None and now - found.facts_dropped_at < _DROPPED_SAID_FOR:
        yield warning(
            SUBJECT,
            f"{counted(found.facts_dropped, 'change')} were never compared with the alert rules, because they waited for "
            f"longer than a day; the latest were dropped {moment_text(found.facts_dropped_at)}",
            "The issues are all there: nobody was told of them. Have `manage.py deliver` run, and its log looked at.",
        )


def _seconds(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
