from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues.models import KnownSession, SessionDay, SessionPerson
from issues.record.items import Item
from issues.retention.batches import enforce
from issues.retention.policies import POLICIES
from issues.sessions import known_sessions, session_counts
from tests.lib.sent_sessions import NOW, aggregates, item, update, updates


def counts(**where: Any) -> tuple[int, int, int, int, int]:
    """Total, errored, crashed, abnormal and unhandled of the only SessionDay that matches."""
    row = SessionDay.objects.get(**where)
    return row.total, row.errored, row.crashed, row.abnormal, row.unhandled


def test_a_session_counts_once_when_it_starts(shop: Project) -> None:
    assert updates(shop, update(init=True), update(status="exited")) == Counter({("stored", ""): 2})
    assert counts() == (1, 0, 0, 0, 0)
    row = SessionDay.objects.get()
    assert (row.day, row.release, row.environment) == (date(2026, 3, 10), "shop@1", "production")


def test_sequence_zero_starts_a_session(shop: Project) -> None:
    updates(shop, update(seq=0), update(seq=1), update("b", seq=False))
    assert counts() == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("together", [True, False])
def test_each_error_state_counts_once_however_many_updates_report_it(shop: Project, together: bool) -> None:
    sent = [
        update(init=True, status="ok", errors=0),
        update(status="ok", errors=1),
        update(status="ok", errors=2),
        update(status="unhandled", errors=2),
        update(status="crashed", errors=3),
        update(status="crashed", errors=3),
        update("b", init=True, status="abnormal"),
        update("b", status="exited", errors=1),
    ]
    if together:
        updates(shop, *sent)
    else:
        for one in sent:
            updates(shop, one)
    assert counts() == (2, 2, 1, 1, 0)
    assert KnownSession.objects.count() == 2


def test_the_same_id_in_another_release_is_another_session(shop: Project) -> None:
    updates(shop, update(init=True, errors=1), update(init=True, errors=1, release="shop@2"))
    assert counts(release="shop@1") == counts(release="shop@2") == (1, 1, 0, 0, 0)


def test_a_dashed_id_is_the_same_session(shop: Project) -> None:
    updates(shop, update("d60fffb5-89a2-46ab-80e4-5a1ad7bf0128", errors=1))
    updates(shop, update("D60FFFB589A246AB80E45A1AD7BF0128", errors=2))
    assert counts() == (1, 1, 0, 0, 0)


def test_people_count_once_and_stay_crashed(shop: Project) -> None:
    updates(shop, update("a", init=True, did="1"), update("b", init=True, did="1", status="crashed"))
    updates(shop, update("c", init=True, did="1"), update("d", init=True, did="2"), update("e", init=True))
    people = SessionPerson.objects.order_by("crashed")
    assert [person.crashed for person in people] == [False, True]


def test_aggregates_are_added(shop: Project) -> None:
    buckets = [
        {"started": "2026-03-10T11:00:00Z", "exited": 2, "errored": 1},
        {
            "started": "2026-03-10T10:00:00Z",
            "did": "7",
            "exited": 1,
            "crashed": 1,
            "abnormal": 1,
            "unhandled": 1,
        },
        {"started": "2026-03-09T10:00:00Z", "exited": 5},
        {"started": "2026-03-09T11:00:00Z"},
        "nonsense",
    ]
    attributes = {"release": "shop@1", "environment": "production"}
    sent = item({"aggregates": buckets, "attrs": attributes})
    for _ in range(2):
        assert aggregates(shop, sent) == Counter({("stored", ""): 1})
    assert counts(day=date(2026, 3, 10)) == (14, 8, 2, 2, 2)
    assert counts(day=date(2026, 3, 9)) == (10, 0, 0, 0, 0)
    assert SessionPerson.objects.get().crashed


def test_aggregates_and_updates_agree(shop: Project) -> None:
    updates(
        shop,
        update("a", init=True, status="exited"),
        update("b", init=True, status="exited", errors=1),
        update("c", init=True, status="crashed", errors=1),
        update("d", init=True, status="abnormal"),
    )
    bucket = {"started": "2026-03-10T11:00:00Z", "exited": 1, "errored": 1, "crashed": 1, "abnormal": 1}
    aggregates(shop, item({"aggregates": [bucket], "attrs": {"release": "shop@2"}}))
    assert counts(release="shop@1") == counts(release="shop@2") == (4, 3, 1, 1, 0)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "not_json"),
        (b"[]", "not_json"),
        ({"sid": "a", "init": True}, "no_release"),
        ({"sid": "a", "attrs": {"release": ".."}}, "no_release"),
        ({"attrs": {"release": "1"}}, "no_session_id"),
        ({"sid": "a", "started": "2026-03-05T11:59:00Z", "attrs": {"release": "1"}}, "too_old"),
    ],
)
def test_an_unusable_session_has_a_reason(shop: Project, sent: Any, reason: str) -> None:
    assert updates(shop, item(sent)) == Counter({("invalid", reason): 1})
    assert not SessionDay.objects.exists()


