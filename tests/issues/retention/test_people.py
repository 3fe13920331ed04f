from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues import usage
from issues.models import IssuePerson, Person, Usage
from issues.people import directory
from issues.record.writer import record
from issues.retention import batches, people
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "left"), [(30, ["new"]), (0, ["new", "old"])])
def test_names_are_kept_as_long_as_the_events(
    shop: Project, settings: Any, days: int, left: list[str]
) -> None:
    directory.forget()
    settings.RETAIN_DAYS = days
    for name, age in (("old", 31), ("new", 29)):
        then = NOW - timedelta(days=age)
        record(shop.pk, [thrown(user={"id": name, "email": f"{name}@example.org"}, received_at=then)], then)
    batches.enforce(people.POLICY, NOW)
    assert list(Person.objects.order_by("user_id").values_list("user_id", flat=True)) == left
    # That the issue met somebody stays, without a name.
    assert IssuePerson.objects.count() == 2
    before = Usage.objects.values("tag_count", "tag_bytes").get()
    usage.recount(shop.pk, NOW)
    assert Usage.objects.values("tag_count", "tag_bytes").get() == before
