from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import search
from issues.models import Person
from issues.record.writer import record
from issues.search import Scope
from issues.search.conditions import people
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db
USERS = {
    "ana": {"id": "8812", "email": "Ana@Example.org", "ip_address": "203.0.113.7"},
    "bo": {"username": "Bo Ødegård", "ip_address": "2001:db8::1"},
    "ip": {"ip_address": "203.0.113.8"},
}


@pytest.fixture
def scope(shop: Project, bo: User) -> Scope:
    record(shop.pk, [occurrence({"message": name, "user": user}) for name, user in USERS.items()], NOW)
    return Scope([shop], bo, NOW)


def found(scope: Scope, text: str) -> list[str]:
    answer = search.find(scope.projects[0].issues.all(), text, scope)
    assert not answer.mistakes, (text, answer.mistakes)
    return list(answer.issues.order_by("digest_order").values_list("title", flat=True))


def test_people_are_found_by_all_that_they_are_called(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {
        "user:8812": ["ana"],
        "user.id:8812": ["ana"],
        "user.email:8812": [],
        "user:ana@example.ORG": ["ana"],
        "user.email:*@example.org": ["ana"],
        'user:"bo ødegård"': ["bo"],
        "user.username:bo*": ["bo"],
        "user:203.0.113.7": ["ana"],
        "user.ip:203.0.113.*": ["ana", "ip"],
        "user.ip:2001:0db8:0::1": ["bo"],
        'user:"id:8812"': ["ana"],
        'user:["email:ana@example.org",203.0.113.8]': ["ana", "ip"],
        "-user:8812": ["bo", "ip"],
        "user:*": ["ana", "bo", "ip"],
        "user:nobody": [],
    }
    for text, titles in expected.items():
        assert found(scope, text) == titles, text
    # With more people than are listed the database joins them.
    monkeypatch.setattr(people, "_LISTED", 0)
    for text, titles in expected.items():
        assert found(scope, text) == titles, text


def test_people_whom_the_directory_has_forgotten_are_found_by_what_their_number_is_made_of(
    scope: Scope,
) -> None:
    Person.objects.all().delete()
    assert found(scope, "user:8812") == ["ana"]
    assert found(scope, "user:203.0.113.8") == ["ip"]
    assert found(scope, "user:ana@example.org") == []
