from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connections

from accounts.models import Membership, Project, User
from issues.alerts.mail import links, summaries, summary_content, summary_message
from issues.alerts.mail.links import Subscription
from issues.alerts.mail.rendering import Reader
from issues.alerts.mail.summary_content import IssueLine, Period, ProjectPart
from issues.alerts.people import choices
from issues.models import AlertDeliverer, AlertOptOut, AlertPreferences, Issue, IssueHour, ProjectHour
from rustrak.mail import delivery
from rustrak.mail.models import Message
from tests.lib import builders

DUE = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # a Tuesday
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> Iterator[None]:
    settings.MAIL_IS_SET_UP = True
    summary_content._of_project.cache_clear()
    with time_machine.travel(DUE, tick=False):
        yield


def want(user: User, **fields: Any) -> AlertPreferences:
    return choices.save(user.pk, {"summary": "daily"} | fields, DUE - timedelta(hours=1))


def made(
    project: Project, number: int, at: datetime, *, events: dict[datetime, int] | None = None, **fields: Any
) -> Issue:
    """An issue that appeared at `at`, with events in the hours of `events`."""
    times = [at, *(events or {})]
    values = {"first_seen": min(times), "last_seen": max(times), "created_at": at}
    issue = builders.issue(project, number, **values | fields)
    for moment, count in (events or {}).items():
        hour = int(moment.timestamp()) // 3600
        IssueHour.objects.create(grouping=issue.groupings.get(), hour=hour, count=count)
        row, _ = ProjectHour.objects.get_or_create(project=project, hour=hour, defaults={"count": 0})
        ProjectHour.objects.filter(pk=row.pk).update(count=row.count + count)
    Issue.objects.filter(pk=issue.pk).update(event_count=sum((events or {}).values()))
    return issue


def deliver() -> list[Any]:
    """What was sent by now."""
    summaries.run(datetime.now(UTC))
    delivery.deliver()
    sent, mail.outbox = mail.outbox, []
    return sent


def test_what_is_new_what_came_back_and_what_grew(bo: User, shop: Project) -> None:
    want(bo)
    yesterday, before = DUE - DAY / 2, DUE - 3 * DAY / 2
    made(shop, 1, yesterday, title="KeyError: 'new'", events={yesterday: 7})
    made(shop, 2, DUE - 9 * DAY, title="Came back", regressed_at=yesterday, events={yesterday: 3})
    made(shop, 3, DUE - 9 * DAY, title="Grew", events={before: 20, yesterday: 90})
    made(shop, 4, DUE - 9 * DAY, title="As before", events={before: 80, yesterday: 90})
    made(shop, 5, yesterday, title="Muted", status="muted", events={yesterday: 90})
    made(shop, 6, DUE + timedelta(minutes=1), title="Tomorrow's")
    (message,) = deliver()
    assert message.to == ["bo@example.org"]
    assert message.subject == "[Rustrak] Daily summary, 2 Mar 2026: 1 new issue, 1 regressed, 1 grew"
    html = message.alternatives[0].content
    for text in (message.body, html):
        for words in (
            "KeyError: ",
            "Came back",
            "SHOP-1: 7 events",
            "SHOP-2: 3 events",
            "SHOP-3: 90 events, 20 before",
        ):
            assert words in text
        for words in ("As before", "Muted", "Tomorrow"):
            assert words not in text
    assert "Shop: 280 events, 100 before" in message.body
    assert 'bgcolor="#b04a1a"' in html
    url = links.unsubscribe(Subscription(bo.pk, None))
    assert message.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert url in message.body
    assert message.extra_headers["Message-ID"].startswith(f"<summary.{bo.pk}.202603030800@")


def test_where_clocks_differ_by_half_an_hour_each_issue_is_new_in_one_summary(
    bo: User, shop: Project
) -> None:
    due = DUE + timedelta(minutes=30)  # 14:00 in India
    want(bo, time_zone="Asia/Kolkata", summary_hour=14)
    early, late = due - timedelta(hours=1), due - timedelta(minutes=10)
    made(shop, 1, early, title="Early", events={early: 1})
    made(shop, 2, late, title="Late", events={late: 1})
    for moment, titles in ((due, {"Early"}), (due + DAY, {"Late"})):
        with time_machine.travel(moment, tick=False):
            (message,) = deliver()
        assert {title for title in ("Early", "Late") if title in message.body} == titles


