"""The words of issues that are merged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from issues.models import IssueText

COLUMNS = ("types", "functions", "files", "modules", "urls", "other")


def of(issue: UUID) -> IssueText | None:
    """The words of an issue."""
    return IssueText.objects.filter(issue=issue).first()


def added(target: IssueText | None, gone: IssueText) -> dict[str, list[str]]:
    """The texts that only the issue has that goes, by column: a text is a line."""
    found = {}
    for name in COLUMNS:
        known = set(getattr(target, name).split("\n")) if target else set()
        if new := [line for line in getattr(gone, name).split("\n") if line and line not in known]:
            found[name] = new
    return found


def join(into: UUID, other: UUID) -> None:
    """Add the texts of `other` to those of `into`, and delete them."""
    gone, target = of(other), of(into)
    if gone is None:
        return
    if target is None:
        IssueText.objects.filter(pk=gone.pk).update(issue=into)
        return
    changes: dict[str, Any] = {
        name: "\n".join([line for line in getattr(target, name).split("\n") if line] + lines)
        for name, lines in added(target, gone).items()
    }
    changes["is_complete"] = target.is_complete and gone.is_complete
    changes["is_full"] = target.is_full or gone.is_full
    IssueText.objects.filter(pk=target.pk).update(**changes)
    IssueText.objects.filter(pk=gone.pk).delete()
