"""The list of an issue's stored events, by the time at which they happened."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Event, Issue, IssueTagKey, Level
from issues.pages.event_list.columns import (
    DEFAULT,
    KNOWN,
    Cell,
    Chosen,
    Column,
    chosen,
    tag_columns,
    variable_columns,
)  # fmt: skip
from issues.pages.event_list.neighbours import FIELDS
from issues.pages.heading import heading_of
from issues.pages.paging import SIZE, paged
from issues.query import printing
from issues.query.mistakes import Mistake
from issues.query.nearest import nearest
from issues.record import codec, references
from issues.record.tag_counts import MAX_KEYS
from issues.render.values import visible
from issues.search.events.conditions import Wanted, wanted
from issues.search.events.facts import Facts
from issues.search.events.scan import scan
from issues.tag_values import keys_of_issue
from rustrak.lib import clock, keyset

SORTS = {"newest": "newest first", "oldest": "oldest first"}
# Which columns a person chose last, in any issue of the project.
COOKIE, LONGEST_COOKIE = "event_columns", 1_000
# Of an issue with very many tags, and a frame with very many variables.
MOST_OFFERED = 40
MOST_MISTAKES, AROUND = 5, 60
# Reading the payloads for the cells of a page ends after so many seconds.
SECONDS = 1.0

_Cells = list[tuple[Column, Cell]]


@dataclass(frozen=True)
class ShownCell:
    """A cell with the address of the list of the events that have its value, empty where there is none."""

    column: Column
    text: str
    link: str


@dataclass(frozen=True)
class EventRow:
    """One row of the list. `link` is the address of the event's page."""

    event: Event
    level: str
    title: str
    link: str
    cells: Sequence[ShownCell]


@dataclass(frozen=True)
class _Asked:
    """What the query string and the cookie ask for."""

    q: str
    oldest: bool
    chosen: Chosen
    is_chosen: bool

    @property
    def columns(self) -> Sequence[Column]:
        return self.chosen.columns

    def query(self, **other: str) -> str:
        """A query string of this list, with other values in it."""
        own = {"q": self.q, "sort": "oldest" if self.oldest else ""}
        if self.is_chosen:
            own["columns"] = ",".join(column.parameter for column in self.columns)
        found = {name: value for name, value in {**own, **other}.items() if value or name == "columns"}
        return f"?{urlencode(found)}"


@dataclass(frozen=True)
class _Page:
    """Events, the query strings of the pages around them, and what the search has read: 0 unless it read events one by one."""

    events: list[Event]
    newer: str = ""
    older: str = ""
    searched: int = 0
    trouble: str = ""


