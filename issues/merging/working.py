"""Moves the events of groupings that lead to another issue than before, a part at a time.

Each part is a transaction of its own: whoever is killed has moved nothing twice, and several processes may work at once.
"""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Project
from issues.lock import lock_project
from issues.merging import events
from issues.merging.counting import count_again
from issues.models import Issue, PendingCount, PendingMove

#: How long a part takes, and the pause after it, in which a digest can write.
SECONDS, PAUSE = 0.015, 0.02


def work(project_id: int, seconds: float = SECONDS) -> bool:
    """Move events of the project for about so long, in one transaction, or count people. True: nothing is left to do."""
    # The number of people first: it is shown, and wrong until then.
    if count_again(project_id):
        return False
    with transaction.atomic():
        lock_project(project_id)
        until = time.perf_counter() + seconds
        while pending := PendingMove.objects.filter(source__project=project_id).order_by("pk").first():
            while events.move_some(pending):
                if time.perf_counter() > until:
                    return False
            if time.perf_counter() > until:
                return False
        _remove_merged(project_id)
    return True


def finish(project_id: int) -> None:
    """Do all that is left to do in a project, with pauses for digests."""
    while not work(project_id):
        time.sleep(PAUSE)


def run(seconds: float) -> bool:
    """Work for some seconds on what is left to do in all projects, in turns. True: nothing is left."""
    until = time.monotonic() + seconds
    while projects := _projects():
        for project_id in projects:
            work(project_id)
            time.sleep(PAUSE)
            if time.monotonic() > until:
                return False
    return True


def finish_interrupted() -> None:
    """Do all that is left to do in all projects."""
    for project_id in _projects():
        finish(project_id)


def _projects() -> list[int]:
    moving = PendingMove.objects.filter(source__project=OuterRef("pk"))
    counting = PendingCount.objects.filter(issue__project=OuterRef("pk"))
    merged = Issue.everything.filter(project=OuterRef("pk"), status=Issue.Status.MERGING)
    rows = Project.objects.filter(Q(Exists(moving)) | Q(Exists(counting)) | Q(Exists(merged)))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _remove_merged(project_id: int) -> None:
    """Issues that were merged into one that was deleted meanwhile, with the groupings that they had."""
    for issue in Issue.everything.filter(project=project_id, status=Issue.Status.MERGING).values_list(
        "pk", flat=True
    ):
        events.remove_empty(issue)
