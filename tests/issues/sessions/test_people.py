from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from issues.models import KnownSession, SessionDay, SessionPerson, Usage
from issues.sessions import known_sessions, people
from tests.lib.sent_sessions import aggregates, item, update, updates

pytestmark = pytest.mark.django_db


def of_people(numbers: range, release: str = "r", day: int = 10) -> Any:
    """A `sessions` item with one session of each of these people."""
    started = f"2026-03-{day:02}T09:00:00Z"
    buckets = [{"started": started, "exited": 1, "did": f"user-{number}"} for number in numbers]
    return item({"attrs": {"release": release}, "aggregates": buckets})


def test_a_person_of_a_long_release_leaves_one_small_row(shop: Project) -> None:
    aggregates(shop, of_people(range(500), release="r" * 200))
    usage = Usage.objects.get()
    assert usage.session_count == 501
    # The day, and the release with its environment.
    assert usage.session_bytes < 500 * 100 + 2000


def test_people_past_the_limit_of_a_day_are_left_out_and_sessions_counted(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "MAX_PER_DAY", 25)
    aggregates(shop, of_people(range(20)))
    aggregates(shop, of_people(range(10, 40), "other"), of_people(range(40), day=9))
    days = {(row.day.day, row.release): row for row in SessionDay.objects.all()}
    assert {name: (row.total, row.people, row.more_people) for name, row in days.items()} == {
        (10, "r"): (20, 20, False),
        (10, "other"): (30, 5, True),
        (9, "r"): (40, 25, True),
    }
    assert SessionPerson.objects.count() == 50


def test_who_has_a_row_is_updated_past_the_limit(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_PER_DAY", 1)
    updates(shop, update("a", init=True, did="ana"))
    updates(shop, update("a", did="ana", status="crashed"), update("b", init=True, did="bo"))
    person = SessionPerson.objects.get()
    assert person.crashed
    assert SessionDay.objects.get().more_people


def test_troubled_sessions_past_the_limit_count_once_when_they_start(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_sessions, "MAX_PER_DAY", 3)
    updates(shop, *(update(str(number), init=True, status="crashed") for number in range(10)))
    assert KnownSession.objects.count() == 3
    row = SessionDay.objects.get()
    assert (row.total, row.crashed) == (10, 10)
    updates(shop, *(update(str(number), status="crashed") for number in range(10)))
    row.refresh_from_db()
    assert (row.total, row.crashed) == (10, 10)
