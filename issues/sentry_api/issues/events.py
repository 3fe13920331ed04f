"""Events of issues and of projects, and their attachments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues import download, search
from issues.mapping.events import mapped
from issues.models import Attachment, Event, Issue
from issues.record import references
from issues.search.events.conditions import wanted
from issues.search.events.scan import scan
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import project_of
from issues.sentry_api.issues.event_told import event_line, event_out, event_sent
from issues.sentry_api.issues.named import event_of, issue_of
from rustrak.lib import clock, ids, keyset, problems, tolerant_json

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

_MOST_ATTACHMENTS = 1_000
# In a list, whose payloads are read.
_USUAL = 50
# Stored payloads that are shorter are read several at a time.
_SMALL_BYTES, _TOGETHER = 64 * 1024, 10
_TOO_LONG = "The events of this project cannot be listed in time. List those of an issue."
_NAMED = {
    "latest": "-digest_order",
    "recommended": "-digest_order",
    "helpful": "-digest_order",
    "oldest": "digest_order",
}


@router.get("/api/0/organizations/{organization}/issues/{issue}/events", summary="issue events, MCP")
def issue_events(request: SignedInRequest, organization: str, issue: str) -> HttpResponse:
    """The events of an issue, the latest first; with `query` those that it means."""
    return _of_issue(request, issue_of(request, issue))


@router.get("/api/0/issues/{issue}/events", summary="GitLab")
def issue_events_alone(request: SignedInRequest, issue: str) -> HttpResponse:
    return _of_issue(request, issue_of(request, issue))


@router.get("/api/0/organizations/{organization}/issues/{issue}/events/{event}", summary="issue view, MCP")
def issue_event(request: SignedInRequest, organization: str, issue: str, event: str) -> HttpResponse:
    return _one_of_issue(issue_of(request, issue), event)


@router.get("/api/0/issues/{issue}/events/{event}", summary="GitLab")
def issue_event_alone(request: SignedInRequest, issue: str, event: str) -> HttpResponse:
    return _one_of_issue(issue_of(request, issue), event)


@router.get("/api/0/projects/{organization}/{project}/events", summary="events list")
def project_events(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    """The events of a project, the latest first."""
    found = project_of(request, project)
    with _in_time():
        page = keyset.page(
            Event.objects.filter(project=found),
            ["id"],
            descending=True,
            cursor=paging.cursor(request),
            limit=paging.limit(request, _USUAL),
        )
    return _lines(request, page.items, page.next_cursor)


@router.get("/api/0/projects/{organization}/{project}/events/{event}", summary="event view")
def project_event(request: SignedInRequest, organization: str, project: str, event: str) -> HttpResponse:
    return _shown(event_of(project_of(request, project), event))


@router.get("/api/0/projects/{organization}/{project}/events/{event}/json", summary="sourcemaps explain")
def event_json(request: SignedInRequest, organization: str, project: str, event: str) -> HttpResponse:
    """The event in the form in which SDKs send it: the readable one, with a stack that was mapped as it was sent in `raw_stacktrace`."""
    found = event_of(project_of(request, project), event)
    answer = references.show(
        found.payload, lambda sent: tolerant_json.dumps(event_sent(found, sent, _readable(found, sent)))
    )
    return HttpResponse(answer, content_type="application/json")


@router.get("/api/0/projects/{organization}/{project}/events/{event}/attachments", summary="event view")
def attachments(request: SignedInRequest, organization: str, project: str, event: str) -> HttpResponse:
    rows = _attachments(event_of(project_of(request, project), event)).order_by("ingested_at", "name", "id")
    items, more = paging.part(request, list(rows[:_MOST_ATTACHMENTS]), "attachments")
    return paging.answer(request, [_attachment(each) for each in items], more)


@router.get(
    "/api/0/projects/{organization}/{project}/events/{event}/attachments/{attachment}", summary="event view"
)
def attachment(
    request: SignedInRequest, organization: str, project: str, event: str, attachment: str
) -> HttpResponse:
    """What is known of an attachment; with `download` its bytes."""
    plain = ids.event_id(attachment)
    rows = _attachments(event_of(project_of(request, project), event))
    found = rows.filter(pk=UUID(plain)).first() if plain else None
    if found is None:
        raise problems.NotFound(f"This event has no attachment “{attachment[:100]}”.")
    if "download" not in request.GET:
        return HttpResponse(tolerant_json.dumps(_attachment(found)), content_type="application/json")
    try:
        return cast(HttpResponse, download.answer(found))
    except download.FileMissing:
        raise problems.NotFound("The storage no longer has the bytes of this attachment.") from None


def _of_issue(request: SignedInRequest, issue: Issue) -> HttpResponse:
    want = wanted(
        request.GET.get("query", "").replace("\0", ""),
        search.Scope([issue.project], request.user, clock.now()),
    )
    if want.mistakes:
        raise problems.BadInput(f"query: {want.mistakes[0].message}")
    events = issue.events.filter(want.condition)
    limit, cursor = paging.limit(request, _USUAL), paging.cursor(request)
    with _in_time():
        if want.is_exact:
            page = keyset.page(events, ["digest_order"], descending=True, cursor=cursor, limit=limit)
            return _lines(request, page.items, page.next_cursor)
        some = scan(events, want, ["digest_order"], descending=True, cursor=cursor, limit=limit)
        return _lines(request, some.items, some.next_cursor)


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        with search.limited():
            yield
    except search.TookTooLong:
        raise problems.BadInput(_TOO_LONG) from None


def _lines(request: SignedInRequest, events: Sequence[Event], more: str | None) -> HttpResponse:
    """The answer with these events: their payloads are read a few at a time, and large ones one by one."""
    rows = Event.objects.filter(pk__in=[event.pk for event in events])
    rows = rows.select_related("issue", "issue__project")
    by_key = {event.pk: event for event in rows}
    ordered = [by_key[event.pk] for event in events if event.pk in by_key]
    lines: dict[UUID, dict[str, Any]] = {}
    small = [event for event in ordered if len(event.payload) <= _SMALL_BYTES]
    for start in range(0, len(small), _TOGETHER):
        some = small[start : start + _TOGETHER]
        for event, payload in zip(some, references.read([each.payload for each in some]), strict=True):
            lines[event.pk] = event_line(event, payload)
    for event in ordered:
        if event.pk not in lines:
            lines[event.pk] = references.show(event.payload, _line_of(event))
    return paging.answer(request, [lines[event.pk] for event in ordered], more)


def _line_of(event: Event) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda payload: event_line(event, payload)


def _one_of_issue(issue: Issue, name: str) -> HttpResponse:
    if name in _NAMED:
        found = issue.events.order_by(_NAMED[name]).first()
    else:
        plain = ids.event_id(name)
        found = issue.events.filter(project=issue.project_id, event_id=UUID(plain)).first() if plain else None
    if found is None:
        raise problems.NotFound(f"This issue has no event “{name[:100]}” that is still stored.")
    found.issue = issue
    return _shown(found)


def _shown(event: Event) -> HttpResponse:
    def whole(sent: dict[str, Any]) -> bytes:
        around = _neighbours(event)
        return tolerant_json.dumps(event_out(event, sent, _readable(event, sent)) | around)

    return HttpResponse(references.show(event.payload, whole), content_type="application/json")


def _readable(event: Event, sent: dict[str, Any]) -> dict[str, Any]:
    version = event.issue.project.artifacts_version
    found = mapped(event.project_id, version, sent) if version else None
    return found.payload if found else sent


def _neighbours(event: Event) -> dict[str, str | None]:
    """The ids of the events of the issue that were stored before and after it."""
    of_issue = Event.objects.filter(issue=event.issue_id)
    after = of_issue.filter(digest_order__gt=event.digest_order).order_by("digest_order")
    before = of_issue.filter(digest_order__lt=event.digest_order).order_by("-digest_order")
    found = [rows.values_list("event_id", flat=True).first() for rows in (after, before)]
    return {
        "nextEventID": found[0].hex if found[0] else None,
        "previousEventID": found[1].hex if found[1] else None,
    }


def _attachments(event: Event) -> QuerySet[Attachment]:
    return Attachment.objects.filter(project=event.project_id, event_id=event.event_id)


def _attachment(one: Attachment) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "event_id": one.event_id.hex,
        "type": one.kind,
        "name": one.name,
        "mimetype": one.content_type or "application/octet-stream",
        "size": one.size,
        "dateCreated": clock.rfc3339(one.ingested_at),
        "headers": {"Content-Type": one.content_type or "application/octet-stream"},
        "url": f"{settings.PUBLIC_URL}/api/projects/{one.project_id}/attachments/{one.pk}",
    }
