"""What people said of issues that look alike: that they are not the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Project, User
from issues.models import Issue, NotTheSame

#: Issues of one call: of so many there are a thousand pairs.
MOST_APART = 50
Pair = tuple[UUID, UUID]


class TooMany(ValueError):
    """More issues than one call takes, or fewer than two. The message is for people."""


def pair(one: UUID, other: UUID) -> Pair:
    """Two issues in the order in which a row has them."""
    return (one, other) if one < other else (other, one)


def not_the_same(project: Project, chosen: Collection[UUID], others: Collection[UUID], by: User) -> int:
    """Note that each of the issues `chosen` is another one than all others of both collections.

    Issues of other projects are ignored. Returns how many pairs are new. Raises TooMany.
    """
    given = {*chosen, *others}
    if len(given) > MOST_APART:
        raise TooMany(f"At most {MOST_APART} issues can be told apart at a time.")
    known = set(Issue.objects.filter(project=project, pk__in=given).values_list("pk", flat=True))
    pairs = {pair(one, other) for one in known & set(chosen) for other in known if one != other}
    if not pairs:
        raise TooMany("Select at least two issues of this project.")
    new = pairs - among(known)
    rows = [NotTheSame(issue_id=one, other_id=other, by=by) for one, other in sorted(new)]
    NotTheSame.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def among(issues: Iterable[UUID]) -> set[Pair]:
    """The pairs of these issues of which somebody said so. One query."""
    keys = set(issues)
    said = NotTheSame.objects.filter(issue__in=keys).values_list("issue", "other")
    return {(one, other) for one, other in said if other in keys}


def apart(project: Project) -> QuerySet[NotTheSame]:
    """What was said about issues of the project that are still shown."""
    rows = NotTheSame.objects.filter(issue__project=project)
    return rows.exclude(issue__status__in=Issue.HIDDEN).exclude(other__status__in=Issue.HIDDEN)


def undo(project: Project, one: UUID, other: UUID) -> bool:
    """Forget what was said about two issues: they are offered again. False: nothing was."""
    first, second = pair(one, other)
    rows = NotTheSame.objects.filter(issue=first, other=second, issue__project=project)
    return bool(rows.delete()[0])


def not_with(issue: UUID) -> Q:
    """A condition on Issue: somebody said that it is not the same as `issue`."""
    ones = NotTheSame.objects.filter(other=issue).values("issue")
    others = NotTheSame.objects.filter(issue=issue).values("other")
    return Q(pk__in=ones) | Q(pk__in=others)
