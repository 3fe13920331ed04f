"""/api/projects/{id}/releases, and their deploys"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from django.db import transaction
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project
from issues.api.releases.shared import named
from issues.commits import recorded
from issues.models import Deploy, Release, ReleaseEnvironment
from issues.releases import listing, rows, tools
from issues.releases.listing import IssueCounts
from issues.releases.refusals import as_problems
from rustrak.lib import cursor, keyset
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["releases"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))

#: Of one release. More are counted in `event_count`.
MOST_ENVIRONMENTS = 100
# The list of releases is ordered by what their names say, so its cursor is the place of a release.
_CURSOR = "releases"


class ReleaseQuery(Paging):
    environment: str | None = None
    archived: Literal["true", "false"] | None = None


class HeadIn(Input):
    """The head commit of a release in a repository, and that of the release before."""

    repository: Annotated[Text, Field(max_length=recorded.LONGEST_REPOSITORY)]
    commit: Annotated[Text, Field(min_length=1, max_length=recorded.LONGEST_SHA)]
    previous_commit: Annotated[Text, Field(max_length=recorded.LONGEST_SHA)] = ""


class HeadOut(Output):
    repository: str
    commit: str
    previous_commit: str | None


class ReleasePatch(Input):
    """What is left out does not change. `ref` is the commit or branch, `url` an address of the release elsewhere. `heads` are its head commits; an
    empty list also forgets its commits. An `archived` release keeps everything, and is left out of the list on the page."""

    model_config = example({"archived": True})

    released_at: Annotated[Moment | None, Field(strict=False)] = None
    ref: Text | None = None
    url: Text | None = None
    archived: bool | None = None
    heads: Annotated[list[HeadIn] | None, Field(max_length=recorded.MOST_REFS)] = None


class ReleaseIn(ReleasePatch):
    model_config = example({"version": "shop@2.4.0", "ref": "main"})

    version: Annotated[Text, Field(min_length=1, max_length=rows.LONGEST_VERSION)]


class DeployIn(Input):
    """`finished_at` is now if it is left out; the first deploy of a release is when it was released, unless that is known."""

    model_config = example({"environment": "production"})

    environment: Annotated[Text, Field(min_length=1, max_length=rows.LONGEST_ENVIRONMENT)]
    name: Text = ""
    url: Text = ""
    started_at: Annotated[Moment | None, Field(strict=False)] = None
    finished_at: Annotated[Moment | None, Field(strict=False)] = None


class ReleaseEnvironmentOut(Output):
    """`name` is empty for events that name no environment."""

    name: str
    first_seen: Moment
    last_seen: Moment
    event_count: int


class DeployOut(Output):
    id: int
    environment: str
    name: str | None
    url: str | None
    started_at: Moment | None
    finished_at: Moment

    @classmethod
    def of(cls, deploy: Deploy) -> DeployOut:
        return cls(
            id=deploy.pk,
            environment=deploy.environment,
            name=deploy.name or None,
            url=deploy.url or None,
            started_at=deploy.started_at,
            finished_at=deploy.finished_at,
        )


class ReleaseOut(Output):
    """`event_count` counts all events that were received, stored or not. `first_seen` and `last_seen` are the times of its first and last event or
    session, null if there was none. Issues are new in their first release; `regressed` ones last came back in this one; `resolved`
    ones name it: they are fixed in it, after it, or were resolved while it was the newest. `commit_count` counts the commits that were sent. Of more than 100 environments those with
    most events are listed."""

    version: str
    released_at: Moment | None
    first_seen: Moment | None
    last_seen: Moment | None
    event_count: int
    ref: str | None
    url: str | None
    created_at: Moment
    new_issue_count: int
    regressed_issue_count: int
    resolved_issue_count: int
    deploy_count: int
    commit_count: int
    heads: list[HeadOut]
    archived_at: Moment | None
    environments: list[ReleaseEnvironmentOut]


@router.get("/api/projects/{int:project_id}/releases", response=Listing[ReleaseOut])
def list_releases(
    request: SignedInRequest, project_id: int, query: Query[ReleaseQuery]
) -> Listing[ReleaseOut]:
    """List the releases of the project, newest first: by version, build number or date, or by when they were released or first seen.

    With `environment`, those that were seen in it or deployed to it; an empty one is that of events that name none. `archived`: only those that
    are archived, or are not.
    """
    project = visible_project(request.user, project_id)
    listed = listing.newest_first(project, query.environment).listed
    if query.archived is not None:
        listed = [each for each in listed if bool(each.archived_at) == (query.archived == "true")]
    start = _start(query.cursor, [each.version for each in listed])
    some = listed[start : start + query.limit]
    has_more = start + query.limit < len(listed)
    keys = [each.pk for each in some]
    releases = {release.pk: release for release in Release.objects.filter(pk__in=keys)}
    return Listing[ReleaseOut](
        items=_out(project, [releases[key] for key in keys if key in releases]),
        next_cursor=cursor.encode((_CURSOR, some[-1].version)) if has_more else None,
        has_more=has_more,
    )


@router.post("/api/projects/{int:project_id}/releases", response={200: ReleaseOut, 201: ReleaseOut})
def create_release(request: SignedInRequest, project_id: int, body: ReleaseIn) -> Status[ReleaseOut]:
    """Create a release, or change it if it is there: then the answer is 200."""
    project = visible_project(request.user, project_id)
    with as_problems():
        release, is_new = _described(request, project, body.version, body)
    return Status(201 if is_new else 200, _out(project, [release])[0])


# A version may have any characters, "/" too, so the addresses with something behind it come first.
@router.get("/api/projects/{int:project_id}/releases/{path:version}/deploys", response=Listing[DeployOut])
def list_deploys(
    request: SignedInRequest, project_id: int, version: str, query: Query[Paging]
) -> Listing[DeployOut]:
    """List the deploys of a release, the latest first."""
    release = named(visible_project(request.user, project_id), version)
    page = keyset.page(
        Deploy.objects.filter(release=release), ["finished_at", "id"], descending=True, cursor=query.cursor,
        limit=query.limit,
    )  # fmt: skip
    return Listing[DeployOut].of(page, DeployOut.of)


@router.post(
    "/api/projects/{int:project_id}/releases/{path:version}/deploys",
    response={200: DeployOut, 201: DeployOut},
)
def create_deploy(
    request: SignedInRequest, project_id: int, version: str, body: DeployIn
) -> Status[DeployOut]:
    """Say that the release was deployed to an environment; it is created if it is not there.

    The same environment and `finished_at` are the same deploy: then the answer is 200 and nothing changes.
    """
    project = visible_project(request.user, project_id)
    with as_problems():
        deploy, is_new = tools.deploy(
            project, version, body.environment, by=request.user, name=body.name, url=body.url,
            started_at=body.started_at, finished_at=body.finished_at,
        )  # fmt: skip
    return Status(201 if is_new else 200, DeployOut.of(deploy))


@router.get("/api/projects/{int:project_id}/releases/{path:version}", response=ReleaseOut)
def get_release(request: SignedInRequest, project_id: int, version: str) -> ReleaseOut:
    """One release. In the address its version is percent-encoded."""
    project = visible_project(request.user, project_id)
    return _out(project, [named(project, version)])[0]


@router.patch("/api/projects/{int:project_id}/releases/{path:version}", response=ReleaseOut)
def change_release(request: SignedInRequest, project_id: int, version: str, body: ReleasePatch) -> ReleaseOut:
    """Say when a release was released, of which commit or branch it is, and where more is to be read about it."""
    project = visible_project(request.user, project_id)
    named(project, version)
    with as_problems():
        release, _ = _described(request, project, version, body)
    return _out(project, [release])[0]


def _described(
    request: SignedInRequest, project: Project, version: str, body: ReleasePatch
) -> tuple[Release, bool]:
    with transaction.atomic():
        release, is_new = tools.describe(
            project,
            version,
            released_at=body.released_at,
            ref=body.ref,
            url=body.url,
            is_archived=body.archived,
        )
        if body.heads is not None:
            refs = [
                {"repository": one.repository, "commit": one.commit, "previousCommit": one.previous_commit}
                for one in body.heads
            ]
            recorded.set_refs(project, release, refs, by=request.user)
    return release, is_new


@router.delete("/api/projects/{int:project_id}/releases/{path:version}", response={204: None})
def delete_release(request: SignedInRequest, project_id: int, version: str) -> Status[None]:
    """Delete a release with its deploys. One that events, sessions or issues name is not deleted (409)."""
    release = named(visible_project(request.user, project_id), version)
    with as_problems():
        tools.delete(release)
    return Status(204, None)


def _start(text: str | None, versions: Sequence[str]) -> int:
    """Where the list goes on. Raises BadCursor, also where the release was deleted meanwhile."""
    if not text:
        return 0
    values = cursor.decode(text)
    if len(values) != 2 or values[0] != _CURSOR:
        raise keyset.BadCursor("belongs to another list")
    if values[1] not in versions:
        raise keyset.BadCursor("names a release that is not there any more")
    return versions.index(str(values[1])) + 1


def _out(project: Project, releases: Sequence[Release]) -> list[ReleaseOut]:
    keys = [release.pk for release in releases]
    issues = listing.issue_counts(project, [release.version for release in releases])
    deploys = listing.deploys(keys)
    environments: dict[int, list[ReleaseEnvironmentOut]] = {}
    seen = ReleaseEnvironment.objects.filter(release__in=keys).order_by("-event_count", "environment")
    for each in seen:
        of_release = environments.setdefault(each.release_id, [])
        if len(of_release) < MOST_ENVIRONMENTS:
            of_release.append(
                ReleaseEnvironmentOut(
                    name=each.environment, first_seen=each.first_seen, last_seen=each.last_seen,
                    event_count=each.event_count,
                )
            )  # fmt: skip
    return [
        _one(
            release,
            issues[release.version],
            sum(deployed.count for deployed in deploys.get(release.pk, [])),
            environments.get(release.pk, []),
        )
        for release in releases
    ]


def _one(
    release: Release, issues: IssueCounts, deploys: int, environments: list[ReleaseEnvironmentOut]
) -> ReleaseOut:
    return ReleaseOut(
        version=release.version,
        released_at=release.released_at,
        first_seen=release.first_seen,
        last_seen=release.last_seen,
        event_count=release.event_count,
        ref=release.ref or None,
        url=release.url or None,
        created_at=release.created_at,
        new_issue_count=issues.new,
        regressed_issue_count=issues.regressed,
        resolved_issue_count=issues.resolved,
        deploy_count=deploys,
        commit_count=release.commit_count,
        heads=[
            HeadOut(
                repository=str(ref.get("repository", "")),
                commit=str(ref.get("commit", "")),
                previous_commit=ref.get("previousCommit") or None,
            )
            for ref in release.refs
        ],
        archived_at=release.archived_at,
        environments=environments,
    )
