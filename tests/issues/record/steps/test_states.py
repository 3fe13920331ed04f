from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from issues import facts, lifecycle, merging
from issues.models import Activity, AlertFact, Issue, Release, ReleaseEnvironment
from issues.record.writer import record
from issues.states import sentences
from issues.states.change import Mute, Resolve
from rustrak.lib import clock
from tests.lib.occurrences import kinds, thrown

MINUTE = timedelta(minutes=1)


@pytest.fixture
def start() -> datetime:
    """Before whatever a test does."""
    return clock.now() - 10 * MINUTE


def releases(project: Project, at: datetime, *versions: str) -> None:
    """The project has seen these releases, one minute after the other."""
    for number, version in enumerate(versions):
        seen = at + number * MINUTE
        release, _ = Release.objects.get_or_create(
            project=project,
            version=version,
            defaults={"first_seen": seen, "last_seen": seen, "created_at": seen},
        )
        ReleaseEnvironment.objects.get_or_create(
            release=release, environment="production", defaults={"first_seen": seen, "last_seen": seen}
        )


def sent(at: datetime, release: str = "", **over: Any) -> Any:
    return thrown(received_at=at, **({"release": release} if release else {}), **over)


def later(minutes: float = 1) -> datetime:
    return clock.now() + minutes * MINUTE


def why() -> list[tuple[str, str]]:
    """What the history says that the machine decided."""
    rows = Activity.objects.exclude(kind="created").filter(user=None).order_by("id")
    return [(row.kind, sentences.sentence(row.why)) for row in rows]


def test_a_late_event_of_an_older_release_does_not_reopen(shop: Project, bo: User, start: datetime) -> None:
    releases(shop, start, "shop@4.0.0", "shop@4.1.0")
    record(shop.pk, [sent(start, "shop@4.1.0")], start)
    lifecycle.resolve(Issue.objects.all(), bo)
    assert Issue.objects.get().resolved_release == "shop@4.1.0"
    late = [sent(later(), "shop@4.0.0") for _ in range(3)]
    assert kinds(record(shop.pk, late, later())) == ["event"] * 3
    issue = Issue.objects.get()
    assert (issue.status, issue.event_count) == ("resolved", 4)
    said = "Stays resolved: 4.0.0 is older than 4.1.0, the newest release when it was resolved, by semantic version."
    assert sentences.sentence(issue.decision) == said
    assert why() == [("stayed", said)]
    assert kinds(record(shop.pk, [sent(later(), "shop@4.0.0")], later())) == ["event"]
    assert len(why()) == 1
    assert kinds(record(shop.pk, [sent(later(2), "shop@4.2.0")], later(2))) == ["regressed"]
    issue = Issue.objects.get()
    assert (issue.status, issue.regressed_release, issue.resolution, issue.resolved_release) == (
        "open", "shop@4.2.0", "", "",
    )  # fmt: skip
    assert why()[1:] == [("regressed", "Regressed: 4.2.0 is newer than 4.1.0, by semantic version.")]
    assert sentences.sentence(issue.decision) == why()[-1][1]
    told = [change for fact in AlertFact.objects.order_by("pk") for change in facts.changes_of(fact)]
    assert [(change.news.value, change.detail) for change in told[-1:]] == [("regressed", why()[-1][1])]


def test_resolved_in_the_next_release(shop: Project, bo: User, start: datetime) -> None:
    releases(shop, start, "shop@2.4.0")
    record(shop.pk, [sent(start, "shop@2.4.0")], start)
    assert lifecycle.resolve(Issue.objects.all(), bo, Resolve("next_release")) == 1
    assert kinds(record(shop.pk, [sent(later(), "shop@2.4.0"), sent(later())], later())) == ["event"] * 2
    assert [said.split(":")[0] for _, said in why()] == ["Stays resolved"] * 2
    assert kinds(record(shop.pk, [sent(later(), "shop@2.4.1")], later())) == ["regressed"]


def test_resolved_in_a_release_that_does_not_exist_yet(shop: Project, bo: User, start: datetime) -> None:
    record(shop.pk, [sent(start, "shop@2.4.0")], start)
    lifecycle.resolve(Issue.objects.all(), bo, Resolve("in_release", "shop@2.5.0"))
    assert Release.objects.filter(version="shop@2.5.0", first_seen=None).exists()
    assert kinds(record(shop.pk, [sent(later(), "shop@2.4.9"), sent(later())], later())) == ["event"] * 2
    assert why()[1][1].endswith("the fix (2.5.0) is not known to be out.")
    Release.objects.filter(version="shop@2.5.0").update(first_seen=later())
    assert kinds(record(shop.pk, [sent(later(0.5))], later(0.5))) == ["event"]
    assert kinds(record(shop.pk, [sent(later(2))], later(2))) == ["regressed"]


def test_commits_are_ordered_by_when_they_were_first_seen(shop: Project, bo: User, start: datetime) -> None:
    releases(shop, start, "1a" * 20, "2b" * 20)
    record(shop.pk, [sent(start + MINUTE, "2b" * 20)], start)
    lifecycle.resolve(Issue.objects.all(), bo)
    assert kinds(record(shop.pk, [sent(later(), "1a" * 20)], later())) == ["event"]
    assert "by when they were first seen" in why()[0][1]
    assert kinds(record(shop.pk, [sent(later(), "3c" * 20)], later())) == ["regressed"]


