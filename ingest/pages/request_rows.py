"""The rows of the latest requests: what arrived, what happened to it, and what to do about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Sum
from django.urls import reverse

from accounts.models import Project, User
from ingest.ledger.outcomes import Reason
from ingest.ledger.tally import LATEST
from ingest.models import IntakeRequest
from ingest.pages import event_status
from ingest.pages.event_status import EventStatus, Kind
from ingest.words import Explanation, contents, explain
from issues.render.values import visible
from rustrak.lib import clock, wording

# How many requests a page shows: all that are kept, so that accepted ones hide no rejected one.
MOST = 2 * LATEST
# The pages that an explanation may refer to: name of the URL, words of the link.
PAGES = {
    "filters": ("project_filters", "Inbound filters"),
    "limits": ("project_limits", "Limits"),
    "setup": ("project_setup", "Setup"),
    "requests": ("intake_requests", "Latest requests"),
    "keys": ("project_keys", "Client keys"),
}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request. `about` tells where it came from; `items` what it contained, and whether that is supported.

    `url` is its event, `other_url` the project that its key belongs to, `page_url` the page where it can be fixed;
    `unlisted` says how many before it are not listed, empty if none.
    """

    id: int
    received_at: datetime
    status: int
    accepted: bool
    explanation: Explanation
    about: tuple[str, ...]
    items: tuple[tuple[str, bool], ...]
    event_id: str
    url: str = ""
    other_url: str = ""
    page: str = ""
    page_url: str = ""
    unlisted: str = ""

    @property
    def verdict(self) -> str:
        return "accepted" if self.accepted else "rejected"


def rows(
    project: Project,
    user: User,
    now: datetime,
    *,
    rejected_only: bool = False,
    event_id: str = "",
    most: int = MOST,
    here: str = "",
) -> list[RequestRow]:
    """The latest requests, newest first. At most five queries.

    `event_id` (32 hexadecimal digits) selects the requests of one event; `here` is the page that needs no link.
    """
    # Nothing of a clock that was ahead: it would be the latest until then.
    found = IntakeRequest.objects.filter(project=project, received_at__lte=now + clock.AHEAD)
    found = found.order_by("-received_at", "-id")
    if rejected_only:
        found = found.exclude(reason="")
    if event_id:
        found = found.filter(event_id=event_id)
    requests = list(found[:most])
    received = {each.event_id: each.received_at for each in reversed(requests) if _has_event(each)}
    statuses = event_status.of_events(project, {key: at for key, at in received.items() if key}, now)
    times = Counter(each.event_id for each in requests if _has_event(each))
    others = _other_projects(requests, user)
    keys = _key_names(project, requests)
    return [
        _row(
            each,
            project,
            statuses.get(each.event_id) if each.event_id else None,
            times[each.event_id] > 1,
            others,
            keys,
            here,
        )
        for each in requests
    ]


def unlisted(project: Project) -> int:
    """How many requests to the project are no longer listed; one query."""
    total = IntakeRequest.objects.filter(project=project).aggregate(total=Sum("unlisted"))["total"]
    return int(total or 0)


def page_link(project: Project, name: str) -> tuple[str, str]:
    """The words and the URL of a link to a page of PAGES; empty for an unknown name."""
    if name not in PAGES:
        return "", ""
    route, words = PAGES[name]
    return words, reverse(route, args=[project.slug])


def _has_event(request: IntakeRequest) -> bool:
    """Whether the request was accepted with an error event."""
    if request.reason or request.event_id is None:
        return False
    held = contents.items(request.detail)
    return not held or any(each.type == "event" and each.kept for each in held)


def _other_projects(requests: list[IntakeRequest], user: User) -> dict[int, Project]:
    """The projects that the keys of `requests` belong to, if `user` may see them."""
    keys = {
        number
        for each in requests
        if each.reason == Reason.KEY_OF_OTHER_PROJECT
        and isinstance(each.detail, dict)
        and isinstance(number := each.detail.get("project_id"), int)
    }
    if not keys:
        return {}
    return {each.pk: each for each in Project.objects.visible_to(user).filter(pk__in=keys)}


def _key_names(project: Project, requests: list[IntakeRequest]) -> dict[int, str]:
    """The names of the keys that `requests` came with, as in `key “iOS app”`; empty if the project has one key only."""
    if not any(isinstance(each.detail, dict) and "key" in each.detail for each in requests):
        return {}
    names = dict(project.keys.values_list("pk", "name"))
    return {pk: f"key “{name}”" for pk, name in names.items()} if len(names) > 1 else {}


def _row(
    request: IntakeRequest,
    project: Project,
    status: EventStatus | None,
    again: bool,
    others: dict[int, Project],
    keys: dict[int, str],
    here: str,
) -> RequestRow:
    detail = request.detail if isinstance(request.detail, dict) else {}
    other = others.get(number) if isinstance(number := detail.get("project_id"), int) else None
    if request.reason:
        explanation = explain(
            request.reason,
            detail,
            project_id=project.pk,
            origin=visible(request.origin),
            other=other.name if other else "",
        )
    elif status is not None:
        explanation = _accepted(status, again)
    else:
        explanation = contents.without_event(contents.items(detail))
    if not request.reason and (unreadable := contents.unreadable(detail)):
        explanation = replace(explanation, text=f"{explanation.text} {unreadable}".strip())
    words, address = page_link(project, explanation.page) if explanation.page != here else ("", "")
    sent = detail.get("bytes")
    length = wording.size(sent) if isinstance(sent, int) and sent > 0 else ""
    key = keys.get(number, "") if isinstance(number := detail.get("key"), int) else ""
    where = (request.endpoint, request.client, request.origin, request.remote_addr, length, key)
    return RequestRow(
        id=request.pk,
        received_at=request.received_at,
        status=request.status,
        accepted=not request.reason,
        explanation=Explanation(
            explanation.title, visible(explanation.text), visible(explanation.fix), explanation.page
        ),
        about=tuple(visible(text) for text in where if text),
        items=tuple((visible(str(each)), each.kept) for each in contents.items(detail)),
        event_id=request.event_id.hex if request.event_id else "",
        url=status.url if status else "",
        other_url=reverse("issue_list", args=[other.slug]) if other and other != project else "",
        page=words,
        page_url=address,
        unlisted=contents.unlisted(request.unlisted, accepted=not request.reason),
    )


def _accepted(status: EventStatus, again: bool) -> Explanation:
    if status.kind is Kind.STORED:
        return contents.stored(status.issue, again=again)
    if status.kind is Kind.SET_ASIDE:
        return contents.set_aside(status.note)
    if status.kind is Kind.DROPPED:
        return contents.dropped(status.dropped or {})
    return contents.waiting() if status.kind is Kind.WAITING else contents.gone()
