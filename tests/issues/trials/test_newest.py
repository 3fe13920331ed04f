from __future__ import annotations

import pytest

from accounts import projects
from accounts.models import Project
from issues.models import Event
from issues.record import writer
from issues.trials.newest import Newest
from tests.lib import occurrences
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db


def test_of_a_project_or_of_all_newest_first_and_as_many_as_asked(shop: Project) -> None:
    other = projects.create("Lab")
    for project in (shop, other):
        writer.record(project.pk, [occurrences.occurrence({"message": project.name}) for _ in range(30)], NOW)
    own = Newest(shop.pk)
    assert [each.payload["message"] for each in own] == ["Shop"] * 30
    assert (own.looked, own.found, own.whole) == (30, 30, True)
    every = list(Newest(None, as_sent=True))
    assert {each.project for each in every} == {shop.pk, other.pk}
    assert [each.id for each in every] == sorted((each.id for each in every), reverse=True)
    assert len(list(Newest(None, most=7))) == 7


def test_what_cannot_be_read_is_counted_and_time_is_bounded(shop: Project) -> None:
    writer.record(shop.pk, [occurrences.occurrence({"message": "x"}) for _ in range(3)], NOW)
    Event.objects.filter(pk=Event.objects.order_by("id").values("pk")[:1]).update(payload=b"\xff?")
    newest = Newest(shop.pk)
    assert (len(list(newest)), newest.looked, newest.unreadable) == (2, 2, 1)
    late = Newest(shop.pk, seconds=0)
    assert (list(late), late.whole, late.found) == ([], False, 3)
