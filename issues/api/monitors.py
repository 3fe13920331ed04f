"""/api/projects/{id}/monitors"""

from __future__ import annotations

from collections.abc import Sequence

from django.shortcuts import get_object_or_404
from ninja import Query, Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.models import CheckIn, Monitor, MonitorState
from issues.monitors import lifecycle, schedule
from rustrak.lib import keyset
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["monitors"], auth=needs(Capability.EVENT_READ, Capability.PROJECT_WRITE))

#: Of one monitor. More are counted in `environment_count`.
MOST_ENVIRONMENTS = 100
FAILING = frozenset({"error", "missed", "timeout"})


class MutedIn(Input):
    """What is muted is recorded, but creates no issues."""

    model_config = example({"is_muted": True})

    is_muted: bool


class CheckInQuery(Paging):
    environment: Text | None = None


class EnvironmentOut(Output):
    """A monitor in one environment. `status` is waiting, ok, error, missed or timeout. `next_due_at` is when the next check-in is due, null without
    a schedule and while it is paused because nobody seems to run the job any more."""

    id: int
    name: str
    status: str
    is_muted: bool
    last_check_in_at: Moment | None
    next_due_at: Moment | None
    paused_at: Moment | None
    failing_since: Moment | None
    failures_in_a_row: int


class ScheduleOut(Output):
    """`text` is a crontab line, or a number and a unit; `words` says the same for people."""

    type: str
    text: str
    timezone: str
    words: str


class MonitorOut(Output):
    """A job that reports its runs. What it is and when it runs comes with its check-ins; `config_problem` says why the latest of that could not be used.
    Margin and run time are in minutes. `is_failing`: it fails in an environment, and neither is muted."""

    slug: str
    name: str
    schedule: ScheduleOut | None
    checkin_margin: int
    max_runtime: int
    failure_issue_threshold: int
    recovery_threshold: int
    is_muted: bool
    is_failing: bool
    config_problem: str | None
    created_at: Moment
    environment_count: int
    environments: list[EnvironmentOut]

    @classmethod
    def of(cls, monitor: Monitor) -> MonitorOut:
        """Of a monitor whose `states` are prefetched."""
        states = sorted(monitor.states.all(), key=lambda state: state.environment)
        failing = any(state.status in FAILING and not state.is_muted for state in states)
        return cls(
            slug=monitor.slug,
            name=monitor.name or monitor.slug,
            schedule=_schedule(monitor),
            checkin_margin=monitor.checkin_margin,
            max_runtime=monitor.max_runtime,
            failure_issue_threshold=monitor.failure_issue_threshold,
            recovery_threshold=monitor.recovery_threshold,
            is_muted=monitor.is_muted,
            is_failing=failing and not monitor.is_muted,
            config_problem=monitor.config_problem or None,
            created_at=monitor.created_at,
            environment_count=len(states),
            environments=_environments(states),
        )


class CheckInOut(Output):
    """One run, or one that was missed. `duration` is in seconds; `finished_at` is null while it runs."""

    id: str
    environment: str
    status: str
    started_at: Moment
    finished_at: Moment | None
    duration: float | None

    @classmethod
    def of(cls, run: CheckIn) -> CheckInOut:
        return cls(
            id=run.check_in_id.hex,
            environment=run.state.environment,
            status=run.status,
            started_at=run.started_at,
            finished_at=run.finished_at,
            duration=run.duration,
        )


_version = Versioned("is_failing", "environments", "environment_count")


@router.get("/api/projects/{int:project_id}/monitors", response=Listing[MonitorOut])
def list_monitors(request: SignedInRequest, project_id: int, query: Query[Paging]) -> Listing[MonitorOut]:
    """List the cron monitors of a project by slug, with how they do in each environment."""
    rows = Monitor.objects.filter(project=visible_project(request.user, project_id))
    page = keyset.page(
        rows.prefetch_related("states"), ["slug"], descending=False, cursor=query.cursor, limit=query.limit
    )
    return Listing[MonitorOut].of(page, MonitorOut.of)


@router.get("/api/projects/{int:project_id}/monitors/{slug:slug}", response=MonitorOut)
@_version.shown
def get_monitor(request: SignedInRequest, project_id: int, slug: str) -> MonitorOut:
    """Return one monitor."""
    return MonitorOut.of(_monitor(visible_project(request.user, project_id), slug))