def test_one_summary_for_each_period(bo: User, shop: Project) -> None:
    want(bo, summary="weekly", summary_weekday=1)
    assert len(deliver()) == 1
    assert deliver() == []
    with time_machine.travel(DUE + 7 * DAY - timedelta(seconds=1), tick=False):
        assert deliver() == []
    with time_machine.travel(DUE + 7 * DAY, tick=False):
        assert len(deliver()) == 1


def test_a_week_with_nothing_but_events_says_how_many(bo: User, shop: Project) -> None:
    want(bo, summary="weekly", summary_weekday=1)
    made(shop, 1, DUE - 30 * DAY, events={DUE - DAY: 3})
    (message,) = deliver()
    assert message.subject.endswith(": 3 events, nothing new")


@pytest.mark.django_db(transaction=True)
def test_deliver_once_sends_what_is_due(bo: User, shop: Project, settings: Any, tmp_path: Path) -> None:
    settings.RUN_DIR = tmp_path
    want(bo)
    made(shop, 1, DUE - DAY / 2, events={DUE - DAY / 2: 1})
    call_command("deliver", "--once")
    assert [message.to for message in mail.outbox] == [["bo@example.org"]]


def test_nothing_before_it_is_due(bo: User, shop: Project) -> None:
    want(bo, summary_hour=9)
    made(shop, 1, DUE - DAY / 2)
    assert deliver() == []


def test_a_quiet_day_is_not_told_and_a_quiet_week_in_one_line(bo: User, shop: Project) -> None:
    want(bo)
    assert deliver() == []
    assert not Message.objects.exists()
    want(bo, summary="weekly", summary_weekday=1)
    (message,) = deliver()
    assert message.subject == "[Rustrak] Weekly summary, 24 Feb to 3 Mar 2026: nothing happened"
    assert "Nothing happened in Shop." in message.body


def test_after_a_long_outage_there_is_one(bo: User, shop: Project) -> None:
    want(bo)
    made(shop, 1, DUE - DAY / 2, title="Before the outage", events={DUE - DAY / 2: 1})
    late = DUE + 7 * DAY + timedelta(hours=3)
    made(shop, 2, late - DAY / 2, title="Last night's", events={late - DAY / 2: 1})
    with time_machine.travel(late, tick=False):
        (message,) = deliver()
        assert "Last night's" in message.body.replace("\u200c", "")
        assert "Before the outage" not in message.body
        assert deliver() == []
    assert choices.of(bo.pk).next_summary_at == DUE + 8 * DAY


def test_after_a_restore_none_comes_for_the_past(bo: User, shop: Project) -> None:
    want(bo)
    made(shop, 1, DUE - DAY / 2, events={DUE - DAY / 2: 1})
    AlertDeliverer.objects.create(restored_at=DUE + timedelta(minutes=5))
    with time_machine.travel(DUE + timedelta(minutes=6), tick=False):
        assert deliver() == []
    made(shop, 2, DUE + DAY / 2, events={DUE + DAY / 2: 1})
    with time_machine.travel(DUE + DAY, tick=False):
        assert len(deliver()) == 1


def test_mail_that_waited_is_one_message_about_the_latest_period(bo: User, shop: Project) -> None:
    want(bo)
    for days in range(3):
        with time_machine.travel(DUE + days * DAY, tick=False):
            summaries.run(datetime.now(UTC))
    made(shop, 1, DUE + 3 * DAY / 2, title="Latest", events={DUE + 3 * DAY / 2: 1})
    assert Message.objects.count() == 1
    with time_machine.travel(DUE + 2 * DAY + timedelta(minutes=1), tick=False):
        (message,) = deliver()
    assert "Latest" in message.body


def test_a_clock_that_was_ahead_puts_no_summary_off(bo: User, shop: Project) -> None:
    want(bo)
    AlertPreferences.objects.update(next_summary_at=DUE + 400 * DAY)
    made(shop, 1, DUE - DAY / 2)
    assert deliver() == []
    assert choices.of(bo.pk).next_summary_at == DUE + DAY


def test_choices_that_cannot_be_used_hold_up_nobody(bo: User, cy: User, shop: Project) -> None:
    Membership.objects.create(user=cy, project=shop)
    made(shop, 1, DUE - DAY / 2, events={DUE - DAY / 2: 1})
    want(bo)
    want(cy)
    AlertPreferences.objects.filter(pk=bo.pk).update(summary_hour=99)
    assert [message.to for message in deliver()] == [["cy@example.org"]]
    assert choices.of(bo.pk).next_summary_at is None


