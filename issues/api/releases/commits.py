"""/api/projects/{id}/releases/{version}/commits"""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from issues.api.releases.shared import named
from issues.commits import recorded
from issues.models import Commit
from issues.releases import rows
from issues.releases.refusals import as_problems
from rustrak.lib import keyset
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["releases"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))


class FileIn(Input):
    """A file that a commit changed: added, modified or deleted."""

    path: Text
    change: Literal["A", "M", "D"] = "M"


class CommitIn(Input):
    """`files` are what suspect commits are found by."""

    sha: Annotated[Text, Field(min_length=1, max_length=recorded.LONGEST_SHA)]
    repository: Annotated[Text, Field(max_length=recorded.LONGEST_REPOSITORY)] = ""
    message: Text = ""
    author_name: Text = ""
    author_email: Text = ""
    committed_at: Annotated[Moment | None, Field(strict=False)] = None
    files: Annotated[list[FileIn], Field(max_length=recorded.MOST_FILES)] = []


class CommitsIn(Input):
    """The newest first."""

    model_config = example(
        {
            "commits": [
                {
                    "sha": "c7d6f1c0ffee",
                    "message": "Fix the cart\n\nfixes SHOP-12",
                    "author_email": "ana@example.org",
                }
            ]
        }
    )

    commits: Annotated[list[CommitIn], Field(max_length=recorded.MOST_SENT)]


class CommitOut(Output):
    """`file_count` is how many files it changed, as the tool said."""

    sha: str
    repository: str | None
    message: str
    author_name: str | None
    author_email: str | None
    committed_at: Moment | None
    file_count: int

    @classmethod
    def of(cls, commit: Commit) -> CommitOut:
        return cls(
            sha=commit.sha,
            repository=commit.repository or None,
            message=commit.message,
            author_name=commit.author_name or None,
            author_email=commit.author_email or None,
            committed_at=commit.committed_at,
            file_count=commit.file_count,
        )


class RecordedOut(Output):
    """How many commits and files were sent and how many are stored: of a release the newest 1,000 commits and 20,000 files. `resolved_issue_count`
    issues were resolved in the release by these commits; the commits of `made_room_count` older releases were deleted for these."""

    commit_count: int
    file_count: int
    stored_commit_count: int
    stored_file_count: int
    resolved_issue_count: int
    made_room_count: int


@router.get("/api/projects/{int:project_id}/releases/{path:version}/commits", response=Listing[CommitOut])
def list_commits(
    request: SignedInRequest, project_id: int, version: str, query: Query[Paging]
) -> Listing[CommitOut]:
    """List the stored commits of a release, the newest first."""
    release = named(visible_project(request.user, project_id), version)
    page = keyset.page(
        Commit.objects.filter(release=release), ["position", "id"], descending=False, cursor=query.cursor,
        limit=query.limit,
    )  # fmt: skip
    return Listing[CommitOut].of(page, CommitOut.of)


@router.put("/api/projects/{int:project_id}/releases/{path:version}/commits", response=RecordedOut)
def set_commits(request: SignedInRequest, project_id: int, version: str, body: CommitsIn) -> RecordedOut:
    """Say which commits a release consists of, in the place of what was said before; the release is created if it is not there.

    Issues of this project that a message says it fixes (`fixes SHOP-12`) are resolved in the release, once for each commit.
    """
    project = visible_project(request.user, project_id)
    with as_problems():
        release, _ = rows.create(project, version)
        done = recorded.set_commits(
            project,
            release,
            [
                recorded.SentCommit(
                    sha=one.sha,
                    repository=one.repository,
                    message=one.message,
                    author_name=one.author_name,
                    author_email=one.author_email,
                    committed_at=one.committed_at,
                    files=tuple((file.path, file.change) for file in one.files),
                )
                for one in body.commits
            ],
            by=request.user,
        )
    return RecordedOut(
        commit_count=done.commits,
        file_count=done.files,
        stored_commit_count=done.kept_commits,
        stored_file_count=done.kept_files,
        resolved_issue_count=done.resolved,
        made_room_count=done.made_room,
    )
