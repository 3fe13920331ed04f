"""The list of a project's releases, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.pages.releases import health, marks
from issues.pages.releases.asked import Asked, asked
from issues.pages.releases.deploying import DeployForm
from issues.pages.releases.health import Health
from issues.releases import happened, listing
from issues.releases.listing import Deployed, IssueCounts, Listed
from issues.render.charts.marks import Mark
from issues.render.values import line
from issues.versions.order import Basis, compare
from rustrak.lib import clock

SIZE = 25
_ABOUT = (
    "Once your app sets a release, this page shows which issues are new in each. Most SDKs then count sessions as well: "
    "how many of them and of your users are crash-free."
)


@dataclass(frozen=True)
class ReleaseRow:
    """One release; `basis` is by what it is newer than the row below it, where that is not what most rows have."""

    key: str
    name: str
    release: Listed
    health: Health
    adoption: str
    issues: IssueCounts
    deployed: Sequence[Deployed]
    basis: str


@member(reads=Capability.PROJECT_READ, section=Section.RELEASES)
@require_safe
def release_list(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `days` (14, 30 or 90: of sessions), `environment`, `page`."""
    return shown(request, project, DeployForm())


def shown(request: SignedInRequest, project: Project, form: DeployForm) -> HttpResponse:
    """The page with a form that records a deploy, which is open when there is something wrong with it."""
    wanted = asked(request, project)
    releases = listing.newest_first(project, wanted.environment)
    listed = [each for each in releases.listed if bool(each.archived_at) == wanted.archived]
    page = Paginator(listed, SIZE).get_page(request.GET.get("page"))
    some = list(page)
    following = listed[page.end_index() : page.end_index() + 1]
    bases = [
        compare(one.known, other.known).basis
        for one, other in zip(some, [*some[1:], *following], strict=False)
    ]
    usual = Counter(bases).most_common(1)[0][0] if bases else None
    shown_rows = rows(project, some, wanted, bases, usual)
    context = {
        "project": project,
        "rows": shown_rows,
        "page": page,
        "query": wanted.query,
        "archived_count": sum(1 for each in releases.listed if each.archived_at),
        "active_count": sum(1 for each in releases.listed if not each.archived_at),
        "asked": wanted,
        "basis": usual and usual is not Basis.UNKNOWN and usual.words,
        "others": releases.others,
        "most": listing.MOST_RELEASES,
        "about_releases": _ABOUT,
        "any_at_all": bool(wanted.environments or releases.listed),
        "any_sessions": any(row.health.sessions for row in shown_rows) or health.any_sessions(project),
        "form": form,
        "python": f'sentry_sdk.init(\n    dsn="{project.dsn}",\n    release="my-app@1.4.2",\n)',
        "javascript": f'Sentry.init({{\n  dsn: "{project.dsn}",\n  release: "my-app@1.4.2",\n}});',
    }
    return render(request, "issues/release_list.html", context, status=400 if form.errors else 200)


def rows(
    project: Project,
    releases: Sequence[Listed],
    wanted: Asked,
    bases: Sequence[Basis] = (),
    usual: Basis | None = None,
) -> list[ReleaseRow]:
    """Everything about some releases, in a number of statements that does not grow with them."""
    if not releases:
        return []
    versions = [each.version for each in releases]
    issues = listing.issue_counts(project, versions)
    deployed = listing.deploys([each.pk for each in releases])
    of_health = health.of_releases(project, versions, wanted, _marks(project, deployed, releases, wanted))
    shares = health.adoption(project, wanted)
    return [
        ReleaseRow(
            key=each.version,
            name=line(each.version),
            release=each,
            health=of_health.get(each.version, Health()),
            adoption=shares.get(each.version, "0%"),
            issues=issues[each.version],
            deployed=deployed.get(each.pk, ()),
            basis=bases[index].words if index < len(bases) and bases[index] is not usual else "",
        )
        for index, each in enumerate(releases)
    ]


def _marks(
    project: Project, deployed: Mapping[int, Sequence[Deployed]], releases: Sequence[Listed], wanted: Asked
) -> dict[str, list[Mark]]:
    """The latest deploys of each, for its own chart."""
    found = {}
    for each in releases:
        of_release = [
            happened.Happened(one.at, each.version, f"deployed to {one.environment}")
            for one in deployed.get(each.pk, ())
        ]
        if of_release:
            found[each.version] = marks.by_day(of_release[::-1], clock.now(), wanted.period)
    return found
