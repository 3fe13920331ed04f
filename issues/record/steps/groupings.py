"""Finds the groupings that the events of a batch belong to, with their issues."""

from __future__ import annotations

from collections.abc import Iterable

from issues.models import Grouping
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.record import issue_delta
from issues.record.issue_delta import Counts, GroupingDelta, IssueDelta
from rustrak.lib import bulk


def look_up(project_id: int, hashes: Iterable[str]) -> dict[str, GroupingDelta]:
    """The groupings that exist, by hash. Executes one statement, and another one if some of them are counted."""
    found: dict[str, GroupingDelta] = {}
    # By the number in the id, because a UUID is slow to hash and to compare.
    issues: dict[int, IssueDelta] = {}
    counted: dict[int, GroupingDelta] = {}
    groupings = Grouping.objects.filter(project_id=project_id, key_hash__in=set(hashes))
    for key_hash, pk, is_counted, issue_id, *columns in bulk.fetch(groupings.values_list(*_OF_GROUPING)):
        issue = issues.get(issue_id.int)
        if issue is None:
            columns_by_name = dict(zip(issue_delta.READ, columns, strict=True))
            issue = issues[issue_id.int] = IssueDelta(id=issue_id, **columns_by_name)
        grouping = found[key_hash] = GroupingDelta(key_hash, issue, pk, is_counted=is_counted)
        issue.groupings.append(grouping)
        if is_counted:
            counted[pk] = grouping
    if counted:
        _read_counts(counted)
    return found


_OF_GROUPING = (
    "key_hash",
    "id",
    "is_counted",
    "issue_id",
    *(f"issue__{name}" for name in issue_delta.READ),
)


def _read_counts(counted: dict[int, GroupingDelta]) -> None:
    rows = Grouping.objects.filter(pk__in=counted).values_list("id", *issue_delta.COUNTS)
    for pk, *columns in bulk.fetch(rows):
        values = dict(zip(issue_delta.COUNTS, columns, strict=True))
        if values["event_count"]:
            counted[pk].own = Counts(**values)
        else:
            counted[pk].is_new = True


def of_new_issue(issue: IssueDelta, first: Occurrence, key_hash: str) -> GroupingDelta:
    """The grouping of an issue that its event `first` creates."""
    grouping = GroupingDelta(key_hash, issue, is_new=True, key=first.key, mechanism=fingerprint.MECHANISM)
    issue.groupings.append(grouping)
    return grouping
