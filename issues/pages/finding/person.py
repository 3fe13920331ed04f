"""The page of a person whom events happened to: who it is, which issues they met and when, and what they said."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Issue, Level, Person, UserReport
from issues.pages.heading import Heading, heading_of
from issues.people import directory, met
from issues.query import printing
from issues.render.values import line

SIZE = 50
MOST_REPORTS = 5
# The identifiers of a person, which one stands for them in a search first: the same order as makes their number.
KEYS = {"user_id": "user.id", "email": "user.email", "username": "user.username", "ip_address": "user.ip"}
LABELS = {"user_id": "ID", "email": "E-mail", "username": "Name", "ip_address": "IP address"}


@dataclass(frozen=True)
class Identifier:
    """One of a person's names: what it is, the value as it was sent and as it is shown, and its key in searches."""

    label: str
    value: str
    shown: str
    key: str


@dataclass(frozen=True)
class MetRow:
    """An issue that happened to the person. `events` is the address of its events of this person, empty where nobody knows who
    it is."""

    met: met.Met
    issue: Issue
    level: str
    heading: Heading
    release: str
    events: str


@member(section=Section.ISSUES)
@require_safe
def person(request: SignedInRequest, project: Project) -> HttpResponse:
    """A person by the number of issues.payload.user. Query string: `person`, `page`."""
    number = number_in(request.GET.get("person", ""))
    known = met.known(project, number)
    page = Paginator(met.ids_of(project, number), SIZE).get_page(request.GET.get("page"))
    if known is None and not page.object_list:
        raise Http404("nobody of this project has this number")
    identifiers = _identifiers(known) if known else []
    by = printing.term(identifiers[0].key, identifiers[0].value) if identifiers else ""
    shown = [_row(project, each, by) for each in met.issues_of(number, list(page.object_list))]
    reports, more_reports, trouble = _reports(project, known)
    context = {
        "project": project,
        "person": number,
        "may_forget": may(request.user, Capability.PROJECT_ADMIN, project),
        "name": line(met.shown(known), 120) if known else "",
        "identifiers": identifiers,
        "known": known,
        "rows": shown,
        "page": page,
        "query": urlencode({"person": number}) + "&",
        "uncounted": any(row.met.first_seen is None for row in shown),
        "list_link": f"{reverse('issue_list', args=[project.slug])}?{urlencode({'status': 'all', 'q': by})}"
        if by
        else "",
        "reports": reports,
        "more_reports": more_reports,
        "trouble": trouble,
    }
    return render(request, "issues/person.html", context)


def number_in(text: str) -> int:
    """The number of a person in a query string. Raises Http404."""
    found = directory.number_in(text)
    if found is None:
        raise Http404("not the number of a person")
    return found


def _identifiers(known: Person) -> list[Identifier]:
    return [
        Identifier(LABELS[field], value, line(value), key)
        for field, key in KEYS.items()
        if (value := getattr(known, field))
    ]


def _row(project: Project, row: met.Met, by: str) -> MetRow:
    issue = row.issue
    issue.project = project
    events = reverse("event_list", args=[project.slug, issue.pk])
    return MetRow(
        met=row,
        issue=issue,
        level=Level(issue.level).label,
        heading=heading_of(issue.title, issue.type, issue.value),
        release=line(row.last_release),
        events=f"{events}?{urlencode({'q': by})}" if by else "",
    )


def _reports(project: Project, known: Person | None) -> tuple[list[tuple[UserReport, str]], bool, str]:
    """The person's latest feedback with its text, whether there is more, and what is wrong with the list."""
    if known is None or not known.email:
        return [], False, ""
    latest = project.user_reports.filter(email__iexact=known.email).order_by("-ingested_at", "-id")
    try:
        with search.limited():
            found = list(latest[: MOST_REPORTS + 1])
    except search.TookTooLong:
        return [], False, "The feedback of this person took too long to find."
    return [(each, line(each.comments, 300)) for each in found[:MOST_REPORTS]], len(found) > MOST_REPORTS, ""
