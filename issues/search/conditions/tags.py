"""Conditions on what is counted for each issue: tags, levels and environments of any of its events."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from issues.models import IssueTag, IssueTagKey
from issues.query.keys import LEVELS
from issues.query.syntax import Operator, Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import belongs, matches

_OPERATORS = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def tags(search: Search, key: str) -> QuerySet[IssueTag]:
    return IssueTag.objects.filter(project__in=search.scope.keys(), key=key)


def of_tag(search: Search, key: str, values: Sequence[Value]) -> Q:
    """Issues with an event that has one of the values of the tag."""
    if any(value.text.strip("*") == "" and value.is_glob for value in values):
        return has_tag(search, key)
    return belongs(tags(search, key).filter(matches("value", values)))


def has_tag(search: Search, key: str) -> Q:
    """Issues with an event that has the tag, also where its values are too many to be counted one by one."""
    return belongs(IssueTagKey.objects.filter(project__in=search.scope.keys(), key=key))


def of_levels(search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event of one of the levels."""
    wanted = {
        name
        for value in values
        for rank, name in enumerate(LEVELS)
        if _OPERATORS[value.operator](rank, LEVELS.index(value.text))
    }
    return belongs(tags(search, "level").filter(value__in=sorted(wanted)))


def of_environments(search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event of one of the environments. Those of the first and last event are known even if an issue has too many."""
    own = matches("first_environment", values) | matches("last_environment", values)
    if any(value.is_glob for value in values):
        own &= ~Q(first_environment="") | ~Q(last_environment="")
    return own | of_tag(search, "environment", values)
