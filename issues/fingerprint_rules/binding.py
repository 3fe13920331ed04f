"""Has new events of a rule go to an issue that exists, in place of a new one: binds the grouping key that the rule gives them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import Project
from issues.lock import lock_project
from issues.models import Grouping, Issue
from issues.payload import fingerprint
from issues.record import tables


class NotPossible(ValueError):
    """The message is for people."""


def bind(project: Project, key: str, issue: UUID) -> bool:
    """Have events with this grouping key go to the issue. Returns whether that is new: they may go there already.

    Raises NotPossible when the issue does not exist, or the key leads to another one.
    """
    key_hash = fingerprint.key_hash(key)
    with transaction.atomic():
        lock_project(project.pk)
        if not Issue.objects.filter(project=project, pk=issue).exists():
            raise NotPossible("The issue does not exist any more.")
        known = Grouping.objects.filter(project=project, key_hash=key_hash).first()
        if known is None:
            # Counted apart, as all groupings without events are: issues.record.steps.own_counts.
            start, cut_from = tables.beginning(key)
            Grouping.objects.create(
                project=project, issue_id=issue, key=start, cut_from=cut_from, key_hash=key_hash,
                mechanism=fingerprint.MECHANISM, is_counted=True,
            )  # fmt: skip
            return True
        if known.issue_id != issue:
            raise NotPossible(
                "Events of this rule have arrived meanwhile, and have an issue of their own. Look at the stored events again."
            )
        return False
