"""What a person of a project met."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, QuerySet

from accounts.models import Project
from issues.models import Issue, IssuePerson, Person


def known(project: Project, number: int) -> Person | None:
    """What names a person; None if nobody has this number, or the directory has forgotten them."""
    return Person.objects.filter(project=project, person=number).first()


def issues_of(project: Project, number: int) -> QuerySet[IssuePerson]:
    """The issues that a person met, with how often, when, and with which release; the one seen last comes first.

    Rows of issues that are not reindexed yet have no times; they come last.
    """
    # SQLite sorts null first, PostgreSQL last.
    return (
        IssuePerson.objects.filter(person=number, issue__project=project)
        .exclude(issue__status=Issue.Status.DELETING)
        .select_related("issue")
        .order_by(F("last_seen").desc(nulls_last=True), "-issue")
    )


def names(project_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """How people are shown, by their numbers: by e-mail address, else user name, else id, else IP address. Without those whom the
    directory does not have."""
    people = Person.objects.filter(project=project_id, person__in=list(numbers))
    return {each.person: shown(each) for each in people}


def shown(person: Person) -> str:
    """The most telling name of a person."""
    return person.email or person.username or person.user_id or person.ip_address
