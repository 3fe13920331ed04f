"""What clients say of releases, and its effect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from django.db import transaction
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from accounts.access import SignedInRequest
from accounts.models import Project, User
from issues.commits import recorded
from issues.models import Release
from issues.releases import tools
from issues.releases.refusals import as_problems
from issues.sentry_api.base.places import open_to, projects_in_body
from rustrak.lib import problems
from rustrak.lib.schemas import Text

#: Commits with the files that they changed are long.
BODY_BYTES = 4 * 1024 * 1024


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_zoned)]
Name = Annotated[Text, StringConstraints(max_length=1000)]


class FileIn(BaseModel):
    path: Text
    type: Text = "M"


class CommitIn(BaseModel):
    id: Text
    repository: Text | None = None
    author_name: Text | None = None
    author_email: Text | None = None
    timestamp: Moment | None = None
    message: Text | None = None
    patch_set: list[FileIn] | None = None

    @property
    def sent(self) -> recorded.SentCommit:
        return recorded.SentCommit(
            sha=self.id,
            repository=self.repository or "",
            message=self.message or "",
            author_name=self.author_name or "",
            author_email=self.author_email or "",
            committed_at=self.timestamp,
            files=tuple((file.path, file.type) for file in self.patch_set or []),
        )


class RefIn(BaseModel):
    repository: Text
    commit: Text
    previousCommit: Text | None = None


class ReleasePut(BaseModel):
    """What is left out or null does not change. Without `projects` those are meant that have the release."""

    projects: Annotated[list[Name | int], Field(max_length=100)] | None = None
    dateReleased: Moment | None = None
    status: Literal["open", "archived"] | None = None
    ref: Text | None = None
    url: Text | None = None
    refs: list[RefIn] | None = None
    commits: list[CommitIn] | None = None


class ReleaseIn(ReleasePut):
    version: Text


class DeployIn(BaseModel):
    projects: Annotated[list[Name | int], Field(max_length=100)] | None = None
    environment: Text
    name: Text | None = None
    url: Text | None = None
    dateStarted: Moment | None = None
    dateFinished: Moment | None = None


def targets(
    request: SignedInRequest, version: str, named: Sequence[str | int] | None, *, new: bool
) -> list[Project]:
    """The projects that a call about a release is for: those that it names, else those that have it. With `new`, the only one that the user
    may see, if no project has it. Raises NotFound and BadInput."""
    if named:
        return projects_in_body(request, named)
    visible = open_to(request)
    known = visible.filter(releases__version=version.strip().replace("\0", "")).order_by("pk").distinct()
    if version.strip() and (found := list(known)):
        return found
    if not new:
        raise problems.NotFound(f"There is no release “{version[:100]}”.")
    few = list(visible.order_by("pk")[:2])
    if len(few) != 1:
        raise problems.BadInput("projects: name the projects of the release, as with --project")
    return few


def record(projects: Sequence[Project], version: str, body: ReleasePut, by: User) -> bool:
    """Create or change the release in all of the projects, or in none. Returns whether it is new in one. Raises BadInput."""
    is_new = False
    with as_problems(), transaction.atomic():
        for project in projects:
            release, created = tools.describe(
                project,
                version,
                released_at=body.dateReleased,
                ref=body.ref,
                url=body.url,
                is_archived=None if body.status is None else body.status == "archived",
            )
            is_new |= created
            _record_commits(project, release, body, by)
    return is_new


def _record_commits(project: Project, release: Release, body: ReleasePut, by: User) -> None:
    if body.refs is not None:
        refs = [
            {
                "repository": each.repository,
                "commit": each.commit,
                "previousCommit": each.previousCommit or "",
            }
            for each in body.refs
        ]
        recorded.set_refs(project, release, refs, by=by)
        # `set-commits --clear` sends no head commits, and means all.
        if not refs and body.commits is None:
            recorded.delete(release)
    if body.commits:
        recorded.set_commits(project, release, [each.sent for each in body.commits], by=by)
