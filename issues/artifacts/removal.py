"""Deletes uploads with their artifacts, and the files that no other artifact has; makes room for new ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Greatest

from accounts.models import Project
from issues import usage
from issues.artifacts import files
from issues.models import Artifact, Upload
from rustrak.lib import clock, wording

#: What was uploaded or used since then makes no room for others.
IN_USE = timedelta(days=1)
_ROWS = 500


class NoRoom(ValueError):
    """The project has as many files as it may. The message is for people."""


def longest_unused(uploads: QuerySet[Upload]) -> QuerySet[Any, Any]:
    """Uploads in the order in which they make room, with `used_at`: when each was uploaded or last used."""
    used_at = Greatest("created_at", Coalesce("last_used_at", "created_at"))
    return uploads.annotate(used_at=used_at).order_by("used_at", "pk")


def with_files(project_id: int) -> QuerySet[Upload]:
    """The project's uploads whose files can be used."""
    return Upload.objects.filter(project=project_id, state=Upload.State.OK)


def make_room(project_id: int, size: int, now: datetime) -> None:
    """Delete what the project has used least lately, until `size` bytes more fit. Inside the transaction that holds the project's artifacts.
    Raises NoRoom when that does not help."""
    left = usage.room(project_id, "artifact")
    if size <= left:
        return
    most = usage.allowed("artifact").bytes
    limit = (
        f"This project's source maps and debug files may take {wording.size(most)} (RETAIN_BYTES_PER_PROJECT)"
    )
    if most == usage.UNLIMITED:
        limit = "All projects together keep as much as they may (RETAIN_BYTES)"
    if size > most:
        raise NoRoom(f"{limit}: this upload takes more.")
    why = f"Its files were deleted on {wording.day_text(now.date())} to make room for others. {limit}."
    for pk, used_at in longest_unused(with_files(project_id)).values_list("pk", "used_at").iterator():
        if used_at > now - IN_USE:
            break
        left += empty(project_id, [pk], why)
        if size <= left:
            return
    raise NoRoom(
        f"{limit}, and all of it was uploaded or used within the last day. Delete uploads that are not needed, or try again later."
    )


def empty(project_id: int, pks: Sequence[int], why: str) -> int:
    """Delete what is in uploads; their rows stay for a while and say why. Inside the transaction that holds the project's artifacts. Returns
    about how many bytes were freed."""
    mark(project_id, pks, why)
    return delete_contents(project_id, pks)


def mark(project_id: int, pks: Sequence[int], why: str) -> int:
    """Have uploads no longer be ok, and say why; issues.retention deletes what is in them. Returns how many."""
    return Upload.objects.filter(project=project_id, pk__in=pks, state=Upload.State.OK).update(
        state=Upload.State.ERROR,
        detail=why[:500],
        finished_at=clock.now(),
        artifact_count=0,
        leased_until=None,
    )


def delete(project_id: int, pks: Sequence[int]) -> int:
    """Delete uploads and what is in them. Inside the transaction that holds the project's artifacts (issues.lock.lock_artifacts). Returns about
    how many bytes were freed."""
    size = delete_contents(project_id, pks)
    rows = Upload.objects.filter(project=project_id, pk__in=pks).delete()[0]
    usage.add(project_id, {"artifact": (0, -rows * usage.UPLOAD)})
    return size + rows * usage.UPLOAD


def delete_artifact(artifact: Artifact) -> None:
    """Delete one artifact, its file if no other has it, and its upload with the last of them. Inside the transaction that holds the
    project's artifacts."""
    others = Artifact.objects.filter(upload=artifact.upload_id).exclude(pk=artifact.pk)
    if not others.exists():
        delete(artifact.project_id, [artifact.upload_id])
        return
    if Artifact.objects.filter(pk=artifact.pk).delete()[0]:
        usage.add(artifact.project_id, {"artifact": (0, -usage.ARTIFACT)})
        files.delete_unused(artifact.project_id, [artifact.file_id])
        Upload.objects.filter(pk=artifact.upload_id).update(artifact_count=others.count())
        note_change(artifact.project_id)


def note_change(project_id: int) -> None:
    """Make void what processes remember of the project's artifacts."""
    Project.objects.filter(pk=project_id).update(artifacts_version=F("artifacts_version") + 1)


def delete_contents(project_id: int, pks: Sequence[int]) -> int:
    """Delete the artifacts of uploads. Inside the transaction that holds the project's artifacts. Returns about how many bytes were freed."""
    return delete_artifacts(project_id, Artifact.objects.filter(project=project_id, upload__in=pks))


def delete_artifacts(project_id: int, artifacts: QuerySet[Artifact]) -> int:
    """Delete artifacts of a project, and the files that no other has. Inside the transaction that holds the project's artifacts. Returns
    about how many bytes were freed."""
    file_ids = sorted(set(artifacts.values_list("file", flat=True)))
    rows = artifacts.delete()[0]
    if not rows:
        return 0
    size = rows * usage.ARTIFACT
    usage.add(project_id, {"artifact": (0, -size)})
    for start in range(0, len(file_ids), _ROWS):
        size += files.delete_unused(project_id, file_ids[start : start + _ROWS])[1]
    note_change(project_id)
    return size
