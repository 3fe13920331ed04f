"""What goes when a project, or the installation, keeps too much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import Count

from accounts.models import Project, User
from ingest.models import OutcomeCount
from issues import lifecycle, usage
from issues.models import (
    Attachment,
    CheckIn,
    Event,
    Issue,
    IssuePerson,
    IssueTag,
    KnownSession,
    Monitor,
    MonitorState,
    Person,
    SessionDay,
    SessionPerson,
    Usage,
    UserReport,
)
from issues.record.writer import record
from issues.retention import batches, budgets
from rustrak.lib import clock
from tests.lib import check_ins
from tests.lib.attachments import file_item, files_below, keep
from tests.lib.occurrences import NOW, thrown
from tests.lib.sent_sessions import aggregates, item
from tests.lib.user_reports import report, said_item

pytestmark = pytest.mark.django_db
Evicted = list[tuple[int, str, Mapping[str, int]]]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def enforce() -> Evicted:
    """Enforce the budgets. Returns what was evicted."""
    evicted: Evicted = []
    batches.enforce(budgets.policy(), clock.now(), lambda *what: evicted.append(what))
    return evicted


def total(evicted: Evicted, item_type: str) -> int:
    return sum(items.get(item_type, 0) for _, _, items in evicted)


def test_within_the_budget_nothing_is_deleted(shop: Project, stored: Path) -> None:
    record(shop.pk, [thrown()], NOW)
    keep(shop, file_item(b"x"))
    assert enforce() == []
    assert budgets.over() == []


def test_events_go_by_their_worth_until_their_bytes_fit(shop: Project, settings: Any) -> None:
    noise = [thrown("Flood", extra={"x": f"{n}" * 300}) for n in range(300)]
    record(shop.pk, [thrown("Rare"), *noise], NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 5 * Usage.objects.get().event_bytes // 3
    evicted = enforce()
    assert {reason for _, reason, _ in evicted} == {"too_many_bytes"}
    left = Usage.objects.get()
    assert left.event_bytes <= usage.allowed("event").bytes * 0.9
    assert 90 < total(evicted, "event") == 301 - Event.objects.count() == 301 - left.event_count
    assert Event.objects.filter(issue__title__startswith="Rare").exists()
    assert Event.objects.filter(issue__title__startswith="Flood", digest_order__gt=295).count() == 5
    shop.refresh_from_db()
    assert shop.stored_event_count == Event.objects.count()
    assert enforce() == []


def test_attachments_go_oldest_first_with_their_files_and_leave_events_alone(
    shop: Project, stored: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    record(shop.pk, [thrown() for _ in range(5)], NOW)
    for days in range(10):
        keep(shop, file_item(bytes([days]) * 10_000, at=clock.now() - timedelta(days=days)))
    settings.RETAIN_BYTES_PER_PROJECT = 5 * 60_000
    with django_capture_on_commit_callbacks(execute=True):
        assert total(enforce(), "attachment") == 5
    oldest = min(Attachment.objects.values_list("ingested_at", flat=True))
    assert oldest > clock.now() - timedelta(days=5)
    assert sorted(files_below(stored)) == sorted(Attachment.objects.values_list("file", flat=True))
    assert Event.objects.count() == 5


def test_feedback_about_no_event_goes_first(shop: Project, settings: Any) -> None:
    record(shop.pk, [sent := thrown()], NOW)
    report(shop, said_item({"event_id": sent.event_id, "comments": "mine"}, ago=timedelta(days=9)))
    report(shop, *(said_item({"comments": f"spam {n}" * 200}) for n in range(50)))
    settings.RETAIN_BYTES_PER_PROJECT = 100 * 10_000
    assert total(enforce(), "user_report") > 20
    assert UserReport.objects.filter(comments="mine").exists()
    assert Usage.objects.get().report_count == UserReport.objects.count()


def test_issues_with_one_event_go_first_and_those_that_people_touched_last(
    shop: Project, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(shop.pk, [thrown("Touched"), thrown("Muted"), thrown("Busy"), thrown("Busy")], NOW)
    lifecycle.mute(Issue.objects.filter(title__startswith="Muted"), ana)
    touched = Issue.objects.filter(title__startswith="Touched")
    lifecycle.resolve(touched, ana)
    lifecycle.reopen(touched, ana)
    record(shop.pk, [thrown(f"E{number}", user={"id": 1}) for number in range(40)], NOW)
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 8, most=20))
    evicted = enforce()
    assert {reason for _, reason, _ in evicted} == {"too_many"}
    assert total(evicted, "event") == 25
    assert Issue.objects.count() == 18
    assert {"Touched", "Muted", "Busy", "E39"} <= {title.partition(":")[0] for title in titles()}
    assert Usage.objects.get().issue_count == 18
    assert IssuePerson.objects.count() == 15
    shop.refresh_from_db()
    assert shop.stored_event_count == Event.objects.count() == 19


def titles() -> list[str]:
    return list(Issue.objects.values_list("title", flat=True))


def test_even_large_and_touched_issues_go_when_nothing_else_helps(
    shop: Project, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(shop.pk, [thrown(f"E{number % 6}") for number in range(120)], NOW)
    lifecycle.mute(Issue.objects.all()[:3], ana)
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 8, most=2))
    assert total(enforce(), "event") == 100
    assert Issue.objects.count() == 1


def test_tags_of_one_event_go_first_and_the_sums_stay(shop: Project, settings: Any) -> None:
    for number in range(60):
        record(shop.pk, [thrown(tags={"id": str(number) * 30, "city": "Ulm"}, user={"id": number})], NOW)
    settings.RETAIN_BYTES_PER_PROJECT = Usage.objects.get().tag_bytes * 100 // 6 * 9 // 10
    enforce()
    assert Person.objects.count() == 60
    assert 0 < IssueTag.objects.filter(key="id").count() < 60
    settings.RETAIN_BYTES_PER_PROJECT = settings.RETAIN_BYTES_PER_PROJECT * 2 // 3
    enforce()
    assert 0 < Person.objects.count() < 60
    assert IssueTag.objects.filter(key="city").get().count == 60
    assert Usage.objects.get().tag_bytes <= usage.allowed("tag").bytes
    assert Issue.objects.get().user_count == IssuePerson.objects.count() == 60


def test_people_of_the_oldest_days_go_first(shop: Project, settings: Any) -> None:
    for day in (8, 9, 10):
        buckets = [{"started": f"2026-03-{day:02}T09:00:00Z", "exited": 1, "did": str(n)} for n in range(40)]
        aggregates(shop, item({"attrs": {"release": "r"}, "aggregates": buckets}))
    settings.RETAIN_BYTES_PER_PROJECT = 20 * 9000
    enforce()
    days = list(SessionDay.objects.order_by("day").values_list("total", "people", "more_people"))
    assert days[0] == (40, 0, True)
    assert days[2] == (40, 40, False)
    assert SessionPerson.objects.count() == sum(people for _, people, _ in days)


def test_sessions_that_went_wrong_go_before_people_and_days(shop: Project, settings: Any) -> None:
    """Whoever sends crashed sessions without end does not delete what is known of releases."""
    for day in range(60):
        row = SessionDay.objects.create(project=shop, day=NOW - timedelta(days=day), release="r", people=5)
        SessionPerson.objects.bulk_create(SessionPerson(session_day=row, person=n) for n in range(5))
    for day in range(6):
        KnownSession.objects.bulk_create(
            KnownSession(project=shop, day=NOW - timedelta(days=day), session=n) for n in range(1000)
        )
    usage.recount(shop.pk, NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 20 * (Usage.objects.get().session_bytes - 1000)
    enforce()
    assert (SessionDay.objects.count(), SessionPerson.objects.count()) == (60, 300)
    assert 4000 < KnownSession.objects.count() < 5500
    assert not KnownSession.objects.filter(day=NOW - timedelta(days=5)).count() > 500
    assert KnownSession.objects.filter(day=NOW).count() == 1000
    assert budgets.over() == []


def test_days_are_subtracted_with_their_names(shop: Project, settings: Any) -> None:
    SessionDay.objects.bulk_create(
        SessionDay(project=shop, day=NOW, release=f"{n}" * 60, environment="e" * 60) for n in range(100, 160)
    )
    usage.recount(shop.pk, NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 20 * (Usage.objects.get().session_bytes - 1)
    enforce()
    assert SessionDay.objects.count() == 53
    before = Usage.objects.get().session_bytes
    usage.recount(shop.pk, NOW)
    assert Usage.objects.get().session_bytes == before


def test_check_ins_fit_into_a_small_share_however_many_monitors_there_are(
    shop: Project, settings: Any
) -> None:
    """And those that have few keep them."""
    for number in range(30):
        state = MonitorState.objects.create(monitor=Monitor.objects.create(project=shop, slug=f"m{number}"))
        at = NOW - timedelta(minutes=number)
        count = 3 if number < 5 else 20
        CheckIn.objects.bulk_create(
            CheckIn(state=state, check_in_id=uuid4(), status="ok", started_at=at - timedelta(days=n))
            for n in range(count)
        )
    usage.recount(shop.pk, NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 100 * 120_000 // 3
    enforce()
    assert budgets.over() == []
    assert Usage.objects.get().check_in_bytes > 120_000 * 0.85
    kept = CheckIn.objects.values("state").annotate(n=Count("pk")).values_list("n", flat=True)
    assert min(kept) == 3
    assert sum(count > 9 for count in kept) <= 1
    assert CheckIn.objects.filter(started_at__gte=NOW - timedelta(minutes=30)).count() == 30


def test_check_ins_go_oldest_first_and_all_monitors_keep_some(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slug in ("a", "b"):
        check_ins.send(
            shop,
            *(
                check_ins.check_in(slug=slug, at=check_ins.minutes(n), check_in_id=f"{n + 1:032x}")
                for n in range(60)
            ),
        )
    monkeypatch.setitem(usage.KINDS, "check_in", usage.Kind("check_in", "check-ins", 3, most=100))
    enforce()
    kept = CheckIn.objects.values_list("state__monitor__slug", flat=True)
    assert sorted(set(kept)) == ["a", "b"]
    assert Usage.objects.get().check_in_count <= 90
    assert CheckIn.objects.filter(state__monitor__slug="b").latest(
        "started_at"
    ).started_at == check_ins.minutes(59)


def test_the_project_that_keeps_most_gives_first(shop: Project, settings: Any) -> None:
    small = Project.objects.create(name="Small", slug="small")
    record(small.pk, [thrown(f"S{n}") for n in range(10)], NOW)
    record(shop.pk, [thrown("Flood") for n in range(200)], NOW)
    both = sum(usage.bytes_of(each) for each in Usage.objects.all())
    settings.RETAIN_BYTES = both * 2 // 3
    evicted = enforce()
    assert {project for project, _, _ in evicted} == {shop.pk}
    assert Event.objects.filter(project=small).count() == 10
    assert sum(usage.bytes_of(each) for each in Usage.objects.all()) <= settings.RETAIN_BYTES
    assert enforce() == []


def test_projects_that_keep_alike_give_alike(shop: Project, settings: Any) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (shop, other):
        record(project.pk, [thrown("Flood") for n in range(100)], NOW)
    settings.RETAIN_BYTES = sum(usage.bytes_of(each) for each in Usage.objects.all()) // 2
    evicted = enforce()
    assert {project for project, _, _ in evicted} == {shop.pk, other.pk}
    sizes = [usage.bytes_of(each) for each in Usage.objects.all()]
    assert max(sizes) < 1.2 * min(sizes)


@pytest.mark.django_db(transaction=True)
def test_the_command_applies_them_and_the_ledger_says_so(shop: Project, settings: Any, capsys: Any) -> None:
    record(shop.pk, [thrown("Flood", received_at=clock.now()) for n in range(100)], clock.now())
    settings.RETAIN_BYTES_PER_PROJECT = 5 * Usage.objects.get().event_bytes // 4
    call_command("retain", "--dry-run")
    assert "shop: too many events, by 0 and" in capsys.readouterr().out
    assert Event.objects.count() == 100
    Usage.objects.all().delete()  # as before the first recount, after an upgrade
    call_command("retain", "--once")
    gone = 100 - Event.objects.count()
    assert gone > 40
    found = OutcomeCount.objects.get(outcome="evicted")
    assert (found.reason, found.category, found.quantity) == ("too_many_bytes", "error", gone)


def test_a_flood_of_issues_goes_before_older_issues(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(20, 0, -1):
        at = clock.now() - timedelta(days=days)
        record(shop.pk, [thrown(f"Honest{days}", received_at=at)], at)
    record(shop.pk, [thrown(f"Flood{number}") for number in range(200)], clock.now())
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 8, most=100))
    enforce()
    assert Issue.objects.filter(title__startswith="Honest").count() == 20
    assert Issue.objects.count() == 90


@pytest.mark.parametrize("times", [2, 11])
def test_a_flood_of_issues_goes_first_also_with_several_events_for_each(
    shop: Project, ana: User, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    for days in range(9, 0, -1):
        at = clock.now() - timedelta(days=days)
        record(shop.pk, [thrown(f"Honest{days}", received_at=at)], at)
    # Also what arrived earlier on the same day, and what somebody looked after.
    record(shop.pk, [thrown("Honest today"), thrown("Flood touched")], clock.now())
    lifecycle.mute(touched := Issue.objects.filter(title__contains="touched"), ana)
    lifecycle.unmute(touched, ana)
    for days in (1, 0):
        at = clock.now() - timedelta(days=days)
        record(shop.pk, [thrown(f"Flood{days}.{n // times}") for n in range(60 * times)], at)
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 8, most=50))
    enforce()
    assert Issue.objects.filter(title__startswith="Honest").count() == 10
    assert touched.count() == 1
    assert Issue.objects.count() == 45


def test_a_flood_of_one_hour_goes_first_in_a_young_project(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    midday = clock.now().replace(hour=12, minute=0)
    for hours in range(9, 0, -1):
        record(shop.pk, [thrown(f"Honest{hours}")], midday - timedelta(hours=hours))
    record(shop.pk, [thrown(f"Flood{n // 2}") for n in range(120)], midday)
    monkeypatch.setitem(usage.KINDS, "issue", usage.Kind("issue", "issues", 8, most=50))
    enforce()
    assert Issue.objects.filter(title__startswith="Honest").count() == 9
    assert Issue.objects.count() == 45


def test_a_flood_of_attachments_goes_before_older_ones(shop: Project, stored: Path, settings: Any) -> None:
    for days in range(10, 0, -1):
        keep(shop, file_item(bytes([days]) * 1000, at=clock.now() - timedelta(days=days)))
    for number in range(100):
        keep(shop, file_item(bytes([number]) * 1001, name="flood"))
    settings.RETAIN_BYTES_PER_PROJECT = 5 * 60_000
    enforce()
    assert Attachment.objects.filter(size=1000).count() == 10
    assert 10 < Attachment.objects.filter(size=1001).count() < 30


def test_without_time_nothing_is_deleted_and_the_next_run_goes_on(shop: Project, settings: Any) -> None:
    record(shop.pk, [thrown("Flood") for _ in range(50)], NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 10_000
    assert batches.enforce(budgets.policy(seconds=0), clock.now()) == 0
    assert batches.enforce(budgets.policy(seconds=60), clock.now()) > 40
