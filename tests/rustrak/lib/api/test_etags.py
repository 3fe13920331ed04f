from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.models import Membership, Project, User
from ingest.models import InboundFilters
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Output
from tests.lib.json_api import Caller, error_of


class Shown(Output):
    name: str
    count: int


def test_a_version_is_of_what_people_change() -> None:
    version = Versioned("count")
    tag = version.tag(Shown(name="a", count=1))
    assert tag == version.tag(Shown(name="a", count=2))
    assert tag != version.tag(Shown(name="b", count=1))
    assert tag.startswith('"')


@pytest.fixture
def filters(bo: User, shop: Project) -> str:
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    return f"/api/projects/{shop.pk}/filters"


@pytest.mark.django_db
def test_what_was_changed_meanwhile_is_not_overwritten(bo: User, filters: str) -> None:
    caller = Caller(bo)
    seen = caller("GET", filters)["ETag"]
    assert caller("HEAD", filters)["ETag"] == seen
    first = caller("PATCH", filters, {"localhost": True}, **{"If-Match": f'"x", {seen}'})
    assert first.status_code == 200
    assert first["ETag"] == caller("GET", filters)["ETag"] != seen
    for stale in (seen, '"x"', f"W/{first['ETag']}", "x", ""):
        late = caller("PATCH", filters, {"web_crawlers": True}, **{"If-Match": stale})
        assert error_of(late) == (412, "PreconditionFailed")
        assert "ETag" not in late
    assert not InboundFilters.objects.get().web_crawlers
    for fresh in ({}, {"If-Match": "*"}, {"If-Match": first["ETag"]}):
        assert caller("PATCH", filters, {"localhost": True}, **fresh).status_code == 200


@pytest.mark.django_db
def test_who_may_not_change_learns_nothing_of_the_version(cy: User, filters: str) -> None:
    answer = Caller(cy)("PATCH", filters, {}, **{"If-Match": '"x"'})
    assert error_of(answer) == (404, "NotFound")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_refused(bo: User, filters: str) -> None:
    callers = [Caller(bo, token=True) for _ in range(4)]
    seen = callers[0]("GET", filters)["ETag"]

    def change(number: int) -> int:
        try:
            body = {"releases": [f"shop@{number}"]}
            return int(callers[number]("PATCH", filters, body, **{"If-Match": seen}).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(change, range(4)))
    assert sorted(statuses) == [200, 412, 412, 412]
    assert InboundFilters.objects.get().releases == f"shop@{statuses.index(200)}"
