from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta

import django.apps
import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import keys, projects
from accounts.keys import Limits, changing
from accounts.models import Project, ProjectKey

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def first(shop: Project) -> ProjectKey:
    """The key that Shop has from the start."""
    (key,) = keys.listed(shop)
    return key


def own_key(project: Project) -> str:
    return Project.objects.values_list("sentry_key", flat=True).get(pk=project.pk)


def test_a_new_project_has_one_key(db: None) -> None:
    made = projects.create("Blog")
    (key,) = ProjectKey.objects.all()
    assert (key.project, key.name, key.key, key.is_usable) == (made, "Default", made.sentry_key, True)
    assert key.dsn == made.dsn


def test_the_key_of_an_earlier_version_gets_a_row_once(shop: Project) -> None:
    assert ProjectKey.objects.count() == 0
    migration = importlib.import_module("accounts.migrations.0013_first_keys")
    migration.make_first_keys(django.apps.apps, None)
    migration.make_first_keys(django.apps.apps, None)
    assert [(key.key, key.created_at) for key in keys.listed(shop)] == [(shop.sentry_key, shop.created_at)]
    Project.objects.update(
        sentry_key="a" * 32
    )  # as the earlier version replaces it, while this one is started
    assert [key.key for key in keys.listed(shop)] == [shop.sentry_key, "a" * 32]


def test_another_key_leaves_the_projects_dsn_alone(shop: Project, first: ProjectKey) -> None:
    other = keys.create(shop, "  iOS   app ", Limits(10, 200))
    assert (other.name, other.max_events_per_minute, other.max_events_per_hour) == ("iOS app", 10, 200)
    assert own_key(shop) == first.key
    assert keys.listed(shop) == [first, other]


def test_rotating_moves_the_dsn_and_keeps_the_former_key_for_a_while(
    shop: Project, first: ProjectKey
) -> None:
    keys.change(first, name="Web", limits=Limits(5))
    with time_machine.travel(NOON, tick=False):
        new = keys.rotate(first, timedelta(hours=1))
        assert own_key(shop) == new.key != first.key
        assert (new.name, new.max_events_per_minute, new.expires_at) == ("Web", 5, None)
        assert (first.name, first.is_usable) == ("Web (replaced)", True)
        with pytest.raises(keys.BadKey, match="in use"):
            keys.rotate(first, None)
        keys.create(shop, "Another")  # chooses again, and not the former one, which is older
        assert own_key(shop) == new.key
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert not first.is_usable
        assert first not in ProjectKey.objects.usable(NOON + timedelta(hours=1))
        keys.change(first, is_enabled=True)
        assert first.is_usable


@pytest.mark.parametrize(("grace", "usable"), [(timedelta(0), False), (None, True)])
def test_the_shortest_and_the_longest_grace(first: ProjectKey, grace: timedelta | None, usable: bool) -> None:
    new = keys.rotate(first, grace)
    assert (first.is_usable, new.is_usable, own_key(first.project)) == (usable, True, new.key)


def test_the_dsn_has_a_key_that_works_if_there_is_one(shop: Project, first: ProjectKey) -> None:
    second, third = keys.create(shop, "B"), keys.create(shop, "C")
    keys.change(first, is_enabled=False)
    assert own_key(shop) == second.key
    keys.delete(second)
    assert own_key(shop) == third.key
    keys.change(first, is_enabled=True)
    assert own_key(shop) == third.key
    keys.change(third, is_enabled=False)
    keys.change(first, is_enabled=False)
    assert own_key(shop) == first.key
    keys.delete(first)
    with pytest.raises(keys.LastKey):
        keys.delete(third)
    assert own_key(shop) == third.key


@pytest.mark.parametrize("name", ["", " ", "a\x00", "x" * 101, "\u200b"])
def test_names_that_cannot_be_read(shop: Project, first: ProjectKey, name: str) -> None:
    with pytest.raises(keys.BadKey, match="printable"):
        keys.create(shop, name)
    with pytest.raises(keys.BadKey, match="printable"):
        keys.change(first, name=name)


def test_the_number_of_keys_is_limited(
    shop: Project, first: ProjectKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "MOST_KEYS", 2)
    keys.create(shop, "B")
    with pytest.raises(keys.TooManyKeys):
        keys.create(shop, "C")
    with pytest.raises(keys.TooManyKeys):
        keys.rotate(first, None)
    assert shop.keys.count() == 2


def test_a_name_of_full_length_can_be_replaced(shop: Project) -> None:
    key = keys.create(shop, "x" * 100)
    keys.rotate(key, None)
    assert key.name == "x" * 89 + " (replaced)"


def test_the_last_use_is_written_once_a_minute(first: ProjectKey, django_assert_num_queries) -> None:
    keys.note_use({first.pk: NOON, 10**9: NOON})
    with django_assert_num_queries(1):
        keys.note_use({first.pk: NOON + timedelta(seconds=59)})
    first.refresh_from_db()
    assert first.last_used_at == NOON
    keys.note_use({first.pk: NOON + timedelta(seconds=60)})
    keys.note_use({first.pk: NOON})  # of another machine, later
    first.refresh_from_db()
    assert first.last_used_at == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("wrong", [{"key": "XYZ"}, {"max_events_per_minute": 0}, {"max_events_per_hour": 0}])
def test_the_database_forbids_what_must_not_be(first: ProjectKey, wrong: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProjectKey.objects.filter(pk=first.pk).update(**wrong)


def test_a_project_that_is_deleted_in_the_background_has_no_keys(shop: Project, first: ProjectKey) -> None:
    Project.objects.update(stored_event_count=projects.AT_ONCE_EVENTS + 1)
    projects.delete(shop)
    assert ProjectKey.objects.count() == 0
