"""How the sessions of releases went in a period, with their charts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from accounts.models import Project
from issues.models import SessionDay
from issues.pages.releases.asked import Asked
from issues.render.charts import health as charts
from issues.render.charts.marks import Mark
from issues.sessions import health
from issues.sessions.health import Sums
from rustrak.lib import wording


@dataclass(frozen=True)
class Health:
    """Each session that went wrong is in one of `crashed`, `abnormal`, `unhandled` and `errored`. `more_people`: there were more people than
    `people`, who were too many to be counted."""

    sessions: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0
    errored: int = 0
    people: int = 0
    people_crashed: int = 0
    more_people: bool = False
    chart: SafeString | None = None


def any_sessions(project: Project) -> bool:
    return SessionDay.objects.filter(project=project).exists()


def adoption(project: Project, asked: Asked) -> dict[str, str]:
    """The shares of all releases that had sessions in the last two days, which add up to 100 %. One statement."""
    return health.adoption(project, asked.environment, asked.today)


def of_releases(
    project: Project, releases: Collection[str], asked: Asked, marks: Mapping[str, Sequence[Mark]]
) -> dict[str, Health]:
    """Of those that had sessions in the period, with the `marks` of each on its chart. Two statements."""
    found = health.of_releases(project, releases, asked.environment, asked.since)
    return {release: _health(sums, asked, marks.get(release, ())) for release, sums in found.items()}


def _health(sums: Sums, asked: Asked, marks: Sequence[Mark]) -> Health:
    counts = [sums.by_day.get(day, (0, 0)) for day in asked.days]
    label = (
        f"{wording.counted(sums.sessions, 'session')} in {asked.period} days, "
        f"{wording.number(sums.crashed)} crashed"
    )
    return Health(
        sessions=sums.sessions,
        crashed=sums.crashed,
        abnormal=sums.abnormal,
        unhandled=sums.unhandled,
        errored=sums.errored,
        people=sums.people,
        people_crashed=sums.people_crashed,
        more_people=sums.more_people,
        chart=charts.days(
            [count[0] for count in counts],
            [count[1] for count in counts],
            [f"{day:%-d %b}" for day in asked.days],
            label,
            marks,
        )
        if sums.sessions
        else None,
    )
