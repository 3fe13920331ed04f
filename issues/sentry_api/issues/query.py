"""What a client searches for: Sentry's parameters and words as a search of issues.search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

from accounts.models import Project, User
from issues.models import Issue, IssueQuerySet
from issues.query import printing
from issues.query.parsing import LONGEST
from issues.search import Scope
from issues.search.lookup import look_up
from issues.search.sentences import sentence
from rustrak.lib import clock, problems

ORDERS = {
    "date": ["last_seen", "id"],
    "new": ["first_seen", "id"],
    "freq": ["event_count", "id"],
    "user": ["user_count", "id"],
    "trends": ["trend", "id"],
    "recommended": ["trend", "id"],
    "priority": ["trend", "id"],
    "inbox": ["last_seen", "id"],
}
_PERIOD = re.compile(r"([0-9]{1,5})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CATEGORY = re.compile(r"(?<!\S)(?:issue\.)?category:(\S+)", re.IGNORECASE)
_STATUS = re.compile(r"(?<!\S)([!-]?)status:(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when; None: at any time."""

    start: datetime | None = None
    end: datetime | None = None


def period(request: HttpRequest) -> Period:
    """What `statsPeriod`, or `start` and `end`, say. Raises BadInput."""
    if text := request.GET.get("statsPeriod", ""):
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise problems.BadInput("statsPeriod: a number with s, m, h, d or w, as in 14d")
        return Period(
            clock.now() - min(timedelta(**{_UNITS[found[2]]: int(found[1])}), timedelta(days=36500))
        )
    return Period(_time(request, "start"), _time(request, "end"))


def _time(request: HttpRequest, name: str) -> datetime | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        found = parse_datetime(text) or datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise problems.BadInput(f"{name}: a time, as in 2026-11-27T12:00:00Z") from None


def order(request: HttpRequest) -> list[str]:
    """The columns by which a list is ordered. Raises BadInput."""
    named = request.GET.get("sort") or "date"
    if named not in ORDERS:
        raise problems.BadInput(f"sort: one of {', '.join(ORDERS)}")
    return ORDERS[named]


def text_of(request: HttpRequest) -> str:
    """The search text, in the words of our grammar. Nothing said means unresolved issues, an empty text all. Raises BadInput."""
    query, status = request.GET.get("query"), request.GET.get("status")
    text = query.strip() if query is not None else "" if status else "is:unresolved"
    for category in _CATEGORY.findall(text):
        if category.lower() != "error":
            raise problems.BadInput(
                f"query: all issues here are errors, so there are none of the category {category[:50]}."
            )
    text = _STATUS.sub(r"\1is:", _CATEGORY.sub(" ", text)).strip()
    if status:
        text = f"{text} {printing.term('is', status)}".strip()
    if environments := [name for name in request.GET.getlist("environment") if name]:
        text = f"{text} {printing.term('environment', *environments)}".strip()
    if len(text) > LONGEST:
        raise problems.BadInput(f"query: at most {LONGEST} characters")
    return text.replace("\0", "")


def found(
    issues: IssueQuerySet, text: str, projects: Sequence[Project], user: User, within: Period
) -> IssueQuerySet:
    """Those of `issues` that the text means, and that had events within the period. Raises BadInput with what is wrong with the text.

    To be called and evaluated inside of issues.search.limited().
    """
    meant = look_up(issues, text, Scope(projects, user, clock.now()))
    if meant.mistakes:
        raise problems.BadInput(f"query: {sentence(text, meant.mistakes)}")
    chosen = meant.issues
    if within.start:
        chosen = chosen.filter(last_seen__gte=within.start)
    if within.end:
        chosen = chosen.filter(first_seen__lte=within.end)
    return chosen


def of_projects(projects: Sequence[Project]) -> IssueQuerySet:
    """The issues of these projects, with what they are shown with."""
    rows = Issue.objects.filter(project__in=[project.pk for project in projects])
    return rows.select_related("project", "assignee", "assigned_team")
