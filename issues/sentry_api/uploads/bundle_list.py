"""Artifact bundles of a project, and their deletion. Source: docs/sentry-api.md."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.artifacts import listing, retention
from issues.models import Upload
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import project_of
from rustrak.lib import clock, keyset

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))


def bundle_out(upload: Upload) -> dict[str, Any]:
    """An artifact bundle as clients read it."""
    associations = [{"release": upload.release, "dist": upload.dist or None}] if upload.release else []
    return {
        "bundleId": str(upload.pk),
        "associations": associations,
        "date": clock.rfc3339(upload.finished_at or upload.created_at),
        "dateModified": clock.rfc3339(upload.finished_at or upload.created_at),
        "fileCount": upload.artifact_count,
    }


@router.get(
    "/api/0/projects/{organization}/{project}/files/artifact-bundles", summary="lists of artifact bundles"
)
def artifact_bundles(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    """The newest first. Query string: `query`, a part of the release, or a debug id."""
    found = project_of(request, project)
    text = request.GET.get("query", "").replace("\0", "").strip()[:200]
    page = keyset.page(
        listing.bundles(found.pk, text),
        ["id"],
        descending=True,
        cursor=paging.cursor(request),
        limit=paging.limit(request),
    )
    return paging.answer(request, [bundle_out(each) for each in page.items], page.next_cursor)


@router.delete(
    "/api/0/projects/{organization}/{project}/files/source-maps",
    response={204: None},
    summary="releases files delete --all of older clients",
)
def delete_source_maps(request: SignedInRequest, organization: str, project: str) -> Status[None]:
    """Delete all files of the release `name`, or the artifact bundle `bundleId`."""
    found = project_of(request, project)
    name = request.GET.get("name", "").replace("\0", "").strip()
    number = request.GET.get("bundleId", "")
    uploads = Upload.objects.filter(
        project=found, kind__in=(Upload.Kind.BUNDLE, Upload.Kind.RELEASE_FILE, Upload.Kind.FETCHED)
    )
    if number.isascii() and number.isdecimal() and len(number) < 19:
        chosen = uploads.filter(pk=int(number))
    else:
        chosen = uploads.filter(release=name) if name else uploads.none()
    for upload in list(chosen[:1000]):
        retention.delete_upload(upload)
    return Status(204, None)
