"""Jobs: one at a time for a release."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts.models import Project, User
from issues.lock import lock_project
from issues.models import Remapping
from issues.releases.mentioned import issues_of
from rustrak.lib import clock
from rustrak.lib.disk.marker import Marker

State = Remapping.State
UNFINISHED = (State.WAITING, State.RUNNING)
MARKER = Marker("remapping.waiting")
#: Jobs that are kept of a release: the latest say what they did.
_KEPT = 20


class NotPossible(ValueError):
    """The message is for people."""


def ask(project: Project, release: str, by: User | None = None) -> Remapping:
    """Begin a job for the release, or return the one that is not finished. Raises NotPossible where there is nothing to apply.

    Who asks must be a member of the project.
    """
    with transaction.atomic():
        lock_project(project.pk)
        if (own := latest(project, release)) is not None and own.state in UNFINISHED:
            return own
        if not Project.objects.filter(pk=project.pk, artifacts_version__gt=0).exists():
            raise NotPossible("Nothing was uploaded to this project, so there is nothing to apply.")
        total = issues_of(project, release).count()
        if not total:
            raise NotPossible("No issue has events of this release.")
        job = Remapping.objects.create(project=project, release=release, by=by, total=total)
        old = Remapping.objects.filter(project=project, release=release).order_by("-pk").values("pk")[_KEPT:]
        Remapping.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()
        MARKER.touch_on_commit(settings.RUN_DIR)
    return job


def latest(project: Project, release: str) -> Remapping | None:
    """The latest job of the release."""
    return Remapping.objects.filter(project=project, release=release).order_by("-pk").first()


def stop(job: Remapping) -> None:
    """Leave the issues alone that were not looked at yet."""
    Remapping.objects.filter(pk=job.pk, state__in=UNFINISHED).update(
        state=State.STOPPED, finished_at=clock.now(), leased_until=None
    )
