from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project
from issues.look_alikes import differences
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_what_is_not_the_same_in_all_is_told(
    shop: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = builders.issue(shop, 1, value="only 1 left", first_release="1.0", last_release="1.2", level=40)
    other = builders.issue(shop, 2, value="only 2 left", first_release="1.2", last_release="1.2", level=50)
    builders.grouping(other)
    with django_assert_num_queries(1):
        found = {each.name: list(each.texts) for each in differences([one, other])}
    assert found.pop("key") == [one.groupings.get().key, f"{other.groupings.earliest('pk').key} (and 1 more)"]
    assert found == {
        "message": ["only 1 left", "only 2 left"], "releases": ["1.0 – 1.2", "1.2"], "level": ["error", "fatal"],
    }  # fmt: skip
    assert differences([one]) == []
