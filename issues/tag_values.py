"""The most frequent tag values of an issue, for its pages and for the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from issues.models import IssueTag


def ranked(issue_id: UUID) -> Any:
    """The issue's IssueTag rows, annotated with their `rank` among the values of their key: 1 is the most frequent."""
    rank = Window(RowNumber(), partition_by=F("key"), order_by=[F("count").desc(), F("value").asc()])
    return IssueTag.objects.filter(issue=issue_id).annotate(rank=rank)


def most_frequent(issue_id: UUID, keys: Sequence[str], most: int) -> dict[str, list[IssueTag]]:
    """The `most` most frequent values of each of `keys`, by key, the most frequent first. One query."""
    found: dict[str, list[IssueTag]] = {}
    if keys:
        for tag in ranked(issue_id).filter(key__in=keys, rank__lte=most).order_by("key", "rank"):
            found.setdefault(tag.key, []).append(tag)
    return found
