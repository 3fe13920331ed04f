"""The way through the list from inside an issue: back to it, and to the issues before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Subquery
from django.http import QueryDict
from django.urls import reverse

from accounts.access import SignedInRequest
from accounts.models import Project
from issues import search
from issues.models import Issue, IssueQuerySet
from issues.pages.issue_list.asked import read
from issues.pages.issue_list.selection import select
from issues.pages.issue_list.sorting import Sort
from issues.search import TookTooLong
from rustrak.lib import clock, keyset

# How long an issue's page waits for the search of the list that it belongs to.
_SECONDS = 0.5
# A longer address is not one that the list has made.
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Addresses: `back` of the list, `previous` and `next` of issues, empty at the ends. `name` says which list it is."""

    back: str
    name: str
    previous: str = ""
    next: str = ""


def carried(request: SignedInRequest) -> str:
    """The address of the list that the request has with it, which pages of the issue keep in their links; empty for none."""
    address = request.GET.get("list", "")
    return address if len(address) <= _LONGEST else ""


def neighbours(request: SignedInRequest, issue: Issue) -> Neighbours | None:
    """Where `issue` is in the list whose address the request carries; None if it carries none. Its project is loaded.

    One query; others for the search, the order by assignee, and several projects. An issue that has just left the list, because it was resolved, still has its place.
    """
    address = carried(request)
    path, _, query = address.partition("?")
    projects: list[Project]
    if path == reverse("issue_list", args=[issue.project.slug]):
        projects = [issue.project]
    elif path == reverse("all_issues"):
        projects = list(Project.objects.visible_to(request.user).by_name())
    else:
        return None
    sent = QueryDict(query)
    asked = read(sent)
    place = {name: sent[name] for name in ("cursor", "before") if sent.get(name)}
    back = f"{path}?{urlencode([*asked.pairs(), *place.items()])}#issue-{issue.pk}"
    name = issue.project.name if len(projects) == 1 else "all projects"
    try:
        with search.limited(_SECONDS):
            listed = select(asked, projects, request.user, clock.now()).of_tab()
            both = _beside(issue, listed, asked.order)
    except TookTooLong:
        return Neighbours(back, name)
    return Neighbours(back, name, *_links(both, address, projects))


def _beside(issue: Issue, listed: IssueQuerySet, order: Sort) -> tuple[UUID | None, UUID | None]:
    """The issues before and after this one, found by one query."""
    here = order.of(Issue.objects.filter(pk=issue.pk)).get() if order.is_annotated else issue

    def first(*, descending: bool) -> Subquery:
        # Made for this order, so it is valid.
        cursor = keyset.cursor_of(here, order.fields, descending)
        rows = keyset.following(order.of(listed), order.fields, descending=descending, cursor=cursor)
        return Subquery(rows.values("pk")[:1])

    found = Issue.objects.filter(pk=issue.pk).values_list(
        first(descending=not order.descending), first(descending=order.descending)
    )
    return found[0]


def _links(issues: Sequence[UUID | None], address: str, projects: Sequence[Project]) -> list[str]:
    """The addresses of these issues; those of several projects take a query for their slugs."""
    slugs: dict[UUID, str] = {}
    if len(projects) > 1:
        wanted = Issue.objects.filter(pk__in=[each for each in issues if each])
        slugs = dict(wanted.values_list("pk", "project__slug"))
    carried_on = urlencode({"list": address}, safe="/")
    return [
        f"{reverse('issue', args=[slugs.get(each, projects[0].slug), each])}?{carried_on}" if each else ""
        for each in issues
    ]
