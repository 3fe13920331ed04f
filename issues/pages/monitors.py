"""Cron monitors: which jobs run as they should, and how one of them did lately."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from issues.models import CheckIn, Issue, Monitor, MonitorState
from issues.monitors import failures, lifecycle, schedule
from issues.pages.paging import paged
from issues.render import cron_howto
from issues.render.charts import health
from issues.render.charts.health import Mark
from rustrak.lib import clock

SIZE = 50
STRIP = 24

WORDS = {
    "waiting": "Waiting",
    "ok": "OK",
    "error": "Failed",
    "missed": "Missed",
    "timeout": "Timed out",
    "in_progress": "Running",
    "unknown": "Unknown",
}
ICONS = {"ok": "check", "error": "close", "missed": "missed", "timeout": "clock", "in_progress": "right"}
EXAMPLE = {"schedule": {"type": "crontab", "value": "0 3 * * *"}, "checkin_margin": 5, "max_runtime": 30}
_FAILING = ("error", "missed", "timeout")


@dataclass(frozen=True)
class Status:
    """How a state or a run stands: a CSS class, a word and a symbol of icons.svg."""

    name: str

    @property
    def word(self) -> str:
        return WORDS[self.name]

    @property
    def icon(self) -> str:
        return ICONS.get(self.name, "waiting")


@dataclass(frozen=True)
class Place:
    """A monitor in one environment. `next_due` is in words, empty when nobody can say."""

    environment: str
    status: Status
    running: bool
    strip: SafeString | None
    last: datetime | None
    next_due: str
    next_due_at: datetime | None
    overdue: bool


@dataclass(frozen=True)
class MonitorRow:
    """One monitor of the list."""

    monitor: Monitor
    schedule: str
    places: list[Place]


@dataclass(frozen=True)
class RunRow:
    """One check-in of the timeline."""

    run: CheckIn
    status: Status
    duration: str


@member
@require_safe
def monitor_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """What fails first, then by name; `?page=`."""
    monitors = list(Monitor.objects.filter(project=project))
    states: dict[Any, list[MonitorState]] = defaultdict(list)
    for state in MonitorState.objects.filter(monitor__project=project).order_by("environment"):
        states[state.monitor_id].append(state)

    def failing(monitor: Monitor) -> bool:
        return not monitor.is_muted and any(state.status in _FAILING for state in states[monitor.pk])

    monitors.sort(key=lambda monitor: (not failing(monitor), monitor.slug))
    asked = request.GET.get("page", "")
    last = max(1, -(-len(monitors) // SIZE))
    number = min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 6 else 1
    shown = monitors[(number - 1) * SIZE : number * SIZE]
    now = clock.now()
    runs = _latest([state.pk for monitor in shown for state in states[monitor.pk]])
    context = {
        "project": project,
        "rows": [
            MonitorRow(monitor, words_of(monitor), [_place(state, monitor, runs, now) for state in states[monitor.pk]])
            for monitor in shown
        ],
        "failing": sum(map(failing, monitors)),
        "total": len(monitors),
        "newer": f"?page={number - 1}" if number > 1 else "",
        "older": f"?page={number + 1}" if number < last else "",
        "how_to": cron_howto.how_to(project.dsn, "nightly-report", EXAMPLE),
    }  # fmt: skip
    return render(request, "issues/monitor_list.html", context)


@member
@require_safe
def monitor(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """`?environment=` of one environment only; `?cursor=` leads on in the timeline."""
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    states = list(found.states.order_by("environment"))
    environment = request.GET.get("environment", "")
    chosen = [state for state in states if state.environment == environment] or states
    page = paged(CheckIn.objects.filter(state__in=chosen), ("started_at", "id"), request.GET)
    names = {state.pk: state.environment for state in states}
    now = clock.now()
    latest = _latest([state.pk for state in states])
    rows = [
        (RunRow(run, Status(run.status), _seconds(run.duration)), names[run.state_id]) for run in page.items
    ]
    rule = schedule.stored(found.schedule_type, found.schedule, found.timezone)
    hashes = [digest for state in states for digest in failures.key_hashes(found.slug, state.environment)]
    context = {
        "project": project,
        "monitor": found,
        "schedule": words_of(found),
        "places": [_place(state, found, latest, now) for state in states],
        "environment": environment if len(chosen) < len(states) else "",
        "several": len(states) > 1,
        "rows": rows,
        "page": page,
        "issues": Issue.objects.filter(
            project=project, status=Issue.Status.OPEN, groupings__key_hash__in=hashes
        ).select_related("project").distinct().order_by("-last_seen")[:10],
        "how_to": cron_howto.how_to(project.dsn, found.slug, _config(found, rule) if rule else EXAMPLE),
    }  # fmt: skip
    return render(request, "issues/monitor.html", context)


@member
@require_POST
def monitor_act(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """`action` is `mute` or `unmute`."""
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    action = request.POST.get("action")
    if action not in ("mute", "unmute"):
        return HttpResponseBadRequest("Unknown action.")
    lifecycle.mute(found, action == "mute")
    if action == "mute":
        messages.success(request, f"{found.slug} is muted: it makes no issues.")
    else:
        messages.success(request, f"{found.slug} makes issues again.")
    return redirect("monitor", project.slug, found.slug)


@member(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
def monitor_delete(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """Asks first; a POST deletes the monitor with its check-ins."""
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    if request.method != "POST":
        return render(request, "issues/monitor_delete.html", {"project": project, "monitor": found})
    lifecycle.delete(found)
    messages.success(request, f"{found.slug} is deleted.")
    return redirect("monitor_list", project.slug)


def words_of(monitor: Monitor) -> str:
    """When it is due, as one says it; empty when nobody said."""
    rule = schedule.stored(monitor.schedule_type, monitor.schedule, monitor.timezone)
    return rule.words() if rule else ""


def _config(monitor: Monitor, rule: schedule.Schedule) -> dict[str, Any]:
    """The monitor_config that says what is so already."""
    asked: dict[str, Any] = {"schedule": rule.config(), "timezone": rule.timezone}
    asked |= {"checkin_margin": monitor.checkin_margin, "max_runtime": monitor.max_runtime}
    if monitor.failure_issue_threshold > 1:
        asked["failure_issue_threshold"] = monitor.failure_issue_threshold
    if monitor.recovery_threshold > 1:
        asked["recovery_threshold"] = monitor.recovery_threshold
    return asked


def _latest(state_ids: Collection[int]) -> dict[int, list[CheckIn]]:
    """The latest check-ins of each state, oldest first."""
    found: dict[int, list[CheckIn]] = defaultdict(list)
    if state_ids:
        order = [F("started_at").desc(), F("pk").desc()]
        numbered = CheckIn.objects.filter(state__in=state_ids).annotate(
            number=Window(RowNumber(), partition_by=F("state"), order_by=order)
        )
        for run in numbered.filter(number__lte=STRIP).order_by("started_at", "pk"):
            found[run.state_id].append(run)
    return found


def _place(state: MonitorState, monitor: Monitor, runs: dict[int, list[CheckIn]], now: datetime) -> Place:
    latest = runs.get(state.pk, [])
    marks = [Mark(run.status, f"{WORDS[run.status]}, {_utc(run.started_at)}") for run in latest]
    bad = sum(run.status in _FAILING for run in latest)
    label = f"The latest {len(marks)} check-ins: {bad} went wrong" if len(marks) != 1 else marks[0].words
    due = state.next_due_at
    running = bool(latest) and latest[-1].status == CheckIn.Status.IN_PROGRESS
    return Place(
        environment=state.environment,
        status=Status("in_progress" if running and state.status == "waiting" else state.status),
        running=running and state.status != "waiting",
        strip=health.strip(marks, label) if marks else None,
        last=state.last_check_in_at,
        next_due=until_text(due, now) if due else "",
        next_due_at=due,
        overdue=bool(due and due + timedelta(minutes=monitor.checkin_margin) < now),
    )


def until_text(moment: datetime, now: datetime) -> str:
    """`now`, `in 5 min`, `in 3 h`, `in 2 d`; `3 min ago` when it has passed."""
    seconds = int((moment - now).total_seconds())
    distance = abs(seconds)
    if distance < 60:
        return "now"
    number, unit = (
        (distance // 60, "min") if distance < 3600
        else (distance // 3600, "h") if distance < 2 * 86400
        else (distance // 86400, "d")
    )  # fmt: skip
    return f"in {number} {unit}" if seconds > 0 else f"{number} {unit} ago"


def _utc(moment: datetime) -> str:
    return f"{moment:%-d %b %Y %H:%M:%S} UTC"


def _seconds(duration: float | None) -> str:
    """`0.05 s`, `12.3 s`, `4 min 10 s`, `2 h 5 min`; empty when nobody knows."""
    if duration is None:
        return ""
    if duration < 60:
        return f"{duration:.3g} s"
    whole = int(duration)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
