"""What each policy deletes, and that none of them delays the digest for longer than one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, connections
from django.db.models import F, QuerySet
from django.test import override_settings

from accounts.models import AuditEntry, Project, User
from ingest.models import OutcomeCount, SegmentProgress
from issues.models import (
    Activity,
    AlertChannel,
    AlertDelivery,
    AlertFact,
    AlertMark,
    AlertRule,
    AlertThread,
    AlertVolume,
    Attachment,
    BulkAction,
    BulkChange,
    CheckIn,
    Event,
    Issue,
    IssueDay,
    IssueHour,
    IssueSeen,
    KnownSession,
    MergedIssue,
    Monitor,
    MonitorState,
    Person,
    ProjectHour,
    Release,
    ReviewMark,
    SampledEvent,
    SessionDay,
    SessionPerson,
    Upload,
    UploadChunk,
    UserReport,
)
from issues.record.writer import record
from issues.releases import rows
from issues.retention import batches, policies
from issues.retention.batches import RetentionPolicy
from issues.retention.policies import POLICIES
from rustrak.lib import clock
from rustrak.management.commands import retain as command
from tests.lib import builders, sent_sessions
from tests.lib.attachments import file_item, keep
from tests.lib.check_ins import NOW as MONITORED
from tests.lib.check_ins import check_in, minutes, send
from tests.lib.occurrences import thrown
from tests.lib.user_reports import report, said_item

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
OLD = NOW - timedelta(days=400)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def enforce(name: str, now: datetime, **changes: Any) -> int:
    """Enforce the policy of this name, with changes to it."""
    return batches.enforce(replace(named(name), **changes), now)


def named(name: str) -> RetentionPolicy:
    (policy,) = [policy for policy in command.policies() if policy.name == name]
    return policy


# Sessions and check-ins


def enforce_health(now: datetime) -> int:
    return sum(enforce(name, now) for name in ("known sessions", "sessions", "check-ins"))


@override_settings(RETAIN_DAYS=30)
def test_old_sessions_and_check_ins_are_deleted(shop: Project) -> None:
    send(shop, check_in(at=sent_sessions.NOW), check_in(at=sent_sessions.NOW + timedelta(days=20)))
    sent_sessions.updates(shop, sent_sessions.update("a", init=True, errors=1, did="1"))
    assert enforce_health(sent_sessions.NOW + timedelta(days=30)) == 1  # which session was counted
    assert enforce_health(sent_sessions.NOW + timedelta(days=31, hours=1)) == 3
    assert CheckIn.objects.count() == 1
    assert not SessionDay.objects.exists()
    assert not SessionPerson.objects.exists()
    assert not KnownSession.objects.exists()


@override_settings(RETAIN_DAYS=0)
def test_zero_days_keep_sessions_and_check_ins(shop: Project) -> None:
    send(shop, check_in())
    sent_sessions.updates(shop, sent_sessions.update("a", init=True))
    assert enforce_health(MONITORED + timedelta(days=4000)) == 1  # which session was counted
    assert CheckIn.objects.exists()
    assert SessionDay.objects.exists()


def test_the_oldest_check_ins_beyond_the_most_are_deleted(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_CHECK_INS", 3)
    send(shop, *[check_in(at=minutes(number)) for number in range(5)])
    send(shop, *[check_in(at=minutes(number), environment="test") for number in range(3)])
    assert enforce("check-ins", minutes(10)) == 2
    kept = CheckIn.objects.filter(state__environment="production").values_list("started_at", flat=True)
    assert set(kept) == {minutes(2), minutes(3), minutes(4)}
    assert CheckIn.objects.filter(state__environment="test").count() == 3


# Counts


def hour(days: float) -> int:
    return int((NOW - timedelta(days=days)).timestamp()) // 3600


def test_old_hours_are_deleted_and_days_stay(shop: Project) -> None:
    issue = builders.issue(shop)
    old = [hour(91 + n / 24) for n in range(25, 0, -1)]
    young = [hour(89), hour(1), hour(0)]
    IssueHour.objects.bulk_create(
        [IssueHour(grouping=issue.groupings.get(), hour=each, count=1) for each in [*old, *young]]
    )
    # An old hour that was inserted late comes after the young ones.
    ProjectHour.objects.bulk_create(
        [ProjectHour(project=shop, hour=each, count=1) for each in [*old[1:], *young, old[0]]]
    )
    IssueDay.objects.create(grouping=issue.groupings.get(), day=old[0] // 24, count=25)
    assert enforce("counts per hour", NOW, first_batch=10, largest_batch=10) == 50
    assert list(IssueHour.objects.order_by("hour").values_list("hour", flat=True)) == young
    assert list(ProjectHour.objects.order_by("hour").values_list("hour", flat=True)) == young
    assert IssueDay.objects.get().count == 25
    assert enforce("counts per hour", NOW) == 0


def test_ids_of_sampled_events_are_deleted_after_a_week(shop: Project) -> None:
    ages = [timedelta(days=8)] * 5 + [timedelta(days=6)] * 3
    SampledEvent.objects.bulk_create(
        SampledEvent(project=shop, event_id=uuid4(), at=NOW - age) for age in ages
    )
    assert enforce("ids of sampled events", NOW, first_batch=2) == 5
    assert SampledEvent.objects.count() == 3
    assert enforce("ids of sampled events", NOW) == 0


def test_of_each_project_the_latest_ids_of_sampled_events_are_kept(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_SAMPLED_IDS", 4)
    other = Project.objects.create(name="Other", slug="other")
    for project, count in ((shop, 9), (other, 3)):
        SampledEvent.objects.bulk_create(
            SampledEvent(project=project, event_id=uuid4(), at=NOW - timedelta(hours=n)) for n in range(count)
        )
    assert enforce("ids of sampled events", NOW, first_batch=2) == 5
    assert SampledEvent.objects.filter(project=shop, at__gte=NOW - timedelta(hours=3)).count() == 4
    assert SampledEvent.objects.filter(project=other).count() == 3


def test_the_latest_counts_of_issues_are_kept(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MAX_ISSUE_COUNTS", 10)
    issue = builders.issue(shop)
    IssueHour.objects.bulk_create(
        [IssueHour(grouping=issue.groupings.get(), hour=hour(0) - n, count=1) for n in reversed(range(25))]
    )
    IssueDay.objects.bulk_create(
        [IssueDay(grouping=issue.groupings.get(), day=n, count=1) for n in range(12)]
    )
    assert enforce("counts per hour", NOW, first_batch=4) == 19
    assert set(IssueHour.objects.values_list("hour", flat=True)) == {hour(0) - n for n in range(9)}
    assert set(IssueDay.objects.values_list("day", flat=True)) == set(range(3, 12))
    assert enforce("counts per hour", NOW) == 0


def test_a_project_with_many_counts_leaves_those_of_others_alone(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MAX_ISSUE_COUNTS", 50)
    for project, count in ((Project.objects.create(name="Small", slug="small"), 8), (shop, 70)):
        issue = builders.issue(project)
        for model, name in ((IssueHour, "hour"), (IssueDay, "day")):
            model._default_manager.bulk_create(
                model(grouping=issue.groupings.get(), count=1, **{name: hour(0) - n})
                for n in reversed(range(count))
            )
    assert enforce("counts per hour", NOW, first_batch=4) == 2 * (78 - 45)
    for counts in (IssueHour, IssueDay):
        assert counts._default_manager.filter(grouping__project__slug="small").count() == 8
    assert set(IssueHour.objects.filter(grouping__project=shop).values_list("hour", flat=True)) == {
        hour(0) - n for n in range(37)
    }


def test_what_was_looked_at_is_forgotten_a_day_after_all_was_marked(
    bo: User, ana: User, shop: Project
) -> None:
    for number, ago in ((1, 3), (2, 1)):
        one = Issue.objects.create(
            project=shop, digest_order=number, title="E", first_seen=NOW, last_seen=NOW
        )
        for user in (bo, ana):
            IssueSeen.objects.create(user=user, issue=one, at=NOW - timedelta(days=ago))
    marked = NOW - timedelta(days=2)
    ReviewMark.objects.create(user=bo, project=shop, at=marked, before=NOW - timedelta(days=20))
    ReviewMark.objects.create(user=ana, project=shop, at=marked)
    assert enforce("issues that were looked at", marked + timedelta(hours=23)) == 0
    assert enforce("issues that were looked at", NOW) == 1
    assert ReviewMark.objects.get(user=bo).before is None
    assert set(IssueSeen.objects.values_list("user", "issue__digest_order")) == {
        (bo.pk, 2), (ana.pk, 1), (ana.pk, 2),
    }  # fmt: skip


def test_the_history_of_an_issue_is_bounded(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "MAX_ACTIVITIES", 5)
    issue = builders.issue(shop)
    Activity.objects.bulk_create(
        Activity(issue=issue, kind="reopened", at=NOW - timedelta(minutes=n)) for n in range(12)
    )
    comment = Activity.objects.create(issue=issue, kind="commented", at=NOW - timedelta(days=1), text="hm")
    assert enforce("history", NOW, first_batch=2) == 7
    # People wrote comments.
    assert Activity.objects.filter(pk=comment.pk).delete()[0]
    assert min(Activity.objects.values_list("at", flat=True)) == NOW - timedelta(minutes=4)


def test_the_command_enforces_it(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "close_all", lambda: None)  # they hold this test's transaction
    SampledEvent.objects.create(project=shop, event_id=uuid4(), at=clock.now() - timedelta(days=8))
    call_command("retain", once=True)
    assert not SampledEvent.objects.exists()


# Every policy

ROWS = 23
Make = Callable[[Project], list[QuerySet[Any]]]


def events(shop: Project) -> list[QuerySet[Any]]:
    record(shop.pk, [thrown(received_at=OLD) for _ in range(ROWS)], OLD)
    return [Event.objects.all()]


def attachments(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        keep(shop, file_item(str(number).encode(), at=OLD))
    return [Attachment.objects.all()]


def user_reports(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        report(shop, said_item({"comments": str(number)}, ago=clock.now() - OLD))
    return [UserReport.objects.all()]


def sessions(shop: Project) -> list[QuerySet[Any]]:
    of_day = {"project": shop, "day": OLD.date()}
    for number in range(ROWS):
        day = SessionDay.objects.create(**of_day, release=f"r{number}")
        SessionPerson.objects.create(session_day=day, person=number)
    return [SessionDay.objects.all(), SessionPerson.objects.all()]


def known_sessions(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        KnownSession.objects.create(project=shop, day=OLD.date(), session=number)
    return [KnownSession.objects.all()]


def check_ins(shop: Project) -> list[QuerySet[Any]]:
    state = MonitorState.objects.create(
        monitor=Monitor.objects.create(project=shop, slug="m"), environment="e"
    )
    for _ in range(ROWS):
        CheckIn.objects.create(state=state, check_in_id=uuid4(), status="ok", started_at=OLD)
    return [CheckIn.objects.all()]


def sampled_ids(shop: Project) -> list[QuerySet[Any]]:
    for _ in range(ROWS):
        SampledEvent.objects.create(project=shop, event_id=uuid4(), at=OLD)
    return [SampledEvent.objects.all()]


def hours(shop: Project) -> list[QuerySet[Any]]:
    issue = builders.issue(shop)
    for number in range(ROWS):
        IssueHour.objects.create(grouping=issue.groupings.get(), hour=number, count=1)
        ProjectHour.objects.create(project=shop, hour=number, count=1)
    return [IssueHour.objects.all(), ProjectHour.objects.all()]


def sign_ins(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        Session.objects.create(session_key=str(number), session_data="", expire_date=OLD)
    return [Session.objects.all()]


def history(shop: Project) -> list[QuerySet[Any]]:
    issue = builders.issue(shop)
    count = policies.MAX_ACTIVITIES + ROWS
    made = Activity.objects.bulk_create(
        Activity(issue=issue, kind="reopened", at=NOW - timedelta(minutes=n)) for n in range(count)
    )
    return [Activity.objects.filter(pk__in=[one.pk for one in made[policies.MAX_ACTIVITIES :]])]


def surplus_releases(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        Release.objects.create(project=shop, version=f"shop@{number}", event_count=1, last_seen=OLD)
    return [Release.objects.exclude(version=rows.OTHERS)]


def looked_at(shop: Project) -> list[QuerySet[Any]]:
    bo = User.objects.create_user("bo@example.org", "x")
    for number in range(ROWS):
        issue = Issue.objects.create(
            project=shop, digest_order=number, title="E", first_seen=OLD, last_seen=OLD
        )
        IssueSeen.objects.create(user=bo, issue=issue, at=OLD)
    marked = NOW - timedelta(days=2)
    ReviewMark.objects.create(user=bo, project=shop, at=marked, before=OLD)
    return [IssueSeen.objects.all()]


def names_of_people(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        Person.objects.create(project=shop, person=number, user_id=str(number), last_seen=OLD)
    return [Person.objects.all()]


def merges(shop: Project) -> list[QuerySet[Any]]:
    issue = Issue.objects.create(project=shop, digest_order=1, title="E", first_seen=OLD, last_seen=OLD)
    for number in range(ROWS):
        MergedIssue.objects.create(
            issue=uuid4(), project=shop, digest_order=number + 2, into=issue, offset=1, at=OLD, before={}
        )
    return [MergedIssue.objects.filter(before__isnull=False)]


def actions(shop: Project) -> list[QuerySet[Any]]:
    by = User.objects.create_user("old@example.org")
    about = {"project": shop, "user": by, "kind": "mute", "state": "done", "total": ROWS}
    for _ in range(ROWS):
        action = BulkAction.objects.create(**about, created_at=OLD, finished_at=OLD)
        BulkChange.objects.create(action=action, issue=uuid4())
    # Undone later, and one that nobody has finished: both stay.
    for finished in (NOW, None):
        BulkAction.objects.create(**about, created_at=OLD, finished_at=finished)
    return [BulkChange.objects.all(), BulkAction.objects.filter(finished_at=OLD)]


def unused_uploads(shop: Project) -> list[QuerySet[Any]]:
    Upload.objects.bulk_create(
        Upload(project=shop, kind="bundle", state="ok", checksum=f"{n:040x}", created_at=OLD)
        for n in range(ROWS)
    )
    return [Upload.objects.filter(state="ok")]


def upload_pieces(shop: Project) -> list[QuerySet[Any]]:
    user = User.objects.create_user("dee@example.org")
    UploadChunk.objects.bulk_create(
        UploadChunk(user=user, sha1=f"{n:040x}", size=1, file=f"chunks/2020-01-01/{n}", created_at=OLD)
        for n in range(ROWS)
    )
    return [UploadChunk.objects.all()]


def alert_facts(shop: Project) -> list[QuerySet[Any]]:
    AlertFact.objects.bulk_create(AlertFact(project=shop, at=OLD) for _ in range(ROWS))
    return [AlertFact.objects.all()]


def alert_volume(shop: Project) -> list[QuerySet[Any]]:
    AlertVolume.objects.bulk_create(AlertVolume(project=shop, issue=uuid4(), minute=1) for _ in range(ROWS))
    return [AlertVolume.objects.all()]


def alert_deliveries(shop: Project) -> list[QuerySet[Any]]:
    room = AlertChannel.objects.create(name="Room", kind="slack", project=shop)
    AlertDelivery.objects.bulk_create(
        AlertDelivery(project=shop, channel=room, news="new", created_at=OLD) for _ in range(ROWS)
    )
    return [AlertDelivery.objects.all()]


def alert_threads(shop: Project) -> list[QuerySet[Any]]:
    room = AlertChannel.objects.create(name="Room", kind="slack", project=shop)
    AlertThread.objects.bulk_create(
        AlertThread(channel=room, issue=uuid4(), updated_at=OLD) for _ in range(ROWS)
    )
    return [AlertThread.objects.all()]


def alert_marks(shop: Project) -> list[QuerySet[Any]]:
    rule = AlertRule.objects.create(project=shop, name="Rule")
    AlertMark.objects.bulk_create(
        AlertMark(rule=rule, subject=str(n), trigger="new", at=OLD) for n in range(ROWS)
    )
    return [AlertMark.objects.all()]


def ledger(shop: Project, age: timedelta, step: int, coarse: int) -> list[QuerySet[Any]]:
    """Rows for every `step` minutes, none of them at a multiple of `coarse`; what is summed up is not expired."""
    first = int((NOW - age).timestamp()) // 60 // coarse * coarse
    for number in range(1, ROWS + 1):
        OutcomeCount.objects.create(
            project=shop, minute=first + number * step, category="error", outcome="stored", quantity=1
        )
    return [OutcomeCount.objects.annotate(offset=F("minute") % coarse).exclude(offset=0)]


def old_ledger(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        OutcomeCount.objects.create(
            project=shop, minute=number * 1440, category="error", outcome="stored", quantity=1
        )
    return [OutcomeCount.objects.all()]


def wrong_ledger(shop: Project) -> list[QuerySet[Any]]:
    ahead = int(NOW.timestamp()) // 60 + 365 * 1440
    for number in range(ROWS):
        OutcomeCount.objects.create(
            project=shop, minute=ahead + number, category="error", outcome="stored", quantity=1
        )
    return [OutcomeCount.objects.filter(minute__gte=ahead)]


def progress(shop: Project) -> list[QuerySet[Any]]:
    for number in range(ROWS):
        SegmentProgress.objects.create(segment=str(number), project_id=shop.pk, done=1, at=OLD)
    return [SegmentProgress.objects.all()]


def audit_log(shop: Project) -> list[QuerySet[Any]]:
    for _ in range(ROWS):
        AuditEntry.objects.create(
            at=NOW - timedelta(days=5000), action="project.change", actor_kind="rustrak", actor_name="Rustrak"
        )
    return [AuditEntry.objects.all()]


EXPIRED: Mapping[str, Make] = {
    "events": events,
    "attachments": attachments,
    "user reports": user_reports,
    "known sessions": known_sessions,
    "sessions": sessions,
    "check-ins": check_ins,
    "ids of sampled events": sampled_ids,
    "counts per hour": hours,
    "history": history,
    "names of people": names_of_people,
    "releases": surplus_releases,
    "issues that were looked at": looked_at,
    "actions on issues": actions,
    "merges of issues": merges,
    "unused uploads": unused_uploads,
    "pieces of uploads": upload_pieces,
    "facts of alerts": alert_facts,
    "events by minute": alert_volume,
    "alerts sent": alert_deliveries,
    "conversations": alert_threads,
    "cooldowns": alert_marks,
    "audit log": audit_log,
    "ledger of wrong times": wrong_ledger,
    "ledger by the minute": partial(ledger, age=timedelta(days=3), step=1, coarse=60),
    "ledger by the hour": partial(ledger, age=timedelta(days=20), step=60, coarse=1440),
    "ledger by the day": old_ledger,
    "progress through segments": progress,
    "sign-ins": sign_ins,
}


def test_every_policy_is_known_here(settings: Any, tmp_path: Path) -> None:
    assert [policy.name for policy in command.policies()] == list(EXPIRED)
    assert {policy.name for policy in POLICIES} < set(EXPIRED)


@pytest.mark.parametrize("name", EXPIRED)
def test_every_policy_pauses_after_each_batch(
    name: str, shop: Project, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most one batch is deleted between two pauses, and no transaction is open during a pause."""
    left_at_pauses: list[int] = []
    expired = EXPIRED[name](shop)
    monkeypatch.setattr(rows, "MOST_RELEASES", 1)
    depth = len(connection.savepoint_ids)

    def left() -> int:
        return sum(kept.count() for kept in expired)

    def pause(seconds: float) -> None:
        assert len(connection.savepoint_ids) == depth, "it pauses while it holds a transaction"
        left_at_pauses.append(left())

    monkeypatch.setattr(batches.time, "sleep", pause)
    count = left()
    assert count >= ROWS
    enforce(name, NOW, first_batch=batches.SMALLEST, largest_batch=batches.SMALLEST)
    assert left_at_pauses[-1] == left() == 0
    before = [count, *left_at_pauses]
    assert all(
        0 < earlier - later <= batches.SMALLEST
        for earlier, later in zip(before, left_at_pauses, strict=False)
    )
