"""Uploads that are put together from pieces: artifact bundles, and debug files."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Body, Router
from pydantic import AfterValidator, Field

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues.artifacts.assembly import asking, states
from issues.artifacts.assembly.asking import Wanted
from issues.artifacts.assembly.states import Standing
from issues.artifacts.chunks import is_sha1
from issues.models import Upload
from issues.releases import rows as releases
from issues.sentry_api.base.places import open_to, project_of, projects_in_body
from issues.sentry_api.uploads import parts
from issues.sentry_api.uploads.debug_file_list import debug_files_of
from issues.sentry_api.uploads.refusals import told
from rustrak.lib import problems
from rustrak.lib.http.view_limits import body_of_at_most
from rustrak.lib.schemas import Input, Text

router = Router(auth=needs(Capability.PROJECT_RELEASES, Capability.PROJECT_RELEASES))

#: So many pieces one upload may have, and so many debug files one request may ask for.
MOST_CHUNKS, MOST_FILES = 20_000, 5_000
#: The largest body: a piece is named by 43 bytes.
_takes_json = body_of_at_most(4 * 1024 * 1024)


def _sha1(text: str) -> str:
    lower = text.lower()
    if not is_sha1(lower):
        raise ValueError("must be a SHA-1: 40 hexadecimal digits")
    return lower


Sha1 = Annotated[str, AfterValidator(_sha1)]
Chunks = Annotated[list[Sha1], Field(max_length=MOST_CHUNKS)]


class Bundle(Input):
    checksum: Sha1
    chunks: Chunks = []
    projects: list[str | int] = []
    version: Annotated[Text, Field(max_length=200)] | None = None
    dist: Annotated[Text, Field(max_length=64)] | None = None


class ReleaseBundle(Input):
    checksum: Sha1
    chunks: Chunks = []
    projects: list[str | int] = []
    dist: Annotated[Text, Field(max_length=64)] | None = None


class DebugFile(Input):
    name: Annotated[Text, Field(max_length=1000)] = ""
    debug_id: Annotated[Text, Field(max_length=100)] | None = None
    chunks: Chunks = []


@router.post(
    "/api/0/organizations/{organization}/artifactbundle/assemble",
    summary="sourcemaps upload, build plugins",
)
@_takes_json
def assemble_bundle(request: SignedInRequest, organization: str, body: Bundle) -> dict[str, Any]:
    """How an artifact bundle stands, and which of its pieces are missing."""
    projects = _projects(request, body.projects)
    return _out(_ask(request, projects, body, (body.version or "").strip()))


@router.post(
    "/api/0/organizations/{organization}/releases/{path:version}/assemble",
    summary="sourcemaps upload of older clients",
)
@_takes_json
def assemble_release(
    request: SignedInRequest, organization: str, version: str, body: ReleaseBundle
) -> dict[str, Any]:
    """The same for a bundle with files of one release. Older clients name the project in its manifest only: then it goes to the only project
    that the token is for."""
    projects = _projects(request, body.projects)
    return _out(_ask(request, projects, body, version.strip()))


@router.post(
    "/api/0/projects/{organization}/{project}/files/difs/assemble",
    summary="debug-files upload, upload-proguard, dart-symbol-map upload",
)
@_takes_json
def assemble_debug_files(
    request: SignedInRequest, organization: str, project: str, body: Body[dict[str, DebugFile]]
) -> dict[str, Any]:
    """How debug files stand, by their SHA-1, and which of their pieces are missing."""
    if len(body) > MOST_FILES:
        raise problems.BadInput(f"A request may ask for {MOST_FILES} files at most.")
    found = project_of(request, project)
    if wrong := next((checksum for checksum in body if not is_sha1(checksum)), None):
        raise problems.BadInput(f"{wrong[:60]}: must be a SHA-1: 40 hexadecimal digits in lower case")
    asked = {checksum: file.chunks for checksum, file in body.items()}
    # A client asks for all of its files at once, and most of the time has to send most of them.
    unsent = asking.unsent(request.user, found, Upload.Kind.DEBUG_FILE, asked)
    return {
        checksum: _out(unsent[checksum])
        if checksum in unsent
        else _debug_file(request, found, checksum, file)
        for checksum, file in body.items()
    }


def _debug_file(request: SignedInRequest, project: Project, checksum: str, file: DebugFile) -> dict[str, Any]:
    wanted = Wanted(
        kind=Upload.Kind.DEBUG_FILE,
        checksum=checksum,
        chunks=file.chunks,
        name=file.name.strip(),
        debug_id=(file.debug_id or "")[:45],
        client=parts.client_of(request),
    )
    with told():
        standing = asking.ask(request.user, [project], wanted)
    out = _out(standing)
    if standing.state == states.OK and standing.upload_id is not None:
        files = debug_files_of(project, [standing.upload_id])
        out["dif"] = files[0] if files else None
    return out


def _ask(
    request: SignedInRequest, projects: list[Project], body: Bundle | ReleaseBundle, release: str
) -> Standing:
    release = release_name(release)
    wanted = Wanted(
        kind=Upload.Kind.BUNDLE,
        checksum=body.checksum,
        chunks=body.chunks,
        release=release,
        dist=(body.dist or "").strip(),
        client=parts.client_of(request),
    )
    with told():
        return asking.ask(request.user, projects, wanted)


def release_name(text: str) -> str:
    """The name of a release as events have it; empty for none. Raises BadInput."""
    if not text.strip():
        return ""
    try:
        return releases.checked(text)
    except releases.BadRelease as error:
        raise problems.BadInput(f"version: {error}") from None


def _projects(request: SignedInRequest, names: list[str | int]) -> list[Project]:
    if names:
        return projects_in_body(request, names)
    only = list(open_to(request)[:2])
    if len(only) != 1:
        raise problems.BadInput("projects: name the project that the upload is for")
    return only


def _out(standing: Standing) -> dict[str, Any]:
    return {
        "state": standing.state,
        "missingChunks": list(standing.missing),
        "detail": standing.detail or None,
    }
