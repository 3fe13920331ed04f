from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from accounts.models import Project, User
from issues.alerts.delivery import notices
from issues.models import AlertDelivery, AlertRule, Event, News
from rustrak.lib import clock
from tests.lib import alerts, builders

pytestmark = pytest.mark.django_db
CODE = {
    "exception": {
        "values": [
            {
                "stacktrace": {
                    "frames": [
                        {
                            "function": "pay",
                            "filename": "views.py",
                            "lineno": 7,
                            "context_line": "x = 1",
                            "in_app": True,
                        }
                    ]
                }
            }
        ]
    }
}


def test_an_issue_as_it_is_now(shop: Project, bo: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://example.org/errors"
    issue = builders.issue(shop, 12, event_count=3, user_count=2, last_environment="staging", assignee=bo)
    first, second = builders.event(issue, 1, CODE), builders.event(issue, 2)
    rule = AlertRule.objects.create(project=shop, name="All")
    facts = {"release": "2.0", "rules": ["Others"], "suppressed": 4}
    one = alerts.delivery(shop, alerts.channel(), issue, event=first.pk, rule=rule, facts=facts)
    notice = notices.build(one)
    about = notice.issue
    assert about is not None
    assert (notice.id, notice.headline, notice.rule) == (one.pk, "New issue", "All, Others")
    assert (about.short_id, about.title, about.level, about.status) == (
        "SHOP-12",
        "ValueError: no 12",
        "error",
        "open",
    )
    assert (about.events, about.users, about.assignee) == (3, 2, "bo")
    assert (about.environment, about.release) == ("staging", "2.0")
    assert (about.frame, about.excerpt) == ("pay in views.py:7", ">    7  x = 1")
    assert notice.fields == (("Release", "2.0"), ("Held back before", "4 messages"))
    root = "https://example.org/errors/projects/shop"
    assert about.url == notice.url == f"{root}/issues/{issue.pk}/"
    assert (notice.project.url, notice.project.alerts_url) == (f"{root}/issues/", f"{root}/alerts/")
    # An event that has expired: the latest one is shown.
    Event.objects.filter(pk=first.pk).delete()
    assert notices.build(one).issue.excerpt == ""  # type: ignore[union-attr]
    assert second.pk


def test_addresses_are_those_of_the_pages(shop: Project, settings: Any) -> None:
    issue, root = builders.issue(shop), settings.PUBLIC_URL
    notice = notices.build(alerts.delivery(shop, alerts.channel(), issue))
    assert notice.url == root + reverse("issue", args=[shop.slug, issue.pk])
    assert notice.project.url == root + reverse("issue_list", args=[shop.slug])
    failed = notices.build(
        alerts.delivery(shop, alerts.channel(), news=News.MONITOR_FAILED, facts={"detail": "nightly"})
    )
    assert failed.url == root + reverse("monitor_list", args=[shop.slug])
    assert failed.fields == (("Monitor", "nightly"),)


def test_a_burst_lists_the_issues_that_are_still_there(shop: Project) -> None:
    issues = [builders.issue(shop, number) for number in range(1, 26)]
    listed = [UUID(int=5).hex, *(one.pk.hex for one in issues)]
    facts = {"listed": listed, "kinds": {"new": 1204}, "total": 1204}
    notice = notices.build(alerts.delivery(shop, alerts.channel(), news=News.BURST, facts=facts))
    assert [one.short_id for one in notice.listed] == [
        f"SHOP-{number}" for number in range(1, notices.MOST_LISTED)
    ]
    assert (notice.total, notice.issue, notice.headline) == (1204, None, "1,204 new issues")
    assert notice.url == notice.project.url


def test_what_is_gone(shop: Project) -> None:
    issue = builders.issue(shop)
    one = alerts.delivery(shop, alerts.channel(), issue)
    monitor = alerts.delivery(shop, alerts.channel(), issue, News.MONITOR_FAILED)
    issue.status = "deleting"
    issue.save()
    with pytest.raises(notices.Gone, match="issue"):
        notices.build(one)
    assert notices.build(monitor).issue is None
    Project.objects.update(deleting_at=clock.now())
    with pytest.raises(notices.Gone, match="project"):
        notices.build(AlertDelivery.objects.get(pk=monitor.pk))


def test_another_projects_issue_is_not_told(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    issue = builders.issue(other)
    with pytest.raises(notices.Gone):
        notices.build(alerts.delivery(shop, alerts.channel(), issue))
    burst = alerts.delivery(
        shop, alerts.channel(), news=News.BURST, facts={"listed": [issue.pk.hex], "total": 1}
    )
    assert notices.build(burst).listed == ()


def test_a_payload_that_cannot_be_read_leaves_the_message_without_code(shop: Project, caplog: Any) -> None:
    issue = builders.issue(shop)
    builders.event(issue, 1, payload=None)
    Event.objects.update(payload=b"\xff\xff")
    notice = notices.build(alerts.delivery(shop, alerts.channel(), issue))
    assert notice.issue is not None
    assert notice.issue.excerpt == ""
    assert "cannot be read" in caplog.text
