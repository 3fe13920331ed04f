"""Conditions on what any event of an issue has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from issues.models import Attachment, Event, IssueText, UserReport
from issues.query.syntax import Value
from issues.search.conditions.search import Search
from issues.search.conditions.sql import belongs
from issues.search.conditions.tags import has_tag

WORDS = ("stacktrace", "attachment", "feedback", "user", "release", "environment")


def of_parts(search: Search, values: Sequence[Value]) -> Q:
    """Issues with an event that has one of these: stacktrace, attachment, feedback, user, or a tag of this name."""
    found = Q()
    for value in values:
        found |= _part(search, value.text)
    return found


def _part(search: Search, name: str) -> Q:
    word = name.lower()
    if word == "stacktrace":
        return belongs(IssueText.objects.filter(Q(functions__gt="") | Q(files__gt="")))
    if word in ("attachment", "feedback"):
        model = Attachment if word == "attachment" else UserReport
        rows: QuerySet[Any] = model._default_manager.filter(project__in=search.scope.keys())
        events = Event.objects.filter(project__in=search.scope.keys(), event_id__in=rows.values("event_id"))
        return belongs(events, "issue")
    if word == "user":
        return Q(user_count__gt=0)
    if word == "release":
        return ~Q(first_release="") | ~Q(last_release="") | has_tag(search, word)
    if word == "environment":
        return ~Q(first_environment="") | ~Q(last_environment="") | has_tag(search, word)
    return has_tag(search, name)
