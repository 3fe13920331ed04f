from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db.models import F

from accounts.models import Project
from issues.models import Issue
from rustrak.lib.database.prepared import Prepared
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_the_rows_are_those_of_the_query(shop: Project) -> None:
    issues = [builders.issue(shop, number) for number in range(1, 4)]
    made: list[int] = []

    def build(values: list[Any]) -> Any:
        made.append(len(values))
        found = Issue.objects.filter(
            project_id=values[0], title__in=[values[1], values[2]], pk__in=values[3:]
        )
        return (
            found.annotate(next=F("digest_order") + 1)
            .values_list("id", "next", "first_seen")
            .order_by("next")
        )

    prepared = Prepared(build)
    first, second, third = issues
    wanted = [shop.pk, first.title, second.title, first.pk, second.pk, third.pk]
    expected = [(issue.pk, issue.digest_order + 1, issue.first_seen) for issue in (first, second)]
    assert prepared.fetch(wanted) == expected
    # The same statement with other values, and another one for fewer of them.
    assert prepared.fetch([shop.pk, third.title, third.title, first.pk, uuid4(), third.pk]) == [
        (third.pk, 4, third.first_seen)
    ]
    assert prepared.fetch(wanted[:4]) == expected[:1]
    assert prepared.fetch([shop.pk + 1, *wanted[1:4]]) == []
    assert made == [6, 4]


def test_only_so_many_statements_are_remembered(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.lib.database.prepared._MOST", 2)
    made: list[int] = []

    def build(values: list[Any]) -> Any:
        made.append(len(values))
        return Project.objects.filter(pk__in=values).values_list("name")

    prepared = Prepared(build)
    for count in (1, 2, 3, 3, 1):
        assert prepared.fetch([shop.pk] * count) == [("Shop",)]
    assert made == [1, 2, 3, 1]
