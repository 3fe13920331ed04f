"""What people do to monitors and to one environment of a monitor: mute and delete. Each locks the project."""

from __future__ import annotations

from django.db import transaction

from issues import usage
from issues.lock import lock_project
from issues.models import CheckIn, Monitor, MonitorState


def mute(monitor: Monitor, muted: bool) -> bool:
    """Mute or unmute a monitor; failures of a muted monitor create no events. Returns False when nothing changed."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        return bool(Monitor.objects.filter(pk=monitor.pk).exclude(is_muted=muted).update(is_muted=muted))


def mute_environment(state: MonitorState, muted: bool) -> bool:
    """As `mute`, for one environment of a monitor."""
    with transaction.atomic():
        lock_project(state.monitor.project_id)
        states = MonitorState.objects.filter(pk=state.pk).exclude(is_muted=muted)
        return bool(states.update(is_muted=muted))


def delete_environment(state: MonitorState) -> None:
    """Delete one environment of a monitor with its check-ins. Its issues stay, and its next check-in creates it again."""
    with transaction.atomic():
        lock_project(state.monitor.project_id)
        CheckIn.objects.filter(state=state.pk).delete()
        MonitorState.objects.filter(pk=state.pk).delete()
        usage.forget(state.monitor.project_id)


def delete(monitor: Monitor) -> None:
    """Delete a monitor with its check-ins. Its issues stay, and its next check-in creates it again."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        CheckIn.objects.filter(state__monitor=monitor).delete()
        MonitorState.objects.filter(monitor=monitor).delete()
        Monitor.objects.filter(pk=monitor.pk).delete()
        usage.forget(monitor.project_id)
