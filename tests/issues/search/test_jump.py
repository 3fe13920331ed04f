"""Ids lead to their issue or event."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts import projects
from accounts.models import Project, User
from issues import bulk_actions
from issues.models import BulkAction, Issue
from issues.search.find import Scope
from issues.search.jump import Target, target
from tests.lib import builders

NOW = builders.START


def test_a_short_id_leads_to_its_issue(shop: Project) -> None:
    issue = builders.issue(shop, 12)
    other = Project.objects.create(name="Other", slug="other")
    builders.issue(other, 12)
    here, everywhere = Scope([shop], None, NOW), Scope([other, shop], None, NOW)
    found = Target(shop, issue.pk)
    for text in ("SHOP-12", " shop-12 ", "#12", "issue:SHOP-12", "id: shop-012"):
        assert target(text, here) == found
    assert target("SHOP-12", everywhere) == found
    # Which project it would be is open.
    assert target("#12", everywhere) is None
    assert target("OTHER-12", here) is None
    assert target("SHOP-13", here) is None


def test_a_former_slug_leads_there_until_it_is_taken(shop: Project) -> None:
    issue = builders.issue(shop, 12)
    projects.rename(shop, slug="store")
    shop.refresh_from_db()
    scope = Scope([shop], None, NOW)
    assert target("SHOP-12", scope) == target("STORE-12", scope) == Target(shop, issue.pk)
    taken = Project.objects.create(name="Other", slug="other")
    projects.rename(taken, slug="shop")
    taken.refresh_from_db()
    assert target("SHOP-12", Scope([shop, taken], None, NOW)) is None


def test_an_id_leads_to_its_event_or_issue(shop: Project) -> None:
    issue = builders.issue(shop)
    event = builders.event(issue)
    scope = Scope([shop], None, NOW)
    for text in (event.event_id.hex, str(event.event_id).upper(), f"id:{event.event_id.hex}", str(event.pk)):
        assert target(text, scope) == Target(shop, issue.pk, event.pk)
    assert target(str(issue.pk), scope) == Target(shop, issue.pk)
    assert target(str(uuid4()), scope) is None
    assert target(event.event_id.hex, Scope([], None, NOW)) is None
    Issue.objects.update(status=Issue.Status.DELETING)
    assert (
        target(event.event_id.hex, scope) is target(str(issue.pk), scope) is target("SHOP-1", scope) is None
    )


@pytest.mark.parametrize(
    "text",
    ["", "#", "-12", "utf8", "12", "shop-12 x", "shop-" + "1" * 19, "ф-12", "shop-١٢", "a" * 500, "a b-3"],
)
def test_other_text_costs_no_query(
    shop: Project, text: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert target(text, Scope([shop], None, NOW)) is None


def test_a_merged_issue_leads_to_the_one_that_it_is_in(shop: Project, bo: User) -> None:
    into, gone = (builders.issue(shop, number) for number in (1, 2))
    bulk_actions.begin(Issue.objects.all(), BulkAction.Kind.MERGE, bo, shop, target=into.pk)
    scope = Scope([shop], bo, NOW)
    for text in ("SHOP-2", "#2", str(gone.pk)):
        found = target(text, scope)
        assert found
        assert found.issue == into.pk
