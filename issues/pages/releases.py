"""Release health: how many sessions and users each release has, and how many of them are crash-free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Issue, SessionDay, SessionPerson
from issues.render.charts import health
from issues.render.values import visible
from rustrak.lib import clock, wording

PERIODS = (14, 30, 90)
SIZE = 25
# How many environments can be chosen; others can be named in the address.
MOST_ENVIRONMENTS = 200
# Adoption counts the sessions of this many days, including today.
ADOPTION_DAYS = 2
_ABOUT = (
    "Most SDKs count sessions by themselves once the release is set. "
    "This page then shows how many sessions and users of each release are crash-free."
)


@dataclass(frozen=True)
class ReleaseRow:
    """One release in the period. `recent` of `all_recent` sessions of the last two days are its own: its adoption.

    `more_people`: there were more people than `people`, who were too many to be counted.
    """

    release: str
    sessions: int
    crashed: int
    errored: int
    people: int
    people_crashed: int
    more_people: bool
    recent: int
    all_recent: int
    first: date
    last: date
    new_issues: int
    chart: SafeString


@dataclass(frozen=True)
class _Sums:
    release: str
    first: date
    last: date
    total: int
    crashed: int
    errored: int
    recent: int


@member(section=Section.RELEASES)
@require_safe
def release_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """The releases of a period, latest first. Query string: `days` (14, 30 or 90), `environment`, `page`."""
    asked = request.GET
    period = next((days for days in PERIODS if asked.get("days") == str(days)), PERIODS[0])
    today = clock.now().date()
    since = today - timedelta(days=period - 1)
    environments = sorted(
        SessionDay.objects.filter(project=project).values_list("environment", flat=True).distinct()
    )
    environment = asked.get("environment") if asked.get("environment") in environments else None
    listed = environments[:MOST_ENVIRONMENTS]
    if environment is not None and environment not in listed:
        listed.append(environment)
    narrow: dict[str, Any] = {"project": project}
    if environment is not None:
        narrow["environment"] = environment
    releases = _releases(narrow, since, today)
    page = Paginator(releases, SIZE).get_page(asked.get("page"))
    recent = sum(each.recent for each in releases)
    context = {
        "project": project,
        "rows": _rows(project, narrow, list(page), since, today, recent),
        "page": page,
        "query": _query(period, environment),
        "about_releases": _ABOUT,
        "any_at_all": bool(environments),
        "period": period,
        "periods": [(days, days == period) for days in PERIODS],
        "environments": [(name, name or "none", name == environment) for name in listed],
        "environment": environment,
        "python": f'sentry_sdk.init(\n    dsn="{project.dsn}",\n    release="my-app@1.4.2",\n)',
        "javascript": f'Sentry.init({{\n  dsn: "{project.dsn}",\n  release: "my-app@1.4.2",\n}});',
    }
    return render(request, "issues/release_list.html", context)


def _query(period: int, environment: str | None) -> str:
    """What the links to other pages keep, with an & behind it."""
    return urlencode({"days": period} | ({} if environment is None else {"environment": environment})) + "&"


def _releases(narrow: dict[str, Any], since: date, today: date) -> list[_Sums]:
    """Every release with sessions in the period, latest first."""
    inside = Q(day__gte=since)
    recent = Q(day__gt=today - timedelta(days=ADOPTION_DAYS))
    found = (
        SessionDay.objects.filter(**narrow)
        .values_list("release")
        .annotate(
            first=Min("day"),
            latest=Max("day"),
            started=Coalesce(Sum("total", filter=inside), 0),
            ended_badly=Coalesce(Sum("crashed", filter=inside), 0),
            errors_only=Coalesce(Sum(F("errored") - F("crashed"), filter=inside), 0),
            recent=Coalesce(Sum("total", filter=recent), 0),
        )
        .order_by()
    )
    sums = [_Sums(*row) for row in found if row[2] >= since]
    return sorted(sums, key=lambda each: (each.last, each.first, each.total, each.release), reverse=True)


def _rows(
    project: Project, narrow: dict[str, Any], shown: Sequence[_Sums], since: date, today: date,
    recent: int,
) -> list[ReleaseRow]:  # fmt: skip
    names = [each.release for each in shown]
    if not names:
        return []
    inside = narrow | {"day__gte": since, "release__in": names}
    of_day = {f"session_day__{name}": value for name, value in inside.items()}
    people = {
        release: (met, unlucky)
        for release, met, unlucky in SessionPerson.objects.filter(**of_day)
        .values_list("session_day__release")
        .annotate(
            met=Count("person", distinct=True),
            unlucky=Count("person", distinct=True, filter=Q(crashed=True)),
        )
        .order_by()
    }
    more_people = set(
        SessionDay.objects.filter(more_people=True, **inside).values_list("release", flat=True).distinct()
    )
    by_day: dict[str, dict[date, tuple[int, int]]] = defaultdict(dict)
    for release, day, total, crashed in (
        SessionDay.objects.filter(**inside)
        .values_list("release", "day")
        .annotate(Sum("total"), Sum("crashed"))
        .order_by()
    ):
        by_day[release][day] = (total, crashed)
    new = dict(
        Issue.objects.filter(project=project, first_release__in=names)
        .values_list("first_release")
        .annotate(Count("pk"))
        .order_by()
    )
    days = [since + timedelta(days=number) for number in range((today - since).days + 1)]
    return [
        _row(
            each, people.get(each.release, (0, 0)), each.release in more_people, by_day[each.release], days,
            recent, new,
        )
        for each in shown
    ]  # fmt: skip


def _row(
    sums: _Sums, people: tuple[int, int], more_people: bool, by_day: dict[date, tuple[int, int]],
    days: Sequence[date], recent: int, new: dict[str, int],
) -> ReleaseRow:  # fmt: skip
    total, crashed = sums.total, sums.crashed
    met, unlucky = people
    counts = [by_day.get(day, (0, 0)) for day in days]
    label = f"{wording.counted(total, 'session')} in {len(days)} days, {wording.number(crashed)} crashed"
    return ReleaseRow(
        release=visible(sums.release),
        sessions=total,
        crashed=crashed,
        errored=max(0, sums.errored),
        people=met,
        people_crashed=unlucky,
        more_people=more_people,
        recent=sums.recent,
        all_recent=recent,
        first=sums.first,
        last=sums.last,
        new_issues=new.get(sums.release, 0),
        chart=health.days(
            [count[0] for count in counts], [count[1] for count in counts],
            [f"{day:%-d %b}" for day in days], label,
        ),
    )  # fmt: skip
