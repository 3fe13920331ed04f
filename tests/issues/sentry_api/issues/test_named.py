"""issues/sentry_api/issues/named.py"""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import FormerSlug, Project, User
from issues import merging
from issues.sentry_api.issues.named import MOST, issue_of, issues_of, number_of
from rustrak.lib import problems
from tests.lib import builders
from tests.lib.asking import asking

pytestmark = pytest.mark.django_db


def test_an_issue_is_named_by_its_number_short_id_or_uuid(bo: User, shop: Project) -> None:
    issue = builders.issue(shop, 12)
    FormerSlug.objects.create(slug="store", project=shop)
    assert number_of(issue) == str(shop.pk * 2**32 + 12)
    for name in (number_of(issue), "SHOP-12", "shop-12", "STORE-12", str(issue.pk), issue.pk.hex):
        assert issue_of(asking(bo), name) == issue, name
    event = builders.event(issue)
    assert issue_of(asking(bo), event.event_id.hex) == issue


def test_an_issue_that_was_merged_leads_on(bo: User, shop: Project) -> None:
    into, gone = builders.issue(shop, 1), builders.issue(shop, 2)
    number = number_of(gone)
    merging.merges.merge(shop.pk, into.pk, gone.pk, bo)
    assert issue_of(asking(bo), number) == into
    assert issues_of(asking(bo), [number, number_of(into)]) == [into]


def test_what_is_not_visible_is_not_found(bo: User, shop: Project) -> None:
    other = builders.issue(Project.objects.create(name="Other", slug="other"))
    mine = builders.issue(shop)
    for name in (
        number_of(other),
        "OTHER-1",
        str(other.pk),
        "7",
        "0",
        "9" * 20,
        "9" * 40,
        "x" * 5000,
        str(uuid4()),
        "",
        "SHOP-9",
        "\0",
    ):
        with pytest.raises(problems.NotFound):
            issue_of(asking(bo), name)
        with pytest.raises(problems.NotFound):
            issues_of(asking(bo), [number_of(mine), name])
    with pytest.raises(problems.BadInput):
        issues_of(asking(bo), ["1"] * (MOST + 1))
