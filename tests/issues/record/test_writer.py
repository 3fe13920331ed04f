from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues import lifecycle
from issues.lock import lock_project
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson
from issues.payload import fingerprint
from issues.payload import read as payload
from issues.payload.read import Occurrence
from issues.record import codec, references, tables
from issues.record.steps import own_counts
from issues.record.writer import Change, ProjectGone, record
from rustrak.lib import clock
from tests.lib import builders, events
from tests.lib.occurrences import NOW, kinds, occurrence, thrown
from tests.lib.payloads import values


def test_notes_are_stored_with_their_event(shop: Project) -> None:
    odd = {"level": "lo\x00ud", "timestamp": "soon", "tags": {"ü": "'\\"}, "extra": {"a.b": "\x00"}}
    read = occurrence(odd)
    assert len(read.notes) >= 4
    record(shop.pk, [read, thrown(platform="python")], NOW)
    assert Event.objects.get(event_id=read.event_id).notes == [list(note) for note in read.notes]
    assert Event.objects.filter(notes__isnull=True).count() == 1


def test_a_first_event_creates_an_issue(shop: Project) -> None:
    event = events.python_event(3, timestamp=NOW.timestamp())
    (change,) = record(shop.pk, [occurrence(event)], NOW)
    issue = Issue.objects.get()
    stored = Event.objects.get()
    assert change == Change("new", issue.pk, stored.pk, stored.event_id.hex, 1)
    assert issue.title == "PaymentDeclined: card 1003 was declined"
    assert (issue.type, issue.value) == (
        "PaymentDeclined",
        "card 1003 was declined\nprovider said: insufficient funds",
    )
    assert (issue.culprit, issue.platform, issue.level, issue.status) == (
        "/checkout/confirm/",
        "python",
        40,
        "open",
    )
    assert (issue.digest_order, issue.event_count, issue.stored_event_count, issue.user_count) == (1, 1, 1, 1)
    assert (issue.first_release, issue.last_release) == ("shop@2.14.0", "shop@2.14.0")
    assert (
        issue.first_seen
        == issue.last_seen
        == stored.timestamp
        == stored.ingested_at
        == issue.created_at
        == NOW
    )
    assert (stored.issue_id, stored.project_id, stored.digest_order, stored.own_title) == (
        issue.pk,
        shop.pk,
        1,
        "",
    )
    assert (stored.release, stored.environment, stored.level) == ("shop@2.14.0", "production", 40)
    assert stored.event_id == UUID(event["event_id"])
    assert references.read_one(stored.payload) == event
    grouping = Grouping.objects.get()
    assert (grouping.key, grouping.issue_id, grouping.mechanism, stored.grouping_id) == (
        "PaymentDeclined: card 1003 was declined ⋄ /checkout/confirm/",
        issue.pk,
        fingerprint.MECHANISM,
        grouping.pk,
    )
    assert IssueHour.objects.values_list("grouping__issue", "hour", "count").get() == (
        issue.pk,
        int(NOW.timestamp()) // 3600,
        1,
    )
    shop.refresh_from_db()
    assert (shop.last_digest_order, shop.digested_event_count, shop.stored_event_count) == (1, 1, 1)


def test_the_same_key_is_the_same_issue(shop: Project) -> None:
    assert kinds(record(shop.pk, [thrown(), thrown(), thrown("F")], NOW)) == ["new", "event", "new"]
    assert kinds(record(shop.pk, [thrown(), thrown("F")], NOW)) == ["event", "event"]
    counts = list(Issue.objects.order_by("digest_order").values_list("title", "digest_order", "event_count"))
    assert counts == [("E: v", 1, 3), ("F: v", 2, 2)]
    orders = (
        Event.objects.filter(issue__title="E: v")
        .order_by("digest_order")
        .values_list("digest_order", flat=True)
    )
    assert list(orders) == [1, 2, 3]


