"""What a person chose for the mail to themselves, read and saved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import transaction

from issues.alerts.people import local_time
from issues.models import AlertOptOut, AlertPreferences
from rustrak.local_times import zones

Summary = AlertPreferences.Summary


class Invalid(ValueError):
    """What cannot be saved: `errors` says why, by the name of a field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def of(user_id: int) -> AlertPreferences:
    """A person's choices; the defaults of whoever made none."""
    return AlertPreferences.objects.filter(pk=user_id).first() or AlertPreferences(user_id=user_id)


def save(user_id: int, changes: Mapping[str, Any], now: datetime) -> AlertPreferences:
    """Change some of a person's choices, by the names of columns. Raises Invalid, and then changes nothing."""
    with transaction.atomic():
        AlertPreferences.objects.get_or_create(user_id=user_id)
        chose = AlertPreferences.objects.select_for_update(no_key=True).get(pk=user_id)
        before = _schedule(chose)
        for name, value in changes.items():
            setattr(chose, name, value)
        if errors := _errors(chose):
            raise Invalid(errors)
        if _schedule(chose) != before or (chose.next_summary_at is None) != (chose.summary == Summary.NEVER):
            chose.next_summary_at = next_summary(chose, now)
        values = {name: getattr(chose, name) for name in (*changes, "next_summary_at")}
        AlertPreferences.objects.filter(pk=user_id).update(**values)
    return chose


def next_summary(chose: AlertPreferences, now: datetime) -> datetime | None:
    """When the next summary is due after `now`; None for whoever wants none."""
    if chose.summary == Summary.NEVER:
        return None
    return local_time.next_time(now, *when(chose))


def when(chose: AlertPreferences) -> tuple[int, int | None, Any]:
    """The hour, the weekday (None: every day) and the time zone of a person's summaries."""
    weekday = chose.summary_weekday if chose.summary == Summary.WEEKLY else None
    return chose.summary_hour, weekday, zones.zone(chose.time_zone)


def opt_out(user_id: int, project_id: int) -> None:
    """No more mail about this project; nothing if it is so already, or one of the two is gone."""
    AlertOptOut.objects.bulk_create(
        [AlertOptOut(user_id=user_id, project_id=project_id)], ignore_conflicts=True
    )


def opt_in(user_id: int, project_id: int) -> None:
    """Mail about this project again."""
    AlertOptOut.objects.filter(user=user_id, project=project_id).delete()


def opted_out(user_id: int) -> set[int]:
    """The projects about which a person gets no mail."""
    return set(AlertOptOut.objects.filter(user=user_id).values_list("project_id", flat=True))


def stop_summaries(user_id: int) -> None:
    """No more summaries."""
    AlertPreferences.objects.filter(pk=user_id).update(summary=Summary.NEVER, next_summary_at=None)


def _schedule(chose: AlertPreferences) -> tuple[Any, ...]:
    return chose.summary, chose.summary_hour, chose.summary_weekday, chose.time_zone


def _errors(chose: AlertPreferences) -> dict[str, str]:
    errors: dict[str, str] = {}
    if chose.time_zone not in zones.names():
        errors["time_zone"] = "This time zone is not known. Example: Europe/Berlin"
    begin, end = chose.quiet_from, chose.quiet_until
    if (begin is None) != (end is None):
        missing = "quiet_from" if begin is None else "quiet_until"
        errors[missing] = "Quiet hours need a beginning and an end. Leave both empty for none."
    elif begin is not None and begin == end:
        errors["quiet_until"] = (
            "Quiet hours must end at another time than they begin. Leave both empty for none."
        )
    if any(isinstance(at, time) and at.tzinfo is not None for at in (begin, end)):
        errors["quiet_from"] = "Quiet hours are in your own time zone: leave the offset out."
    if chose.summary not in Summary.values:
        errors["summary"] = "A summary comes never, daily or weekly."
    if not 0 <= chose.summary_hour <= 23:
        errors["summary_hour"] = "The hour must be from 0 to 23."
    if not 0 <= chose.summary_weekday <= 6:
        errors["summary_weekday"] = "The weekday must be from 0 (Monday) to 6 (Sunday)."
    return errors
