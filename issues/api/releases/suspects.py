"""/api/projects/{id}/issues/{uuid}/suspect-commits"""

from __future__ import annotations

from ninja import Query, Router
from pydantic import BaseModel

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.api.issues import visible_issue
from issues.commits import suspects
from issues.commits.suspects import Suspect
from rustrak.lib import ids, problems
from rustrak.lib.schemas import Moment, Output

router = Router(tags=["issues"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


class SuspectsQuery(BaseModel):
    """`event` is the id of an event of the issue; the latest one if it is left out."""

    event: str | None = None


class SuspectOut(Output):
    """A commit that touched files of the event's own frames. `path` is that of the frame nearest to where it was raised, and `reason` says so.
    `url` is null where nothing tells where commits of the repository are shown. `suggested_assignee` is the id of the member whose
    e-mail address the author has."""

    sha: str
    repository: str | None
    message: str
    author_name: str | None
    author_email: str | None
    committed_at: Moment | None
    release: str
    path: str
    reason: str
    url: str | None
    suggested_assignee: int | None

    @classmethod
    def of(cls, one: Suspect) -> SuspectOut:
        return cls(
            sha=one.sha,
            repository=one.repository or None,
            message=one.message,
            author_name=one.author.name or None,
            author_email=one.author.email or None,
            committed_at=one.committed_at,
            release=one.release,
            path=one.path,
            reason=one.reason,
            url=one.url or None,
            suggested_assignee=one.author.member,
        )


class SuspectsOut(Output):
    """The newest first, at most 100. `note` says why they are those of another release than the event's; null if they are not."""

    commits: list[SuspectOut]
    note: str | None


_MOST = 100


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/suspect-commits", response=SuspectsOut)
def suspect_commits(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[SuspectsQuery]
) -> SuspectsOut:
    """The commits that an event of the issue may come from: those of its release that touched the files of its own frames."""
    issue = visible_issue(request.user, project_id, issue_id)
    events = issue.events.order_by("-timestamp", "-digest_order")
    if query.event is not None:
        plain = ids.event_id(query.event)
        events = events.filter(event_id=plain) if plain else events.none()
    event = events.first()
    if event is None:
        raise problems.NotFound("This issue has no such event.")
    answer = suspects.of_stored(issue, event)
    return SuspectsOut(
        commits=[SuspectOut.of(one) for one in answer.found[:_MOST]], note=answer.because or None
    )
