"""Debug files: those that a project has, those that are not there yet, and uploads of one whole file. Source: docs/sentry-api.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from ninja import Body, Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues.artifacts import debug_files, listing, names, retention
from issues.artifacts.assembly import direct
from issues.artifacts.assembly.asking import Wanted
from issues.models import Artifact, Upload
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import project_of
from issues.sentry_api.uploads import parts
from issues.sentry_api.uploads.refusals import told
from rustrak.lib import clock, keyset, problems
from rustrak.lib.http.view_limits import body_of_at_most

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))
#: So many checksums may be asked for at once.
MOST_CHECKSUMS = 5_000
_ADDRESS = "/api/0/projects/{organization}/{project}/files/dsyms"


def debug_file_out(artifact: Artifact) -> dict[str, Any]:
    """A debug file as clients read it."""
    details = artifact.details
    return {
        "id": str(artifact.pk),
        "uuid": artifact.debug_id or None,
        "debugId": artifact.debug_id or None,
        "codeId": artifact.code_id or None,
        "cpuName": artifact.arch or "any",
        "objectName": artifact.name.rpartition("/")[2] or artifact.name,
        "symbolType": str(details.get("format") or artifact.kind),
        "headers": {"Content-Type": "application/octet-stream"},
        "size": artifact.file.size,
        "sha1": artifact.file.sha1,
        "dateCreated": clock.rfc3339(artifact.created_at),
        "data": {"type": details.get("kind") or None, "features": list(details.get("features") or ())},
    }


def debug_files_of(project: Project, upload_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The debug files in some uploads."""
    found = listing.debug_files(project.pk, upload_ids=upload_ids).order_by("pk")
    return [debug_file_out(each) for each in found[: paging.MOST]]


@router.get(_ADDRESS, summary="debug-files upload")
def dsyms(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    """The project's debug files, the newest first. Query string: `debug_id`, `code_id`, `query`."""
    found = project_of(request, project)
    asked = request.GET.get("debug_id", "").replace("\0", "")
    text = (request.GET.get("query") or request.GET.get("code_id") or "").replace("\0", "")
    rows = listing.debug_files(found.pk, [names.debug_id(asked) or asked.lower()] if asked else (), text)
    page = keyset.page(
        rows.order_by(), ["id"], descending=True, cursor=paging.cursor(request), limit=paging.limit(request)
    )
    return paging.answer(request, [debug_file_out(each) for each in page.items], page.next_cursor)


@router.post(_ADDRESS, response={201: Any}, summary="upload-proguard (sentry-cli 2)")
@parts.takes_a_file
def upload_dsyms(request: SignedInRequest, organization: str, project: str) -> Status[Any]:
    """Store a debug file, or a zip file with ProGuard mappings, in the field `file`. Answers with what was in it."""
    found = project_of(request, project)
    out: list[dict[str, Any]] = []
    with told(), parts.received(request) as files:
        for _, file, path in files:
            with open(path, "rb") as content:
                wanted = Wanted(
                    kind=Upload.Kind.DEBUG_FILE,
                    checksum=direct.sha1_of(content),
                    chunks=(),
                    name=(file.name or "")[:1000],
                    client=parts.client_of(request),
                )
                upload = direct.store(
                    request.user,
                    found,
                    wanted,
                    lambda content=content, wanted=wanted: debug_files.identify(content, wanted.name),  # type: ignore[misc]
                    file.size or 0,
                )
            out += debug_files_of(found, [upload.pk])
    return Status(201, out)


@router.delete(_ADDRESS, response={204: None}, summary="debug-files")
def delete_dsyms(request: SignedInRequest, organization: str, project: str) -> Status[None]:
    """Delete one debug file: `id` is its id."""
    found = project_of(request, project)
    number = request.GET.get("id", "")
    artifact = (
        listing.debug_files(found.pk).filter(pk=int(number)).first()
        if number.isascii() and number.isdecimal() and len(number) < 19
        else None
    )
    if artifact is None:
        raise problems.NotFound("This project has no debug file with this id.")
    retention.delete_artifact(artifact)
    return Status(204, None)


@router.get(f"{_ADDRESS}/unknown", summary="debug-files upload of older clients")
def unknown_dsyms(request: SignedInRequest, organization: str, project: str) -> dict[str, list[str]]:
    """Which of the SHA-1s `checksums` are not there yet."""
    return _unknown(request, project, request.GET.getlist("checksums"))


@router.post(
    f"{_ADDRESS}/unknown",
    summary="debug-files upload of older clients",
    auth=needs(Capability.PROJECT_READ, Capability.PROJECT_READ),
)
@body_of_at_most(1024 * 1024)
def post_unknown_dsyms(
    request: SignedInRequest, organization: str, project: str, body: Body[dict[str, list[str]]]
) -> dict[str, list[str]]:
    """The same for a list that is too long for an address."""
    return _unknown(request, project, body.get("checksums", []))


def _unknown(request: SignedInRequest, project: str, checksums: list[str]) -> dict[str, list[str]]:
    found = project_of(request, project)
    if len(checksums) > MOST_CHECKSUMS:
        raise problems.BadInput(f"checksums: {MOST_CHECKSUMS} at most")
    return {"missing": listing.unknown(found.pk, [each.replace("\0", "").lower() for each in checksums])}
