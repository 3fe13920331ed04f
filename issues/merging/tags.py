"""Moves the tags of an issue that was merged into another one."""

from __future__ import annotations

from uuid import UUID

from issues.models import IssueTag, IssueTagKey
from issues.record.tag_counts import MAX_KEYS, MAX_VALUES
from rustrak.lib import bulk


def move_key(into: UUID, other: UUID) -> int:
    """Move one key with its values. Returns how many rows that were.

    The limits are those of the digest: a key past MAX_KEYS is left out, of its values those past MAX_VALUES are only counted
    under the key.
    """
    key = IssueTagKey.objects.filter(issue=other).first()
    if key is None:
        # Values have always a key; were there any without, they would keep the issue for ever.
        return IssueTag.objects.filter(issue=other).delete()[0]
    known = IssueTagKey.objects.filter(issue=into, key=key.key).first()
    values = list(
        IssueTag.objects.filter(issue=other, key=key.key)
        .order_by("-count", "value")
        .values_list("value", "count")
    )
    if known is not None or IssueTagKey.objects.filter(issue=into).count() < MAX_KEYS:
        kept = known.values_kept if known else 0
        there = set(
            IssueTag.objects.filter(issue=into, key=key.key).values_list("value", flat=True) if known else ()
        )
        new = [value for value, _ in values if value not in there][: max(0, MAX_VALUES - kept)]
        moved = there.union(new)
        bulk.upsert(
            IssueTag,
            ["project", "issue", "key", "value", "count"],
            [(key.project_id, into, key.key, value, count) for value, count in values if value in moved],
            unique=["issue", "key", "value"],
            add="count",
        )
        bulk.upsert(
            IssueTagKey,
            ["project", "issue", "key", "count", "values_kept"],
            [(key.project_id, into, key.key, key.count, len(new))],
            unique=["issue", "key"],
            add=("count", "values_kept"),
        )
    IssueTag.objects.filter(issue=other, key=key.key).delete()
    key.delete()
    return 1 + len(values)
