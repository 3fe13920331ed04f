"""Marking as seen what a list shows for review."""

from __future__ import annotations

import html as htmllib
import re
from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from accounts.models import Project, User
from issues import review
from issues.models import Issue
from rustrak.lib import clock
from tests.issues.pages.conftest import titles

LIST = "/projects/shop/issues/"
SEEN = f"{LIST}reviewed/"


def issue(project: Project, number: int, environment: str = "") -> Issue:
    now = clock.now() - timedelta(minutes=1)
    return Issue.objects.create(
        project=project, digest_order=number, title=f"E{number}", first_seen=now, last_seen=now, opened_at=now,
        last_environment=environment,
    )  # fmt: skip


def text(client: Client, path: str = f"{LIST}?status=review") -> str:
    return client.get(path).content.decode()


def sent_by(html: str) -> dict[str, str]:
    """The fields of the form that marks as seen."""
    (form,) = re.findall(
        r'<form class="row mark-seen" method="post" action="[^"]*reviewed/">(.*?)</form>', html, re.DOTALL
    )
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', form)
    return {name: htmllib.unescape(value) for name, value in fields}


def test_all_that_the_list_showed_is_marked_and_given_back(bo_client: Client, shop: Project) -> None:
    issue(shop, 1)
    html = text(bo_client)
    assert titles(html) == ["SHOP-1"]
    assert "Mark all as seen" in html
    issue(shop, 2)
    Issue.objects.filter(digest_order=2).update(opened_at=clock.now())
    assert bo_client.post(SEEN, sent_by(html))["Location"] == f"{LIST}?status=review"
    html = text(bo_client)
    assert titles(html) == ["SHOP-2"]
    assert "All issues of this project are marked as seen." in html


def test_undo_restores_what_was_for_review(bo: User, bo_client: Client, shop: Project) -> None:
    issue(shop, 1)
    bo_client.post(SEEN, sent_by(text(bo_client)))
    (undo,) = re.findall(r'name="undo" value="([^"]+)"', text(bo_client))
    assert review.counts(bo, [shop]) == {}
    bo_client.post(SEEN, {"undo": undo})
    assert "The issues are for review again." in text(bo_client)
    assert review.counts(bo, [shop]) == {shop.pk: 1}


def test_only_what_matches_is_marked(bo: User, bo_client: Client, shop: Project) -> None:
    issue(shop, 1)
    old = issue(shop, 2)
    Issue.objects.filter(pk=old.pk).update(
        last_seen=clock.now() - timedelta(days=1), first_seen=clock.now() - timedelta(days=3)
    )
    html = text(bo_client, f"{LIST}?status=review&period=12h")
    assert "Mark 1 matching issue as seen" in html
    bo_client.post(SEEN, sent_by(html))
    assert titles(text(bo_client)) == ["SHOP-2"]


def test_marking_in_all_projects_leaves_those_that_one_cannot_see(
    ana: User, bo: User, bo_client: Client, shop: Project, sign_in: Callable[[User], Client]
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    issue(shop, 1)
    issue(other, 1)
    html = text(bo_client, "/issues/?status=review")
    assert bo_client.post("/issues/reviewed/", sent_by(html))["Location"] == "/issues/?status=review"
    assert review.counts(bo, [shop, other]) == {other.pk: 1}
    assert review.counts(ana, [shop, other]) == {other.pk: 1, shop.pk: 1}


def test_nonsense_harms_nothing(
    bo: User, bo_client: Client, shop: Project, cy: User, sign_in: Callable[[User], Client]
) -> None:
    issue(shop, 1)
    for undo in ("x", "2026-13-45T99:99", "2026-01-01T00:00:00"):
        bo_client.post(SEEN, {"undo": undo, "until": "2020-01-01T00:00:00Z"})
    assert review.counts(bo, [shop]) == {shop.pk: 1}
    assert bo_client.get(SEEN).status_code == 405
    assert sign_in(cy).post(SEEN).status_code == 404


def test_the_list_begins_with_the_default_search(bo: User, bo_client: Client, shop: Project) -> None:
    bo_client.post(
        f"{LIST}searches/new/", {"status": "review", "sort": "events", "name": "Mine", "is_default": "on"}
    )
    answer = bo_client.get(LIST)
    assert answer["Location"] == f"{LIST}?status=review&sort=events"
    assert "Your list begins with this search." in text(bo_client, answer["Location"])
    assert bo_client.get(f"{LIST}?status=open").status_code == 200
    assert "Your list begins" not in text(bo_client, f"{LIST}?status=open")
