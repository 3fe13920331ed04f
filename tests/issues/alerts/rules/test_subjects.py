"""What filters look at in events and issues."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.rules import subjects
from issues.models import Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_so_many_payloads_are_read(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "MOST_PAYLOADS", 2)
    issue = builders.issue(shop)
    events = [builders.event(issue, number, {"tags": {"n": str(number)}}) for number in (1, 2, 3)]
    found = subjects.tags_of_events([event.pk for event in events])
    assert set(found) == {events[0].pk, events[1].pk}
    assert found[events[0].pk]["n"] == ("1",)


def test_an_event_has_its_own_tags_and_those_of_its_columns(shop: Project) -> None:
    event = builders.event(
        builders.issue(shop), 1, {"tags": [["a", "b"]], "server_name": "web-1", "logger": "root"}
    )
    broken = builders.event(event.issue, 2, payload=None)
    type(broken).objects.filter(pk=broken.pk).update(payload=b"\xff\xff\xff")
    assert subjects.tags_of_events([event.pk, broken.pk]) == {
        event.pk: {
            "a": ("b",), "server_name": ("web-1",), "logger": ("root",), "level": ("error",),
            "environment": ("production",), "release": ("1.0",),
        }
    }  # fmt: skip


def test_issues_that_are_hidden_or_of_others_are_not_found(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    seen = builders.issue(shop, assignee=None, level=50, last_environment="prod", event_count=3, user_count=2)
    hidden, foreign = builders.issue(shop, 2, status=Issue.Status.DELETING), builders.issue(other)
    found = subjects.load(shop, [seen.pk, hidden.pk, foreign.pk])
    assert list(found) == [seen.pk]
    assert found[seen.pk].is_open
    assert (found[seen.pk].about.level, found[seen.pk].about.environment) == (50, "prod")


def test_many_ids_are_read_in_parts(shop: Project, django_assert_num_queries: Any) -> None:
    ids = [builders.issue(shop, number).pk for number in (1, 2)]
    with django_assert_num_queries(3):
        assert len(subjects.load(shop, ids + [Issue().pk for _ in range(1200)])) == 2
