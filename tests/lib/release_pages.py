"""Sessions of releases for tests of pages, and what the list of releases shows."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from accounts.models import Project
from issues.models import SessionDay, SessionPerson
from issues.releases import rows
from issues.releases.rows import Seen
from rustrak.lib import clock
from tests.lib.doors import without_doors

PAGE = "/projects/shop/releases/"


def day(project: Project, release: str, ago: int = 0, **over: Any) -> None:
    """Sessions of a release on one day, as the digest counts them."""
    values = {"environment": "production", "total": 10, **over}
    on = clock.now().date() - timedelta(days=ago)
    SessionDay.objects.create(project=project, day=on, release=release, **values)
    at = datetime.combine(on, time(), clock.now().tzinfo)
    rows.note(project.pk, {(release, values["environment"]): Seen(0, at, at)}, clock.now())


def person(project: Project, release: str, number: int, ago: int = 0, crashed: bool = False) -> None:
    of_day, _ = SessionDay.objects.get_or_create(
        project=project, day=clock.now().date() - timedelta(days=ago), release=release,
        environment="production",
    )  # fmt: skip
    SessionPerson.objects.create(session_day=of_day, person=number, crashed=crashed)


def cells(html: str) -> dict[str, list[str]]:
    """The numbers of each release, as text."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", without_doors(html).split("<tbody>")[1], re.DOTALL):
        name = re.search(r"<bdi>(.*?)</bdi>", row)
        assert name
        numbers = re.findall(
            r'<td class="num[^"]*"><span class="unit">[^<]*</span>(.*?)</td>', row, re.DOTALL
        )
        found[name[1]] = [" ".join(re.sub("<[^>]+>", "", number).split()) for number in numbers]
    return found
