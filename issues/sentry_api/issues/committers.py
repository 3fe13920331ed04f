"""The commits that an event may come from, and who wrote them."""

from __future__ import annotations

from typing import Any

from ninja import Router

from accounts.access import SignedInRequest
from issues.commits import suspects
from issues.commits.suspects import Author, Suspect, Suspects
from issues.mapping.events import mapped
from issues.record import references
from issues.sentry_api.base.places import project_of
from issues.sentry_api.issues.named import event_of
from rustrak.lib import clock

router = Router()

#: The newest.
MOST = 20


@router.get(
    "/api/0/projects/{organization}/{project}/events/{event}/committers", summary="event view, IDE plugins"
)
def committers(request: SignedInRequest, organization: str, project: str, event: str) -> dict[str, Any]:
    """Commits of the event's release that touched files of its own frames, by author, the newest first."""
    found = project_of(request.user, project)
    row = event_of(found, event)
    releases = [row.release, row.issue.first_release, row.issue.regressed_release]

    def look(payload: dict[str, Any]) -> Suspects:
        readable = mapped(found.pk, found.artifacts_version, payload)
        return suspects.of_event(
            found, readable.payload if readable else payload, releases, platform=row.platform
        )

    by_author: dict[str, dict[str, Any]] = {}
    for one in references.show(row.payload, look).found[:MOST]:
        own = by_author.setdefault(one.author.email, {"author": _author(one.author), "commits": []})
        own["commits"].append(_commit(one))
    return {"committers": list(by_author.values())}


def _author(author: Author) -> dict[str, Any]:
    user_id = str(author.user_id) if author.user_id else None
    return {"id": user_id, "name": author.member or author.name, "email": author.email}


def _commit(one: Suspect) -> dict[str, Any]:
    return {
        "id": one.sha,
        "message": one.message,
        "dateCreated": clock.rfc3339(one.committed_at) if one.committed_at else None,
        "repository": {"name": one.repository, "url": one.url or None} if one.repository else None,
        "release": {"version": one.release},
        "suspectCommitType": one.reason,
    }
