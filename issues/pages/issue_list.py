"""The list of a project's issues, with tabs, search and bulk actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Event, Issue, IssueQuerySet, Level
from issues.pages import hours
from issues.pages.heading import Heading, heading_of
from issues.pages.paging import Paged, paged
from issues.render.values import visible
from rustrak.lib import clock, ids

SORTS = {
    "last_seen": ("Last seen", ("last_seen", "id")),
    "first_seen": ("First seen", ("first_seen", "id")),
    "events": ("Most events", ("event_count", "id")),
}
TABS = {"open": "Open", "resolved": "Resolved", "muted": "Muted", "all": "All"}
LONGEST_QUERY = 200
_NEW = timedelta(hours=24)


@dataclass(frozen=True)
class Tab:
    """A state that issues may have, and how many have it."""

    name: str
    label: str
    count: int
    current: bool
    link: str


@dataclass(frozen=True)
class IssueRow:
    """One row of the list."""

    issue: Issue
    level: str
    heading: Heading
    sparkline: SafeString
    is_new: bool
    is_regressed: bool
    culprit: str
    assignee: str


@member(section=Section.ISSUES)
@require_safe
def issue_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `status`, `q`, `sort`, `cursor`; unknown values are replaced by the default."""
    asked = request.GET
    status = asked.get("status") if asked.get("status") in TABS else "open"
    sort = asked.get("sort") if asked.get("sort") in SORTS else "last_seen"
    words = asked.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    if words and (found := _exact(project, words)):
        return found
    issues: IssueQuerySet = project.issues.all()
    shown = issues if status == "all" else issues.filter(status=status)
    page, trouble = _found(shown, words, project.slug, SORTS[sort or ""][1], asked)
    now = clock.now()
    counts = hours.of_issues([issue.pk for issue in page.items], now) if page.items else {}
    tabs = _tabs(issues, status or "", {"q": words, "sort": sort or ""})
    context = {
        "project": project,
        "rows": [_row(issue, counts.get(issue.pk), now) for issue in page.items],
        "page": page,
        "tabs": tabs,
        "tab": next(tab for tab in tabs if tab.current),
        "total": next(tab.count for tab in tabs if tab.name == "all"),
        "resolved": next(tab.count for tab in tabs if tab.name == "resolved"),
        "sorts": [(name, label, name == sort) for name, (label, _) in SORTS.items()],
        "status": status,
        "sort": sort,
        "q": words,
        "trouble": trouble,
        "everywhere": _link(status="all", q=words),
        "example": f"{project.slug.upper()}-12",
    }
    return render(request, "issues/issue_list.html", context)


def _found(
    issues: IssueQuerySet, words: str, slug: str, order: Sequence[str], asked: QueryDict
) -> tuple[Paged[Issue], str]:
    """The page of the issues that contain `words`, and what is wrong with the search."""
    found = search.matching(issues, words, slug).select_related("assignee")
    if not words:
        return paged(found, order, asked), ""
    try:
        with search.limited():
            page = paged(found, order, asked)
    except search.TookTooLong:
        return Paged([], "", ""), "This search takes too long. Search for other or longer words."
    if len(search.words(words)) > search.MOST_WORDS:
        return page, f"Only the {search.MOST_WORDS} longest words were searched for."
    return page, ""


def _tabs(issues: IssueQuerySet, current: str, kept: dict[str, str]) -> list[Tab]:
    counts = {
        row["status"]: row["count"] for row in issues.values("status").annotate(count=Count("pk")).order_by()
    }
    counts["all"] = sum(counts.values())
    return [
        Tab(name, label, counts.get(name, 0), name == current, _link(status=name, **kept))
        for name, label in TABS.items()
    ]


def _link(**chosen: str) -> str:
    """A query string of this page, without empty values and the default sort order."""
    return "?" + urlencode(
        {name: value for name, value in chosen.items() if value and (name, value) != ("sort", "last_seen")}
    )


def _row(issue: Issue, counts: list[int] | None, now: datetime) -> IssueRow:
    is_open = issue.status == Issue.Status.OPEN
    regressed = is_open and issue.regressed_at is not None
    return IssueRow(
        issue=issue,
        level=Level(issue.level).label,
        heading=heading_of(issue.title, issue.type, issue.value),
        sparkline=hours.sparkline(counts),
        is_new=is_open and not regressed and now - issue.first_seen < _NEW,
        is_regressed=regressed,
        culprit=visible(issue.culprit),
        assignee=visible(issue.assignee.get_short_name()) if issue.assignee else "",
    )


def _exact(project: Project, words: str) -> HttpResponse | None:
    """A redirect to the issue or event whose short id, primary key or event id `words` is."""
    slug, _, number = words.rpartition("-")
    if number.isascii() and number.isdigit() and len(number) < 19 and slug.lower() == project.slug.lower():
        issue = project.issues.filter(digest_order=int(number)).first()
        return redirect("issue", project.slug, issue.pk) if issue else None
    plain = ids.event_id(words)
    if not plain:
        return None
    event = (
        Event.objects.filter(Q(event_id=plain) | Q(pk=plain), project=project).only("pk", "issue_id").first()
    )
    if event:
        return redirect("event", project.slug, event.issue_id, event.pk)
    issue = project.issues.filter(pk=plain).first()
    return redirect("issue", project.slug, issue.pk) if issue else None
