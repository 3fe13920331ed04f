from __future__ import annotations

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import Project
from ingest.filters import stored as filters
from ingest.filters.rules import Filters
from ingest.models import InboundFilters
from issues.models import FingerprintRules

pytestmark = pytest.mark.django_db


def of(project: Project) -> Filters:
    found = filters.load([project.pk])[project.pk].filters
    assert found is not None
    return found


def test_two_queries_for_all_projects(
    shop: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    nothing = Project.objects.create(name="Nothing", slug="nothing")
    InboundFilters.objects.create(project=shop, localhost=True)
    InboundFilters.objects.create(project=other, error_messages="TypeError*")
    InboundFilters.objects.create(project=nothing, allowed_origins="example.org")  # the edge's
    with django_assert_num_queries(2):
        found = filters.load([shop.pk, other.pk, nothing.pk, 12345])
    assert set(found) == {shop.pk, other.pk}
    assert of(shop).verdict({"request": {"url": "http://localhost/"}}, remote_addr=None) == "localhost"
    assert of(other).verdict({"message": "TypeError!"}, remote_addr=None) == "error_messages"
    assert filters.load([]) == {}


def test_a_change_works_at_once_and_the_same_is_compiled_once(shop: Project) -> None:
    InboundFilters.objects.create(project=shop, releases="old")
    before = of(shop)
    assert of(shop) is before
    InboundFilters.objects.update(releases="new")
    after = of(shop)
    assert (before.verdict({"release": "new"}, remote_addr=None), after.verdict({"release": "new"}, remote_addr=None)) == (None, "releases")  # fmt: skip


def test_the_version_of_the_rules_that_is_in_use_comes_with_them(
    shop: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for version in (1, 2):
        FingerprintRules.objects.create(project=shop, version=version, text=f"type:E -> v{version}")
    other = Project.objects.create(name="Other", slug="other", grouping="smart")
    assert filters.load([shop.pk]) == {}
    Project.objects.filter(pk=shop.pk).update(fingerprint_rules_version=2)
    with django_assert_num_queries(2):
        found = filters.load([shop.pk, other.pk])
    rules = found[shop.pk].rules
    assert rules is not None
    assert (rules.version, rules.rules[0].fingerprint) == (2, ("v2",))
    assert filters.load([shop.pk])[shop.pk].rules is rules
    assert (found[other.pk].rules, found[other.pk].grouping) == (None, "smart")
