"""The rows of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from issues.models import Issue, Level
from issues.pages.heading import Heading, heading_of
from issues.pages.issue_list.trends import Trends
from issues.render.values import visible

_NEW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One row of the list. `link` leads to the issue and back."""

    issue: Issue
    link: str
    level: str
    heading: Heading
    trend: SafeString
    is_new: bool
    is_regressed: bool
    is_for_review: bool
    culprit: str
    assignee: str


def rows(issues: Sequence[Issue], trends: Trends, here: str, now: datetime) -> list[IssueRow]:
    """`here` is the address of the list, which the links to issues carry. The issues have their project and assignee."""
    carried = urlencode({"list": here}, safe="/")
    return [_row(issue, trends, carried, now) for issue in issues]


def _row(issue: Issue, trends: Trends, carried: str, now: datetime) -> IssueRow:
    is_open = issue.status == Issue.Status.OPEN
    regressed = is_open and issue.regressed_at is not None
    return IssueRow(
        issue=issue,
        link=f"{reverse('issue', args=[issue.project.slug, issue.pk])}?{carried}",
        level=Level(issue.level).label,
        heading=heading_of(issue.title, issue.type, issue.value),
        trend=trends.of(issue.pk),
        is_new=is_open and not regressed and now - issue.first_seen < _NEW,
        is_regressed=regressed,
        is_for_review=bool(getattr(issue, "is_for_review", False)),
        culprit=visible(issue.culprit),
        assignee=visible(issue.assignee.get_short_name()) if issue.assignee else "",
    )
