"""The history of a project's alerts: each message, by which rule and to whom it went, and each attempt to send it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.alerts.delivery import history, wording
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, Issue, News
from issues.pages.alerts import words
from issues.pages.alerts.words import kind_label
from issues.pages.paging import paged
from issues.render.values import line, string
from rustrak.lib import clock

Status = AlertDelivery.Status
# What the filter is called in the address, its label, and the states that it shows.
SHOWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "sent": ("Sent", (Status.SENT,)),
    "waiting": ("Waiting", (Status.COLLECTING, Status.WAITING)),
    "given_up": ("Given up", (Status.GIVEN_UP,)),
    "dropped": ("Not sent", (Status.DROPPED,)),
}
# How many characters of answers a page has; the page of one message has all of it.
ANSWERS = 40_000
# A channel's field is called so in the address; people are one choice.
PEOPLE = "people"


@dataclass(frozen=True)
class Link:
    """An issue that a message is about. `url` is empty when it has been deleted."""

    title: str
    short_id: str
    url: str


@dataclass(frozen=True)
class Attempt:
    """One attempt to send. `error` and `answer` are empty for people who are not admins of the project.

    `said`: what stands for an answer that is not shown, in words.
    """

    at: datetime
    seconds: float
    succeeded: bool
    status: int | None
    error: str
    answer: str
    said: str


@dataclass(frozen=True)
class Row:
    """One message. `what` is its headline, `issue` None when it is about several or none, `why` a sentence about its state."""

    delivery: AlertDelivery
    what: str
    detail: str
    issue: Link | None
    listed: tuple[Link, ...]
    more_listed: int
    to: str
    kind: str
    rule: str
    state: str
    badge: str
    why: str
    attempts: tuple[Attempt, ...]
    may_send_again: bool


@member(reads=Capability.ALERTS_READ, section=Section.ALERTS)
@require_safe
def alert_history(request: SignedInRequest, project: Project) -> HttpResponse:
    """The messages, newest first.

    Query string: `show` (one of SHOWS), `channel` (an id, or `people`), `issue`, `message` (only this one), `cursor`.
    """
    show = request.GET.get("show", "")
    show = show if show in SHOWS else "all"
    deliveries = AlertDelivery.objects.filter(project=project)
    if states := SHOWS[show][1]:
        deliveries = deliveries.filter(status__in=states)
    channels = list(
        AlertChannel.objects.filter(Q(project=project) | Q(project=None)).only("pk", "name", "kind")
    )
    chosen = request.GET.get("channel", "")
    if chosen == PEOPLE:
        deliveries = deliveries.filter(channel=None)
    elif chosen in {str(each.pk) for each in channels}:
        deliveries = deliveries.filter(channel=int(chosen))
    else:
        chosen = ""
    issue = _asked_issue(project, request.GET.get("issue", ""))
    if issue is not None:
        deliveries = deliveries.filter(issue=issue.pk)
    alone = _asked(request.GET.get("message", ""))
    if alone is not None:
        deliveries = deliveries.filter(pk=alone)
    is_admin = may(request.user, Capability.ALERTS_WRITE, project)
    page = paged(_with_attempts(deliveries), ["created_at", "id"], request.GET)
    context = {
        "project": project,
        "is_admin": is_admin,
        "rows": _rows(project, page.items, clock.now(), is_admin=is_admin),
        "page": page,
        "show": show,
        "shows": [
            (label, _address(show=name, channel=chosen, issue=issue), name == show)
            for name, (label, _) in SHOWS.items()
        ],
        "channels": [(str(each.pk), f"{line(each.name, 60)} ({kind_label(each.kind)})") for each in channels],
        "people": PEOPLE,
        "chosen": chosen,
        "issue": issue,
        "alone": alone is not None,
        "issue_link": _link(issue) if issue else None,
        "any_at_all": bool(page.items) or AlertDelivery.objects.filter(project=project).exists(),
    }
    return render(request, "issues/alerts/history.html", context)


def _with_attempts(deliveries: QuerySet[AlertDelivery]) -> QuerySet[AlertDelivery]:
    attempts = Prefetch(
        "history", AlertAttempt.objects.order_by("-id")[: history.MOST_ATTEMPTS], to_attr="latest"
    )
    return deliveries.select_related("rule", "channel", "user").prefetch_related(attempts)


def _asked_issue(project: Project, text: str) -> Issue | None:
    key = _asked(text)
    found = project.issues.filter(pk=key).first() if key else None
    if found is not None:
        found.project = project
    return found


def _asked(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _address(*, show: str, channel: str, issue: Issue | None) -> str:
    chosen = {
        "show": "" if show == "all" else show,
        "channel": channel,
        "issue": str(issue.pk) if issue else "",
    }
    return "?" + "&".join(f"{name}={value}" for name, value in chosen.items() if value)


def _rows(project: Project, deliveries: list[AlertDelivery], now: datetime, *, is_admin: bool) -> list[Row]:
    """The messages in words. At most four queries."""
    listed = {each.pk: _ids(each.facts.get("listed", ())) for each in deliveries}
    wanted = {issue for issues in listed.values() for issue in issues}
    issues: dict[UUID, Issue] = project.issues.in_bulk(list(wanted)) if wanted else {}
    for issue in issues.values():
        issue.project = project
    rows, room = [], ANSWERS
    for entry in history.entries(project, deliveries, now):
        attempts = _attempts(entry.attempts, room, is_admin=is_admin)
        room -= sum(len(each.answer) for each in attempts)
        listed_issues = [issues[each] for each in listed[entry.delivery.pk] if each in issues]
        rows.append(_row(entry, listed_issues, attempts, now, is_admin=is_admin))
    return rows


def _ids(texts: object) -> list[UUID]:
    found = []
    for text in texts if isinstance(texts, list) else ():
        try:
            found.append(UUID(str(text)))
        except ValueError:
            continue
    return found


def _row(
    entry: history.Entry, listed: list[Issue], attempts: tuple[Attempt, ...], now: datetime, *, is_admin: bool
) -> Row:
    delivery = entry.delivery
    total = delivery.facts.get("total")
    about = Link("a deleted issue", "", "") if delivery.issue else None
    if entry.issue is not None:
        about = _link(entry.issue)
    is_leased = delivery.leased_until is not None and delivery.leased_until > now
    return Row(
        delivery=delivery,
        what=entry.headline,
        detail=line(wording.detail(News(delivery.news), delivery.facts), 200),
        issue=about,
        listed=tuple(map(_link, listed)),
        more_listed=max(0, total - len(listed)) if isinstance(total, int) and listed else 0,
        to=line(entry.to),
        kind=kind_label(delivery.channel.kind) if delivery.channel else "e-mail",
        rule=line(delivery.rule.name) if delivery.rule else "",
        state="Sending" if is_leased and delivery.status == Status.WAITING else entry.status,
        badge=words.BADGES.get(delivery.status, ""),
        # What the other side said is for admins.
        why=string(entry.why if is_admin else entry.brief),
        attempts=attempts,
        may_send_again=is_admin and entry.can_be_sent_again,
    )


def _attempts(found: Iterable[AlertAttempt], room: int, *, is_admin: bool) -> tuple[Attempt, ...]:
    """Attempts with their answers, as far as `room` characters suffice; an answer that repeats the last one is named."""
    shown, before = [], ""
    for one in found:
        answer, said = (string(one.answer), "") if is_admin else ("", "")
        if answer and answer == before:
            answer, said = "", "the same answer"
        elif len(answer) > room:
            answer, said = "", "answer left out"
        else:
            before, room = answer, room - len(answer)
        shown.append(
            Attempt(
                at=one.at,
                seconds=one.milliseconds / 1000,
                succeeded=one.succeeded,
                status=one.status,
                error=string(one.error) if is_admin and not said else "",
                answer=answer,
                said=said,
            )
        )
    return tuple(shown)


def _link(issue: Issue) -> Link:
    return Link(line(issue.title, 120), issue.short_id, reverse("issue", args=[issue.project.slug, issue.pk]))


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE)
@require_POST
def alert_send_again(request: SignedInRequest, project: Project, delivery_id: UUID) -> HttpResponse:
    """Send a message that was given up or dropped after all."""
    delivery = get_object_or_404(AlertDelivery, project=project, pk=delivery_id)
    if history.send_again(delivery, clock.now()):
        messages.success(request, "The message is sent again. It appears at the top of the history.")
    else:
        messages.warning(request, "The message waits to be sent already, or has been sent.")
    return redirect("alert_history", slug=project.slug)
