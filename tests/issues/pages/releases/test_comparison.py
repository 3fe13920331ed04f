from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project
from issues.pages.releases.comparison import compared
from issues.pages.releases.health import Health
from issues.releases.listing import IssueCounts
from tests.lib.release_pages import PAGE, day


def test_the_differences_are_said_in_words() -> None:
    own, before = (
        Health(sessions=1_000, crashed=9, people=10, people_crashed=1),
        Health(sessions=2_000, crashed=10),
    )
    rows = compared(
        own,
        before,
        ("40%", "60%"),
        IssueCounts(new=3, resolved=1),
        IssueCounts(new=5, regressed=1, resolved=1),
    )
    assert [(row.name, row.own, row.before, row.words) for row in rows] == [
        ("Crash-free sessions", "99.10%", "99.50%", "0.4 points lower"),
        ("Crash-free users", "90%", "–", ""),
        ("Adoption", "40%", "60%", ""),
        ("New issues", "3", "5", "2 fewer"),
        ("Regressed issues", "0", "1", "1 fewer"),
        ("Resolved issues", "1", "1", "the same"),
    ]
    same = compared(own, own, ("", ""), IssueCounts(), IssueCounts())
    assert {row.words for row in same} == {"the same", ""}
    assert [row.name for row in compared(Health(), Health(), ("", ""), IssueCounts(), IssueCounts())] == [
        "New issues",
        "Regressed issues",
        "Resolved issues",
    ]
    better = compared(
        Health(sessions=100), Health(sessions=100, crashed=1), ("", ""), IssueCounts(), IssueCounts()
    )
    assert better[0].words == "1 point higher"


@pytest.mark.django_db
def test_a_release_is_compared_with_the_one_before_in_its_environment(
    bo_client: Client, shop: Project
) -> None:
    day(shop, "shop@1.9", total=1_000, crashed=5)
    day(shop, "web@1.9.5", total=100, crashed=50)
    day(shop, "shop@1.10", total=1_000, crashed=9)
    day(shop, "shop@1.9.9", total=10, environment="beta")
    link = f"{PAGE}one/?release=shop%401.10"
    html = bo_client.get(link).content.decode()
    assert "99.10%, 0.9 points lower than <bdi>shop@1.9.9</bdi> (100%)" in html
    html = bo_client.get(f"{link}&environment=production").content.decode()
    assert "99.10%, 0.4 points lower than <bdi>shop@1.9</bdi> (99.50%)" in html
    assert "in this environment" in html
