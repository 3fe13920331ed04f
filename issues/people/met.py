"""What a person of a project met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Max, QuerySet

from accounts.models import Project
from issues.models import Issue, IssuePerson, Person


@dataclass(slots=True)
class Met:
    """An issue that a person met: in how many events, when, and the release of the last one.

    `event_count` is 0 and the times are None in issues that are not reindexed yet.
    """

    issue: Issue
    event_count: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    last_release: str = ""

    def add(self, row: IssuePerson) -> None:
        """Count what the person met of one of the issue's groupings."""
        self.event_count += row.event_count
        if row.first_seen and (self.first_seen is None or row.first_seen < self.first_seen):
            self.first_seen = row.first_seen
        if row.last_seen and (self.last_seen is None or row.last_seen >= self.last_seen):
            self.last_seen, self.last_release = row.last_seen, row.last_release


def known(project: Project, number: int) -> Person | None:
    """What names a person; None if nobody has this number, or the directory has forgotten them."""
    return Person.objects.filter(project=project, person=number).first()


def ids_of(project: Project, number: int) -> QuerySet[Any, UUID]:
    """The ids of the issues that a person met; the one seen last comes first.

    Rows of issues that are not reindexed yet have no times; they come last.
    """
    rows = IssuePerson.objects.filter(person=number, grouping__project=project)
    shown = rows.exclude(grouping__issue__status__in=Issue.HIDDEN).values("grouping__issue")
    # SQLite sorts null first, PostgreSQL last.
    ordered = shown.annotate(last=Max("last_seen")).order_by(
        F("last").desc(nulls_last=True), "-grouping__issue"
    )
    return ordered.values_list("grouping__issue", flat=True)


def issues_of(number: int, ids: Sequence[UUID]) -> list[Met]:
    """What the person met of these issues, in their order. One query."""
    rows = IssuePerson.objects.filter(person=number, grouping__issue__in=ids)
    found: dict[UUID, Met] = {}
    for row in rows.select_related("grouping__issue").order_by("pk"):
        issue = row.grouping.issue
        found.setdefault(issue.pk, Met(issue)).add(row)
    return [found[each] for each in ids if each in found]


def names(project_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """How people are shown, by their numbers: by e-mail address, else user name, else id, else IP address. Without those whom the
    directory does not have."""
    people = Person.objects.filter(project=project_id, person__in=list(numbers))
    return {each.person: shown(each) for each in people}


def shown(person: Person) -> str:
    """The most telling name of a person."""
    return person.email or person.username or person.user_id or person.ip_address