def test_two_projects_share_nothing(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    same = thrown()
    record(shop.pk, [same], NOW)
    assert kinds(record(other.pk, [same], NOW)) == ["new"]
    assert Issue.objects.filter(project=other).get().digest_order == 1


def test_a_repeated_event_changes_nothing(shop: Project) -> None:
    first, second = thrown(user={"id": 1}), thrown(user={"id": 2})
    assert kinds(record(shop.pk, [first, first, second, first], NOW)) == ["new", "event"]
    before = _everything()
    assert record(shop.pk, [second, first], NOW + timedelta(hours=1)) == []
    assert _everything() == before


def test_a_repeated_event_does_not_reopen(shop: Project) -> None:
    first = thrown()
    record(shop.pk, [first], NOW)
    Issue.objects.update(status="resolved", resolution="now")
    record(shop.pk, [first], NOW)
    assert Issue.objects.get().status == "resolved"


def _everything() -> list[Any]:
    models = (Project, Issue, Event, Grouping, IssueHour, IssuePerson)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_an_event_reopens_a_resolved_issue(shop: Project) -> None:
    record(shop.pk, [thrown()], NOW)
    Issue.objects.update(status="resolved", resolution="now")
    later = NOW + timedelta(minutes=5)
    assert kinds(record(shop.pk, [thrown(), thrown()], later)) == ["regressed", "event"]
    issue = Issue.objects.get()
    assert (issue.status, issue.regressed_at, issue.event_count) == ("open", later, 3)
    record(shop.pk, [thrown()], later + timedelta(hours=1))
    assert Issue.objects.get().regressed_at == later


def test_a_muted_issue_stays_muted(shop: Project) -> None:
    record(shop.pk, [thrown()], NOW)
    Issue.objects.update(status="muted")
    assert kinds(record(shop.pk, [thrown()], NOW)) == ["event"]
    issue = Issue.objects.get()
    assert (issue.status, issue.regressed_at, issue.event_count) == ("muted", None, 2)


def test_people_are_counted_once_per_issue(shop: Project) -> None:
    def met(*people: int, kind: str = "E") -> list[Occurrence]:
        return [thrown(kind, user={"id": person}) for person in people]

    record(shop.pk, [*met(1, 2, 1), thrown(), *met(1, kind="F")], NOW)
    assert _user_counts() == {"E: v": 2, "F: v": 1}
    record(shop.pk, [*met(2, 3, 3), *met(2, kind="F"), thrown()], NOW)
    assert _user_counts() == {"E: v": 3, "F: v": 2}
    assert IssuePerson.objects.count() == 5


def _user_counts() -> dict[str, int]:
    return dict(Issue.objects.values_list("title", "user_count"))


def test_hours_are_those_of_arrival(shop: Project) -> None:
    hour = int(NOW.timestamp()) // 3600
    record(shop.pk, [thrown(), thrown(), thrown(received_at=NOW + timedelta(hours=1))], NOW)
    record(shop.pk, [thrown()], NOW)
    assert dict(IssueHour.objects.values_list("hour", "count")) == {hour: 3, hour + 1: 1}


def test_first_and_last_seen_are_the_extremes_of_event_times(shop: Project) -> None:
    def at(minutes: int) -> Occurrence:
        return thrown(timestamp=(NOW - timedelta(minutes=minutes)).timestamp())

    record(shop.pk, [at(30), at(40)], NOW)
    record(shop.pk, [at(50)], NOW)
    record(shop.pk, [at(20), at(45)], NOW)
    issue = Issue.objects.get()
    assert (issue.first_seen, issue.last_seen) == (NOW - timedelta(minutes=50), NOW - timedelta(minutes=20))


def test_the_title_stays_and_the_level_follows(shop: Project) -> None:
    record(shop.pk, [thrown(level="info", fingerprint=["x"], release="1")], NOW)
    record(
        shop.pk,
        [thrown("Other", level="fatal", fingerprint=["x"]), thrown(fingerprint=["x"], release="2")],
        NOW,
    )
    issue = Issue.objects.get()
    assert (issue.title, issue.level, issue.first_release, issue.last_release) == ("E: v", 40, "1", "2")
    titles = Event.objects.order_by("digest_order").values_list("own_title", flat=True)
    assert list(titles) == ["", "Other: v", ""]


def test_release_and_environment_are_those_of_the_event_whose_time_is_shown(shop: Project) -> None:
    def at(minutes: int, release: str, environment: str, level: str) -> Occurrence:
        moment = (NOW - timedelta(minutes=minutes)).timestamp()
        return thrown(timestamp=moment, release=release, environment=environment, level=level)

    record(shop.pk, [at(30, "3", "prod", "info")], NOW)
    record(shop.pk, [at(60, "1", "dev", "fatal"), at(45, "2", "test", "debug")], NOW)
    issue = Issue.objects.get()
    assert (issue.first_release, issue.last_release) == ("1", "3")
    assert (issue.first_environment, issue.last_environment) == ("dev", "prod")
    assert issue.level == 20
    record(shop.pk, [at(20, "", "", "error"), at(90, "", "", "error")], NOW)
    issue = Issue.objects.get()
    assert (issue.first_release, issue.last_release, issue.level) == ("", "", 40)


@given(cuts=st.sets(st.integers(1, 4)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_of_events_of_one_time_the_first_and_the_last_to_arrive_are_shown_wholly(
    shop: Project, cuts: set[int]
) -> None:
    """Never the release of one with the environment of another: also of the person who met them."""
    sent = [("1", ""), ("", "dev"), ("2", "prod"), ("", "test"), ("3", "")]
    occurrences = [thrown(release=one, environment=other, user={"id": 1}) for one, other in sent]
    with transaction.atomic():
        for start, end in pairwise(sorted({0, *cuts, len(sent)})):
            record(shop.pk, occurrences[start:end], NOW)
        issue = Issue.objects.get()
        assert (issue.first_release, issue.first_environment) == sent[0]
        assert (issue.last_release, issue.last_environment) == sent[-1]
        assert IssuePerson.objects.get().last_release == "3"
        transaction.set_rollback(True)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("happened", "arrived", "reopens"),
    [
        (NOW - 48 * HOUR, NOW + HOUR, False),  # a phone's
        (NOW - HOUR, NOW - HOUR, False),  # from the queue
        (
            NOW + timedelta(seconds=20),
            NOW - timedelta(seconds=20),
            False,
        ),  # from the queue, of a clock that is ahead
        (NOW - timedelta(microseconds=1), NOW + HOUR, False),
        (NOW, NOW, True),
        (NOW + HOUR, NOW + HOUR, True),
        (NOW + 24 * HOUR, NOW + HOUR, True),  # of a wrong clock: the time of arrival counts
    ],
)
def test_only_what_happens_and_arrives_later_reopens(
    shop: Project, happened: datetime, arrived: datetime, reopens: bool
) -> None:
    record(shop.pk, [thrown()], NOW)
    Issue.objects.update(status="resolved", resolution="now", resolved_at=NOW)
    late = thrown(timestamp=happened.timestamp(), received_at=arrived)
    assert kinds(record(shop.pk, [late], NOW + HOUR)) == ["regressed" if reopens else "event"]
    issue = Issue.objects.get()
    assert (issue.status, issue.event_count) == ("open" if reopens else "resolved", 2)
    assert (issue.regressed_at is not None) == reopens
    assert Event.objects.count() == 2


def test_a_time_in_whole_seconds_is_any_instant_of_its_second(shop: Project) -> None:
    record(shop.pk, [thrown()], NOW)
    Issue.objects.update(status="resolved", resolution="now", resolved_at=NOW + timedelta(milliseconds=300))
    before = thrown(
        timestamp=(NOW - timedelta(seconds=1)).timestamp(), received_at=NOW + timedelta(seconds=1)
    )
    assert kinds(record(shop.pk, [before], NOW)) == ["event"]
    after = thrown(timestamp=int(NOW.timestamp()), received_at=NOW + timedelta(milliseconds=400))
    assert kinds(record(shop.pk, [after], NOW)) == ["regressed"]


def test_a_late_event_in_a_batch_does_not_keep_a_new_one_from_reopening(shop: Project) -> None:
    late = [thrown(timestamp=(NOW - HOUR).timestamp(), received_at=NOW + HOUR) for _ in range(2)]
    new = thrown(received_at=NOW + HOUR)
    record(shop.pk, [thrown("E"), thrown("F")], NOW)
    Issue.objects.update(status="resolved", resolution="now", resolved_at=NOW)
    other = thrown("F", timestamp=(NOW - HOUR).timestamp(), received_at=NOW + HOUR)
    assert kinds(record(shop.pk, [late[0], new, other, late[1]], NOW + HOUR)) == [
        "event", "regressed", "event", "event",
    ]  # fmt: skip
    assert dict(Issue.objects.values_list("title", "status")) == {"E: v": "open", "F: v": "resolved"}


def test_what_a_person_resolved_just_now_is_not_reopened_by_the_queue(shop: Project) -> None:
    record(shop.pk, [thrown(received_at=clock.now())], NOW)
    lifecycle.resolve(Issue.objects.all(), by=None)
    assert kinds(record(shop.pk, [thrown(received_at=clock.now() - HOUR)], NOW)) == ["event"]
    assert kinds(record(shop.pk, [thrown(received_at=clock.now())], NOW)) == ["regressed"]
    lifecycle.mute(Issue.objects.all(), by=None)
    assert kinds(record(shop.pk, [thrown(received_at=clock.now())], NOW)) == ["event"]
    assert Issue.objects.get().status == "muted"


SEEN = ("first_seen", "last_seen", "first_release", "last_release", "first_environment", "last_environment", "level",
        "status", "event_count", "stored_event_count")  # fmt: skip


@given(
    st.permutations([-50, -30, -10, 10, 30, 50]),
    st.lists(st.integers(1, 5), max_size=3),
    st.sampled_from(["open", "resolved", "muted"]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_any_batches_give_the_same_issue(
    shop: Project, minutes: list[int], cuts: list[int], status: str
) -> None:
    def at(minute: int) -> Occurrence:
        moment = NOW + timedelta(minutes=minute)
        names = {
            "release": f"r{minute}",
            "environment": f"e{minute}",
            "level": ["info", "fatal"][minute % 20 > 9],
        }
        return thrown(timestamp=moment.timestamp(), received_at=NOW + HOUR, **names)

    def result(order: Sequence[int], cuts: Sequence[int]) -> Any:
        with transaction.atomic():
            record(shop.pk, [thrown(timestamp=(NOW - timedelta(minutes=40)).timestamp())], NOW)
            Issue.objects.update(**builders.state(status), resolved_at=NOW)
            bounds = sorted({0, *cuts, len(order)})
            for start, end in pairwise(bounds):
                record(shop.pk, [at(minute) for minute in order[start:end]], NOW + HOUR)
            found = Issue.objects.values_list(*SEEN).get()
            transaction.set_rollback(True)
        return found

    assert result(minutes, cuts) == result(sorted(minutes), [])


def test_several_groupings_may_lead_to_one_issue(shop: Project) -> None:
    record(shop.pk, [thrown("E"), thrown("F")], NOW)
    one, other = Issue.objects.order_by("digest_order")
    own_counts.keep_counts([one.pk, other.pk])
    Grouping.objects.filter(issue=other).update(issue=one)
    record(shop.pk, [thrown("F"), thrown("E"), thrown("F", user={"id": 1}, release="2")], NOW)
    one.refresh_from_db()
    assert (one.event_count, one.user_count, one.last_release) == (4, 1, "2")
    orders = Event.objects.filter(issue=one).order_by("digest_order").values_list("digest_order", flat=True)
    assert list(orders) == [1, 2, 3, 4]


def test_numbers_have_no_gaps(shop: Project) -> None:
    for _ in range(3):
        record(shop.pk, [thrown(f"E{number}") for number in range(4)] + [thrown(f"N{uuid4().hex}")], NOW)
    numbers = Issue.objects.order_by("digest_order").values_list("digest_order", flat=True)
    assert list(numbers) == list(range(1, 8))
    shop.refresh_from_db()
    assert shop.last_digest_order == 7


def test_an_empty_batch_changes_nothing(shop: Project) -> None:
    assert record(shop.pk, [], NOW) == []


def test_a_deleted_project_raises(shop: Project) -> None:
    with pytest.raises(ProjectGone):
        record(shop.pk + 1, [thrown()], NOW)
    assert not Event.objects.exists()


def test_all_or_nothing(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "encode", lambda data: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(shop.pk, [thrown()], NOW)
    assert not Issue.objects.exists()
    shop.refresh_from_db()
    assert shop.last_digest_order == 0


@pytest.mark.parametrize("known", [False, True])
def test_the_number_of_statements_does_not_grow(shop: Project, known: bool) -> None:
    used = []
    for size in (1, 10, 500):
        batch = [thrown(f"{size}-{number}", user={"id": number}) for number in range(size)]
        if known:
            record(shop.pk, batch, NOW)
            batch = [thrown(f"{size}-{number}", user={"id": number}) for number in range(size)]
        with CaptureQueriesContext(connection) as queries:
            record(shop.pk, batch, NOW)
        used.append(len([query for query in queries if "SAVEPOINT" not in query["sql"]]))
    assert len(set(used)) == 1
    # New issues: one statement more for their words.
    assert used[0] <= (25 - known)


def test_a_batch_larger_than_a_chunk(shop: Project) -> None:
    record(shop.pk, [thrown(f"E{number % 3}") for number in range(1205)], NOW)
    assert Event.objects.count() == 1205
    assert sorted(Issue.objects.values_list("digest_order", "event_count")) == [(1, 402), (2, 402), (3, 401)]


@given(
    st.lists(
        st.fixed_dictionaries({"exception": values, "fingerprint": values, "tags": values, "user": values}),
        max_size=5,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_any_payload_is_stored(shop: Project, sent: list[dict[str, Any]]) -> None:
    batch = [
        payload.read(json.dumps(event).encode(), event_id=uuid4().hex, received_at=NOW) for event in sent
    ]
    assert len(record(shop.pk, batch, NOW)) == len(batch)
    for one in batch:
        stored = Event.objects.get(project=shop, event_id=UUID(one.event_id))
        assert references.read_one(stored.payload) == one.payload
        assert stored.grouping.key == tables.beginning(one.key)[0]


def test_a_project_is_locked_in_a_transaction_only(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        lock_project(1)
    with transaction.atomic():
        lock_project(2**40)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_every_number_and_count() -> None:
    project = Project.objects.create(name="Busy", slug="busy")
    shared = [thrown(f"S{number}", user={"id": number % 3}) for number in range(10)]
    failures: list[BaseException] = []
    start = threading.Barrier(3)

    def digest(name: str) -> None:
        try:
            start.wait(10)
            for turn in range(8):
                own = [thrown(f"{name}{turn}-{number}") for number in range(3)]
                record(project.pk, [*own, *shared, thrown("Same", user={"id": name})], NOW)
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=digest, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []

    total = 10 + 3 * 8 * 4
    project.refresh_from_db()
    assert (project.digested_event_count, project.stored_event_count, Event.objects.count()) == (
        total,
        total,
        total,
    )
    numbers = list(Issue.objects.order_by("digest_order").values_list("digest_order", flat=True))
    assert numbers == list(range(1, project.last_digest_order + 1))
    for issue in Issue.objects.all():
        orders = list(issue.events.order_by("digest_order").values_list("digest_order", flat=True))
        assert orders == list(range(1, issue.event_count + 1))
        assert issue.user_count == IssuePerson.objects.filter(grouping__issue=issue).count()
        hours = IssueHour.objects.filter(grouping__issue=issue)
        assert sum(hours.values_list("count", flat=True)) == issue.event_count
    assert Issue.objects.get(title="Same: v").user_count == 3
