"""The issue list as a page: tabs, search, pickers, rows and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project, User
from accounts.navigation import Section
from issues import look_alikes, saved_searches, search
from issues.models import Issue
from issues.pages.finding.saved_menu import address as saved_address
from issues.pages.finding.saved_menu import menu, opening
from issues.pages.issue_list import periods
from issues.pages.issue_list.asked import TABS, TRENDS, Asked, address, read
from issues.pages.issue_list.environments import environments
from issues.pages.issue_list.mistakes import marked
from issues.pages.issue_list.rows import Style, rows
from issues.pages.issue_list.selection import Selection, select
from issues.pages.issue_list.sorting import SORTS
from issues.pages.issue_list.tabs import Tab, tabs, uncounted
from issues.pages.issue_list.trends import trends
from issues.pages.paging import Paged, paged
from issues.query.parsing import LONGEST, parse
from issues.query.printing import chips
from issues.render.values import visible
from issues.search import Scope, TookTooLong
from issues.search.jump import target
from rustrak.lib import clock

_TOO_LONG = "This search takes too long. Search for other or longer words."
# What a row shows of an issue, and what the orders need.
_SHOWN = (
    "project", "digest_order", "title", "type", "value", "culprit", "level", "status", "regressed_at",
    "first_seen", "last_seen", "first_release", "first_environment", "last_release", "last_environment", "event_count", "user_count", "trend", "usual",
    "assignee__name", "assignee__email", "assigned_team__slug",
)  # fmt: skip
_COLUMNS = ("first_seen", "last_seen", "events", "users", "trend", "assignee")


@member(section=Section.ISSUES)
@require_safe
def issue_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """The issues of a project. Query string: `status`, `q`, `sort`, `environment`, `period`, `trend`, `cursor` or `before`, and
    `select=page` to have all of the page checked; unknown values are replaced by the default."""
    return _list(request, [project], project)


@signed_in(reads=Capability.EVENT_READ)
@require_safe
def all_issues(request: SignedInRequest) -> HttpResponse:
    """The issues of all projects that the user may see; the query string is the same."""
    return _list(request, list(Project.objects.visible_to(request.user).by_name()), None)


def _list(request: SignedInRequest, projects: Sequence[Project], project: Project | None) -> HttpResponse:
    searches = saved_searches.in_order(request.user, project)
    if start := opening(request, searches):
        return start
    asked, now = read(request.GET), clock.now()
    if asked.q and (found := target(asked.q, Scope(projects, request.user, now))):
        if found.event:
            return redirect("event", found.project.slug, found.issue, found.event)
        return redirect("issue", found.project.slug, found.issue)
    selection, page, counted = _read(asked, projects, request.user, now, request.GET)
    asked = selection.asked
    known = {each.pk: each for each in projects}
    for issue in page.items:
        issue.project = known[issue.project_id]
    charts = trends([issue.pk for issue in page.items], asked.chart, now)
    here = address(request.path, asked, request.GET)
    is_page_selected = request.GET.get("select") == "page"
    current = next((tab for tab in counted if tab.current), None)
    context = {
        "project": project,
        "projects": projects,
        "asked": asked,
        "title": "Issues for review" if asked.status == "review" else f"{TABS[asked.status]} issues",
        "rows": rows(
            page.items, charts, Style(here, now, not project, asked.status == "all", is_page_selected)
        ),
        "page": page,
        "tabs": counted,
        "tab": current,
        "total": next((tab.count or 0 for tab in counted if tab.name == "all"), 0),
        "resolved": next((tab.count or 0 for tab in counted if tab.name == "resolved"), 0),
        "charts": charts,
        "trends": _trends(asked),
        "heads": _heads(asked),
        "sorts": [
            (sort.name, sort.label) for sort in SORTS.values() if sort.name in (sort.column, asked.sort)
        ],
        "environments": [(name, visible(name)) for name in environments(projects, asked.environment)],
        "periods": _periods(asked),
        "chips": [(visible(chip.text), asked.link(q=chip.without)) for chip in chips(selection.query)]
        if asked.q and not selection.mistakes
        else [],
        "mistakes": marked(asked, selection.mistakes),
        "notes": selection.notes,
        "whole": _words(asked),
        "here": here,
        "view": asked.pairs(),
        "anywhere": asked.link(status="all"),
        "any_time": asked.link(period=""),
        "any_environment": asked.link(environment=""),
        "plain": Asked(status=asked.status, sort=asked.sort).link(),
        "select_page": f"{here}&select=page",
        # Only the plain list says what is missing: less to ask the database for, and nothing between a search and its result.
        "lacks_something": not asked.is_narrowed and not _has_everything(page.items),
        "longest": LONGEST,
        "saved": menu(request, project, searches, dict(asked.pairs())),
        "mark_seen": saved_address("review_seen", project),
        "made": now.isoformat(),
        "look_alikes": project is not None and not asked.is_narrowed and look_alikes.some_in(project),
        "act": reverse("issues_act", args=[project.slug]) if project else reverse("all_issues_act"),
    }
    if not project:
        context["menu_projects"] = projects
    return render(request, "issues/issue_list.html", context)


def _read(
    asked: Asked, projects: Sequence[Project], viewer: User, now: datetime, sent: QueryDict
) -> tuple[Selection, Paged[Issue], list[Tab]]:
    """What is listed, the page of it, and the tabs: nothing is counted while the text has mistakes."""
    nothing: Paged[Issue] = Paged([], "", "")
    try:
        with search.limited() if asked.q else nullcontext():
            selection = select(asked, projects, viewer, now)
            if selection.mistakes:
                return selection, nothing, uncounted(asked)
            order = selection.asked.order
            shown = order.of(Issue.objects.all()).select_related("assignee", "assigned_team").only(*_SHOWN)
            for_review = selection.for_review()
            shown = shown.annotate(is_for_review=_truth(for_review))
            page = paged(
                order.of(selection.of_tab()), order.fields, sent, descending=order.descending, load=shown
            )
            return selection, page, tabs(selection, for_review)
    except TookTooLong:
        none = Issue.objects.none()
        given_up = Selection(asked, none, projects, viewer, parse(asked.q)[0], (), (_TOO_LONG,))
        return given_up, nothing, uncounted(asked)


def _has_everything(issues: Sequence[Issue]) -> bool:
    """Whether these issues show that events have release, environment and user: then there is nothing to advise."""
    return (
        any(issue.last_release for issue in issues)
        and any(issue.last_environment for issue in issues)
        and any(issue.user_count for issue in issues)
    )


def _truth(condition: Q) -> Any:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _heads(asked: Asked) -> dict[str, dict[str, str]]:
    """For each column that sorts: the link, and how it is sorted now, for `aria-sort`."""
    heads = {}
    for column in _COLUMNS:
        is_current = asked.order.column == column
        name = asked.order.opposite if is_current else column
        sorted_ = "descending" if asked.order.descending else "ascending"
        heads[column] = {"link": asked.link(sort=name), "sorted": sorted_ if is_current else ""}
    return heads


def _trends(asked: Asked) -> list[tuple[str, str, bool]]:
    """The periods over which the trend can be drawn: label, link, and whether it is the current one."""
    names = [*TRENDS, *([asked.period] if asked.period and asked.period not in TRENDS else [])]
    if asked.chart.name not in names:
        names.append(asked.chart.name)
    found = [periods.period(name) for name in names]
    return [(each.name, asked.link(trend=each.name), each.name == asked.chart.name) for each in found if each]


def _periods(asked: Asked) -> list[tuple[str, str]]:
    names = [
        *periods.PRESETS,
        *([asked.period] if asked.period and asked.period not in periods.PRESETS else []),
    ]
    return [(name, f"Last {found.label}") for name in names if (found := periods.period(name))]


def _words(asked: Asked) -> str:
    """What the numbers of the rows count although the list is of a part of the events; empty where it is of all."""
    if asked.environment:
        return (
            "The numbers of an issue are those of all its environments, since it was first seen."
            if asked.period
            else "The numbers of an issue are those of all its environments."
        )
    return "Events and users of an issue are counted since it was first seen." if asked.period else ""
