"""What the query string of the list asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from issues.pages.issue_list import periods, sorting
from issues.pages.issue_list.periods import Period
from issues.pages.issue_list.sorting import SORTS, Sort

TABS = {"open": "Open", "review": "For review", "resolved": "Resolved", "muted": "Muted", "all": "All"}
# Over which the trend is drawn where no period is chosen.
TRENDS = ("24h", "14d")
_LONGEST_CURSOR = 400
_LONGEST_ENVIRONMENT = 64


@dataclass(frozen=True, slots=True)
class Asked:
    """A view of the list. `period` is empty for any time, `environment` for all; `trend` for that of the period, or 24 h."""

    status: str = "open"
    q: str = ""
    sort: str = sorting.DEFAULT
    environment: str = ""
    period: str = ""
    trend: str = ""

    @property
    def order(self) -> Sort:
        return SORTS[self.sort]

    @property
    def limit(self) -> Period | None:
        """The period in which the issues were seen; None for any time."""
        return periods.period(self.period)

    @property
    def chart(self) -> Period:
        """The period of the trend."""
        return periods.period(self.trend) or self.limit or periods.DAY

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.environment or self.period)

    def pairs(self, *, without: str = "") -> list[tuple[str, str]]:
        """The query string's names and values, the status first; others only where they are not the default."""
        pairs = [
            ("status", self.status),
            ("q", self.q),
            ("sort", self.sort if self.sort != sorting.DEFAULT else ""),
            ("environment", self.environment),
            ("period", self.period),
            ("trend", self.trend),
        ]
        return [(name, value) for name, value in pairs if value and name != without]

    def link(self, **changes: str) -> str:
        """The query string of this view with some things changed. The page is not kept."""
        return "?" + urlencode(replace(self, **changes).pairs())


def read(sent: QueryDict) -> Asked:
    """Values that are not known are replaced by the default; a search text is judged by whoever parses it."""

    def text(name: str) -> str:
        return (sent.get(name) or "").replace("\0", "").strip()

    status, sort, environment = text("status"), text("sort"), text("environment")
    period, trend = periods.period(text("period")), periods.period(text("trend"))
    return Asked(
        status=status if status in TABS else "open",
        q=text("q"),
        sort=sort if sort in SORTS else sorting.DEFAULT,
        environment=environment[:_LONGEST_ENVIRONMENT],
        period=period.name if period else "",
        trend=trend.name if trend else "",
    )


def address(path: str, asked: Asked, sent: QueryDict) -> str:
    """The path and query string of the page of the list that was asked for: what leads back to it."""
    place = [
        (name, sent[name])
        for name in ("cursor", "before")
        if 0 < len(sent.get(name) or "") <= _LONGEST_CURSOR
    ]
    return f"{path}?{urlencode([*asked.pairs(), *place])}"
