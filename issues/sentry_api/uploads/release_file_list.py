"""Files of a release that are uploaded one by one, as older clients do it, and lists of them. Source: docs/sentry-api.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues.artifacts import files as stored_files
from issues.artifacts import listing, release_files, retention
from issues.artifacts.assembly import direct
from issues.artifacts.assembly.asking import Wanted
from issues.models import Artifact, Release, Upload
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import open_to, project_of
from issues.sentry_api.uploads import parts
from issues.sentry_api.uploads.assembling import release_name
from issues.sentry_api.uploads.refusals import told
from rustrak.lib import clock, keyset, problems, tolerant_json

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))
_IN_PROJECT = "/api/0/projects/{organization}/{project}/releases/{path:version}/files"
_IN_ORGANIZATION = "/api/0/organizations/{organization}/releases/{path:version}/files"
_LONGEST = {"name": 1000, "dist": 64, "release": 200}
_MOST_HEADERS = 20
_BLOCK = 64 * 1024


def release_file_out(artifact: Artifact) -> dict[str, Any]:
    """A file of a release as clients read it."""
    headers = artifact.details.get("headers")
    return {
        "id": str(artifact.pk),
        "name": artifact.name,
        "dist": artifact.dist or None,
        "headers": headers if isinstance(headers, dict) else {},
        "size": artifact.file.size,
        "sha1": artifact.file.sha1,
        "dateCreated": clock.rfc3339(artifact.created_at),
    }


@router.get(_IN_PROJECT, summary="sourcemaps explain, uploads of older clients")
def project_files(request: SignedInRequest, organization: str, project: str, version: str) -> HttpResponse:
    return _listed(request, [project_of(request, project)], version)


@router.post(_IN_PROJECT, response={201: Any}, summary="uploads of older clients")
@parts.takes_a_file
def upload_project_file(
    request: SignedInRequest, organization: str, project: str, version: str
) -> Status[Any]:
    return _uploaded(request, [project_of(request, project)], version)


@router.get(_IN_ORGANIZATION, summary="sourcemaps explain, uploads of older clients")
def organization_files(request: SignedInRequest, organization: str, version: str) -> HttpResponse:
    return _listed(request, _projects(request, version), version)


@router.post(_IN_ORGANIZATION, response={201: Any}, summary="uploads of older clients")
@parts.takes_a_file
def upload_organization_file(request: SignedInRequest, organization: str, version: str) -> Status[Any]:
    """Stored in all projects that have this release, else in the only project that the token is for."""
    return _uploaded(request, _projects(request, version), version)


@router.get(f"{_IN_PROJECT}/{{int:file_id}}", summary="sourcemaps explain")
def project_file(
    request: SignedInRequest, organization: str, project: str, version: str, file_id: int
) -> HttpResponseBase:
    """One file; with `download=1` its bytes."""
    return _one(request, [project_of(request, project)], version, file_id)


@router.get(f"{_IN_ORGANIZATION}/{{int:file_id}}", summary="sourcemaps explain")
def organization_file(
    request: SignedInRequest, organization: str, version: str, file_id: int
) -> HttpResponseBase:
    return _one(request, _projects(request, version), version, file_id)


@router.delete(
    f"{_IN_PROJECT}/{{int:file_id}}", response={204: None}, summary="releases files delete of older clients"
)
def delete_project_file(
    request: SignedInRequest, organization: str, project: str, version: str, file_id: int
) -> Status[None]:
    return _deleted([project_of(request, project)], version, file_id)


@router.delete(
    f"{_IN_ORGANIZATION}/{{int:file_id}}",
    response={204: None},
    summary="releases files delete of older clients",
)
def delete_organization_file(
    request: SignedInRequest, organization: str, version: str, file_id: int
) -> Status[None]:
    return _deleted(_projects(request, version), version, file_id)


def _projects(request: SignedInRequest, version: str) -> list[Project]:
    """The projects of the user that have this release, else the only one. Raises BadInput."""
    visible = open_to(request)
    having = Release.objects.filter(version=_plain(version), project__in=visible).values("project")
    found = list(visible.filter(pk__in=having)) or list(visible[:2])
    if not found or (
        len(found) > 1 and not Release.objects.filter(project__in=found, version=_plain(version)).exists()
    ):
        raise problems.BadInput(
            "No project has this release yet. Create it first, or use the address with the project: "
            f"projects/…/…/releases/{version[:100]}/files/"
        )
    return found


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()


def _listed(request: SignedInRequest, projects: Sequence[Project], version: str) -> HttpResponse:
    """Query string: `query` (a part of a name; several), `checksum` (SHA-1; several)."""
    texts = [_plain(text) for text in request.GET.getlist("query") if text][:50]
    checksums = [_plain(text).lower() for text in request.GET.getlist("checksum")][:500]
    found = listing.release_files([each.pk for each in projects], _plain(version), texts, checksums)
    page = keyset.page(
        found, ["id"], descending=False, cursor=paging.cursor(request), limit=paging.limit(request)
    )
    return paging.answer(request, [release_file_out(each) for each in page.items], page.next_cursor)


def _uploaded(request: SignedInRequest, projects: Sequence[Project], version: str) -> Status[Any]:
    release = release_name(_plain(version))
    with told(), parts.received(request) as files:
        found = [(file, path) for field, file, path in files if field == "file"]
        if len(found) != 1:
            raise problems.BadInput("The form must have one file, in the field `file`.")
        file, path = found[0]
        name = _plain(request.POST.get("name", "") or file.name or "")
        dist = _plain(request.POST.get("dist", ""))
        headers = [_plain(text)[:2000] for text in request.POST.getlist("header")][:_MOST_HEADERS]
        for what, text in (("name", name), ("dist", dist), ("release", release)):
            if len(text) > _LONGEST[what]:
                raise problems.BadInput(f"{what}: must have at most {_LONGEST[what]} characters")
        out = None
        with open(path, "rb") as content:
            checksum = direct.sha1_of(content)
            for project in projects:
                wanted = Wanted(
                    kind=Upload.Kind.RELEASE_FILE,
                    checksum=checksum,
                    chunks=(),
                    name=name,
                    release=release,
                    dist=dist,
                    client=parts.client_of(request),
                )
                content.seek(0)
                upload = direct.store(
                    request.user,
                    project,
                    wanted,
                    lambda: release_files.read(content, name, release, dist, headers),
                    file.size or 0,
                    lambda project=project: release_files.replaced(project.pk, name, release, dist),  # type: ignore[misc]
                )
                artifact = (
                    Artifact.objects.filter(upload=upload).select_related("file").order_by("pk").first()
                )
                out = out or (artifact and release_file_out(artifact))
    return Status(201, out)


def _artifact(projects: Sequence[Project], version: str, file_id: int) -> Artifact:
    found = listing.release_file([each.pk for each in projects], _plain(version), file_id)
    if found is None:
        raise problems.NotFound("This release has no file with this id.")
    return found


def _one(
    request: SignedInRequest, projects: Sequence[Project], version: str, file_id: int
) -> HttpResponseBase:
    found = _artifact(projects, version, file_id)
    if request.GET.get("download") in {None, "", "0"}:
        return HttpResponse(tolerant_json.dumps(release_file_out(found)), content_type="application/json")
    with told():
        blocks = _blocks(found)
        first = next(blocks)
    response = StreamingHttpResponse(chain((first,), blocks), content_type="application/octet-stream")
    response["Content-Length"] = str(found.file.size)
    response["Content-Disposition"] = "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _blocks(found: Artifact) -> Iterator[bytes]:
    """The bytes of a file. Raises NotFound and StorageUnavailable, before the first block."""
    try:
        with stored_files.content(stored_files.ref(found.file)) as content:
            yield content.read(_BLOCK)
            while block := content.read(_BLOCK):
                yield block
    except FileNotFoundError:
        raise problems.NotFound("The storage no longer has the bytes of this file.") from None


def _deleted(projects: Sequence[Project], version: str, file_id: int) -> Status[None]:
    retention.delete_artifact(_artifact(projects, version, file_id))
    return Status(204, None)
