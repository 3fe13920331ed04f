"""How many events the failures of a project's monitors may create.

Nobody's check-ins count against the rate limits of the edge, and a monitor that is due each minute fails each minute
without anybody sending anything. So these events have limits of their own.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from accounts.models import Project
from issues.models import Monitor, ProjectHour

#: In one clock hour (UTC), of one monitor and of all monitors of a project.
OF_MONITOR, OF_PROJECT = 120, 1000


class EventLimits:
    """What is left of the hour for the monitors of one project. Reads the database when the first event is asked for."""

    def __init__(self, project_id: int, now: datetime) -> None:
        self._project_id = project_id
        self._hour = int(now.timestamp()) // 3600
        self._left: int | None = None

    def take(self, monitor: Monitor) -> bool:
        """Whether a failure of the monitor may create an event. Counts it in the monitor, which must be written."""
        if self._left is None:
            self._left = self._count()
        if monitor.event_hour != self._hour:
            monitor.event_hour, monitor.events_in_hour = self._hour, 0
        if self._left <= 0 or monitor.events_in_hour >= OF_MONITOR:
            monitor.events_left_out += 1
            return False
        self._left -= 1
        monitor.events_in_hour += 1
        return True

    def _count(self) -> int:
        monitors = Monitor.objects.filter(project_id=self._project_id, event_hour=self._hour)
        left = OF_PROJECT - (monitors.aggregate(sum=Sum("events_in_hour"))["sum"] or 0)
        own = (
            Project.objects.filter(pk=self._project_id).values_list("max_events_per_hour", flat=True).first()
        )
        if most := settings.MAX_EVENTS_PER_PROJECT_PER_HOUR if own is None else own:
            hour = ProjectHour.objects.filter(project_id=self._project_id, hour=self._hour)
            left = min(left, most - (hour.values_list("count", flat=True).first() or 0))
        return left
