"""Gives every project its first rule."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from accounts.models import Project
from issues.alerts.rules import stored
from issues.alerts.rules.values import RuleValues
from issues.models import News
from rustrak.lib.database.courtesy import write_if_free

#: Monitors that fail create issues, so the members hear of them as well.
FIRST = RuleValues(
    name="New and regressed issues to all members",
    triggers=(News.NEW.value, News.REGRESSED.value),
    to_members=True,
    cooldown_minutes=60,
)


def ensure(project: Project) -> None:
    """Give the project its first rule, unless that was done before: a rule that people delete does not come back.

    Sets `project.alerts_set_up`. Safe to be called by many at once.
    """
    if project.alerts_set_up:
        return
    with transaction.atomic():
        own = Project.objects.filter(pk=project.pk, alerts_set_up=False, deleting_at=None)
        if own.update(alerts_set_up=True):
            stored.create(project, FIRST, None)
    project.alerts_set_up = True


def ensure_if_free(project: Project) -> None:
    """The same for who only reads: not while the database is locked or can only be read. `deliver` will do it then."""
    if not project.alerts_set_up:
        write_if_free(partial(ensure, project))


def ensure_all() -> int:
    """The same for all projects. Returns how many had none; one query when there are none."""
    without = list(Project.objects.filter(alerts_set_up=False, deleting_at=None).order_by("pk"))
    for project in without:
        ensure(project)
    return len(without)
