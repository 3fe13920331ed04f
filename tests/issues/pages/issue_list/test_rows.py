from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from accounts.models import Project
from issues.models import Issue
from issues.record import trends
from rustrak.lib import clock
from tests.issues.pages.conftest import many, titles

URL = "/projects/shop/issues/"


def test_a_badge_says_what_the_search_finds(bo_client: Client, shop: Project) -> None:
    many(shop, 4)
    now = clock.now()
    old = now - timedelta(days=9)
    Issue.objects.filter(digest_order__gt=1).update(first_seen=old)
    Issue.objects.filter(digest_order=2).update(regressed_at=now)
    hour = int(now.timestamp()) // 3600
    much = trends.added(0.0, hour, 1000, trends.RECENT)
    usual = trends.added(0.0, hour, 10, trends.LONG)
    Issue.objects.filter(digest_order__in=[2, 3]).update(trend=much, usual=usual)
    html = bo_client.get(URL).content.decode()
    rows = {titles(row)[0]: row for row in html.split("<tr data-row>")[1:]}
    badges = {name: re.findall(r'class="badge [a-z]+">([a-z]+)<', row) for name, row in rows.items()}
    assert badges == {
        "SHOP-1": ["new"], "SHOP-2": ["regressed", "escalating"], "SHOP-3": ["escalating"], "SHOP-4": []
    }  # fmt: skip
    for word in ("new", "regressed", "escalating"):
        found = titles(bo_client.get(URL, {"q": f"is:{word}"}).content.decode())
        assert sorted(found) == sorted(name for name, words in badges.items() if word in words)
    link = re.search(r'href="([^"]*)"', rows["SHOP-2"])
    assert link
    head = bo_client.get(link[1]).content.decode().split('class="issue-head"')[1].split("</header>")[0]
    assert re.findall(r'class="badge [a-z]+">([a-z]+)<', head) == badges["SHOP-2"]


def test_each_row_leads_to_its_issue_in_its_project(bo_client: Client, shop: Project) -> None:
    slug = "00000000-0000-0000-0000-000000000000"
    shop.slug = slug
    shop.save()
    many(shop, 2)
    html = bo_client.get(f"/projects/{slug}/issues/").content.decode()
    links = re.findall(r'<a id="issue-([^"]+)" href="([^"?]+)\?list=', html)
    assert sorted(links) == sorted(
        (str(issue.pk), reverse("issue", args=[slug, issue.pk])) for issue in shop.issues.all()
    )
    assert len(links) == 2
