"""The constraints of the database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts.models import Project
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown


@pytest.fixture
def issue(shop: Project) -> Issue:
    record(shop.pk, [thrown(user={"id": 1})], NOW)
    return Issue.objects.get()


@pytest.mark.parametrize("change", [{"event_count": 0}, {"stored_event_count": 2}])
def test_stored_events_cannot_exceed_counted_events(issue: Issue, change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        Issue.objects.update(**change)


def test_first_seen_is_not_after_last_seen(issue: Issue) -> None:
    with pytest.raises(IntegrityError):
        Issue.objects.update(first_seen=NOW.replace(year=2027))


def test_a_status_is_a_known_one(issue: Issue) -> None:
    with pytest.raises(IntegrityError):
        Issue.objects.update(status="closed")


@pytest.mark.parametrize(
    "field", ["event_count", "stored_event_count", "user_count", "digest_order", "level"]
)
def test_no_count_is_negative(issue: Issue, field: str) -> None:
    with pytest.raises(IntegrityError):
        Issue.objects.update(**{field: -1})


@pytest.mark.parametrize("field", ["stored_event_count", "digested_event_count", "last_digest_order"])
def test_no_count_of_a_project_is_negative(shop: Project, field: str) -> None:
    with pytest.raises(IntegrityError):
        Project.objects.update(**{field: -1})


def _again(row: Any, **changes: Any) -> None:
    row.pk = changes.pop("pk", None)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_an_issue_number_is_given_once(issue: Issue) -> None:
    with pytest.raises(IntegrityError):
        _again(issue, pk=uuid4())


def test_an_event_is_stored_once_per_project(issue: Issue) -> None:
    with pytest.raises(IntegrityError):
        _again(Event.objects.get(), pk=uuid4(), digest_order=2)


def test_an_event_number_is_given_once_per_issue(issue: Issue) -> None:
    with pytest.raises(IntegrityError):
        _again(Event.objects.get(), pk=uuid4(), event_id=uuid4())


@pytest.mark.parametrize("model", [Grouping, IssueHour, IssuePerson])
def test_a_key_an_hour_a_person_is_there_once(issue: Issue, model: Any) -> None:
    with pytest.raises(IntegrityError):
        _again(model.objects.get())
