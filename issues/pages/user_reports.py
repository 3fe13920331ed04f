"""Feedback: what was said about one event, and the list of a project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Event, Issue, Person, UserReport
from issues.pages import attachments
from issues.pages.attachments import AttachmentView
from issues.pages.paging import paged
from issues.render.values import visible, web_address
from rustrak.lib import ids, wording
from rustrak.lib.text.folding import fold

LONGEST_QUERY = 200
SHOWS = {"open": "Open", "done": "Done", "all": "All"}
# How many an event's page shows; the list has the others.
ON_EVENT = 20

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_SOURCES = {
    "user_report": "SDK",
    "feedback": "SDK",
    "widget": "feedback widget",
    "api": "feedback API",
    "crash_dialog": "crash dialog",
}


@dataclass(frozen=True)
class Choice:
    """A state that feedback may have, how many have it, and the link that shows them."""

    label: str
    count: int
    link: str
    current: bool


@dataclass(frozen=True)
class ReportView:
    """Feedback to show. `changed` is who marked it as done or reopened it, in words, empty if nobody has. `met_issues`: events name the same address. `mail` and `page` are the e-mail address and the URL if they are safe to link to, else empty."""

    report: UserReport
    name: str
    email: str
    met_issues: bool
    mail: str
    comments: str
    url: str
    page: str
    source: str
    attachments: tuple[AttachmentView, ...]
    event: Event | None
    title: str
    changed: str


@member(section=Section.FEEDBACK)
@require_safe
def user_reports(request: SignedInRequest, project: Project) -> HttpResponse:
    """A project's feedback, latest first.

    Query string: `show` (one of SHOWS; by default what is open, and all about one issue), `q` (words of the text, name or
    e-mail), `issue` (about this one), `report` (only this one), `cursor`.
    """
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    issue = _asked_issue(project, request.GET.get("issue", ""))
    reports: QuerySet[UserReport] = project.user_reports.select_related("changed_by")
    if issue is not None:
        reports = reports.filter(_is_of(issue.pk))
    alone = ids.event_id(request.GET.get("report"))
    if alone is not None:
        reports = reports.filter(report_id=UUID(alone))
    show = request.GET.get("show", "")
    if show not in SHOWS:
        show = "open" if issue is None else "all"
    choices = _choices(reports, show, {"q": words, "issue": str(issue.pk) if issue else ""})
    if show != "all" and alone is None:
        reports = reports.filter(is_done=show == "done")
    for word in search.words(words)[: search.MOST_WORDS]:
        reports = reports.filter(
            Q(comments__icontains=word) | Q(email__icontains=word) | Q(name__icontains=word)
        )
    page, trouble = paged(reports.none(), ["ingested_at", "id"], request.GET), ""
    try:
        with search.limited() if words else nullcontext():
            page = paged(reports, ["ingested_at", "id"], request.GET)
    except search.TookTooLong:
        trouble = "This search takes too long. Search for other or longer words."
    events = attachments.events_of(project, [one.event_id for one in page.items if one.event_id])
    # Attachments of an event are on the event's page.
    own = [one.report_id for one in page.items if one.report_id not in events]
    files = attachments.of_events(project, own, request.GET) if own else {}
    known = _known(project, page.items)
    rows = [_view(one, files.get(one.report_id, []), events, known) for one in page.items]
    context = {
        "project": project,
        "rows": rows,
        "page": page,
        "q": words,
        "trouble": trouble,
        "issue": issue,
        "issue_title": visible(issue.title) if issue else "",
        "alone": alone is not None,
        "show": show,
        "choices": [
            (f"{choice.label} {wording.number(choice.count)}", choice.link, choice.current)
            for choice in choices
        ],
        "any_at_all": bool(rows) or project.user_reports.exists(),
        "everywhere": _link(show="all", q=words, issue=str(issue.pk) if issue else ""),
        "here": request.get_full_path(),
    }
    return render(request, "issues/user_reports.html", context)


def _choices(reports: QuerySet[UserReport], current: str, kept: dict[str, str]) -> list[Choice]:
    """Links that show a state each, with how many of `reports` have it."""
    done = dict(reports.order_by().values_list("is_done").annotate(Count("pk")))
    counts = {"open": done.get(False, 0), "done": done.get(True, 0)}
    counts["all"] = sum(counts.values())
    return [
        Choice(label, counts[name], _link(show=name, **kept), name == current)
        for name, label in SHOWS.items()
    ]


def _link(**chosen: str) -> str:
    """A query string of this page, without empty values."""
    return "?" + urlencode({name: value for name, value in chosen.items() if value})


def of_event(project: Project, event: Event, asked: QueryDict) -> dict[str, object]:
    """The context of an event's page: its reports with their attachments, and its own attachments."""
    found = list(
        project.user_reports.filter(event_id=event.event_id)
        .select_related("changed_by")
        .order_by("-ingested_at", "-id")[: ON_EVENT + 1]
    )
    files = attachments.of_events(project, [event.event_id, *(one.report_id for one in found)], asked)
    own = files.pop(event.event_id, [])
    known = _known(project, found)
    return {
        "reports": [_view(one, files.get(one.report_id, []), {}, known) for one in found[:ON_EVENT]],
        "more_reports": len(found) > ON_EVENT,
        "attachments": own,
        "more_attachments": sum(map(len, files.values())) + len(own) >= attachments.MOST,
    }


def counts_of_issue(issue: Issue) -> dict[str, int]:
    """How much feedback is about stored events of `issue`, and how much of it is open. One query."""
    found: dict[str, int] = issue.project.user_reports.filter(_is_of(issue.pk)).aggregate(
        report_count=Count("pk"), open_report_count=Count("pk", filter=Q(is_done=False))
    )
    return found


def _is_of(issue_id: UUID) -> Exists:
    same = Event.objects.filter(project=OuterRef("project"), event_id=OuterRef("event_id"), issue=issue_id)
    return Exists(same)


def _asked_issue(project: Project, text: str) -> Issue | None:
    try:
        issue = project.issues.filter(pk=UUID(text)).first()
    except ValueError:
        return None
    if issue is not None:
        issue.project = project
    return issue


def _changed(one: UserReport) -> str:
    if one.changed_at is None:
        return ""
    who = visible(one.changed_by.get_short_name()) if one.changed_by else "a deleted account"
    return f"{'Marked as done' if one.is_done else 'Reopened'} by {who}"


def _known(project: Project, reports: Sequence[UserReport]) -> set[str]:
    """The folded e-mail addresses of these reports that events name as well. At most one query."""
    emails = {fold(one.email) for one in reports if one.email}
    people = Person.objects.filter(project=project, email__in=emails).values_list("email", flat=True)
    return set(people.distinct()) if emails else set()


def _view(
    one: UserReport, files: list[AttachmentView], events: dict[UUID, Event], known: set[str]
) -> ReportView:
    event = events.get(one.event_id) if one.event_id else None
    return ReportView(
        report=one,
        name=visible(one.name),
        email=visible(one.email),
        met_issues=fold(one.email) in known,
        mail=one.email if _ADDRESS.fullmatch(one.email) else "",
        comments=visible(one.comments),
        url=visible(one.url),
        page=web_address(one.url),
        source=_SOURCES.get(one.source, visible(one.source)),
        attachments=tuple(files),
        event=event,
        title=attachments.title_of(event),
        changed=_changed(one),
    )