@member(section=Section.ISSUES)
@require_safe
def event_list(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """The stored events of one issue. Query string: `q`, `sort` (newest, oldest), `columns` (names with commas between them, or several times), `cursor`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    asked = _asked(request)
    want = wanted(asked.q, search.Scope([project], request.user, clock.now()))
    page = _Page([]) if want.mistakes else _page(issue, want, asked, request.GET)
    cells, is_cut, variables = _cells(page.events, asked)
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "rows": [
            _row(project, issue, event, of, asked) for event, of in zip(page.events, cells, strict=True)
        ],
        "columns": asked.columns,
        "unknown_columns": asked.chosen.unknown,
        "left_out": asked.chosen.left_out,
        "q": asked.q,
        "chips": [(visible(chip.text), asked.query(q=chip.without)) for chip in printing.chips(want.query)],
        "mistakes": [_marked(asked, mistake) for mistake in want.mistakes[:MOST_MISTAKES]],
        "page": page,
        "is_cut": is_cut,
        "sorts": [
            (label, asked.query(sort=name if name == "oldest" else ""), (name == "oldest") == asked.oldest)
            for name, label in SORTS.items()
        ],
        "sort": "oldest" if asked.oldest else "",
        "offered": _offered(issue, asked, variables),
        "unknown_tags": _unknown_tags(issue, want) if want.query and not page.events else [],
        "clear": asked.query(q=""),
    }
    response = render(request, "issues/event_list.html", context)
    if "columns" in request.GET:
        _remember(response, request, project, asked)
    return response


def _asked(request: SignedInRequest) -> _Asked:
    given = request.GET.getlist("columns")
    is_chosen = "columns" in request.GET
    if not is_chosen and (kept := request.COOKIES.get(COOKIE)) is not None:
        given, is_chosen = [kept[:LONGEST_COOKIE]], True
    found = chosen(given) if is_chosen else Chosen([KNOWN[name] for name in DEFAULT])
    q = request.GET.get("q", "").replace("\0", "").strip()
    return _Asked(q, request.GET.get("sort") == "oldest", found, is_chosen)


def _remember(response: HttpResponse, request: SignedInRequest, project: Project, asked: _Asked) -> None:
    """Keep the columns for the other issues of the project."""
    kept = ",".join(column.parameter for column in asked.columns)
    if len(kept) <= LONGEST_COOKIE:
        response.set_cookie(
            COOKIE,
            kept,
            max_age=settings.SESSION_COOKIE_AGE,
            path=reverse("issue_list", args=[project.slug]),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _marked(asked: _Asked, mistake: Mistake) -> dict[str, Any]:
    """The sentence, the text around the place and in it, and what could be meant, with the addresses of these searches."""
    start, end = mistake.place.start, mistake.place.end
    before, after = asked.q[:start], asked.q[end:]
    return {
        "message": visible(mistake.message),
        "before": visible(before[-AROUND:]),
        "marked": visible(asked.q[start:end][:AROUND]),
        "after": visible(after[:AROUND]),
        "meant": [
            (visible(each), asked.query(q=f"{before}{each}{after}".strip())) for each in mistake.suggestions
        ],
    }


def _page(issue: Issue, want: Wanted, asked: _Asked, query: QueryDict) -> _Page:
    events: QuerySet[Event] = issue.events.filter(want.condition)
    if not any(column.needs_payload for column in asked.columns):
        events = events.defer("payload")
    if want.is_exact:
        try:
            with search.limited():
                found = paged(events, FIELDS, query, SIZE, descending=not asked.oldest)
        except search.TookTooLong:
            return _Page(
                [], trouble="This search takes too long. Search for a shorter time, as last-seen:<2d."
            )
        return _Page(found.items, found.previous, found.next)
    cursor = query.get("cursor")
    try:
        scanned = scan(events, want, FIELDS, descending=not asked.oldest, cursor=cursor, limit=SIZE)
    except keyset.BadCursor:
        cursor = None
        scanned = scan(events, want, FIELDS, descending=not asked.oldest, cursor=None, limit=SIZE)
    older = asked.query(cursor=scanned.next_cursor) if scanned.next_cursor else ""
    return _Page(scanned.items, asked.query() if cursor else "", older, scanned.searched)


def _cells(events: Sequence[Event], asked: _Asked) -> tuple[list[_Cells], bool, list[str]]:
    """The cells of each event, whether some could not be read, and the variables of the first event."""
    end = time.monotonic() + SECONDS
    is_cut = False
    variables: list[str] = []
    needed = any(column.needs_payload for column in asked.columns)
    found = []
    for event in events:
        read: tuple[_Cells, list[str]] | None = None
        # The first one also tells which variables there are.
        if event is events[0] or (needed and time.monotonic() < end):
            read = _read(event, asked.columns)
        if read is None:
            is_cut |= needed
            read = [(column, column.cell(event, None)) for column in asked.columns], []
        variables = variables or read[1]
        found.append(read[0])
    return found, is_cut, variables


def _read(event: Event, columns: Sequence[Column]) -> tuple[_Cells, list[str]] | None:
    """The cells of an event and the variables of its main frame; None if the payload cannot be read any more."""

    def work(payload: dict[str, Any]) -> tuple[_Cells, list[str]]:
        facts = Facts(payload, event.notes or ())
        return [(column, column.cell(event, facts)) for column in columns], facts.variables[:MOST_OFFERED]

    try:
        return references.show(event.payload, work)
    except codec.UnknownForm:
        return None


def _row(project: Project, issue: Issue, event: Event, cells: _Cells, asked: _Asked) -> EventRow:
    link = reverse("event", args=[project.slug, issue.pk, event.pk])
    return EventRow(
        event,
        Level(event.level).label,
        visible(event.own_title or issue.title),
        f"{link}?{urlencode({'q': asked.q})}" if asked.q else link,
        [ShownCell(column, cell.text, _narrowed(asked, cell.term)) for column, cell in cells],
    )


def _narrowed(asked: _Asked, term: str) -> str:
    if not term or term in asked.q:
        return ""
    return asked.query(q=f"{asked.q} {term}".strip())


def _offered(
    issue: Issue, asked: _Asked, variables: Sequence[str]
) -> list[tuple[str, list[tuple[Column, bool]]]]:
    """The columns of the form in groups, each with whether it is chosen."""
    keys = keys_of_issue(issue.pk).order_by("-events", "key")[:MOST_OFFERED]
    tags = tag_columns([row.key for row in keys])
    groups = [("Event", list(KNOWN.values())), ("Tags", tags), ("Variables", variable_columns(variables))]
    taken = {column.name for column in asked.columns}
    offered = {column.name for _, columns in groups for column in columns}
    groups.append(("Other", [column for column in asked.columns if column.name not in offered]))
    return [
        (label, [(column, column.name in taken) for column in columns])
        for label, columns in groups
        if columns
    ]


def _unknown_tags(issue: Issue, want: Wanted) -> list[tuple[str, Sequence[str]]]:
    """The tags of the search that no counted event of the issue has, with those of the nearest names."""
    asked = [term.key for term in want.query.terms if term.is_tag]
    if not asked:
        return []
    rows = IssueTagKey.objects.filter(grouping__issue=issue).values_list("key", flat=True).distinct()
    has = set(rows.filter(key__in=asked))
    unknown = [key for key in dict.fromkeys(asked) if key not in has]
    known = list(rows[:MAX_KEYS]) if unknown else []
    return [(visible(key), [visible(name) for name in nearest(key, known)]) for key in unknown]
