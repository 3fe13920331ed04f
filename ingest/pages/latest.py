"""The latest requests to a project as pages show them: what arrived, what became of it, and what to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Project, User
from ingest.ledger.outcomes import Reason
from ingest.models import IntakeRequest
from ingest.pages import fates
from ingest.pages.fates import Fate, Kind
from ingest.words import contents, explain
from ingest.words.requests import Explanation, size
from issues.render.values import visible

MOST = 50
PLACES = {
    "filters": ("project_filters", "Inbound filters"),
    "limits": ("project_limits", "Limits"),
    "setup": ("project_setup", "Set-up"),
    "requests": ("intake_requests", "Latest requests"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `about` is where it came from, `items` what was in it
    and whether that is kept; `url` leads to its event, `other_url` to
    the key's own project, `place_url` to where something can be done."""

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
    place: str = ""
    place_url: str = ""


def rows(
    project: Project,
    user: User,
    now: datetime,
    *,
    refused_only: bool = False,
    event_id: str = "",
    most: int = MOST,
    here: str = "",
) -> list[Row]:
    """The newest first; of one event only, when `event_id` (32 hex digits) says so. At most four queries.

    `here` is the place that needs no link.
    """
    found = IntakeRequest.objects.filter(project=project).order_by("-received_at", "-id")
    if refused_only:
        found = found.exclude(reason="")
    if event_id:
        found = found.filter(event_id=event_id)
    requests = list(found[:most])
    received = {each.event_id: each.received_at for each in reversed(requests) if _has_event(each)}
    fate_of = fates.of_events(project, {key: at for key, at in received.items() if key}, now)
    times = Counter(each.event_id for each in requests if _has_event(each))
    others = _other_projects(requests, user)
    return [
        _row(
            each,
            project,
            fate_of.get(each.event_id) if each.event_id else None,
            times[each.event_id] > 1,
            others,
            here,
        )
        for each in requests
    ]


def place(project: Project, name: str) -> tuple[str, str]:
    """(words, address) of a page where something can be done; empty for none."""
    if name not in PLACES:
        return "", ""
    route, words = PLACES[name]
    return words, reverse(route, args=[project.slug])


def _has_event(request: IntakeRequest) -> bool:
    """Whether an error event of it was accepted."""
    if request.reason or request.event_id is None:
        return False
    held = contents.items(request.detail)
    return not held or any(each.type == "event" and each.kept for each in held)


def _other_projects(requests: list[IntakeRequest], user: User) -> dict[int, Project]:
    """The projects that keys in `requests` belong to, as far as `user` may know of them."""
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


def _row(
    request: IntakeRequest,
    project: Project,
    fate: Fate | None,
    again: bool,
    others: dict[int, Project],
    here: str,
) -> Row:
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
    elif fate is not None:
        explanation = _accepted(fate, again)
    else:
        explanation = contents.without_event(contents.items(detail))
    words, address = place(project, explanation.place) if explanation.place != here else ("", "")
    sent = detail.get("bytes")
    length = size(sent) if isinstance(sent, int) and sent > 0 else ""
    where = (request.endpoint, request.client, request.origin, request.remote_addr, length)
    return Row(
        id=request.pk,
        received_at=request.received_at,
        status=request.status,
        accepted=not request.reason,
        explanation=Explanation(
            explanation.title, visible(explanation.text), visible(explanation.fix), explanation.place
        ),
        about=tuple(visible(text) for text in where if text),
        items=tuple((visible(str(each)), each.kept) for each in contents.items(detail)),
        event_id=request.event_id.hex if request.event_id else "",
        url=fate.url if fate else "",
        other_url=reverse("issue_list", args=[other.slug]) if other and other != project else "",
        place=words,
        place_url=address,
    )


def _accepted(fate: Fate, again: bool) -> Explanation:
    if fate.kind is Kind.STORED:
        return contents.stored(fate.issue, again=again)
    if fate.kind is Kind.QUARANTINED:
        return contents.quarantined(fate.note)
    if fate.kind is Kind.DROPPED:
        return contents.dropped(fate.dropped or {})
    return contents.waiting() if fate.kind is Kind.WAITING else contents.gone()