def test_a_wrong_clock_is_corrected(shop: Project) -> None:
    sent = {"sid": "a", "init": True, "started": "2020-01-01T10:00:00Z", "attrs": {"release": "1"}}
    updates(shop, item(sent, sent_at=datetime(2020, 1, 1, 11, tzinfo=UTC)))
    assert SessionDay.objects.get().day == NOW.date()


def test_releases_per_day_are_bounded(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_counts, "MAX_KEYS_PER_DAY", 3)
    sent = [update(str(number), init=True, release=f"r{number}") for number in range(5)]
    assert updates(shop, *sent) == Counter({("stored", ""): 3, ("filtered", "too_many_releases"): 2})
    assert updates(shop, update("x", init=True, release="r0")) == Counter({("stored", ""): 1})
    assert SessionDay.objects.count() == 3


def test_known_sessions_are_deleted_when_no_update_can_arrive(shop: Project) -> None:
    updates(shop, update(errors=1))
    (policy,) = [policy for policy in POLICIES if policy.name == "known sessions"]
    assert enforce(policy, NOW + timedelta(days=5)) == 0
    assert enforce(policy, NOW + timedelta(days=7)) == 1


def test_statements_do_not_grow_with_the_batch(shop: Project, django_assert_max_num_queries: Any) -> None:
    sent = [
        update(str(number), init=True, did=str(number), status="crashed", release=f"r{number % 9}")
        for number in range(200)
    ]
    # Four of them for releases that are new.
    with django_assert_max_num_queries(19):
        updates(shop, *sent)
    assert sum(SessionDay.objects.values_list("crashed", flat=True)) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NEAR = st.fixed_dictionaries(
    {},
    optional={
        "sid": JSON, "did": JSON, "init": JSON, "seq": JSON, "errors": JSON, "started": JSON,
        "status": JSON | st.sampled_from(["ok", "crashed", "abnormal"]),
        "attrs": JSON | st.fixed_dictionaries({"release": JSON | st.just("1")}, optional={"environment": JSON}),
        "aggregates": JSON | st.lists(st.dictionaries(st.sampled_from(["exited", "crashed", "started", "did"]), JSON)),
    },
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(JSON | NEAR, max_size=4))
def test_nothing_in_an_item_raises(sent: list[Any], shop: Project) -> None:
    items = [item(json.dumps(one).encode()) for one in sent]
    assert updates(shop, *items).total() == len(items)
    assert aggregates(shop, *items).total() == len(items)


def test_no_sum_overflows_its_column(shop: Project) -> None:
    aggregate = {
        "started": "2026-01-05T10:00:00Z",
        "exited": 10**30,
        "errored": 1e300,
        "crashed": -5,
        "abnormal": True,
    }
    sent = {"attrs": {"release": "1"}, "aggregates": [aggregate] * 10_000}
    data = json.dumps(sent).encode()
    at = datetime(2026, 1, 5, 12, tzinfo=UTC)
    items = [Item(id="a" * 32, received_at=at, sent_at=None, data=data) for _ in range(3)]
    for _ in range(3):
        assert sum(session_counts.record_aggregates(shop.pk, items, at).values()) == 3
    day = SessionDay.objects.get()
    assert day.total == day.errored == 3 * session_counts.MAX_SUM
    assert day.crashed == 0


def twice(*items: Item) -> list[Item]:
    """Each item as it is delivered again, because its answer was lost."""
    return [each for one in items for each in (one, one)]


@pytest.mark.parametrize("together", [True, False])
def test_a_beginning_that_is_delivered_again_counts_once(shop: Project, together: bool) -> None:
    sent = [*twice(update(init=True), update("b", seq=0)), update(init=True), update(init=True, seq=3)]
    for batch in [sent] if together else [[one] for one in sent]:
        assert updates(shop, *batch) == {("stored", ""): len(batch)}
    assert counts() == (2, 0, 0, 0, 0)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_updates_in_any_order_and_repeated_count_once(
    shop: Project, order: tuple[int, ...], together: bool
) -> None:
    life = [update(init=True), update(errors=1), update(status="crashed", errors=2)]
    sent = twice(*(life[number] for number in order))
    for batch in [sent] if together else [[one] for one in sent]:
        updates(shop, *batch)
    assert counts() == (1, 1, 1, 0, 0)