@router.patch("/api/projects/{int:project_id}/monitors/{slug:slug}", response=MonitorOut)
@_version.guarded(get_monitor)
def change_monitor(request: SignedInRequest, project_id: int, slug: str, body: MutedIn) -> MonitorOut:
    """Mute a monitor in all environments, or end that. Everything else is set by the job itself, with its check-ins."""
    project = visible_project(request.user, project_id)
    lifecycle.mute(_monitor(project, slug), body.is_muted)
    return MonitorOut.of(_monitor(project, slug))


@router.delete(
    "/api/projects/{int:project_id}/monitors/{slug:slug}",
    response={204: None},
    auth=needs(Capability.EVENT_READ, Capability.PROJECT_ADMIN),
)
@_version.guarded(get_monitor)
def delete_monitor(request: SignedInRequest, project_id: int, slug: str) -> Status[None]:
    """Delete a monitor with its check-ins; its issues stay. Its next check-in creates it again. Only admins of the project may do this."""
    lifecycle.delete(_monitor(visible_project(request.user, project_id), slug))
    return Status(204, None)


@router.patch(
    "/api/projects/{int:project_id}/monitors/{slug:slug}/environments/{int:environment_id}",
    response=MonitorOut,
)
def change_monitor_environment(
    request: SignedInRequest, project_id: int, slug: str, environment_id: int, body: MutedIn
) -> MonitorOut:
    """Mute a monitor in one environment, or end that."""
    project = visible_project(request.user, project_id)
    lifecycle.mute_environment(_state(project, slug, environment_id), body.is_muted)
    return MonitorOut.of(_monitor(project, slug))


@router.delete(
    "/api/projects/{int:project_id}/monitors/{slug:slug}/environments/{int:environment_id}",
    response={204: None},
    auth=needs(Capability.EVENT_READ, Capability.PROJECT_ADMIN),
)
def delete_monitor_environment(
    request: SignedInRequest, project_id: int, slug: str, environment_id: int
) -> Status[None]:
    """Delete one environment of a monitor with its check-ins. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    lifecycle.delete_environment(_state(project, slug, environment_id))
    return Status(204, None)


@router.get("/api/projects/{int:project_id}/monitors/{slug:slug}/check-ins", response=Listing[CheckInOut])
def list_check_ins(
    request: SignedInRequest, project_id: int, slug: str, query: Query[CheckInQuery]
) -> Listing[CheckInOut]:
    """List the runs of a monitor, the latest first; with `environment` those in it."""
    states = _monitor(visible_project(request.user, project_id), slug).states.all()
    if query.environment is not None:
        states = states.filter(environment=query.environment)
    rows = CheckIn.objects.filter(state__in=states.values("pk")).select_related("state")
    page = keyset.page(rows, ["started_at", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[CheckInOut].of(page, CheckInOut.of)


def _monitor(project: Project, slug: str) -> Monitor:
    return get_object_or_404(Monitor.objects.prefetch_related("states"), project=project, slug=slug)


def _state(project: Project, slug: str, environment_id: int) -> MonitorState:
    states = MonitorState.objects.select_related("monitor").filter(monitor__project=project)
    return get_object_or_404(states, monitor__slug=slug, pk=environment_id)


def _schedule(monitor: Monitor) -> ScheduleOut | None:
    rule = schedule.stored(monitor.schedule_type, monitor.schedule, monitor.timezone)
    if rule is None:
        return None
    return ScheduleOut(
        type=monitor.schedule_type, text=monitor.schedule, timezone=rule.timezone, words=rule.words()
    )


def _environments(states: Sequence[MonitorState]) -> list[EnvironmentOut]:
    return [
        EnvironmentOut(
            id=state.pk,
            name=state.environment,
            status=state.status,
            is_muted=state.is_muted,
            last_check_in_at=state.last_check_in_at,
            next_due_at=state.next_due_at,
            paused_at=state.paused_at,
            failing_since=state.failing_since,
            failures_in_a_row=state.failures_in_a_row,
        )
        for state in states[:MOST_ENVIRONMENTS]
    ]
