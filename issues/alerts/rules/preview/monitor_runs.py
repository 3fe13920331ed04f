"""Monitors that failed and recovered in the past, from their check-ins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from accounts.models import Project
from issues.alerts.rules.matching import About
from issues.alerts.rules.preview.happened import Happened, Part
from issues.models import CheckIn, Grouping, Level, MonitorState, News
from issues.monitors import failures

MOST = 20_000
#: Monitors whose issues are known, so that a failure and the issue that it creates are one message.
MOST_MONITORS = 500
_FAILED = frozenset({CheckIn.Status.ERROR, CheckIn.Status.MISSED, CheckIn.Status.TIMEOUT})


@dataclass(slots=True)
class _Streak:
    """How often a monitor failed or succeeded in a row, and whether it counts as failing."""

    failures: int = 0
    successes: int = 0
    failing: bool = False

    def take(self, state: MonitorState, failed: bool) -> News | None:
        """Count one run; what is told of it (as issues.monitors.monitor_batch does)."""
        self.failures = self.failures + 1 if failed else 0
        self.successes = 0 if failed else self.successes + 1
        if failed and not self.failing and self.failures >= state.monitor.failure_issue_threshold:
            self.failing = True
            return News.MONITOR_FAILED
        if self.failing and self.successes >= state.monitor.recovery_threshold:
            self.failing = False
            return News.MONITOR_RECOVERED
        return None


def read(project: Project, triggers: Collection[str], since: datetime) -> Part:
    """The monitors that began to fail, and those that recovered, `since` then: those that are not muted. Two queries."""
    if not {News.MONITOR_FAILED.value, News.MONITOR_RECOVERED.value} & set(triggers):
        return Part()
    latest = (
        CheckIn.objects.filter(
            state__monitor__project=project, state__monitor__is_muted=False, state__is_muted=False,
            started_at__gte=since, status__in=[*_FAILED, CheckIn.Status.OK],
        )
        .select_related("state__monitor")
        .order_by("-started_at", "-pk")
    )  # fmt: skip
    runs = list(latest[: MOST + 1])
    notes = (f"Only the latest {MOST:,} check-ins were considered.",) if len(runs) > MOST else ()
    runs = sorted(runs[:MOST], key=attrgetter("state_id", "started_at", "pk"))
    issues = _issues(project, {run.state_id: run.state for run in runs})
    found = []
    for state_id, own in groupby(runs, attrgetter("state_id")):
        streak = _Streak()
        for run in own:
            state = run.state
            news = streak.take(state, run.status in _FAILED)
            if news is not None and news.value in triggers:
                found.append(
                    Happened(
                        run.finished_at or run.started_at, news, f"m:{state_id}", issues.get(state_id),
                        About(Level.ERROR, state.environment), detail=state.monitor.name or state.monitor.slug,
                    )
                )  # fmt: skip
    return Part(found, notes)


def _issues(project: Project, states: Mapping[int, MonitorState]) -> dict[int, UUID]:
    """The issue of each monitor's failures, by the id of its state."""
    hashes = {
        key_hash: key
        for key, state in list(states.items())[:MOST_MONITORS]
        for key_hash in failures.key_hashes(state.monitor.slug, state.environment)
    }
    rows = Grouping.objects.filter(project=project, key_hash__in=list(hashes)).order_by("pk")
    return {hashes[key_hash]: issue for key_hash, issue in rows.values_list("key_hash", "issue")}
