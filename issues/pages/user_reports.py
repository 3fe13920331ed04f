"""User feedback: the reports about one event, and the list of a project."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Event, Issue, UserReport
from issues.pages import attachments
from issues.pages.attachments import AttachmentView
from issues.pages.paging import paged
from issues.render.values import visible, web_address
from rustrak.lib import ids

LONGEST_QUERY = 200
# How many an event's page shows; the list has the others.
ON_EVENT = 20

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_SOURCES = {
    "user_report": "user report",
    "feedback": "feedback",
    "widget": "feedback widget",
    "api": "feedback API",
    "crash_dialog": "crash dialog",
}


@dataclass(frozen=True)
class ReportView:
    """A report to show. `mail` and `page` are the e-mail address and the URL if they are safe to link to, else empty."""

    report: UserReport
    name: str
    email: str
    mail: str
    comments: str
    url: str
    page: str
    source: str
    attachments: tuple[AttachmentView, ...]
    event: Event | None
    title: str


@member(section=Section.FEEDBACK)
@require_safe
def user_reports(request: SignedInRequest, project: Project) -> HttpResponse:
    """A project's reports, latest first.

    Query string: `q` (words of the text, name or e-mail), `issue` (about this one), `report` (only this one), `cursor`.
    """
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    issue = _asked_issue(project, request.GET.get("issue", ""))
    reports: QuerySet[UserReport] = project.user_reports.all()
    if issue is not None:
        reports = reports.filter(_is_of(issue.pk))
    alone = ids.event_id(request.GET.get("report"))
    if alone is not None:
        reports = reports.filter(report_id=UUID(alone))
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
    rows = [_view(one, files.get(one.report_id, []), events) for one in page.items]
    context = {
        "project": project,
        "rows": rows,
        "page": page,
        "q": words,
        "trouble": trouble,
        "issue": issue,
        "issue_title": visible(issue.title) if issue else "",
        "alone": alone is not None,
        "any_at_all": bool(rows) or (bool(request.GET) and project.user_reports.exists()),
    }
    return render(request, "issues/user_reports.html", context)


def of_event(project: Project, event: Event, asked: QueryDict) -> dict[str, object]:
    """The context of an event's page: its reports with their attachments, and its own attachments."""
    found = list(
        project.user_reports.filter(event_id=event.event_id).order_by("-ingested_at", "-id")[: ON_EVENT + 1]
    )
    files = attachments.of_events(project, [event.event_id, *(one.report_id for one in found)], asked)
    own = files.pop(event.event_id, [])
    return {
        "reports": [_view(one, files.get(one.report_id, []), {}) for one in found[:ON_EVENT]],
        "more_reports": len(found) > ON_EVENT,
        "attachments": own,
        "more_attachments": sum(map(len, files.values())) + len(own) >= attachments.MOST,
    }


def count_of_issue(issue: Issue) -> int:
    """How many reports are about stored events of `issue`."""
    return issue.project.user_reports.filter(_is_of(issue.pk)).count()


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


def _view(one: UserReport, files: list[AttachmentView], events: dict[UUID, Event]) -> ReportView:
    event = events.get(one.event_id) if one.event_id else None
    return ReportView(
        report=one,
        name=visible(one.name),
        email=visible(one.email),
        mail=one.email if _ADDRESS.fullmatch(one.email) else "",
        comments=visible(one.comments),
        url=visible(one.url),
        page=web_address(one.url),
        source=_SOURCES.get(one.source, visible(one.source)),
        attachments=tuple(files),
        event=event,
        title=attachments.title_of(event),
    )
