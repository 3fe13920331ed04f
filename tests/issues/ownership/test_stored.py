"""The versions of ownership rules, and whom their names mean."""

from __future__ import annotations

import pytest

from accounts import teams
from accounts.models import Project, User
from issues.models import OwnershipRules
from issues.ownership import stored
from issues.ownership.owners import Owners

pytestmark = pytest.mark.django_db


def test_each_text_is_a_version(ana: User, shop: Project) -> None:
    assert stored.save(shop, "a/ @ana\r\n", ana) == 1
    assert stored.save(shop, "a/ @ana\n", ana) == 1
    assert stored.save(shop, "b/ @ana", ana, based_on=1) == 2
    with pytest.raises(stored.Changed):
        stored.save(shop, "c/ @ana", ana, based_on=1)
    with pytest.raises(stored.Invalid, match="Line 1"):
        stored.save(shop, "c/ nobody", ana)
    rules = stored.rules_of(shop.pk, 2)
    assert rules is not None
    assert rules is stored.rules_of(shop.pk, 2)
    # Without rules new issues cost nothing.
    stored.save(shop, "", ana)
    shop.refresh_from_db()
    assert shop.ownership_version == 0
    assert stored.in_use(shop) is None
    assert stored.save(shop, "d/ @ana", ana) == 4
    assert OwnershipRules.objects.count() == 4


def test_names_of_people_and_teams(ana: User, bo: User, cy: User, shop: Project) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    teams.create("Others", by=ana, members=[cy])
    owners = Owners(shop.pk)
    for name, expected in {
        "#payments": team, "@Payments": team, "@acme/payments": team, "bo@EXAMPLE.org": bo, "@bo": bo, "@ana": ana,
        "@cy": None, "cy@example.org": None, "#others": None, "@@maintainer": None,
    }.items():  # fmt: skip
        assert owners.find(name) == expected, name
    assert owners.first(["@cy", "@bo", "@ana"]) == bo
