"""The words of issues that are merged."""

from __future__ import annotations

from uuid import UUID

from issues.models import IssueText
from issues.record import text_lines

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
    """Add the texts of `other` to those of `into` as far as there is room for them, and delete them."""
    gone, target = of(other), of(into)
    if gone is None:
        return
    if target is None:
        IssueText.objects.filter(pk=gone.pk).update(issue=into)
        return
    before = {name: getattr(target, name) for name in COLUMNS}
    draft = text_lines.join(before, [{name: getattr(gone, name) for name in COLUMNS}], target.is_full)
    IssueText.objects.filter(pk=target.pk).update(
        **draft.columns(before),
        is_complete=target.is_complete and gone.is_complete,
        is_full=draft.is_full or gone.is_full,
    )
    IssueText.objects.filter(pk=gone.pk).delete()
