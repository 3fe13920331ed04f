"""The words of issues that are merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from issues.models import IssueText
from issues.payload.searchable import COLUMNS
from issues.record.words import text_lines

_NOTHING = dict.fromkeys(COLUMNS, "")


def of(issue: UUID) -> IssueText | None:
    """The words of an issue."""
    return IssueText.objects.filter(issue=issue).first()


def columns(text: IssueText | None) -> dict[str, str]:
    """Its columns by name; all empty without a row."""
    return {name: getattr(text, name) for name in COLUMNS} if text else _NOTHING


def added(target: IssueText | None, gone: IssueText) -> dict[str, list[str]]:
    """The lines that only the issue has that goes, as far as there is room for them, by column."""
    draft = _joined(target, gone)
    return {
        name: [line for line in text.split("\n") if line] for name, text in draft.columns(_NOTHING).items()
    }


def join(into: UUID, other: UUID) -> None:
    """Add the lines of `other` to those of `into`, and delete them."""
    gone, target = of(other), of(into)
    if gone is None:
        return
    if target is None:
        IssueText.objects.filter(pk=gone.pk).update(issue=into)
        return
    draft = _joined(target, gone)
    IssueText.objects.filter(pk=target.pk).update(
        is_complete=target.is_complete and gone.is_complete,
        is_full=draft.is_full or gone.is_full,
        **draft.columns(columns(target)),
    )
    IssueText.objects.filter(pk=gone.pk).delete()


def without(text: IssueText, lines: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The columns that change when these lines are taken away."""
    changes = {}
    for name, gone in lines.items():
        taken = set(gone)
        left = [line for line in getattr(text, name).split("\n") if line and line not in taken]
        changes[name] = "".join(["\n", *(f"{line}\n" for line in left)]) if left else ""
    return changes


def _joined(target: IssueText | None, gone: IssueText) -> text_lines.Draft:
    return text_lines.join(columns(target), [columns(gone)], bool(target and target.is_full))
