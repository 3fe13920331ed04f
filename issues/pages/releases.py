"""Releases: all that events and sessions name, how many of the sessions and users are crash-free, and the issues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Issue, SessionDay, SessionPerson
from issues.pages.paging import Paged, paged
from issues.releases.mentioned import Mentioned, issues_of, mentioned
from issues.render.charts import health
from issues.render.values import line
from rustrak.lib import clock, wording

PERIODS = (14, 30, 90)
SIZE = 25
# How many environments can be chosen; others can be named in the address.
MOST_ENVIRONMENTS = 200
# Adoption counts the sessions of this many days, including today.
ADOPTION_DAYS = 2
_ABOUT = (
    "Once your app sets a release, this page shows which issues are new in each. Most SDKs then count sessions as well: "
    "how many of them and of your users are crash-free."
)


@dataclass(frozen=True)
class ReleaseRow:
    """One release in the period; `key` is its name as sent, `adoption` its share of the sessions of the last two days.

    Each session that went wrong is in one of `crashed`, `abnormal`, `unhandled` and `errored`. `more_people`: there were
    more people than `people`, who were too many to be counted. `events` and `issues` are of issues seen in the period.
    """

    key: str
    release: str
    sessions: int
    crashed: int
    abnormal: int
    unhandled: int
    errored: int
    people: int
    people_crashed: int
    more_people: bool
    adoption: str
    first: date | None
    last: date | None
    events: int
    issues: int
    new_issues: int
    chart: SafeString | None


@dataclass(frozen=True)
class _Sums:
    release: str
    first: date | None = None
    last: date | None = None
    total: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0
    errored: int = 0
    recent: int = 0
    known: Mentioned = field(default_factory=Mentioned)

    @property
    def seen(self) -> tuple[date | None, date | None]:
        """The first and the last day on which a session began or an event is known."""
        days = [
            self.first,
            self.last,
            *(at and at.astimezone(UTC).date() for at in (self.known.first, self.known.last)),
        ]
        known = [day for day in days if day is not None]
        return (min(known), max(known)) if known else (None, None)


@dataclass(frozen=True)
class _Asked:
    """What the query string asks for. `environment` None: all."""

    period: int
    since: date
    today: date
    environments: list[str]
    environment: str | None

    @property
    def query(self) -> str:
        """What links to other pages keep, with an & behind it."""
        chosen = {} if self.environment is None else {"environment": self.environment}
        return urlencode({"days": self.period} | chosen) + "&"


@member(section=Section.RELEASES)
@require_safe
def release_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """The releases of a period, latest first. Query string: `days` (14, 30 or 90), `environment`, `page`."""
    asked = _asked(request, project)
    narrow = _narrow(project, asked)
    sums, trouble = _releases(project, narrow, asked)
    page = Paginator(sums, SIZE).get_page(request.GET.get("page"))
    listed = asked.environments[:MOST_ENVIRONMENTS]
    if asked.environment is not None and asked.environment not in listed:
        listed.append(asked.environment)
    context = {
        "project": project,
        "rows": _rows(project, narrow, list(page), _adoption(sums), asked),
        "page": page,
        "query": asked.query,
        "trouble": trouble,
        "about_releases": _ABOUT,
        "any_at_all": bool(asked.environments or sums or _any_release(project)),
        "any_sessions": bool(asked.environments),
        "period": asked.period,
        "periods": [(days, days == asked.period) for days in PERIODS],
        "environments": [(name, line(name) or "none", name == asked.environment) for name in listed],
        "environment": asked.environment,
        "python": f'sentry_sdk.init(\n    dsn="{project.dsn}",\n    release="my-app@1.4.2",\n)',
        "javascript": f'Sentry.init({{\n  dsn: "{project.dsn}",\n  release: "my-app@1.4.2",\n}});',
    }
    return render(request, "issues/release_list.html", context)


@member(section=Section.RELEASES)
@require_safe
def release(request: SignedInRequest, project: Project) -> HttpResponse:
    """One release and its issues, latest first. Query string: `release`, `only` (`new`: those that began in it), `days`,
    `cursor`."""
    name = request.GET.get("release", "").replace("\0", "")
    asked = _asked(request, project)
    narrow = _narrow(project, asked)
    issues = issues_of(project, name)
    new = issues.filter(first_release=name)
    only_new = request.GET.get("only") == "new"
    trouble = ""
    try:
        with search.limited():
            page = paged(
                (new if only_new else issues).select_related("project"), ("last_seen", "id"), request.GET
            )
    except search.TookTooLong:
        page, trouble = Paged([], "", ""), "The issues of this release took too long to find."
    all_sums, _ = _releases(project, narrow | {"release": name}, asked, only=name)
    sums = next((each for each in all_sums if each.release == name), None)
    if not name or not (sums or page.items or trouble or issues.exists() or _has_sessions(project, name)):
        raise Http404("no event and no session names this release")
    rows = _rows(project, narrow, [sums or _Sums(name)], {}, asked)
    context = {
        "project": project,
        "row": rows[0],
        "issues": page.items,
        "page": page,
        "only_new": only_new,
        "trouble": trouble,
        "period": asked.period,
        "link": urlencode({"release": name}),
    }
    return render(request, "issues/release.html", context)


def _asked(request: SignedInRequest, project: Project) -> _Asked:
    period = next((days for days in PERIODS if request.GET.get("days") == str(days)), PERIODS[0])
    today = clock.now().date()
    environments = sorted(
        SessionDay.objects.filter(project=project).values_list("environment", flat=True).distinct()
    )
    environment = request.GET.get("environment")
    known = environment if environment in environments else None
    return _Asked(period, today - timedelta(days=period - 1), today, environments, known)


def _narrow(project: Project, asked: _Asked) -> dict[str, Any]:
    return {"project": project} | ({} if asked.environment is None else {"environment": asked.environment})


def _any_release(project: Project) -> bool:
    return project.issues.exclude(last_release="").exists()


def _has_sessions(project: Project, release: str) -> bool:
    return SessionDay.objects.filter(project=project, release=release).exists()


def _releases(
    project: Project, narrow: dict[str, Any], asked: _Asked, only: str | None = None
) -> tuple[list[_Sums], str]:
    """Every release that a session or an event of the period names, latest first; and what is wrong with the list."""
    found = {each.release: each for each in _with_sessions(narrow, asked)}
    trouble = ""
    try:
        with search.limited():
            since = datetime.combine(asked.since, time(), UTC)
            by_event = mentioned(project, since, asked.environment)
    except search.TookTooLong:
        by_event, trouble = {}, "Releases that only events name took too long to find; they are not listed."
    for name, known in by_event.items():
        if only in (None, name):
            found[name] = replace(found.get(name, _Sums(name)), known=known)

    def order(sums: _Sums) -> tuple[Any, ...]:
        first, last = sums.seen
        return last or date.min, first or date.min, sums.total, sums.known.events, sums.release

    return sorted(found.values(), key=order, reverse=True), trouble


def _with_sessions(narrow: dict[str, Any], asked: _Asked) -> list[_Sums]:
    inside = Q(day__gte=asked.since)
    recent = Q(day__gt=asked.today - timedelta(days=ADOPTION_DAYS))
    names = ("total", "crashed", "abnormal", "unhandled", "errored")
    sums = {f"{name}_sum": Coalesce(Sum(name, filter=inside), 0) for name in names}
    rows = (
        SessionDay.objects.filter(**narrow)
        .values_list("release")
        .annotate(
            first=Min("day"), latest=Max("day"), **sums, recent=Coalesce(Sum("total", filter=recent), 0)
        )
        .order_by()
    )
    return [
        # More can be counted as wrong than began: what was sent before this was ruled out is still stored.
        _Sums(
            name, first, last, max(total, errored, crashed), crashed, abnormal, unhandled,
            max(0, errored - crashed - abnormal - unhandled), recent,
        )
        for name, first, last, total, crashed, abnormal, unhandled, errored, recent in rows
        if last >= asked.since
    ]  # fmt: skip


def _adoption(sums: Sequence[_Sums]) -> dict[str, str]:
    """The shares of all releases, which add up to 100."""
    return dict(
        zip([each.release for each in sums], wording.shares([each.recent for each in sums]), strict=True)
    )


def _rows(
    project: Project, narrow: dict[str, Any], shown: Sequence[_Sums], adoption: dict[str, str], asked: _Asked
) -> list[ReleaseRow]:
    names = [each.release for each in shown]
    if not names:
        return []
    inside = narrow | {"day__gte": asked.since, "release__in": names}
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
    days = [asked.since + timedelta(days=number) for number in range((asked.today - asked.since).days + 1)]
    return [
        _row(
            each, people.get(each.release, (0, 0)), each.release in more_people, by_day[each.release], days,
            adoption.get(each.release, ""), new.get(each.release, 0),
        )
        for each in shown
    ]  # fmt: skip


def _row(
    sums: _Sums, people: tuple[int, int], more_people: bool, by_day: dict[date, tuple[int, int]],
    days: Sequence[date], adoption: str, new: int,
) -> ReleaseRow:  # fmt: skip
    total, crashed = sums.total, sums.crashed
    met, unlucky = people
    counts = [by_day.get(day, (0, 0)) for day in days]
    label = f"{wording.counted(total, 'session')} in {len(days)} days, {wording.number(crashed)} crashed"
    first, last = sums.seen
    return ReleaseRow(
        key=sums.release,
        release=line(sums.release),
        sessions=total,
        crashed=crashed,
        abnormal=sums.abnormal,
        unhandled=sums.unhandled,
        errored=sums.errored,
        people=met,
        people_crashed=unlucky,
        more_people=more_people,
        adoption=adoption,
        first=first,
        last=last,
        events=sums.known.events,
        issues=max(sums.known.issues, new),
        new_issues=new,
        chart=health.days(
            [count[0] for count in counts], [count[1] for count in counts],
            [f"{day:%-d %b}" for day in days], label,
        )
        if total
        else None,
    )  # fmt: skip
