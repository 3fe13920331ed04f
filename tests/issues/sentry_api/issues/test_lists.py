"""issues/sentry_api/issues/lists.py"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project, User
from issues.models import Issue
from issues.sentry_api.issues.named import number_of
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

ORG, SHOP = "/api/0/organizations/acme/issues/", "/api/0/projects/acme/shop/issues/"


def short_ids(answer: list[dict[str, Any]]) -> list[str]:
    return [each["shortId"] for each in answer]


@pytest.mark.parametrize("address", [ORG, SHOP])
def test_issues_are_listed_searched_and_paged(bo: User, shop: Project, address: str) -> None:
    for number, status in enumerate(("open", "resolved", "muted"), start=1):
        builders.issue(shop, number, status=status, event_count=10 - number)
    builders.issue(Project.objects.create(name="Other", slug="other"))
    caller = Caller(bo, token=True)
    for query, found in (
        ("", ["SHOP-1"]),
        ("?query=&cursor=", ["SHOP-3", "SHOP-2", "SHOP-1"]),
        ("?query=is:ignored", ["SHOP-3"]),
        ("?query=is:archived", ["SHOP-3"]),
        ("?query=is:resolved+issue.category:error", ["SHOP-2"]),
        ("?query=&sort=freq", ["SHOP-1", "SHOP-2", "SHOP-3"]),
        ("?query=SHOP-2", ["SHOP-2"]),
        ("?query=&statsPeriod=14d", []),
        ("?query=&start=2026-03-01T00:00:00&end=2026-03-02T00:00:00", ["SHOP-3", "SHOP-2", "SHOP-1"]),
    ):
        assert short_ids(caller.get(f"{address}{query}")) == found, query
    answer = caller("GET", f"{address}?query=&limit=2")
    cursor = answer["Link"].rpartition('cursor="')[2].rstrip('"')
    assert short_ids(caller.get(f"{address}?query=&limit=2&cursor={cursor}")) == ["SHOP-1"]
    for wrong in (
        "query=is:linked",
        "query=no-such-key:1",
        "sort=x",
        "limit=0",
        "cursor=x",
        "query=issue.category:feedback",
    ):
        answer = caller("GET", f"{address}?{wrong}")
        assert (answer.status_code, set(answer.json())) == (400, {"detail"}), wrong


def test_projects_of_an_organization_are_chosen(ana: User, shop: Project) -> None:
    web = Project.objects.create(name="Web", slug="web")
    builders.issue(shop)
    builders.issue(web)
    caller = Caller(ana, token=True)
    assert short_ids(caller.get(f"{ORG}?project={web.pk}")) == ["WEB-1"]
    assert len(caller.get(f"{ORG}?project=-1")) == 2
    assert len(caller.get(f"{ORG}?project=web&project=shop")) == 2
    assert caller("GET", f"{ORG}?project=none").status_code == 404


def test_many_are_changed_by_number_or_by_what_they_match(bo: User, shop: Project) -> None:
    issues = [builders.issue(shop, number) for number in (1, 2, 3)]
    caller = Caller(bo, token=True)

    def status() -> list[str]:
        return list(Issue.objects.order_by("digest_order").values_list("status", flat=True))

    body = {"status": "resolved", "snoozeDuration": None}
    answer = caller("PUT", f"{SHOP}?id={number_of(issues[0])}", body)
    assert (answer.status_code, answer.json()) == (200, body | {"changed": 1})
    assert status() == ["resolved", "open", "open"]
    assert caller("PUT", f"{SHOP}?status=unresolved", {"status": "ignored"}).json()["changed"] == 2
    assert status() == ["resolved", "muted", "muted"]
    assert caller("PUT", f"{SHOP}?status=muted", {"status": "unresolved"}).json()["changed"] == 2
    assert status() == ["resolved", "open", "open"]
    assert caller("PUT", SHOP, {"status": "unresolved"}).json()["changed"] == 3
    assert status() == ["open", "open", "open"]
    numbers = "&".join(f"id={number_of(each)}" for each in issues)
    assert caller("PUT", f"{ORG}?{numbers}", {"status": "resolved"}).status_code == 200
    assert caller("PUT", f"{ORG}?{numbers}&id=7", {"status": "ignored"}).status_code == 404
    assert status() == ["resolved"] * 3


def test_issues_of_others_are_not_changed(bo: User, ana: User, shop: Project) -> None:
    other = builders.issue(Project.objects.create(name="Other", slug="other"))
    number = number_of(other)
    for user, path in ((bo, SHOP), (bo, ORG), (ana, SHOP)):
        assert (
            Caller(user, token=True)("PUT", f"{path}?id={number}", {"status": "resolved"}).status_code == 404
        )
    assert Caller(ana, token=True)("PUT", ORG, {"status": "resolved"}).status_code == 400
    assert Issue.objects.get().status == "open"
