"""/api/projects/{id}/limits"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from ninja import Router
from pydantic import Field

from accounts import projects
from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from ingest.rate_limits import stored
from ingest.rate_limits.configured import limits_of, sampling_problem
from issues import usage
from issues.models import Usage
from rustrak.lib import clock, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Moment, Output, example

router = Router(tags=["limits"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

_NAMES = (
    "max_events_per_minute",
    "max_events_per_hour",
    "retain_days",
    "retain_events",
    "noisy_issue_percent",
)
Events = Annotated[int, Field(ge=0, le=projects.MOST_EVENTS)]


class LimitsPatch(Input):
    """What is left out does not change. Null is the default of the installation, 0 no limit. `noisy_issue_percent`: an issue with a
    larger share of the events per hour is stored in part; 0: never."""

    model_config = example({"max_events_per_minute": 1000, "retain_days": 90})

    max_events_per_minute: Events | None = None
    max_events_per_hour: Events | None = None
    retain_days: Annotated[int, Field(ge=0, le=projects.MOST_DAYS)] | None = None
    retain_events: Events | None = None
    noisy_issue_percent: Annotated[int, Field(ge=0, le=100)] = 0


class KeptOut(Output):
    """One kind of what a project keeps. Null: it has no limit of its own."""

    kind: str
    count: int
    bytes: int
    most_count: int | None
    most_bytes: int | None


class ExceededOut(Output):
    """The limit that rejects events now, and until when."""

    limit: str
    until: Moment


class LimitsOut(Output):
    """The limits of the project itself; `per_minute` and `per_hour` are those that hold, 0 without any. `in_minute` and `in_hour` are how many
    events were accepted in the current clock minute and hour (UTC). `kept` is what the project keeps of each kind."""

    max_events_per_minute: int | None
    max_events_per_hour: int | None
    retain_days: int | None
    retain_events: int | None
    noisy_issue_percent: int
    per_minute: int
    per_hour: int
    in_minute: int
    in_hour: int
    exceeded: ExceededOut | None
    kept: list[KeptOut]

    @classmethod
    def of(cls, project: Project) -> LimitsOut:
        now = clock.now()
        own: dict[str, Any] = {name: getattr(project, name) for name in _NAMES}
        limits = limits_of(project.max_events_per_minute, project.max_events_per_hour)
        used, exceeded = stored.used(project.pk, now), stored.in_force(project, now)
        return cls(
            **own,
            per_minute=limits.project_minute,
            per_hour=limits.project_hour,
            in_minute=used.in_minute,
            in_hour=used.in_hour,
            exceeded=ExceededOut(limit=exceeded.name, until=datetime.fromtimestamp(exceeded.until, UTC))
            if exceeded
            else None,
            kept=_kept(project),
        )


_version = Versioned("in_minute", "in_hour", "exceeded", "kept")


@router.get("/api/projects/{int:project_id}/limits", response=LimitsOut)
@_version.shown
def get_limits(request: SignedInRequest, project_id: int) -> LimitsOut:
    """Return how many events a project may send and keep, and how much of that it uses."""
    return LimitsOut.of(visible_project(request.user, project_id))


@router.patch("/api/projects/{int:project_id}/limits", response=LimitsOut)
@_version.guarded(get_limits)
def change_limits(request: SignedInRequest, project_id: int, body: LimitsPatch) -> LimitsOut:
    """Change how many events a project may send and keep. It takes effect within two seconds. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    values: dict[str, Any] = {name: getattr(project, name) for name in _NAMES}
    values |= {name: getattr(body, name) for name in body.model_fields_set}
    if problem := sampling_problem(values["noisy_issue_percent"], values["max_events_per_hour"]):
        raise problems.BadInput(f"noisy_issue_percent: {problem}")
    if body.model_fields_set:
        projects.set_limits(project, **values)
    return LimitsOut.of(visible_project(request.user, project_id))


def _kept(project: Project) -> list[KeptOut]:
    found = Usage.objects.filter(pk=project.pk).first() or Usage(project=project)
    kept = []
    for name in usage.KINDS:
        used, most = usage.used(found, name), usage.allowed(name)
        kept.append(
            KeptOut(
                kind=name,
                count=used.count,
                bytes=used.bytes,
                most_count=None if most.count == usage.UNLIMITED else most.count,
                most_bytes=None if most.bytes == usage.UNLIMITED else most.bytes,
            )
        )
    return kept
