from __future__ import annotations

import pytest

from accounts.models import Project
from issues.models import PrivacyRules
from issues.privacy import stored
from issues.privacy.addresses import Addresses
from issues.privacy.policy import policy_of
from issues.privacy.stored import Given

GIVEN = Given(None, "customer_*", "session", "ORD-[0-9]{6}", Addresses.TRUNCATE)
NOTHING = Given(None, "", "", "", Addresses.KEEP)


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_saved_is_in_use_at_once(shop: Project, whole: bool) -> None:
    project = None if whole else shop
    before = policy_of(shop.pk)
    assert stored.row_of(project).version == 0
    row = stored.save(project, GIVEN, seen=0)
    assert (row.version, stored.rules_of(project)) == (1, GIVEN.rules)
    after = policy_of(shop.pk)
    assert (before.kind("customer_name"), after.kind("customer_name")) == ("", "rule customer_*")
    assert after.addresses is Addresses.TRUNCATE


def test_who_saves_an_older_version_is_told(shop: Project) -> None:
    stored.save(shop, GIVEN, seen=0)
    with pytest.raises(stored.Changed, match="changed meanwhile") as caught:
        stored.save(shop, NOTHING, seen=0)
    assert caught.value.version == 1
    assert stored.rules_of(shop) == GIVEN.rules
    assert stored.save(shop, NOTHING, seen=1).version == 2
    assert stored.save(shop, GIVEN, seen=None).version == 3
    assert PrivacyRules.objects.count() == 1


def test_mistakes_are_told_by_text_and_line_and_nothing_is_saved(shop: Project) -> None:
    wrong = Given(None, "ok_name\n*", "", "(", Addresses.KEEP)
    with pytest.raises(stored.Invalid) as caught:
        stored.save(shop, wrong, seen=0)
    assert caught.value.problems["removed_names"][0].startswith("Line 2, '*': needs")
    assert caught.value.problems["patterns"][0].startswith("Line 1, '(': is not a pattern of RE2")
    assert not PrivacyRules.objects.exists()
