"""The rows of the monitor pages: how a monitor does in each environment, and its latest check-ins as a chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.html import format_html
from django.utils.safestring import SafeString

from issues.models import CheckIn, Issue, IssueTag, Monitor, MonitorState
from issues.monitors import schedule
from issues.render.charts import health
from issues.render.charts.health import Mark
from issues.render.values import line
from rustrak.lib import clock, ids, wording
from rustrak.local_times import current
from rustrak.local_times.style import Style

# How many check-ins the chart shows.
LATEST = 24
FAILING = ("error", "missed", "timeout")

_WORDS = {
    "waiting": "Waiting",
    "ok": "OK",
    "error": "Failed",
    "missed": "Missed",
    "timeout": "Timed out",
    "in_progress": "Running",
    "unknown": "Unknown",
}
_ICONS = {"ok": "check", "error": "close", "missed": "missed", "timeout": "clock", "in_progress": "right"}


@dataclass(frozen=True)
class Status:
    """The status of a monitor or of a check-in. `name` is also a CSS class; `icon` is a symbol of icons.svg."""

    name: str

    @property
    def word(self) -> str:
        return _WORDS[self.name]

    @property
    def icon(self) -> str:
        return _ICONS.get(self.name, "waiting")


@dataclass(frozen=True)
class EnvironmentRow:
    """A monitor in one environment. `key` is the environment as sent, for addresses; `next_due_at` is None without a
    schedule, and while it is paused."""

    key: str
    environment: str
    is_muted: bool
    status: Status
    running: bool
    strip: SafeString | None
    last: datetime | None
    next_due_at: datetime | None
    overdue: bool
    paused_at: datetime | None


@dataclass(frozen=True)
class MonitorRow:
    """One monitor of the list; `schedule` is empty if it has none; `more` environments are on its own page."""

    monitor: Monitor
    name: str
    schedule: str
    environments: list[EnvironmentRow]
    more: int = 0


def name_of(monitor: Monitor) -> str:
    """What the page calls a monitor: the name that its job sends, with something to see in it."""
    return line(monitor.name or monitor.slug) or monitor.slug


def monitor_of(issue: Issue) -> Monitor | None:
    """The monitor whose failures are the events of `issue`, if it is one of these and the monitor still exists."""
    if not issue.title.startswith("Monitor "):
        return None
    tags = IssueTag.objects.filter(grouping__issue=issue, key="monitor.id")
    known = ids.event_id(tags.values_list("value", flat=True).first())
    return Monitor.objects.filter(project=issue.project_id, pk=known).first() if known else None


def local_moment(moment: datetime, timezone: str) -> SafeString:
    """A `<time>` in the job's time zone, with the reader's time and UTC in its title; in UTC when the zone is not known."""
    zone = schedule.zone(timezone)
    reader = current.style()
    text = Style(zone, reader.form).moment(moment)
    return format_html(
        '<time datetime="{}" title="{}">{} {}</time>',
        clock.rfc3339(moment), reader.both(moment), text.rpartition(" ")[0], f"{moment.astimezone(zone):%Z}",
    )  # fmt: skip


def schedule_text(monitor: Monitor) -> str:
    """The monitor's schedule in words; empty if it has none."""
    rule = schedule.stored(monitor.schedule_type, monitor.schedule, monitor.timezone)
    return rule.words() if rule else ""


def is_failing(monitor: Monitor, states: Collection[MonitorState]) -> bool:
    """Whether the monitor fails in any environment; what is muted never does."""
    return not monitor.is_muted and any(state.status in FAILING and not state.is_muted for state in states)


def latest_check_ins(state_ids: Collection[int]) -> dict[int, list[CheckIn]]:
    """The latest check-ins of each MonitorState, oldest first. One query."""
    found: dict[int, list[CheckIn]] = defaultdict(list)
    if state_ids:
        order = [F("started_at").desc(), F("pk").desc()]
        numbered = CheckIn.objects.filter(state__in=state_ids).annotate(
            number=Window(RowNumber(), partition_by=F("state"), order_by=order)
        )
        for run in numbered.filter(number__lte=LATEST).order_by("started_at", "pk"):
            found[run.state_id].append(run)
    return found


def environment_row(
    state: MonitorState, monitor: Monitor, latest: Mapping[int, Sequence[CheckIn]], now: datetime
) -> EnvironmentRow:
    """The row of `state`; `latest` is what latest_check_ins returned."""
    runs = latest.get(state.pk, [])
    due = state.next_due_at
    running = bool(runs) and runs[-1].status == CheckIn.Status.IN_PROGRESS
    return EnvironmentRow(
        key=state.environment,
        environment=line(state.environment) or "–",
        is_muted=state.is_muted,
        status=Status("in_progress" if running and state.status == "waiting" else state.status),
        running=running and state.status != "waiting",
        strip=_strip(runs),
        last=state.last_check_in_at,
        next_due_at=due,
        overdue=bool(due and due + timedelta(minutes=monitor.checkin_margin) < now),
        paused_at=state.paused_at,
    )


def _strip(runs: Sequence[CheckIn]) -> SafeString | None:
    if not runs:
        return None
    marks = [
        Mark(run.status, f"{_WORDS[run.status]}, {current.style().moment(run.started_at)}") for run in runs
    ]
    failed = sum(run.status in FAILING for run in runs)
    label = f"Latest {wording.counted(len(marks), 'check-in')}: {failed} failed"
    return health.strip(marks, label if len(marks) > 1 else marks[0].words)
