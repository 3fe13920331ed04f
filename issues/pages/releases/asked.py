"""What the query string of a page about releases asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from accounts.access import SignedInRequest
from accounts.models import Project
from issues.releases import listing
from issues.render.values import line
from rustrak.lib import clock

PERIODS = (14, 30, 90)
# How many environments can be chosen; others can be named in the address.
MOST_ENVIRONMENTS = 200


@dataclass(frozen=True)
class Asked:
    """`period` is the number of days, of which `since` is the first, for which sessions are shown. `environment` None: all. `archived`: the releases
    that were archived are listed, and not the others."""

    period: int
    since: date
    today: date
    environments: list[str]
    environment: str | None
    archived: bool = False

    @property
    def query(self) -> str:
        """What links to other pages keep, with an & behind it."""
        return self.other + ("&archived=1&" if self.archived else "&")

    @property
    def other(self) -> str:
        """What links to the other tab of the list keep."""
        return urlencode(
            {"days": self.period} | ({} if self.environment is None else {"environment": self.environment})
        )

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=number) for number in range(self.period)]

    @property
    def periods(self) -> list[tuple[int, bool]]:
        return [(days, days == self.period) for days in PERIODS]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """The environments that can be chosen: name, what is shown, and whether it is the one that was chosen."""
        listed = self.environments[:MOST_ENVIRONMENTS]
        if self.environment is not None and self.environment not in listed:
            listed.append(self.environment)
        return [(name, line(name) or "none", name == self.environment) for name in listed]


def asked(request: SignedInRequest, project: Project) -> Asked:
    """From `days` (14, 30 or 90) and `environment` (one that exists; any other text: all), `archived`."""
    period = next((days for days in PERIODS if request.GET.get("days") == str(days)), PERIODS[0])
    today = clock.now().date()
    environments = listing.environments(project)
    wanted = request.GET.get("environment")
    known = wanted if wanted in environments else None
    return Asked(
        period,
        today - timedelta(days=period - 1),
        today,
        environments,
        known,
        request.GET.get("archived") == "1",
    )
