"""One upload: what it was, the files in it, and its deletion."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.artifacts import removal
from issues.lock import lock_artifacts
from issues.models import Artifact, Upload
from issues.pages.artifacts.uploads import found_in, searched
from issues.pages.artifacts.words import artifact_row, upload_row
from issues.render.values import line


def _upload(project: Project, upload_id: int) -> Upload:
    found: Upload = get_object_or_404(
        Upload.objects.filter(project=project).select_related("by").defer("chunks"), pk=upload_id
    )
    return found


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def artifact_upload(request: SignedInRequest, project: Project, upload_id: int) -> HttpResponse:
    """Query string: `q` (part of a name, or the beginning of a debug id), `cursor`, `before`."""
    upload, text = _upload(project, upload_id), searched(request)
    page, trouble = found_in(Artifact.objects.filter(project=project, upload=upload), text, request.GET)
    context = {
        "project": project,
        "row": upload_row(upload),
        "upload": upload,
        "rows": [artifact_row(each) for each in page.items],
        "page": page,
        "trouble": trouble,
        "q": text,
        "shown_q": line(text),
    }
    return render(request, "issues/artifacts/upload.html", context)


@member(reads=Capability.PROJECT_RELEASES, changes=Capability.PROJECT_RELEASES, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def artifact_upload_delete(request: SignedInRequest, project: Project, upload_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes the upload with its artifacts."""
    upload = _upload(project, upload_id)
    row = upload_row(upload)
    if request.method != "POST":
        context = {"project": project, "row": row, "upload": upload}
        return render(request, "issues/artifacts/upload_delete.html", context)
    with transaction.atomic():
        lock_artifacts(project.pk)
        removal.delete(project.pk, [upload.pk])
        audit.record(audit.Action.UPLOAD_DELETE, upload, name=f"{row.kind} {row.title}", project=project)
    messages.success(request, f"Deleted: {row.kind} {row.title}.")
    return redirect("source_maps", project.slug)
