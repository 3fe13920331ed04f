"""What people do to monitors and to one environment of a monitor: mute and delete. Each locks the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts import audit
from issues import usage
from issues.lock import lock_project
from issues.models import CheckIn, Monitor, MonitorState


def mute(monitor: Monitor, muted: bool) -> bool:
    """Mute or unmute a monitor; failures of a muted monitor create no events. Returns False when nothing changed."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        changed = bool(Monitor.objects.filter(pk=monitor.pk).exclude(is_muted=muted).update(is_muted=muted))
        if changed:
            _record(audit.Action.MONITOR_CHANGE, monitor, {"muted": muted})
        return changed


def mute_environment(state: MonitorState, muted: bool) -> bool:
    """As `mute`, for one environment of a monitor."""
    with transaction.atomic():
        lock_project(state.monitor.project_id)
        states = MonitorState.objects.filter(pk=state.pk).exclude(is_muted=muted)
        changed = bool(states.update(is_muted=muted))
        if changed:
            details = {"environment": state.environment, "muted": muted}
            _record(audit.Action.MONITOR_CHANGE, state.monitor, details)
        return changed


def delete_environment(state: MonitorState) -> None:
    """Delete one environment of a monitor with its check-ins. Its issues stay, and its next check-in creates it again."""
    with transaction.atomic():
        lock_project(state.monitor.project_id)
        CheckIn.objects.filter(state=state.pk).delete()
        if MonitorState.objects.filter(pk=state.pk).delete()[0]:
            _record(audit.Action.MONITOR_DELETE, state.monitor, {"environment": state.environment})
        usage.forget(state.monitor.project_id)


def delete(monitor: Monitor) -> None:
    """Delete a monitor with its check-ins. Its issues stay, and its next check-in creates it again."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        CheckIn.objects.filter(state__monitor=monitor).delete()
        MonitorState.objects.filter(monitor=monitor).delete()
        if Monitor.objects.filter(pk=monitor.pk).delete()[0]:
            _record(audit.Action.MONITOR_DELETE, monitor)
        usage.forget(monitor.project_id)


def _record(action: audit.Action, monitor: Monitor, details: Mapping[str, Any] | None = None) -> None:
    audit.record(action, monitor, name=monitor.name or monitor.slug, project=monitor.project, details=details)
