from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import Issue

SEEN = datetime(2026, 11, 23, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize("path", ["/projects/shop/setup/", "/projects/shop/setup/status"])
def test_is_for_members(path: str, shop: Project, ana: User, bo: User, cy: User, sign_in) -> None:
    assert Client().get(path).status_code == 302
    assert sign_in(cy).get(path).status_code == 404
    assert sign_in(bo).get(path).status_code == 200
    assert sign_in(ana).get(path).status_code == 200


@pytest.mark.parametrize("platform", ["", "go", "curl", "nonsense"])
def test_shows_the_dsn_for_any_platform(bo: User, shop: Project, sign_in, platform: str) -> None:
    page = sign_in(bo).get("/projects/shop/setup/", {"platform": platform}).content.decode()
    assert f"data-dsn>{shop.dsn}</code>" in page
    assert page.count(shop.dsn) >= 2


def test_starts_with_the_projects_own_platform(bo: User, shop: Project, sign_in) -> None:
    Project.objects.update(platform="rails")
    assert "config/initializers/sentry.rb" in sign_in(bo).get("/projects/shop/setup/").content.decode()


def test_waits_until_an_event_arrives(bo: User, shop: Project, sign_in) -> None:
    client = sign_in(bo)
    assert client.get("/projects/shop/setup/status").json() == {
        "arrived": False,
        "url": None,
        "requests": [],
    }
    assert '<p class="notice" id="waiting">' in client.get("/projects/shop/setup/").content.decode()
    for order in (1, 2):
        issue = Issue.objects.create(
            project=shop,
            digest_order=order,
            title="E",
            first_seen=SEEN,
            last_seen=SEEN.replace(hour=20, minute=order),
        )
    url = f"/projects/shop/issues/{issue.id}/"
    assert client.get("/projects/shop/setup/status").json() == {
        "arrived": True,
        "url": url,
        "requests": [],
    }
    page = client.get("/projects/shop/setup/").content.decode()
    assert f'<a href="{url}">' in page
    assert '<p class="notice" id="waiting" hidden>' in page


def test_has_arrived_though_its_issue_was_deleted(bo: User, shop: Project, sign_in) -> None:
    Project.objects.update(digested_event_count=1)
    assert sign_in(bo).get("/projects/shop/setup/status").json() == {
        "arrived": True,
        "url": None,
        "requests": [],
    }
