"""/api/projects/{id}/issues/{uuid}/events"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues import search
from issues.api.attachments import AttachmentOut, UserReportOut, with_event
from issues.api.issues import visible_issue
from issues.fingerprint_rules.taken import rule_of
from issues.mapping.events import mapped
from issues.models import Event, Issue, Level
from issues.payload import access, fingerprint, tags
from issues.payload.rules.taken import Taken
from issues.record import references
from issues.render.sections.grouping import Explanation, explanation
from issues.search.events.conditions import wanted
from issues.search.events.scan import scan
from rustrak.lib import clock, ids, keyset, problems, tolerant_json
from rustrak.lib.schemas import Listing, Moment, Output, Paging, Text

router = Router(tags=["events"], auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))


class EventQuery(Paging):
    """`query` is a text of the grammar of docs/search.md."""

    order: Literal["desc", "asc"] = "desc"
    query: Annotated[Text, Field(max_length=500)] = ""


class EventOut(Output):
    """An event. `release` and `environment` are null when the SDK did not send them."""

    id: str
    event_id: str
    issue_id: str
    title: str
    timestamp: Moment
    ingested_at: Moment
    level: Literal["debug", "info", "warning", "error", "fatal"]
    platform: str
    release: str | None
    environment: str | None


class ReplacedOut(Output):
    before: str
    after: str
    why: str


class KeyPartOut(Output):
    """`text` as it stands in the key, `source` where it came from, `replaced` what stands for what in it."""

    what: str
    text: str
    source: str
    replaced: list[ReplacedOut]
    note: str


class EventRuleOut(Output):
    version: int
    line: int
    text: str


class EventGroupingOut(Output):
    """Why the event is in its issue. `by` says what made the key; `left_out` are sentences on what is no part of it.

    `is_former`: the project uses the other mechanism now. `is_known` is false when another key would follow from the stored payload.
    """

    mechanism: Literal["classic", "smart"]
    version: int
    key: str
    by: Literal["rule", "fingerprint", "default"]
    rule: EventRuleOut | None
    parts: list[KeyPartOut]
    left_out: list[str]
    is_former: bool
    is_known: bool
    other_mechanism: Literal["classic", "smart"]
    other_key: str

    @classmethod
    def of(cls, why: Explanation) -> EventGroupingOut:
        parts = [
            KeyPartOut(
                what=part.what,
                text=part.text,
                source=part.source,
                replaced=[
                    ReplacedOut(before=one.before, after=one.after, why=one.why) for one in part.replaced
                ],
                note=part.note,
            )
            for part in why.parts
        ]
        rule = why.rule
        return cls.model_validate(
            {
                "mechanism": why.mechanism,
                "version": why.version,
                "key": why.key,
                "by": why.by,
                "rule": EventRuleOut(version=rule.version, line=rule.line, text=rule.text) if rule else None,
                "parts": parts,
                "left_out": list(why.left_out),
                "is_former": why.is_former,
                "is_known": why.is_known,
                "other_mechanism": why.other,
                "other_key": why.other_key,
            }
        )


class EventDetail(EventOut):
    """An event with its payload: `data` is as it was sent. Attachments and feedback may arrive after the event."""

    server_name: str | None
    transaction: str | None
    tags: dict[str, str]
    sdk_name: str | None
    sdk_version: str | None
    grouping_key: str
    grouping: EventGroupingOut
    attachments: list[AttachmentOut]
    user_reports: list[UserReportOut]
    data: dict[str, Any]


def _fields(event: Event) -> dict[str, Any]:
    return {
        "id": str(event.pk),
        "event_id": event.event_id.hex,
        "issue_id": str(event.issue_id),
        "title": event.own_title or event.issue.title,
        "timestamp": event.timestamp,
        "ingested_at": event.ingested_at,
        "level": Level(event.level).label,
        "platform": event.platform,
        "release": event.release or None,
        "environment": event.environment or None,
    }


def event_out(event: Event) -> EventOut:
    return EventOut.model_validate(_fields(event))


def event_detail(event: Event, data: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an EventDetail; `data` is the event's payload.

    It is not validated: `data` is large, and SDKs may send anything in it.
    """
    sdk = access.mapping(data.get("sdk"))
    project = event.issue.project
    rule = rule_of(project, event.notes)
    found = mapped(project.pk, project.artifacts_version, data)
    readable = found.payload if found else data
    return event_out(event).model_dump() | {
        "server_name": access.text(data.get("server_name")) or None,
        "transaction": access.text(data.get("transaction")) or None,
        "tags": tags.read(data),
        "sdk_name": access.text(sdk.get("name")) or None,
        "sdk_version": access.text(sdk.get("version")) or None,
        "grouping_key": _grouping_key(event, data, rule, readable),
        "grouping": EventGroupingOut.of(_why(event, data, rule, readable)).model_dump(),
        **with_event(event),
        "data": data,
    }