def test_without_a_mail_server_none_waits(bo: User, shop: Project, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    want(bo)
    assert summaries.run(DUE) == 0
    assert not Message.objects.exists()
    assert choices.of(bo.pk).next_summary_at == DUE + DAY


@pytest.mark.parametrize("change", ["stopped", "inactive", "opted out", "left"])
def test_who_does_not_want_it_any_more_gets_none(bo: User, shop: Project, change: str) -> None:
    want(bo)
    made(shop, 1, DUE - DAY / 2, title="Secret", events={DUE - DAY / 2: 1})
    summaries.run(DUE)
    match change:
        case "stopped":
            choices.stop_summaries(bo.pk)
        case "inactive":
            User.objects.filter(pk=bo.pk).update(is_active=False)
        case "opted out":
            AlertOptOut.objects.create(user=bo, project=shop)
        case "left":
            Membership.objects.all().delete()
    assert deliver() == []
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (datetime(2026, 3, 8), "America/New_York", 23),  # the clock goes forward
        (datetime(2026, 11, 1), "America/New_York", 25),
        (datetime(2026, 7, 1), "Asia/Kolkata", 24),
    ],
)
def test_a_day_on_which_the_clock_changes(bo: User, day: datetime, zone: str, hours: int) -> None:
    chose = AlertPreferences(user=bo, summary="daily", time_zone=zone, summary_hour=8)
    period = summaries.last_period(chose, (day + timedelta(hours=20)).replace(tzinfo=UTC))
    assert period.end - period.start == timedelta(hours=hours)
    assert period.start - period.before == DAY


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_send_one(bo: User, shop: Project) -> None:
    want(bo)
    barrier, asked = threading.Barrier(2), []

    def one() -> None:
        try:
            barrier.wait(5)
            asked.append(summaries.run(DUE))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked) == [0, 1]
    assert Message.objects.count() == 1


def part(number: int, title: str, **fields: Any) -> ProjectPart:
    lines = [IssueLine(links_id(index), index, title, "Error", 9, 4) for index in range(5)]
    values: dict[str, Any] = {
        "project_id": number, "name": f"Project {number} {title}", "slug": f"project-{number}",
        "events": 10_000, "before": 200, "new": 30, "regressed": 12, "grown": 7,
        "new_issues": lines, "regressed_issues": lines, "grown_issues": lines,
    }  # fmt: skip
    return ProjectPart(**values | fields)


def links_id(number: int) -> Any:
    return builders.ids.UUID(int=number)


PERIOD = Period(DUE - 2 * DAY, DUE - DAY, DUE)
READER = Reader("You asked for this.")


def test_quiet_projects_cost_one_query_and_others_are_read_once_for_all(
    bo: User, cy: User, shop: Project, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        other = Project.objects.create(name=f"Quiet {number}", slug=f"quiet-{number}")
        for user in (bo, cy):
            Membership.objects.create(user=user, project=other)
    Membership.objects.create(user=cy, project=shop)
    made(shop, 1, DUE - DAY / 2, events={DUE - DAY / 2: 1})
    with django_assert_max_num_queries(35):
        parts = summary_content.of(bo, PERIOD)
    assert len(parts) == 21
    assert parts[0].name == "Shop"
    with django_assert_max_num_queries(2):
        assert summary_content.of(cy, PERIOD) == parts


@pytest.mark.parametrize("title", ["KeyError", "&" * 1200, "𐍈" * 1200])
def test_two_hundred_projects_fit_into_a_message(title: str) -> None:
    parts = [part(number, title) for number in range(200)]
    rendered = summary_message.render(parts, PERIOD, weekly=False, reader=READER)
    assert len(rendered.html.encode()) < 100_000
    assert "and 152 more projects with 1,520,000 events" in rendered.text
    assert "6,000 new issues, 2,400 regressed, 1,400 grew" in rendered.subject


def test_bars_are_in_proportion_and_nothing_has_none() -> None:
    rendered = summary_message.render(
        [part(1, "x"), part(2, "y", events=1, before=0)], PERIOD, weekly=True, reader=READER
    )
    assert rendered.html.count('width="100%" height="10"') == 1
    assert rendered.html.count('width="2%" height="10"') == 1
    assert rendered.html.count('width="1%" height="10"') == 1
    assert rendered.html.count('height="10"\n') == 3
    assert "10,000 events" in rendered.html


def test_titles_make_no_markup() -> None:
    hostile = '</a><a href="https://evil.example/">x</a>\r\nBcc: x'
    rendered = summary_message.render([part(1, hostile)], PERIOD, weekly=False, reader=READER)
    assert '<a href="https://evil' not in rendered.html
    assert "https://evil" not in rendered.text
    assert "\nBcc" not in rendered.text
    assert rendered.subject.isprintable()
