"""What was uploaded for a release, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, Sum

from accounts.models import Project
from issues.models import Upload


@dataclass(frozen=True, slots=True)
class Uploaded:
    """`uploads` were finished, with `files` of `size` bytes; `failed` were refused, or are not stored any more. `last` is when the latest came."""

    uploads: int
    files: int
    size: int
    failed: int
    last: datetime | None


def of_release(project: Project, version: str) -> Uploaded:
    """One query."""
    rows = Upload.objects.filter(project=project, release=version)
    done, failed = Q(state=Upload.State.OK), Q(state=Upload.State.ERROR)
    found = rows.aggregate(
        uploads=Count("pk", filter=done),
        files=Sum("artifact_count", filter=done, default=0),
        size=Sum("size", filter=done, default=0),
        failed=Count("pk", filter=failed),
        last=Max("created_at"),
    )
    return Uploaded(**found)
