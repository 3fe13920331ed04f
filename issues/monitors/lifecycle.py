"""What people do to monitors: the only write path for them, with the project locked."""

from __future__ import annotations

from django.db import transaction

from issues.lock import lock_project
from issues.models import CheckIn, Monitor, MonitorState


def mute(monitor: Monitor, muted: bool) -> bool:
    """Whether what goes wrong becomes an issue: not while muted. False when it was so already."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        return bool(Monitor.objects.filter(pk=monitor.pk).exclude(is_muted=muted).update(is_muted=muted))


def delete(monitor: Monitor) -> None:
    """Delete the monitor with its check-ins; its issues stay. The next check-in would make it anew."""
    with transaction.atomic():
        lock_project(monitor.project_id)
        CheckIn.objects.filter(state__monitor=monitor).delete()
        MonitorState.objects.filter(monitor=monitor).delete()
        Monitor.objects.filter(pk=monitor.pk).delete()