def test_a_crash_whose_beginning_never_arrives_is_a_session(shop: Project) -> None:
    updates(shop, update(status="crashed"), update("healthy", status="exited"))
    assert counts() == (1, 1, 1, 0, 0)
    updates(shop, update(init=True), update("healthy", init=True))
    assert counts() == (2, 1, 1, 0, 0)


def test_the_same_id_in_two_projects_is_two_sessions(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (shop, other, shop):
        updates(project, update(init=True))
    assert counts(project=shop) == counts(project=other) == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("last", ["ok", "exited", "unhandled"])
def test_nothing_after_a_crash_takes_it_back(shop: Project, last: str) -> None:
    updates(shop, update(init=True, status="crashed"))
    updates(shop, update(status=last))
    assert counts() == (1, 1, 1, 0, 0)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["unhandled", "crashed"], (1, 1, 1, 0, 0)),
        (["abnormal", "crashed"], (1, 1, 1, 0, 0)),
        (["unhandled", "abnormal"], (1, 1, 0, 1, 0)),
        (["errored", "unhandled"], (1, 1, 0, 0, 1)),
        (["exited", "ok"], (1, 0, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_session_ends_in_one_state_the_gravest(
    shop: Project, states: list[str], expected: tuple[int, ...], together: bool
) -> None:
    for order in (states, states[::-1]):
        SessionDay.objects.all().delete()
        KnownSession.objects.all().delete()
        sent = [update(init=True), *(update(status=state) for state in order)]
        for batch in [sent] if together else [[one] for one in sent]:
            updates(shop, *batch)
        assert counts() == expected


@pytest.mark.parametrize("status", ["ok", "exited"])
def test_errors_make_a_session_errored_whatever_its_status(shop: Project, status: str) -> None:
    updates(shop, update(init=True, status=status, errors=3), update("b", init=True, status=status, errors=0))
    assert counts() == (2, 1, 0, 0, 0)


def test_a_copy_that_is_delivered_days_later_is_the_same_session(shop: Project) -> None:
    start = NOW - timedelta(days=1)
    sent = {
        "sid": "a",
        "init": True,
        "status": "crashed",
        "started": start.isoformat(),
        "attrs": {"release": "1"},
    }
    with transaction.atomic():
        session_counts.record_updates(shop.pk, [item(sent, start, start)], start)
    updates(shop, item(sent, NOW, start))
    assert SessionDay.objects.get(total=1).day == start.date()
    assert [sum(SessionDay.objects.values_list(name, flat=True)) for name in ("total", "crashed")] == [1, 1]


def test_what_begins_and_ends_at_once_needs_no_id(shop: Project) -> None:
    sent = {"init": True, "status": "exited", "errors": 1, "attrs": {"release": "1"}}
    assert updates(shop, item(sent), item(sent)) == {("stored", ""): 2}
    assert counts() == (2, 2, 0, 0, 0)
    assert updates(shop, item(sent | {"status": "ok"})) == {("invalid", "no_session_id"): 1}


def test_healthy_sessions_leave_room_for_those_that_go_wrong(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_sessions, "MAX_HEALTHY_PER_DAY", 2)
    monkeypatch.setattr(known_sessions, "MAX_PER_DAY", 4)
    updates(shop, *(update(f"h{number}", init=True) for number in range(5)))
    assert KnownSession.objects.count() == 2
    updates(shop, *(update(f"c{number}", init=True, status="crashed") for number in range(5)))
    assert KnownSession.objects.count() == 4
    assert counts() == (10, 5, 5, 0, 0)
    assert SessionDay.objects.get().known == 4


def test_known_sessions_leave_room_for_new_releases(shop: Project) -> None:
    with override_settings(RETAIN_BYTES_PER_PROJECT=20 * 10_000):
        updates(shop, *(update(str(number), init=True) for number in range(200)))
        assert 0 < KnownSession.objects.count() < 200
        assert updates(shop, update("x", init=True, release="new")) == {("stored", ""): 1}
    assert counts(release="new") == (1, 0, 0, 0, 0)


@pytest.mark.parametrize("together", [True, False])
def test_aggregates_that_are_delivered_again_count_once(shop: Project, together: bool) -> None:
    sent = {
        "aggregates": [{"started": NOW.isoformat(), "exited": 5, "crashed": 1}],
        "attrs": {"release": "1"},
    }
    first, other = item(sent, NOW, NOW), item(sent, NOW, NOW + timedelta(microseconds=1))
    delivered = [first, first, other, item(sent, NOW + timedelta(minutes=5), NOW)]
    results: Counter[tuple[str, str]] = Counter()
    for batch in [delivered] if together else [[one] for one in delivered]:
        results += aggregates(shop, *batch)
    assert results == {("stored", ""): 2, ("duplicate", ""): 2}
    assert counts() == (12, 2, 2, 0, 0)
