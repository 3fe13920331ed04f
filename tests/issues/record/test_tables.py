"""What is stored of grouping keys."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Project, User
from issues.models import Event, Grouping, Issue
from issues.models.grouping import KEY_BYTES
from issues.payload import fingerprint
from issues.record import tables
from issues.record.writer import record
from tests.lib.growth import assert_linear
from tests.lib.json_api import Caller
from tests.lib.occurrences import NOW, kinds, occurrence

LONG = {
    "fingerprint": {"fingerprint": ["k" * 300_000]},
    "many parts": {"fingerprint": ["part"] * 30_000},
    "emoji": {"fingerprint": ["💥" * 70_000]},
    "nested": {"fingerprint": [{"a": ["x" * 9000] * 9}]},
    "default repeated": {"message": "m" * 900, "fingerprint": ["{{ default }}"] * 900},
}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(lambda text: text * 60))
def test_the_beginning_of_a_key_is_whole_characters_of_its_first_kilobyte(key: str) -> None:
    start, cut_from = tables.beginning(key)
    assert key.startswith(start)
    if cut_from:
        assert cut_from == len(key)
        assert KEY_BYTES - 4 < len(start.encode()) <= KEY_BYTES
    else:
        assert start == key


def test_a_key_is_cut_without_work_on_all_of_it() -> None:
    assert_linear(lambda size: "💥" * size, tables.beginning)


@pytest.mark.django_db
@pytest.mark.parametrize("event", LONG.values(), ids=LONG)
def test_a_long_key_leaves_a_kilobyte_and_still_groups(
    shop: Project, bo: User, event: dict[str, Any]
) -> None:
    first, second = occurrence(dict(event)), occurrence(dict(event))
    assert kinds(record(shop.pk, [first], NOW) + record(shop.pk, [second], NOW)) == ["new", "event"]
    grouping = Grouping.objects.get()
    assert len(grouping.key.encode()) <= KEY_BYTES < len(first.key.encode())
    assert first.key.startswith(grouping.key)
    assert grouping.cut_from == len(first.key)
    assert grouping.key_hash == fingerprint.key_hash(first.key)
    stored = Event.objects.get(event_id=first.event_id)
    path = f"/api/projects/{shop.pk}/issues/{stored.issue_id}/events/{stored.pk}"
    assert Caller(bo).get(path)["grouping_key"] == first.key


@pytest.mark.django_db
def test_keys_that_differ_past_the_first_kilobyte_stay_apart(shop: Project) -> None:
    events = [occurrence({"fingerprint": ["k" * 5000 + end]}) for end in "ab"]
    assert kinds(record(shop.pk, events, NOW)) == ["new", "new"]
    assert Issue.objects.count() == 2


@pytest.mark.django_db
def test_the_migration_cuts_keys_that_are_stored_whole(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    migration = importlib.import_module("issues.migrations.0009_grouping_key_beginning")
    monkeypatch.setattr(migration, "BATCH", 2)
    keys = ["short", "ü" * 513, "💥" * 5000, "x" * 1024, "y" * 1025, "z" * 9000]
    record(shop.pk, [occurrence({"fingerprint": [key]}) for key in keys], NOW)
    for key in keys:
        Grouping.objects.filter(key_hash=fingerprint.key_hash(key)).update(key=key, cut_from=0)
    migration.cut_keys(apps, connection.schema_editor())
    for key in keys:
        found = Grouping.objects.get(key_hash=fingerprint.key_hash(key))
        assert (found.key, found.cut_from) == tables.beginning(key)
