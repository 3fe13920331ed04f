"""What happened to the releases of projects in a period: first seen, released, deployed. For the marks on charts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Value

from issues.models import Deploy, Release
from issues.releases.rows import OTHERS

#: The latest; charts show fewer.
MOST = 200


@dataclass(frozen=True, slots=True)
class Happened:
    """`what` goes on behind the release's name: “first seen”, “deployed to production”."""

    at: datetime
    version: str
    what: str


def since(projects: Collection[int], start: datetime) -> dict[int, list[Happened]]:
    """By project, oldest first, at most MOST of all. One statement."""
    # What was first seen since then was last seen since then, and of that there is an index.
    seen = Release.objects.filter(project__in=projects, last_seen__gte=start, first_seen__gte=start)
    released = Release.objects.filter(Q(deploys=None), project__in=projects, released_at__gte=start)
    deployed = Deploy.objects.filter(release__project__in=projects, finished_at__gte=start)
    nowhere, names = Value(""), ("of", "named", "at", "to", "what")
    project, version = F("project"), F("version")
    rows = (
        seen.exclude(version=OTHERS)
        .order_by()
        .values(of=project, named=version, at=F("first_seen"), to=nowhere, what=Value("first seen"))
        .values_list(*names)
        .union(
            released.order_by()
            .values(of=project, named=version, at=F("released_at"), to=nowhere, what=Value("released"))
            .values_list(*names),
            deployed.order_by()
            .values(
                of=F("release__project"),
                named=F("release__version"),
                at=F("finished_at"),
                to=F("environment"),
                what=Value("deployed to"),
            )
            .values_list(*names),
            all=True,
        )
        .order_by("-at")[:MOST]  # type: ignore[misc]
    )
    found: dict[int, list[Happened]] = {}
    for of, named, at, to, what in reversed(list(rows)):
        found.setdefault(of, []).append(Happened(at, named, f"{what} {to}".strip()))
    return found
