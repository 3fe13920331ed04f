"""The pages of cron monitors: which jobs run as they should, and the check-ins of one job."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import CheckIn, Issue, Monitor, MonitorState
from issues.monitors import failures, lifecycle, schedule
from issues.pages.monitor_rows import (
    MonitorRow,
    Status,
    environment_row,
    is_failing,
    latest_check_ins,
    local_moment,
    name_of,
    schedule_text,
)
from issues.pages.paging import paged
from issues.render import cron_howto
from issues.render.values import line
from rustrak.lib import clock
from rustrak.lib.http import confirmation

SIZE = 50
# How many environments of a monitor the list shows, and its own page.
ENVIRONMENTS, MOST_ENVIRONMENTS = 10, 200

_EXAMPLE = {"schedule": {"type": "crontab", "value": "0 3 * * *"}, "checkin_margin": 5, "max_runtime": 30}
_ABOUT = (
    "A cron job, worker or backup that reports its runs appears here with its first check-in. "
    "When it fails, does not start or does not finish in time, Rustrak creates an issue."
)


@dataclass(frozen=True)
class RunRow:
    """One check-in of a monitor's page. `when` is the time of its beginning, or when it was due, in the job's zone."""

    run: CheckIn
    status: Status
    environment: str
    when: SafeString


@member(section=Section.MONITORS)
@require_safe
def monitor_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """The project's monitors, failing ones first, then by name, case ignored. Query string: `page`."""
    monitors = list(Monitor.objects.filter(project=project))
    states: dict[Any, list[MonitorState]] = defaultdict(list)
    for state in MonitorState.objects.filter(monitor__project=project).order_by("environment"):
        states[state.monitor_id].append(state)
    failing = {monitor.pk for monitor in monitors if is_failing(monitor, states[monitor.pk])}
    monitors.sort(
        key=lambda each: (each.pk not in failing, (each.name or each.slug).casefold(), each.name, each.slug)
    )
    page = Paginator(monitors, SIZE).get_page(request.GET.get("page"))
    latest = latest_check_ins([state.pk for monitor in page for state in states[monitor.pk][:ENVIRONMENTS]])
    now = clock.now()
    context = {
        "project": project,
        "rows": [
            MonitorRow(
                monitor,
                name_of(monitor),
                schedule_text(monitor),
                [environment_row(state, monitor, latest, now) for state in states[monitor.pk][:ENVIRONMENTS]],
                more=max(0, len(states[monitor.pk]) - ENVIRONMENTS),
            )
            for monitor in page
        ],
        "page": page,
        "failing": len(failing),
        "total": len(monitors),
        "about_monitors": _ABOUT,
        "how_to": cron_howto.how_to(project.dsn, "nightly-report", _EXAMPLE),
    }
    return render(request, "issues/monitor_list.html", context)


@member(section=Section.MONITORS)
@require_safe
def monitor(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """One monitor and its check-ins, latest first. Query string: `environment` (only this one), `cursor`."""
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    states = list(found.states.order_by("environment"))
    environment = request.GET.get("environment", "")
    chosen = [state for state in states if state.environment == environment] or states
    page = paged(CheckIn.objects.filter(state__in=chosen), ("started_at", "id"), request.GET)
    names = {state.pk: line(state.environment) or "–" for state in states}
    shown = states[:MOST_ENVIRONMENTS]
    latest = latest_check_ins([state.pk for state in shown])
    now = clock.now()
    rule = schedule.stored(found.schedule_type, found.schedule, found.timezone)
    config = _config(found, rule) if rule else _EXAMPLE
    context = {
        "project": project,
        "monitor": found,
        "name": name_of(found),
        "schedule": schedule_text(found),
        "unreadable": bool(found.schedule and rule is None),
        "timezone": rule.timezone if rule else "UTC",
        "environments": [environment_row(state, found, latest, now) for state in shown],
        "more_environments": len(states) - len(shown),
        "paused": any(state.paused_at for state in shown),
        "environment": line(environment) if len(chosen) < len(states) else "",
        "chosen": environment if len(chosen) < len(states) else None,
        "several": len(states) > 1,
        "rows": [
            RunRow(run, Status(run.status), names[run.state_id], local_moment(run.started_at, found.timezone))
            for run in page.items
        ],
        "page": page,
        "issues": _open_issues(found, states),
        "how_to": cron_howto.how_to(project.dsn, found.name or found.slug, config),
    }
    return render(request, "issues/monitor.html", context)


@member(changes=Capability.PROJECT_WRITE)
@require_POST
def monitor_act(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """Mute or unmute a monitor, or one `environment` of it: `action` is `mute` or `unmute`."""
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    action = request.POST.get("action")
    if action not in ("mute", "unmute"):
        return HttpResponseBadRequest("Unknown action.")
    what = name_of(found)
    if "environment" in request.POST:
        state = _state(found, request.POST["environment"])
        lifecycle.mute_environment(state, action == "mute")
        what = f"{what} in {line(state.environment)}"
    else:
        lifecycle.mute(found, action == "mute")
    if action == "mute":
        messages.success(request, f"{what} is muted: it creates no issues.")
    else:
        messages.success(request, f"{what} is no longer muted.")
    return redirect("monitor", project.slug, found.slug)


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.MONITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def monitor_delete(request: SignedInRequest, project: Project, monitor: str) -> HttpResponse:
    """Ask for confirmation; a POST whose `confirm` is the slug deletes the monitor with its check-ins.

    Query string: `environment`: only this one, without `confirm`.
    """
    found = get_object_or_404(Monitor, project=project, slug=monitor)
    state = _state(found, request.GET["environment"]) if "environment" in request.GET else None
    environment = line(state.environment) if state else ""
    if request.method != "POST":
        context = {"project": project, "monitor": found, "name": name_of(found), "environment": environment}
        return render(request, "issues/monitor_delete.html", context)
    if state:
        lifecycle.delete_environment(state)
        messages.success(request, f"{environment} is deleted from {name_of(found)}.")
        return redirect("monitor", project.slug, found.slug)
    if not confirmation.names(request.POST, found.slug):
        messages.error(request, confirmation.unconfirmed(found.slug))
        return redirect("monitor_delete", project.slug, found.slug)
    lifecycle.delete(found)
    messages.success(request, f"{name_of(found)} is deleted.")
    return redirect("monitor_list", project.slug)


def _state(monitor: Monitor, environment: str) -> MonitorState:
    states = MonitorState.objects.select_related("monitor")
    return get_object_or_404(states, monitor=monitor, environment=environment.replace("\0", ""))


def _open_issues(monitor: Monitor, states: list[MonitorState]) -> Any:
    """The latest open issues that the monitor's failures created."""
    hashes = [key for state in states for key in failures.key_hashes(monitor.slug, state.environment)]
    found = Issue.objects.filter(
        project=monitor.project_id, status=Issue.Status.OPEN, groupings__key_hash__in=hashes
    )
    return found.select_related("project").distinct().order_by("-last_seen")[:10]


def _config(monitor: Monitor, rule: schedule.Schedule) -> dict[str, Any]:
    """The monitor_config that would set what the monitor has now."""
    config: dict[str, Any] = {"schedule": rule.config(), "timezone": rule.timezone}
    config |= {"checkin_margin": monitor.checkin_margin, "max_runtime": monitor.max_runtime}
    if monitor.failure_issue_threshold > 1:
        config["failure_issue_threshold"] = monitor.failure_issue_threshold
    if monitor.recovery_threshold > 1:
        config["recovery_threshold"] = monitor.recovery_threshold
    return config
