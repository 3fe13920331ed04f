"""Conditions on the issue itself: its state, its times and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Q

from issues import review
from issues.models import Issue, IssueWatch
from issues.query import values as of_grammar
from issues.query.syntax import Value
from issues.record import trends
from issues.search.conditions.search import Search
from issues.search.conditions.sql import COMPARED
from issues.search.conditions.wrong import Wrong
from issues.search.scope import Scope

#: An issue is new for so long after it was first seen.
NEW = timedelta(hours=24)
TIMES = {"first-seen": "first_seen", "last-seen": "last_seen"}
NUMBERS = {"times": "event_count", "users": "user_count"}


def of_states(search: Search, values: Sequence[Value]) -> Q:
    """Issues in one of the states. Raises Wrong for one that depends on who looks when nobody does."""
    found = Q()
    for value in values:
        found |= _state(search.scope, value.text)
    return found


def _state(scope: Scope, name: str) -> Q:
    is_open = Q(status=Issue.Status.OPEN)
    if name == "new":
        return is_open & Q(regressed_at=None, first_seen__gt=scope.now - NEW)
    if name == "regressed":
        return is_open & Q(regressed_at__isnull=False)
    if name == "escalating":
        least = trends.escalating(scope.now)
        much = Q(trend__gte=least.least_trend) & Q(trend__gte=F("usual") + least.least_difference)
        return is_open & much & Q(first_seen__lte=least.known_before)
    if name in ("assigned", "unassigned"):
        is_free = Q(assignee=None, assigned_team=None)
        return is_free if name == "unassigned" else ~is_free
    if name == "watched":
        if scope.viewer is None:
            raise Wrong(
                "is:watched depends on who looks, so it cannot be used here: write watching: with a name.",
                name,
            )
        watches = IssueWatch.objects.filter(user=scope.viewer, is_watching=True, issue=OuterRef("pk"))
        return Q(Exists(watches))
    if name == "for_review":
        if scope.viewer is None:
            raise Wrong("is:for_review depends on who looks, so it cannot be used here.", name)
        return review.condition(scope.viewer, scope.projects[0] if len(scope.projects) == 1 else None)
    return Q(status=name)


def of_times(key: str, search: Search, values: Sequence[Value]) -> Q:
    """Issues whose first or last event happened in one of the times."""
    column, found = TIMES[key], Q()
    for value in values:
        when = of_grammar.interval(value, search.scope.now)
        start = Q(**{f"{column}__gte": when.start}) if when.start else Q()
        found |= start & (Q(**{f"{column}__lt": when.end}) if when.end else Q())
    return found


def of_numbers(key: str, values: Sequence[Value]) -> Q:
    """Issues with so many events or users."""
    found = Q()
    for value in values:
        found |= Q(**{f"{NUMBERS[key]}__{COMPARED[value.operator]}": of_grammar.number(value)})
    return found
