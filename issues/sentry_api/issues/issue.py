"""One issue: itself, its tags, and where its ids lead."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues import lifecycle, tag_values
from issues.models import Activity, Event, Issue
from issues.sentry_api.account.user import user_out
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import project_of
from issues.sentry_api.issues.asked import IssuePut, change
from issues.sentry_api.issues.named import issue_of, loaded, number_of
from issues.sentry_api.issues.told import issue_out
from rustrak.lib import clock, ids, problems

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

#: Of each tag.
_VALUES = 10
_MOST_KEYS = 100
_MOST_ACTIVITIES = 100


@router.get("/api/0/organizations/{organization}/issues/{issue}", summary="issue view, MCP")
def issue(request: SignedInRequest, organization: str, issue: str) -> dict[str, Any]:
    return _detail(request, issue_of(request, issue))


@router.get("/api/0/issues/{issue}", summary="GitLab")
def issue_alone(request: SignedInRequest, issue: str) -> dict[str, Any]:
    return _detail(request, issue_of(request, issue))


@router.put("/api/0/organizations/{organization}/issues/{issue}", summary="issue resolve, archive, unresolve")
def change_issue(request: SignedInRequest, organization: str, issue: str, body: IssuePut) -> dict[str, Any]:
    return _changed(request, issue, body)


@router.put("/api/0/issues/{issue}", summary="GitLab")
def change_issue_alone(request: SignedInRequest, issue: str, body: IssuePut) -> dict[str, Any]:
    return _changed(request, issue, body)


@router.delete(
    "/api/0/organizations/{organization}/issues/{issue}",
    response={204: None},
    summary="issue delete",
    auth=needs(Capability.EVENT_READ, Capability.EVENT_ADMIN),
)
def delete_issue(request: SignedInRequest, organization: str, issue: str) -> Status[None]:
    found = issue_of(request, issue)
    lifecycle.delete(Issue.objects.filter(pk=found.pk), by=request.user)
    return Status(204, None)


@router.get("/api/0/organizations/{organization}/issues/{issue}/tags", summary="issue view")
def tags(request: SignedInRequest, organization: str, issue: str) -> HttpResponse:
    return paging.answer(request, _tags(issue_of(request, issue)))


@router.get("/api/0/issues/{issue}/tags", summary="GitLab")
def tags_alone(request: SignedInRequest, issue: str) -> HttpResponse:
    return paging.answer(request, _tags(issue_of(request, issue)))


@router.get("/api/0/organizations/{organization}/issues/{issue}/tags/{path:key}", summary="MCP")
def tag(request: SignedInRequest, organization: str, issue: str, key: str) -> dict[str, Any]:
    key = key.removesuffix("/values")
    for found in _tags(issue_of(request, issue), key):
        return found
    raise problems.NotFound(f"No event of this issue has the tag “{key[:100]}”.")


@router.get("/api/0/organizations/{organization}/issues/{issue}/activities", summary="MCP")
def activities(request: SignedInRequest, organization: str, issue: str) -> dict[str, Any]:
    """What happened to the issue, the latest first."""
    found = issue_of(request, issue)
    rows = Activity.objects.filter(issue=found).select_related("user").order_by("-at", "-pk")
    return {"activity": [_activity(each) for each in rows[:_MOST_ACTIVITIES]]}


@router.get("/api/0/organizations/{organization}/shortids/{short_id}", summary="issue view")
def short_id(request: SignedInRequest, organization: str, short_id: str) -> dict[str, Any]:
    found = issue_of(request, short_id)
    return {
        "organizationSlug": organization,
        "projectSlug": found.project.slug,
        "shortId": found.short_id,
        "groupId": number_of(found),
        "group": _detail(request, found),
    }


@router.get("/api/0/organizations/{organization}/eventids/{event_id}", summary="event view")
def event_id(request: SignedInRequest, organization: str, event_id: str) -> dict[str, Any]:
    plain = ids.event_id(event_id)
    found = issue_of(request, plain) if plain else None
    event = found and Event.objects.filter(issue=found, event_id=UUID(plain)).only("pk").exists()
    if not found or not event:
        raise problems.NotFound(f"There is no event “{event_id[:100]}”.")
    return {
        "organizationSlug": organization,
        "projectSlug": found.project.slug,
        "groupId": number_of(found),
        "eventId": plain,
        "event": {"id": plain, "eventID": plain, "groupID": number_of(found)},
    }


@router.get("/api/0/projects/{organization}/{project}/issues/{issue}", summary="Backstage")
def project_issue(request: SignedInRequest, organization: str, project: str, issue: str) -> dict[str, Any]:
    found = issue_of(request, issue)
    if found.project_id != project_of(request, project).pk:
        raise problems.NotFound(f"There is no issue “{issue[:100]}” in this project.")
    return _detail(request, found)


def _detail(request: SignedInRequest, issue: Issue) -> dict[str, Any]:
    return issue_out(issue, request.user) | {
        "activity": [],
        "tags": [
            {"key": each["key"], "name": each["name"], "totalValues": each["totalValues"]}
            for each in _tags(issue, values=False)
        ],
        "participants": [],
        "userReportCount": 0,
        "pluginActions": [],
        "pluginIssues": [],
        "seenBy": [],
    }


def _changed(request: SignedInRequest, name: str, body: IssuePut) -> dict[str, Any]:
    found = issue_of(request, name)
    change([found], body, request.user)
    return issue_out(loaded([found])[0], request.user)


def _tags(issue: Issue, key: str = "", values: bool = True) -> list[dict[str, Any]]:
    rows = tag_values.keys_of_issue(issue.pk).order_by("-events", "key")
    counted = tag_values.counted(issue.pk, rows.filter(key=key) if key else rows[:_MOST_KEYS])
    frequent = tag_values.most_frequent(issue.pk, [each.key for each in counted], _VALUES) if values else {}
    seen = {"firstSeen": clock.rfc3339(issue.first_seen), "lastSeen": clock.rfc3339(issue.last_seen)}
    return [
        {
            "key": each.key,
            "name": each.key,
            "uniqueValues": each.values,
            "totalValues": each.count,
            "topValues": [
                {"key": each.key, "value": one.value, "name": one.value, "count": one.count, **seen}
                for one in frequent.get(each.key, [])
            ],
        }
        for each in counted
    ]


def _activity(row: Activity) -> dict[str, Any]:
    return {
        "id": row.pk.hex,
        "type": "note" if row.kind == Activity.Kind.COMMENTED else row.kind,
        "dateCreated": clock.rfc3339(row.at),
        "user": user_out(row.user) if row.user else None,
        "data": {"text": row.text} if row.text else {"detail": row.detail} if row.detail else {},
    }
