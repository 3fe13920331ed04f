"""Says who looks after the issues that a batch creates, as the project's ownership rules want it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import Team, User
from issues import facts, watching
from issues.lifecycle import name_of
from issues.models import Activity, Issue, News
from issues.ownership.matching import Budget
from issues.ownership.owners import Owners
from issues.ownership.stored import rules_of
from issues.record.issue_delta import IssueDelta
from rustrak.lib import bulk, ids

#: So many paths, modules and URLs that are new to this process are compared with all rules for one batch.
MOST_COMPARED = 2_000
#: And for so many seconds of CPU time: two thousand usual lines take a quarter of a millisecond for a text.
MOST_SECONDS = 0.5


def assign(project_id: int, version: int, new_issues: Sequence[IssueDelta], now: datetime) -> int:
    """Assign the new issues, which are stored, to the first owner in the deciding line who can see the project.

    `version` is the project's ownership_version; with 0 nothing is done. Those of a flood for which the time does not suffice are
    left to nobody; their pages suggest the owner. Returns how many were assigned.
    """
    if not version or not new_issues:
        return 0
    rules = rules_of(project_id, version)
    if rules is None:
        return 0
    owners, budget = Owners(project_id), Budget(MOST_COMPARED, MOST_SECONDS)
    found: list[tuple[IssueDelta, User | Team, dict[str, Any]]] = []
    for issue in new_issues:
        if issue.first is None:
            continue
        rule = rules.decide(issue.first.readable, issue.first.tags, budget)
        if rule is not None and (owner := owners.first(rule.owners)) is not None:
            why = {"code": "owner", "rule": rule.text[:200], "line": rule.line, "version": version}
            found.append((issue, owner, why))
    _write(project_id, found, now)
    return len(found)


def _write(
    project_id: int, found: Sequence[tuple[IssueDelta, User | Team, dict[str, Any]]], now: datetime
) -> None:
    if not found:
        return
    rows = [
        (
            issue.id,
            owner.pk if isinstance(owner, User) else None,
            owner.pk if isinstance(owner, Team) else None,
        )
        for issue, owner, _ in found
    ]
    bulk.update(
        Issue,
        ["id", "assignee", "assigned_team"],
        sorted(rows),
        "assignee_id = :assignee:, assigned_team_id = :assigned_team:",
    )
    Activity.objects.bulk_create(
        Activity(
            id=ids.uuid7(),
            issue_id=issue.id,
            kind=Activity.Kind.ASSIGNED,
            at=now,
            detail=name_of(owner)[:254],
            why=why,
        )
        for issue, owner, why in found
    )
    for person in {owner.pk for _, owner, _ in found if isinstance(owner, User)}:
        watching.note(
            [issue.id for issue, owner, _ in found if isinstance(owner, User) and owner.pk == person],
            [person],
        )
    changes = [
        facts.Change(
            News.ASSIGNED,
            issue.id,
            None,
            issue.level,
            issue.last_environment,
            issue.last_release,
            None,
            name_of(owner),
        )
        for issue, owner, _ in found
    ]
    facts.write(project_id, changes, {}, now)
