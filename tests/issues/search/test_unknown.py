from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import search
from issues.record.tag_counts import MAX_VALUES
from issues.record.writer import record
from issues.search import Scope
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(shop: Project, bo: User) -> Scope:
    event = {
        "message": "x",
        "tags": {"customer": "acme", "level": "high"},
        "environment": "production",
        "release": "shop@2.4.1",
    }
    record(shop.pk, [occurrence(event)], NOW)
    return Scope([shop], bo, NOW)


def test_an_unknown_tag_is_a_mistake_with_the_nearest_names_at_its_place(shop: Project, scope: Scope) -> None:
    text = "x -custmer:[acme,b] has:costumer"
    found = search.find(shop.issues.all(), text, scope)
    assert not found.issues
    assert [(text[one.place.start : one.place.end], one.suggestions) for one in found.mistakes] == [
        ("-custmer:[acme,b]", ("-customer:[acme,b]",)),
        ("has:costumer", ("has:customer",)),
    ]
    assert "Did you mean customer?" in found.mistakes[0].message


def test_where_nobody_looks_an_unknown_tag_is_only_said(shop: Project, scope: Scope) -> None:
    found = search.find(shop.issues.all(), "-custmer:acme", Scope([shop], None, NOW))
    assert found.issues.count() == 1
    assert not found.mistakes
    assert found.notes == ("No event has the tag “custmer”. Did you mean customer?",)


def test_unknown_values_are_said_with_the_nearest(shop: Project, scope: Scope) -> None:
    for text, note in {
        "environment:prodution": "No event has the environment “prodution”. Did you mean production?",
        "release:2.4.1": "No event has the release “2.4.1”. Did you mean shop@2.4.1?",
        "customer:[acme,ACME,zzz]": "No event has the customer “ACME” or “zzz”. Did you mean acme?",
        "customer:ACM*": "No event has a value of “customer” like “ACM*”. Upper and lower case matter.",
        "tags[level]:zzz": "No event has the level “zzz”.",
    }.items():
        found = search.find(shop.issues.all(), text, scope)
        assert (found.mistakes, found.notes) == ((), (note,)), text
    for text in (
        "environment:prod*",
        "release:latest",
        "release:>1",
        "customer:*",
        "customer:acme",
        "level:debug",
        "is:new",
    ):
        assert search.find(shop.issues.all(), text, scope).notes == (), text


def test_values_that_were_too_many_to_be_counted_are_not_denied(shop: Project, scope: Scope) -> None:
    shop.groupings.get().tag_keys.filter(key="customer").update(values_kept=MAX_VALUES)
    note = (
        "Some issues have more than 200 values of “customer”, and only the first ones are searched: the search may miss issues.",
    )
    for text in ("customer:zzz", "-customer:acme", "customer:u*"):
        assert search.find(shop.issues.all(), text, scope).notes == note, text
    assert not search.find(shop.issues.all(), "environment:production", scope).notes


def test_what_is_not_indexed_yet_is_said(shop: Project, scope: Scope) -> None:
    Project.objects.filter(pk=shop.pk).update(is_indexed=False)
    shop.refresh_from_db()
    scope = Scope([shop], scope.viewer, NOW)
    assert "still being indexed" in search.find(shop.issues.all(), "x", scope).notes[0]
    assert not search.find(shop.issues.all(), "is:open", scope).notes


def test_an_empty_scope_finds_nothing_and_says_nothing(shop: Project, bo: User) -> None:
    found = search.find(
        shop.issues.none(), "x customer:acme is:for_review assigned:me release:latest", Scope([], bo, NOW)
    )
    assert not found.issues
