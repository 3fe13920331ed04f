from __future__ import annotations

from datetime import timedelta

from accounts.models import Project
from issues.models import Grouping, Issue, IssueDay, IssueHour
from issues.pages.issue_list.periods import period
from issues.pages.issue_list.trends import trends
from rustrak.lib import clock
from tests.issues.pages.conftest import many


def test_all_charts_have_the_scale_of_the_page(shop: Project) -> None:
    many(shop, 3)
    now = clock.now()
    hour = int(now.timestamp()) // 3600
    first, second, third = Issue.objects.order_by("digest_order").values_list("pk", flat=True)
    for issue, back, number in ((first, 0, 500), (first, 23, 100), (second, 1, 1), (second, 24, 900)):
        IssueHour.objects.create(grouping=Grouping.objects.get(issue=issue), hour=hour - back, count=number)
    day = period("24h")
    assert day
    found = trends([first, second, third], day, now)
    assert (found.most, found.unit) == (500, "hour")
    assert "v-28h" in found.of(first)
    assert "v-2h" in found.of(second)
    assert 'aria-label="1 event in 24 hours"' in found.of(second)
    assert 'aria-label="0 events in 24 hours"' in found.of(third)
    assert f"<title>{now - timedelta(hours=1):%-d %b %H}:00: 1</title>" in found.of(second)


def test_weeks_are_sums_of_days(shop: Project) -> None:
    many(shop, 1)
    now = clock.now()
    issue = Issue.objects.get()
    day = int(now.timestamp()) // 86400
    for back, number in ((0, 1), (6, 2), (7, 5), (90, 9), (91, 50)):
        IssueDay.objects.create(grouping=issue.groupings.get(), day=day - back, count=number)
    long = period("90d")
    assert long
    found = trends([issue.pk], long, now)
    assert (found.most, found.unit) == (9, "week")
    assert 'aria-label="17 events in 90 days"' in found.of(issue.pk)
