"""The way through the list from inside an issue: back to it, and to the issues before and after."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

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

    At most four queries. An issue that has just left the list, because it was resolved, still has its place.
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
            previous, following = (
                _beside(issue, listed, asked.order, after=after) for after in (False, True)
            )
    except TookTooLong:
        return Neighbours(back, name)
    return Neighbours(back, name, _link(previous, address, projects), _link(following, address, projects))


def _beside(issue: Issue, listed: IssueQuerySet, order: Sort, *, after: bool) -> Issue | None:
    """The issue before or after this one, with its project's id."""
    here = order.of(Issue.objects.filter(pk=issue.pk)).get() if order.is_annotated else issue
    descending = order.descending == after
    # Made for this order, so it is valid.
    cursor = keyset.cursor_of(here, order.fields, descending)
    rows = order.of(listed).only("id", "project_id", *order.columns)
    found = keyset.page(rows, order.fields, descending=descending, cursor=cursor, limit=1).items
    return found[0] if found else None


def _link(issue: Issue | None, address: str, projects: list[Project]) -> str:
    if issue is None:
        return ""
    slug = next(project.slug for project in projects if project.pk == issue.project_id)
    return f"{reverse('issue', args=[slug, issue.pk])}?{urlencode({'list': address}, safe='/')}"
