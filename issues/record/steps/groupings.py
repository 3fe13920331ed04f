"""Finds the groupings that the events of a batch belong to, with their issues."""

from __future__ import annotations

from collections.abc import Iterable

from issues.models import Grouping
from issues.record import issue_delta
from issues.record.issue_delta import IssueDelta
from rustrak.lib import bulk


def look_up(project_id: int, hashes: Iterable[str]) -> dict[str, tuple[int, IssueDelta]]:
    """The id and the issue of the groupings that exist, by hash."""
    found = {}
    # By the number in the id, because a UUID is slow to hash and to compare.
    issues: dict[int, IssueDelta] = {}
    groupings = Grouping.objects.filter(project_id=project_id, key_hash__in=set(hashes))
    for key_hash, grouping_id, issue_id, *columns in bulk.fetch(groupings.values_list(*_OF_GROUPING)):
        issue = issues.get(issue_id.int)
        if issue is None:
            columns_by_name = dict(zip(issue_delta.READ, columns, strict=True))
            issue = issues[issue_id.int] = IssueDelta(id=issue_id, **columns_by_name)
        found[key_hash] = (grouping_id, issue)
    return found


_OF_GROUPING = ("key_hash", "id", "issue_id", *(f"issue__{name}" for name in issue_delta.READ))
