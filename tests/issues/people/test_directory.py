from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues import usage
from issues.models import Person
from issues.payload.notes import Notes
from issues.payload.user import Identity, identity
from issues.people import directory
from issues.people.directory import EXACT_TO
from rustrak.lib.sized_cache import SizedCache
from tests.lib.growth import assert_linear

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-23T19:30:00+00:00")


@pytest.fixture(autouse=True)
def new_process() -> None:
    directory.forget()


def named(user: Any) -> Identity:
    found = identity({"user": user}, {}, None, Notes())
    assert found
    return found


def seen(shop: Project, *users: Any, at: datetime = NOW, now: datetime = NOW) -> tuple[int, int]:
    return directory.remember(shop.pk, [(named(user), at) for user in users], usage.UNLIMITED, now)


def names() -> list[tuple[str, ...]]:
    return list(Person.objects.order_by("user_id").values_list("user_id", "email", "username", "ip_address"))


def test_later_events_rename_and_earlier_ones_fill_in(shop: Project) -> None:
    seen(shop, {"id": 7, "email": "Ana@Example.ORG"}, {"id": 7, "username": "ÄNA"})
    assert names() == [("7", "ana@example.org", "äna", "")]
    seen(shop, {"id": 7, "email": "ana@new.example"}, at=NOW + timedelta(minutes=1))
    seen(shop, {"id": 7, "email": "old@example.org", "ip_address": "192.0.2.1"}, at=NOW - timedelta(days=1))
    assert names() == [("7", "ana@new.example", "äna", "192.0.2.1")]


def test_nothing_is_written_where_nothing_is_new(
    shop: Project, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        seen(shop, {"id": 7, "email": "a@example.org"})
    with django_assert_num_queries(0):
        seen(shop, {"id": 7}, at=NOW + timedelta(minutes=59), now=NOW + timedelta(minutes=59))
        seen(shop, {"id": 7, "email": "before@example.org"}, at=NOW - timedelta(days=2))
    # Retention may have deleted the row.
    Person.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        seen(shop, {"id": 7}, at=NOW, now=NOW + EXACT_TO)
    assert names() == [("7", "", "", "")]
    with django_assert_num_queries(2):
        seen(shop, {"id": 7}, at=NOW + EXACT_TO, now=NOW + EXACT_TO)
    assert Person.objects.get().last_seen == NOW + EXACT_TO


def test_what_is_rolled_back_is_not_remembered(shop: Project) -> None:
    # Tests run in a transaction that is never committed.
    seen(shop, {"id": 7})
    Person.objects.all().delete()
    seen(shop, {"id": 7})
    assert names() == [("7", "", "", "")]


def test_hostile_names_are_cut_and_remembered_within_bytes(
    shop: Project, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(directory, "_cache", SizedCache(20_000))
    long = {"id": "i" * 9999, "email": "ﬃ" * 9999, "username": "İ" * 9999}
    with django_capture_on_commit_callbacks(execute=True):
        rows, size = seen(shop, long, *({"id": n} for n in range(300)))
    assert rows == 301
    assert size == sum(usage.person_size(*each) for each in names())
    longest = Person.objects.order_by("-user_id")[0]
    assert [len(text) for text in (longest.user_id, longest.email, longest.username)] == [200, 254, 200]
    kept = [number for number in range(300) if directory._cache.get((shop.pk, named({"id": number}).number))]
    assert 0 < len(kept) < 30
    # Whom there is no room for is not kept.
    assert directory.remember(shop.pk, [(named({"id": "late"}), NOW)], 100, NOW) == (0, 0)


def test_reading_names_is_linear() -> None:
    assert_linear(lambda n: dict.fromkeys(("id", "email", "username"), "İ" * n), named)
