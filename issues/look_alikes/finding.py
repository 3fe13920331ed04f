"""The issues that share a smart key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Window
from django.db.models.functions import DenseRank

from accounts.models import Project
from issues.look_alikes.verdicts import Pair, among, not_with, pair
from issues.models import Grouping, Issue
from rustrak.lib import clock

#: Of an issue with more groupings, the oldest are looked at.
MOST_KEYS = 100
#: Groups of a project that are looked at, those of most issues first, and issues of a group that are shown, the oldest first.
MOST_GROUPS, MOST_SHOWN = 200, 20
# Each process asks the database whether a project has any once in so many seconds.
_AGAIN = 60
# With more keys that issues share it is not asked whether all of them were told apart.
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Group:
    """Issues with the same smart key, whose SHA-256 in hexadecimal is `smart_hash`: `count` in all, MOST_SHOWN of them in `keys`, the
    oldest first."""

    smart_hash: str
    keys: Sequence[UUID]
    count: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.keys)


def of_issue(issue: Issue, most: int) -> list[Issue]:
    """At most `most` issues that are probably the same as `issue`, the oldest first; their `project` is set. One query."""
    hashes = Grouping.objects.filter(issue=issue.pk).exclude(smart_hash="").values("smart_hash")
    alike = Grouping.objects.filter(
        project=issue.project_id, smart_hash__in=hashes.order_by("pk")[:MOST_KEYS]
    )
    found = Issue.objects.filter(pk__in=alike.exclude(smart_hash="").values("issue"))
    rows = list(found.exclude(pk=issue.pk).exclude(not_with(issue.pk)).order_by("digest_order")[:most])
    for each in rows:
        each.project = issue.project
    return rows


def of_project(project: Project) -> tuple[list[Group], bool]:
    """Groups of issues that are probably the same, those of most issues first, and whether there may be more. Four queries.

    Who told issues of a group apart that are not among the MOST_SHOWN first ones is asked again when they are.
    """
    shared = _keys(project).annotate(issues=Count("issue", distinct=True)).filter(issues__gt=1)
    ordered = shared.order_by("-issues", "smart_hash").values_list("smart_hash", flat=True)
    hashes = list(ordered[: MOST_GROUPS + 1])
    return _groups(project, hashes[:MOST_GROUPS]), len(hashes) > MOST_GROUPS


def _groups(project: Project, hashes: Sequence[str]) -> list[Group]:
    """Those of these keys, the largest first. Three queries."""
    if not hashes:
        return []
    visible = _keys(project).filter(smart_hash__in=hashes).exclude(issue__status__in=Issue.HIDDEN)
    counts = dict(visible.values_list("smart_hash").annotate(Count("issue", distinct=True)))
    members = _first(visible)
    told = among({key for each in members.values() for key in each})
    found = []
    for smart_hash in hashes:
        keys = members.get(smart_hash, [])
        hidden = counts.get(smart_hash, 0) - len(keys)
        for number, part in enumerate(_parts(keys, told)):
            count = len(part) + (0 if number else hidden)
            if count > 1:
                found.append(Group(smart_hash, part, count))
    return sorted(found, key=lambda group: -group.count)


def all_of(project: Project, smart_hash: str, most: int) -> list[UUID]:
    """The `most` oldest issues with this key, without those that were told apart from the oldest one. Two queries."""
    with_key = Grouping.objects.filter(project=project, smart_hash=smart_hash).exclude(smart_hash="")
    issues = Issue.objects.filter(pk__in=with_key.values("issue")).order_by("digest_order")
    if (oldest := issues.values_list("pk", flat=True).first()) is None:
        return []
    return list(issues.exclude(not_with(oldest)).values_list("pk", flat=True)[:most])


def _keys(project: Project) -> QuerySet[Grouping, Any]:
    rows = Grouping.objects.filter(project=project).exclude(smart_hash="")
    return rows.order_by().values("smart_hash")


def _first(rows: QuerySet[Grouping, Any]) -> dict[str, list[UUID]]:
    """The MOST_SHOWN oldest issues of each key. One query."""
    rank = Window(DenseRank(), partition_by="smart_hash", order_by="issue__digest_order")
    ranked = rows.annotate(rank=rank).filter(rank__lte=MOST_SHOWN).order_by("smart_hash", "rank").distinct()
    found: dict[str, list[UUID]] = {}
    for smart_hash, issue, _ in ranked.values_list("smart_hash", "issue", "rank"):
        found.setdefault(smart_hash, []).append(issue)
    return found


def _parts(keys: Sequence[UUID], told: set[Pair]) -> list[list[UUID]]:
    """The issues of a group in parts, each of which is connected by pairs that nobody told apart."""
    left, parts = list(keys), []
    while left:
        part, waiting = [], [left.pop(0)]
        while waiting:
            one = waiting.pop()
            part.append(one)
            near = {each for each in left if pair(one, each) not in told}
            left = [each for each in left if each not in near]
            waiting += near
        parts.append([key for key in keys if key in part])
    return parts


def some_in(project: Project) -> bool:
    """Whether issues of the project look alike, as it was within a minute: lists link to them then."""
    return _some_in(project.pk, project.created_at, int(clock.now().timestamp()) // _AGAIN)


@lru_cache(maxsize=256)
def _some_in(project_id: int, created_at: datetime, turn: int) -> bool:
    """`created_at` and `turn` tell whether what is remembered still holds."""
    project = Project(pk=project_id)
    # In the order of the index, so that the database ends when it has found some.
    shared = _keys(project).annotate(issues=Count("issue", distinct=True)).filter(issues__gt=1)
    hashes = list(shared.order_by("smart_hash").values_list("smart_hash", flat=True)[: _LOOKED_AT + 1])
    return len(hashes) > _LOOKED_AT or bool(_groups(project, hashes))
