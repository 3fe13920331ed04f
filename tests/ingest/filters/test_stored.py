from __future__ import annotations

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.models import Project
from ingest.filters import stored as filters
from ingest.models import InboundFilters

pytestmark = pytest.mark.django_db


def test_one_query_for_all_projects(shop: Project, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    other = Project.objects.create(name="Other", slug="other")
    nothing = Project.objects.create(name="Nothing", slug="nothing")
    InboundFilters.objects.create(project=shop, localhost=True)
    InboundFilters.objects.create(project=other, error_messages="TypeError*")
    InboundFilters.objects.create(project=nothing, allowed_origins="example.org")  # the edge's
    with django_assert_num_queries(1):
        found = filters.load([shop.pk, other.pk, nothing.pk, 12345])
    assert set(found) == {shop.pk, other.pk}
    assert found[shop.pk].verdict({"request": {"url": "http://localhost/"}}, remote_addr=None) == "localhost"
    assert found[other.pk].verdict({"message": "TypeError!"}, remote_addr=None) == "error_messages"
    assert filters.load([]) == {}


def test_a_change_works_at_once_and_the_same_is_compiled_once(shop: Project) -> None:
    InboundFilters.objects.create(project=shop, releases="old")
    before = filters.load([shop.pk])[shop.pk]
    assert filters.load([shop.pk])[shop.pk] is before
    InboundFilters.objects.update(releases="new")
    after = filters.load([shop.pk])[shop.pk]
    assert (before.verdict({"release": "new"}, remote_addr=None), after.verdict({"release": "new"}, remote_addr=None)) == (None, "releases")  # fmt: skip
