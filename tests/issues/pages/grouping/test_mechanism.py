from __future__ import annotations

from django.test import Client

from accounts.models import GroupingMechanism, Project, User
from issues.groupings import mechanism as grouping


def test_the_page_of_a_new_project_explains_both_and_proposes_smart(client: Client, ana: User) -> None:
    client.force_login(ana)
    page = client.get("/projects/new/").content.decode()
    assert "Classic makes nine issues" in page
    assert 'value="smart" id="id_grouping_0" checked' in page or "checked" in page
    for name, choice, expected in (
        ("One", {"grouping": "smart"}, "smart"),
        ("Two", {"grouping": "classic"}, "classic"),
        ("Three", {}, "classic"),
    ):
        client.post("/projects/new/", {"name": name, **choice})
        assert Project.objects.get(name=name).grouping == expected
    answer = client.post("/projects/new/", {"name": "Four", "grouping": "clever"})
    assert answer.status_code == 200
    assert not Project.objects.filter(name="Four").exists()


def test_an_admin_changes_the_mechanism_and_ends_the_transition(
    client: Client, ana: User, shop: Project
) -> None:
    client.force_login(ana)
    path = f"/projects/{shop.slug}/settings/grouping/"
    assert path in client.get(f"/projects/{shop.slug}/settings/").content.decode()
    assert "End the transition" not in client.get(path).content.decode()
    client.post(path, {"action": "change", "grouping": "smart"})
    shop.refresh_from_db()
    assert shop.grouping == GroupingMechanism.SMART
    page = client.get(path).content.decode()
    end = grouping.transition_ends_at(shop)
    assert end is not None
    assert f"{end:%Y}" in page
    assert "End the transition" in page
    client.post(path, {"action": "end"})
    shop.refresh_from_db()
    assert grouping.transition_ends_at(shop) is None
    assert client.post(path, {"action": "change", "grouping": "x"}).status_code == 200
    shop.refresh_from_db()
    assert shop.grouping == GroupingMechanism.SMART


def test_members_cannot_change_it(client: Client, bo: User, shop: Project) -> None:
    client.force_login(bo)
    assert client.post(f"/projects/{shop.slug}/settings/grouping/", {"grouping": "smart"}).status_code in (
        403,
        404,
    )
    shop.refresh_from_db()
    assert shop.grouping == GroupingMechanism.CLASSIC
