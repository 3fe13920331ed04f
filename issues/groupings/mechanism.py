"""How the events of a project are grouped: by which mechanism, and how that changes.

After a change, keys of the former mechanism lead for TRANSITION, and the keys of the new one are bound to the issues that
they lead to (issues.record.steps.groupings). So no issue is split by the change.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import GroupingMechanism, Project
from issues.record.steps.groupings import TRANSITION
from rustrak.lib import clock


def change(project: Project, mechanism: GroupingMechanism, now: datetime | None = None) -> bool:
    """Use `mechanism` for new issues from now on. Returns whether that changes anything. `project` has the values of then.

    To change back is to change once more: the issues that were made meanwhile stay together, too.
    """
    with transaction.atomic():
        # The digest reads this row with its lock: a batch uses the mechanism of before or that of after.
        stored = Project.objects.select_for_update().get(pk=project.pk)
        changes = stored.grouping != mechanism
        if changes:
            stored.former_grouping = stored.grouping
            stored.grouping = mechanism
            stored.grouping_changed_at = clock.now() if now is None else now
            _write(stored)
            said = audit.changes({"grouping": stored.former_grouping}, {"grouping": stored.grouping})
            audit.record(audit.Action.GROUPING_CHANGE, stored, details=said)
    _copy(stored, project)
    return changes


def end_transition(project: Project) -> bool:
    """From now on only keys of the mechanism in use are looked up. Returns whether there was a transition."""
    with transaction.atomic():
        stored = Project.objects.select_for_update().get(pk=project.pk)
        ends = transition_ends_at(stored) is not None
        if ends:
            former = {"former_grouping": stored.former_grouping}
            said = audit.changes(former, {"former_grouping": ""})
            audit.record(audit.Action.GROUPING_CHANGE, stored, details=said)
        stored.former_grouping = ""
        _write(stored)
    _copy(stored, project)
    return ends


def transition_ends_at(project: Project, now: datetime | None = None) -> datetime | None:
    """When keys of the former mechanism are looked up no more; None when they are not any more."""
    if not project.former_grouping or project.grouping_changed_at is None:
        return None
    end = project.grouping_changed_at + TRANSITION
    return end if end > (clock.now() if now is None else now) else None


_FIELDS = ("grouping", "former_grouping", "grouping_changed_at")


def _write(stored: Project) -> None:
    values = {name: getattr(stored, name) for name in _FIELDS}
    Project.objects.filter(pk=stored.pk).update(**values, updated_at=clock.now())


def _copy(stored: Project, project: Project) -> None:
    for name in _FIELDS:
        setattr(project, name, getattr(stored, name))
