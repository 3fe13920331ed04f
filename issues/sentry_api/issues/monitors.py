"""Cron monitors."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from ninja import Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.models import Monitor, MonitorState
from issues.sentry_api.account.projects import project_brief
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import open_to, project_of, projects_of
from rustrak.lib import clock, ids, keyset, problems

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


@router.get("/api/0/organizations/{organization}/monitors", summary="monitors list")
def monitors(request: SignedInRequest, organization: str) -> HttpResponse:
    """The monitors of the projects that `project` names, or of all."""
    named = [name for name in request.GET.getlist("project") if name != "-1"]
    rows = _visible(request)
    if named:
        rows = rows.filter(project__in=projects_of(request, named))
    page = keyset.page(
        rows, ["id"], descending=False, cursor=paging.cursor(request), limit=paging.limit(request)
    )
    return paging.answer(request, [monitor_out(each) for each in page.items], page.next_cursor)


@router.get("/api/0/organizations/{organization}/monitors/{monitor}", summary="monitor view")
def monitor(request: SignedInRequest, organization: str, monitor: str) -> dict[str, Any]:
    """One monitor, by its id or its slug; of several projects with this slug the oldest."""
    return monitor_out(_named(_visible(request), monitor))


@router.get("/api/0/projects/{organization}/{project}/monitors/{monitor}", summary="monitor view")
def project_monitor(
    request: SignedInRequest, organization: str, project: str, monitor: str
) -> dict[str, Any]:
    rows = _visible(request).filter(project=project_of(request, project))
    return monitor_out(_named(rows, monitor))


def _visible(request: SignedInRequest) -> QuerySet[Monitor]:
    states = Prefetch("states", MonitorState.objects.order_by("environment"))
    rows = Monitor.objects.filter(project__in=open_to(request).values("pk"))
    return rows.select_related("project").prefetch_related(states)


def _named(rows: QuerySet[Monitor], name: str) -> Monitor:
    found = rows.filter(slug=name.replace("\0", "")).order_by("project").first()
    if found is None and (plain := ids.event_id(name)):
        found = rows.filter(pk=plain).first()
    if found is None:
        raise problems.NotFound(f"There is no monitor “{name[:100]}”.")
    return found


def monitor_out(monitor: Monitor) -> dict[str, Any]:
    """A monitor whose `project` and `states` are loaded."""
    return {
        "id": str(monitor.pk),
        "slug": monitor.slug,
        "name": monitor.name or monitor.slug,
        "status": "active",
        "isMuted": monitor.is_muted,
        "type": "cron_job",
        "dateCreated": clock.rfc3339(monitor.created_at),
        "project": project_brief(monitor.project),
        "owner": None,
        "config": {
            "schedule_type": monitor.schedule_type or None,
            "schedule": _schedule(monitor),
            "timezone": monitor.timezone,
            "checkin_margin": monitor.checkin_margin,
            "max_runtime": monitor.max_runtime,
            "failure_issue_threshold": monitor.failure_issue_threshold,
            "recovery_threshold": monitor.recovery_threshold,
        },
        "environments": [_state(each) for each in monitor.states.all()],
    }


def _schedule(monitor: Monitor) -> str | list[Any] | None:
    """A crontab line, or a number and its unit."""
    if monitor.schedule_type == Monitor.ScheduleType.INTERVAL:
        number, _, unit = monitor.schedule.partition(" ")
        return [int(number), unit] if number.isdigit() else monitor.schedule
    return monitor.schedule or None


def _state(state: MonitorState) -> dict[str, Any]:
    return {
        "name": state.environment,
        "status": "active" if state.status == MonitorState.Status.WAITING else state.status,
        "isMuted": state.is_muted,
        "lastCheckIn": clock.rfc3339(state.last_check_in_at) if state.last_check_in_at else None,
        "nextCheckIn": clock.rfc3339(state.next_due_at) if state.next_due_at else None,
    }
