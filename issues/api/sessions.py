"""/api/projects/{id}/sessions, and the health of a release"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from ninja import Query, Router
from pydantic import BaseModel, Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues.api.releases.shared import named
from issues.models import SessionDay
from issues.sessions import health
from rustrak.lib import clock, keyset
from rustrak.lib.schemas import IN_DIGITS, Listing, Output, Paging, Text

router = Router(tags=["sessions"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_WRITE))


class SessionsQuery(Paging):
    """Days from `since` to `until`, both included. An empty `environment` is that of sessions that name none."""

    release: Annotated[Text, Field(max_length=200)] | None = None
    environment: Annotated[Text, Field(max_length=64)] | None = None
    since: date | None = None
    until: date | None = None


class HealthQuery(BaseModel):
    """The last `days`, today included."""

    days: Annotated[int, Field(ge=1, le=90), IN_DIGITS] = 14
    environment: Annotated[Text, Field(max_length=64)] | None = None


class SessionDayOut(Output):
    """The sessions of a release in an environment that started on one day (UTC). `errored` counts all in which anything went wrong, `crashed`,
    `abnormal` and `unhandled` those of them that ended so. With `more_people` there were more people than `people`."""

    day: date
    release: str
    environment: str
    sessions: int
    errored: int
    crashed: int
    abnormal: int
    unhandled: int
    people: int
    more_people: bool

    @classmethod
    def of(cls, row: SessionDay) -> SessionDayOut:
        return cls(
            day=row.day,
            release=row.release,
            environment=row.environment,
            sessions=row.total,
            errored=row.errored,
            crashed=row.crashed,
            abnormal=row.abnormal,
            unhandled=row.unhandled,
            people=row.people,
            more_people=row.more_people,
        )


class HealthOut(Output):
    """Each session that went wrong is counted in one of `crashed`, `abnormal`, `unhandled` and `errored`. The shares are in percent, null without sessions or
    people. `adoption` is the release's share of the sessions of the last two days, in words."""

    days: int
    sessions: int
    crashed: int
    abnormal: int
    unhandled: int
    errored: int
    people: int
    people_crashed: int
    more_people: bool
    crash_free_sessions: float | None
    crash_free_people: float | None
    adoption: str | None


@router.get("/api/projects/{int:project_id}/sessions", response=Listing[SessionDayOut])
def list_sessions(
    request: SignedInRequest, project_id: int, query: Query[SessionsQuery]
) -> Listing[SessionDayOut]:
    """List how many sessions of each release and environment started on each day, and how they ended; the latest day first."""
    rows = health.days(visible_project(request.user, project_id), query.environment)
    if query.release is not None:
        rows = rows.filter(release=query.release)
    if query.since is not None:
        rows = rows.filter(day__gte=query.since)
    if query.until is not None:
        rows = rows.filter(day__lte=query.until)
    page = keyset.page(rows, ["day", "id"], descending=True, cursor=query.cursor, limit=query.limit)
    return Listing[SessionDayOut].of(page, SessionDayOut.of)


@router.get("/api/projects/{int:project_id}/release-health/{path:version}", response=HealthOut)
def get_release_health(
    request: SignedInRequest, project_id: int, version: str, query: Query[HealthQuery]
) -> HealthOut:
    """Return how the sessions of a release went in the last days: crashes, people, crash-free shares and adoption."""
    project = visible_project(request.user, project_id)
    release = named(project, version).version
    today = clock.now().date()
    since = today - timedelta(days=query.days - 1)
    found = health.of_releases(project, [release], query.environment, since).get(release)
    return HealthOut(
        days=query.days,
        sessions=found.sessions if found else 0,
        crashed=found.crashed if found else 0,
        abnormal=found.abnormal if found else 0,
        unhandled=found.unhandled if found else 0,
        errored=found.errored if found else 0,
        people=found.people if found else 0,
        people_crashed=found.people_crashed if found else 0,
        more_people=bool(found and found.more_people),
        crash_free_sessions=_free(found.sessions, found.crashed) if found else None,
        crash_free_people=_free(found.people, found.people_crashed) if found else None,
        adoption=health.adoption(project, query.environment, today).get(release),
    )


def _free(everything: int, crashed: int) -> float | None:
    return round(100 * (everything - crashed) / everything, 3) if everything else None
