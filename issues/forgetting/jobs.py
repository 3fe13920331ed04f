"""Jobs: one at a time for a person."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import Project, User
from issues.forgetting import whom
from issues.lock import lock_project
from issues.models import Forgetting
from rustrak.lib.disk.marker import Marker

State = Forgetting.State
UNFINISHED = (State.WAITING, State.RUNNING)
MARKER = Marker("forgetting.waiting")
#: Jobs that are kept of a project: the latest say what they did.
_KEPT = 100


class NotPossible(ValueError):
    """The message is for people."""


def ask(project: Project, person: int, by: User | None = None) -> Forgetting:
    """Begin to forget the person with this number, or return the job that is not finished. Raises NotPossible for one of whom
    nothing is stored."""
    with transaction.atomic():
        lock_project(project.pk)
        if (own := latest(project, person)) is not None and own.state in UNFINISHED:
            return own
        if (found := whom.find(project, person)) is None:
            raise NotPossible("Nothing is stored of this person.")
        total = Project.objects.values_list("stored_event_count", flat=True).get(pk=project.pk)
        job = Forgetting.objects.create(
            project=project,
            person=person,
            people=sorted(found.numbers),
            names=[list(name) for name in found.names],
            by=by,
            total=total,
        )
        audit.record(audit.Action.USER_FORGET, name=str(person), project=project)
        old = Forgetting.objects.filter(project=project).exclude(state__in=UNFINISHED).order_by("-pk")
        Forgetting.objects.filter(pk__in=list(old.values_list("pk", flat=True)[_KEPT:])).delete()
        MARKER.touch_on_commit(settings.RUN_DIR)
    return job


def latest(project: Project, person: int) -> Forgetting | None:
    """The latest job about the person."""
    return Forgetting.objects.filter(project=project, person=person).order_by("-pk").first()