def _grouping_key(event: Event, data: dict[str, Any], rule: Taken | None, readable: dict[str, Any]) -> str:
    """The event's whole grouping key. Of a long one only the beginning is stored; the rest follows from the payload."""
    stored = event.grouping
    if stored.cut_from:
        of_rule = rule.fingerprint if rule else None
        for form in (readable, data):
            for whole in fingerprint.grouping_keys(data, None, None, of_rule, form):
                if fingerprint.key_hash(whole) == stored.key_hash:
                    return whole
    return stored.key


def _why(event: Event, data: dict[str, Any], rule: Taken | None, readable: dict[str, Any]) -> Explanation:
    own = event.grouping
    return explanation(
        data,
        key=own.key,
        key_hash=own.key_hash,
        mechanism=own.mechanism,
        uses=event.issue.project.grouping,
        rule=rule,
        readable=readable,
    )


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/events", response=Listing[EventOut])
def list_events(
    request: SignedInRequest, project_id: int, issue_id: str, query: Query[EventQuery]
) -> Listing[EventOut]:
    """List the issue's stored events in the order in which they were processed, by default the newest first.

    With a `query` only those that match. As long as `has_more` is true there may be further ones, even if a page has fewer events than
    `limit`, or none: a page reads a limited number of events.
    """
    issue = visible_issue(request.user, project_id, issue_id)
    want = wanted(query.query, search.Scope([issue.project], request.user, clock.now()))
    if want.mistakes:
        raise problems.BadInput(f"query: {want.mistakes[0].message}")
    events, descending = issue.events.filter(want.condition), query.order == "desc"
    if want.is_exact:
        try:
            with search.limited() if query.query else nullcontext():
                page = keyset.page(
                    events.defer("payload"),
                    ["digest_order"],
                    descending=descending,
                    cursor=query.cursor,
                    limit=query.limit,
                )
        except search.TookTooLong:
            raise problems.BadInput("query: takes too long; search for a shorter time") from None
        return Listing[EventOut].of(page, event_out)
    found = scan(
        events, want, ["digest_order"], descending=descending, cursor=query.cursor, limit=query.limit
    )
    return Listing[EventOut].of(keyset.Page(found.items, found.next_cursor), event_out)


@router.get("/api/projects/{int:project_id}/issues/{issue_id}/events/{event_id}", response=EventDetail)
def get_event(request: SignedInRequest, project_id: int, issue_id: str, event_id: str) -> HttpResponse:
    """Return one event with its payload, by Rustrak's id or by the SDK's `event_id`, with or without hyphens."""
    event = _find(visible_issue(request.user, project_id, issue_id), event_id)
    if event is None:
        raise problems.NotFound("This issue has no such event.")
    answer = references.show(event.payload, lambda data: tolerant_json.dumps(event_detail(event, data)))
    return HttpResponse(answer, content_type="application/json; charset=utf-8")


def _find(issue: Issue, text: str) -> Event | None:
    plain = ids.event_id(text)
    if plain is None:
        return None
    asked = UUID(plain)
    either = Q(pk=asked) | Q(project_id=issue.project_id, event_id=asked)
    found = list(issue.events.filter(either).select_related("grouping")[:2])
    # An SDK may have chosen an id that is Rustrak's id of another event: that event takes precedence.
    return min(found, key=lambda event: event.pk != asked, default=None)
