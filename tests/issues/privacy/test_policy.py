from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project
from issues.models import PrivacyRules
from issues.privacy import policy
from issues.privacy.addresses import Addresses


def test_projects_have_the_rules_of_the_installation_and_their_own(
    shop: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    assert policy.policy_of(shop.pk) is policy.DEFAULT
    PrivacyRules.objects.create(removed_names="customer_*", addresses=Addresses.TRUNCATE)
    PrivacyRules.objects.create(
        project=shop, patterns="ORD-[0-9]+\n", kept_names="session", default_rules=False
    )
    with django_assert_num_queries(1):
        found = policy.policies_of([shop.pk, other.pk])
    assert found[shop.pk].kind("password") == ""
    assert found[other.pk].kind("password") == "password"
    assert {one.kind("customer_name") for one in found.values()} == {"rule customer_*"}
    assert {one.addresses for one in found.values()} == {Addresses.TRUNCATE}
    assert [line for line, _ in found[shop.pk].patterns] == ["ORD-[0-9]+"]
    assert policy.policy_of(shop.pk) is found[shop.pk]
    assert policy.policies_of([]) == {}


def test_a_change_counts_at_once(shop: Project) -> None:
    row = PrivacyRules.objects.create(project=shop, removed_names="one")
    assert policy.policy_of(shop.pk).kind("two") == ""
    PrivacyRules.objects.filter(pk=row.pk).update(removed_names="one\ntwo")
    assert policy.policy_of(shop.pk).kind("two") == "rule two"


def test_rules_that_are_not_stored_can_be_tried(shop: Project) -> None:
    assert policy.rules_of(PrivacyRules(project=shop, removed_names="# a\nab")).removed_names == ("ab",)


@pytest.mark.parametrize("of_project", [False, True])
def test_there_is_one_row_for_the_installation_and_for_each_project(shop: Project, of_project: bool) -> None:
    project = shop if of_project else None
    PrivacyRules.objects.create(project=project)
    with pytest.raises(IntegrityError), transaction.atomic():
        PrivacyRules.objects.create(project=project)
