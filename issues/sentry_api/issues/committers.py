"""The authors of suspect commits, as Sentry's API tells them."""

from __future__ import annotations

from typing import Any

from ninja import Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.commits import suspects
from issues.commits.suspects import Suspect
from issues.models import Event
from issues.sentry_api.base.places import project_of
from rustrak.lib import clock, ids, problems

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

_MOST = 20


@router.get("/api/0/projects/{organization}/{project}/events/{event}/committers", summary="suspect commits")
def committers(request: SignedInRequest, organization: str, project: str, event: str) -> dict[str, Any]:
    """Who wrote the commits that the event may come from, those of the newest commit first, each with their commits."""
    found = project_of(request, project)
    plain = ids.event_id(event)
    rows = Event.objects.filter(project=found, event_id=plain) if plain else Event.objects.none()
    row = rows.select_related("issue").first()
    if row is None:
        raise problems.NotFound("This project has no such event.")
    row.issue.project = found
    people: dict[tuple[str, str], dict[str, Any]] = {}
    for one in suspects.of_stored(row.issue, row).found[:_MOST]:
        author = {"name": one.author.name, "email": one.author.email}
        if one.author.member is not None:
            author["id"] = str(one.author.member)
        person = people.setdefault(
            (author["email"], author["name"]), {"author": author, "commits": [], "type": "suspect_commit"}
        )
        person["commits"].append(_commit(one, author))
    return {"committers": list(people.values())}


def _commit(one: Suspect, author: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": one.sha,
        "message": one.message,
        "dateCreated": clock.rfc3339(one.committed_at) if one.committed_at else None,
        "author": author,
        "repository": {"name": one.repository} if one.repository else None,
        "pullRequest": None,
        "suspectCommitType": "via commit in release",
    }
