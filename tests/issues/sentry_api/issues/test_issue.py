"""issues/sentry_api/issues/issue.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Issue, IssueTag, IssueTagKey
from issues.sentry_api.issues.named import number_of
from tests.lib import builders
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

ORG = "/api/0/organizations/acme/"


def test_an_issue_by_its_number_and_short_id(bo: User, shop: Project) -> None:
    issue = builders.issue(shop, 3, event_count=9, user_count=4, level=50)
    number, caller = number_of(issue), Caller(bo, token=True)
    for path in (
        f"{ORG}issues/{number}/",
        f"{ORG}issues/SHOP-3/",
        f"/api/0/issues/{number}/",
        f"/api/0/projects/o/shop/issues/{number}/",
    ):
        found = caller.get(path)
        assert (found["id"], found["count"], found["userCount"], found["level"]) == (
            number,
            "9",
            4,
            "fatal",
        ), path
        assert found["permalink"].endswith(f"/projects/shop/issues/{issue.pk}/")
    found = caller.get(f"{ORG}shortids/SHOP-3/?collapse=stats")
    assert (found["groupId"], found["shortId"], found["projectSlug"]) == (number, "SHOP-3", "shop")
    event = builders.event(issue)
    assert caller.get(f"{ORG}eventids/{event.event_id.hex}/")["groupId"] == number
    for path in (
        f"{ORG}issues/7/",
        f"{ORG}shortids/SHOP-9/",
        f"{ORG}eventids/SHOP-3/",
        f"{ORG}eventids/{issue.pk.hex}/",
    ):
        assert caller("GET", path).status_code == 404, path


def test_an_issue_is_changed_and_deleted(bo: User, shop: Project) -> None:
    number, caller = number_of(builders.issue(shop)), Caller(bo, token=True)
    for path in (f"{ORG}issues/SHOP-1/", f"/api/0/issues/{number}/"):
        changed = caller("PUT", path, {"status": "resolved", "statusDetails": {"inRelease": "2.0"}}).json()
        assert (changed["status"], changed["statusDetails"]) == ("resolved", {"inRelease": "2.0"})
        assert caller("PUT", path, {"status": "unresolved"}).json()["substatus"] == "ongoing"
    archived = caller(
        "PUT", f"{ORG}issues/{number}/", {"status": "ignored", "statusDetails": {"ignoreCount": 5}}
    ).json()
    assert (archived["substatus"], archived["statusDetails"]) == (
        "archived_until_condition_met",
        {"ignoreCount": 5},
    )
    activity = caller.get(f"{ORG}issues/{number}/activities/")["activity"]
    assert [each["type"] for each in activity] == ["muted", "reopened", "resolved", "reopened", "resolved"]
    assert caller("PUT", f"{ORG}issues/{number}/", {"status": "gone"}).status_code == 400
    assert caller("DELETE", f"{ORG}issues/{number}/").status_code == 204
    assert not Issue.objects.exists()


def test_tags(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    grouping = issue.groupings.get()
    IssueTagKey.objects.create(grouping=grouping, project=shop, key="url/path", count=3, values_kept=2)
    for value, count in (("a", 1), ("b", 2)):
        IssueTag.objects.create(grouping=grouping, project=shop, key="url/path", value=value, count=count)
    caller = Caller(bo, token=True)
    [listed] = caller.get(f"{ORG}issues/SHOP-1/tags/")
    assert [each["value"] for each in listed["topValues"]] == ["b", "a"]
    assert caller.get(f"{ORG}issues/SHOP-1/tags/url/path/") == listed
    assert (listed["totalValues"], listed["uniqueValues"]) == (3, 2)
    assert caller("GET", f"{ORG}issues/SHOP-1/tags/other/").status_code == 404
