from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project
from issues.models import Issue, IssuePerson
from issues.people import directory, met
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def test_what_a_person_met(shop: Project) -> None:
    directory.forget()
    other = Project.objects.create(name="Other", slug="other")
    ana = {"id": 1, "email": "Ana@example.org"}
    for minutes, kind in enumerate("EFGE"):
        record(shop.pk, [thrown(kind, user=ana, timestamp=NOW.timestamp() + 60 * minutes - 600)], NOW)
    record(shop.pk, [thrown("E", user={"username": "bo"})], NOW)
    record(other.pk, [thrown("E", user=ana)], NOW)
    Issue.objects.filter(type="G").update(status=Issue.Status.DELETING)
    IssuePerson.objects.filter(grouping__issue__type="F").update(last_seen=None)
    number = thrown(user=ana).person
    assert number is not None
    found = [
        (each.issue.type, each.event_count, each.last_seen)
        for each in met.issues_of(number, list(met.ids_of(shop, number)))
    ]
    assert found == [("E", 2, NOW - timedelta(minutes=7)), ("F", 1, None)]
    bo = thrown(user={"username": "bo"}).person
    assert met.names(shop.pk, [number, bo or 0, 5]) == {number: "ana@example.org", bo: "bo"}
    person = met.known(shop, number)
    assert person
    assert met.shown(person) == "ana@example.org"
    assert met.known(shop, 5) is None