def test_another_package_is_not_older(shop: Project, bo: User, start: datetime) -> None:
    releases(shop, start, "web@1.0", "shop@4.1.0")
    record(shop.pk, [sent(start, "shop@4.1.0")], start)
    lifecycle.resolve(Issue.objects.all(), bo)
    assert kinds(record(shop.pk, [sent(later(), "web@1.0")], later())) == ["regressed"]


def test_muted_until_so_many_events(shop: Project, bo: User, start: datetime) -> None:
    record(shop.pk, [sent(start)] * 1, start)
    lifecycle.mute(Issue.objects.all(), bo, Mute(events=3))
    waiting = sent(start + MINUTE)  # the queue had it when the issue was muted
    assert kinds(record(shop.pk, [waiting, sent(later()), sent(later())], later())) == ["event"] * 3
    assert kinds(record(shop.pk, [sent(later()), sent(later())], later())) == ["unmuted", "event"]
    issue = Issue.objects.get()
    assert (issue.status, issue.mute_events, issue.mute_from_events) == ("open", None, None)
    assert issue.opened_at > start + 5 * MINUTE
    assert why() == [("unmuted", "Unmuted: 3 more events since it was muted.")]
    told = [change for fact in AlertFact.objects.order_by("pk") for change in facts.changes_of(fact)]
    assert (told[-1].news.value, told[-1].detail) == ("unmuted", why()[0][1])


def test_muted_until_so_many_events_in_some_minutes(shop: Project, bo: User, start: datetime) -> None:
    record(shop.pk, [sent(start)], start)
    lifecycle.mute(Issue.objects.all(), bo, Mute(events=3, minutes=10))
    for minutes in (1, 2, 20):
        assert kinds(record(shop.pk, [sent(later(minutes))], later(minutes))) == ["event"]
    assert kinds(record(shop.pk, [sent(later(21)), sent(later(22))], later(22))) == ["event", "unmuted"]
    assert why() == [("unmuted", "Unmuted: 3 events in 10 minutes.")]
    assert Issue.objects.get().mute_window is None


def test_muted_until_so_many_people(shop: Project, bo: User, start: datetime) -> None:
    def of(*people: int) -> list[Any]:
        return [sent(later(), user={"id": person}) for person in people]

    record(shop.pk, [sent(start, user={"id": 1})], start)
    lifecycle.mute(Issue.objects.all(), bo, Mute(people=2))
    record(shop.pk, of(1, 1, 2), later())
    assert Issue.objects.get().status == "muted"
    record(shop.pk, of(2, 3, 3), later())
    assert (Issue.objects.get().status, Issue.objects.get().user_count) == ("open", 3)
    assert why() == [("unmuted", "Unmuted: 2 more users since it was muted.")]
    lifecycle.mute(Issue.objects.all(), bo, Mute(people=2, minutes=60))
    assert kinds(record(shop.pk, of(1, 1, 2), later())) == ["event", "event", "unmuted"]
    assert why()[-1] == ("unmuted", "Unmuted: 2 users in 1 hour.")


def test_what_is_muted_for_good_or_until_later_stays_so(shop: Project, bo: User, start: datetime) -> None:
    record(shop.pk, [sent(start)], start)
    lifecycle.mute(Issue.objects.all(), bo)
    record(shop.pk, [sent(later())] * 1, later())
    lifecycle.mute(Issue.objects.all(), bo, Mute(until=later(5)))
    record(shop.pk, [sent(later())], later())
    assert (Issue.objects.get().status, why()) == ("muted", [])
    assert kinds(record(shop.pk, [sent(later(6))], later(6))) == ["unmuted"]
    assert why()[0][1].startswith("Unmuted: it was muted until ")


def test_open_issues_cost_no_statement(shop: Project, start: datetime) -> None:
    record(shop.pk, [sent(start)], start)
    with CaptureQueriesContext(connection) as queries:
        record(shop.pk, [sent(start)], start)
    assert not any("muted_until" in query["sql"] for query in queries)


def test_what_is_merged_into_a_muted_issue_does_not_unmute_it(
    shop: Project, bo: User, start: datetime
) -> None:
    def of(kind: str, *people: int) -> list[Any]:
        return [thrown(kind, received_at=later(), user={"id": person}) for person in people]

    record(shop.pk, of("E", 1) + of("F", 1, 2, 3, 4), start)
    one, other = Issue.objects.order_by("digest_order")
    lifecycle.mute(Issue.objects.filter(pk=one.pk), bo, Mute(events=3, people=3))
    with transaction.atomic():
        merging.merge(shop.pk, one.pk, other.pk, bo)
    record(shop.pk, of("F", 4, 5), later())
    one.refresh_from_db()
    assert (one.status, one.event_count, one.user_count) == ("muted", 7, 5)
    record(shop.pk, of("E", 1), later())
    assert Issue.objects.get(pk=one.pk).status == "open"
    assert why()[-1] == ("unmuted", "Unmuted: 3 more events since it was muted.")
