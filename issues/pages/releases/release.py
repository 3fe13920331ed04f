"""One release: where it was seen and deployed, how its sessions went, its neighbours in the order, and its issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Deploy, Release, ReleaseEnvironment
from issues.pages.artifacts import summary
from issues.pages.paging import Paged, paged
from issues.pages.releases import commits, comparison
from issues.pages.releases.asked import asked
from issues.pages.releases.deploying import DeployForm
from issues.pages.releases.release_list import ReleaseRow, rows
from issues.releases import listing
from issues.releases.listing import Listed
from issues.releases.mentioned import issues_of
from issues.releases.rows import OTHERS
from issues.render.values import line
from issues.versions.order import compare

# Of its deploys the latest, and of its environments those with most events.
MOST_DEPLOYS, MOST_ENVIRONMENTS = 20, 50
#: What the list of issues can be narrowed to: the column that names the release, the key that searches for it, and the words.
ONLY = {
    "new": ("first_release", "first-release", "New issues"),
    "regressed": ("regressed_release", "regressed-in", "Regressed issues"),
    "resolved": ("resolved_release", "resolved-in", "Resolved issues"),
}


@dataclass(frozen=True)
class Neighbour:
    """Another release, and by what it is older or newer."""

    name: str
    link: str
    basis: str


@dataclass(frozen=True)
class Place:
    """An environment; `deployed_at` is its latest deploy there, `first_seen` and `last_seen` are null if nothing was seen there."""

    name: str
    first_seen: datetime | None
    last_seen: datetime | None
    events: int
    deployed_at: datetime | None


@dataclass(frozen=True)
class Tab:
    """A link to some of the issues, and how many they are, if that is known."""

    words: str
    link: str
    count: int | None
    is_current: bool


@member(reads=Capability.PROJECT_READ, section=Section.RELEASES)
@require_safe
def release(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `release`, `only` (`new`, `regressed` or `resolved` in it), `days` (of sessions), `environment` (of
    sessions, and of the release that it is compared with), `cursor`."""
    name = request.GET.get("release", "").replace("\0", "")
    wanted = asked(request, project)
    listed = listing.newest_first(project).listed
    own = next((each for each in listed if each.version == name), None)
    issues = issues_of(project, name)
    if not name or (own is None and not issues.exists()):
        raise Http404("nothing names this release")
    own = own or Listed(0, name, None, None, None, 0)
    there = listed if wanted.environment is None else listing.newest_first(project, wanted.environment).listed
    before = listing.before(there, name)
    row, *row_before = rows(project, [own, before] if before else [own], wanted)
    only = request.GET.get("only", "")
    column, key, words = ONLY.get(only, ("", "release", "Issues"))
    shown = project.issues.filter(**{column: name}) if column else issues
    page, trouble = _paged(shown.select_related("project"), request)
    older, newer = listing.neighbours(listed, name)
    deploys = (
        Deploy.objects.filter(release=own.pk).select_related("created_by").order_by("-finished_at", "-pk")
    )
    stored = Release.objects.filter(pk=own.pk).exclude(version=OTHERS).first()
    fixes = commits.fixes(project, page.items)
    for issue in page.items:
        issue.fix = fixes.get(issue.pk)
    context = {
        "project": project,
        "row": row,
        "row_before": row_before[0] if row_before else None,
        "compared": _compared(row, row_before[0]) if row_before else [],
        "commits": commits.of_release(stored),
        "stored": stored,
        "uploaded": summary.of_release(project, name),
        "older": _neighbour(own, older),
        "newer": _neighbour(own, newer),
        "places": _places(own, row.deployed),
        "deploys": deploys[:MOST_DEPLOYS],
        "deploy_count": sum(one.count for one in row.deployed),
        "issues": page.items,
        "page": page,
        "words": words,
        "search_key": key,
        "trouble": trouble,
        "tabs": _tabs(name, only, row.issues),
        "asked": wanted,
        "form": DeployForm(initial={"version": name}),
    }
    return render(request, "issues/release.html", context)


def _compared(row: ReleaseRow, before: ReleaseRow) -> list[comparison.Compared]:
    shares = (row.adoption, before.adoption)
    return comparison.compared(row.health, before.health, shares, row.issues, before.issues)


def _paged(issues: QuerySet, request: SignedInRequest) -> tuple[Paged, str]:  # type: ignore[type-arg]
    try:
        with search.limited():
            return paged(issues, ("last_seen", "id"), request.GET), ""
    except search.TookTooLong:
        return Paged([], "", ""), "The issues of this release took too long to find."


def _neighbour(own: Listed, other: Listed | None) -> Neighbour | None:
    if other is None:
        return None
    return Neighbour(
        line(other.version),
        "?" + urlencode({"release": other.version}),
        compare(own.known, other.known).basis.words,
    )


def _places(own: Listed, deployed: Sequence[listing.Deployed]) -> list[Place]:
    """Where it was seen, most events first, then where it was only deployed to."""
    at = {one.environment: one.at for one in deployed}
    rows = ReleaseEnvironment.objects.filter(release=own.pk).order_by("-event_count", "environment")
    seen = [
        Place(
            line(each.environment),
            each.first_seen,
            each.last_seen,
            each.event_count,
            at.pop(each.environment, None),
        )
        for each in rows[:MOST_ENVIRONMENTS]
    ]
    return [*seen, *(Place(line(name), None, None, 0, when) for name, when in at.items())]


def _tabs(name: str, only: str, counts: listing.IssueCounts) -> list[Tab]:
    link = urlencode({"release": name})
    every = Tab("All", f"?{link}", None, only not in ONLY)
    narrow = [
        Tab(each.capitalize(), f"?{link}&only={each}", getattr(counts, each), only == each) for each in ONLY
    ]
    return [every, *narrow]
