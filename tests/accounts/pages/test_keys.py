from __future__ import annotations

import pytest
from django.test import Client

from accounts import keys
from accounts.models import Membership, Project, ProjectKey, User

LIST = "/projects/shop/settings/keys/"


@pytest.fixture
def boss(bo: User, sign_in) -> Client:
    """The browser of Bo as an admin of Shop."""
    Membership.objects.filter(user=bo).update(role="admin")
    client: Client = sign_in(bo)
    return client


@pytest.fixture
def first(shop: Project) -> ProjectKey:
    (key,) = keys.listed(shop)
    return key


def page(client: Client, url: str, **fields: str) -> str:
    answer = client.post(url, fields, follow=True) if fields else client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_key_is_made_and_changed(boss: Client, shop: Project, first: ProjectKey) -> None:
    made = page(boss, LIST, name="iOS", max_events_per_hour="1000")
    key = ProjectKey.objects.get(name="iOS")
    assert key.dsn in made
    assert 'value="1000"' in made
    listed = page(boss, LIST)
    assert "1,000 per hour" in listed
    assert "never used" in listed
    changed = page(boss, f"{LIST}{key.pk}/", name="Phone", max_events_per_minute="7", max_events_per_hour="")
    assert "Phone" in changed
    key.refresh_from_db()
    assert (key.name, key.max_events_per_minute, key.max_events_per_hour) == ("Phone", 7, None)
    assert "greater than or equal to 1" in page(boss, LIST, name="x", max_events_per_minute="0")
    assert "printable" in page(boss, LIST, name="\u200b")
    assert "printable" in page(boss, f"{LIST}{key.pk}/", name="\u200b")


def test_a_key_is_disabled_enabled_replaced_and_deleted(
    boss: Client, shop: Project, first: ProjectKey
) -> None:
    own = f"{LIST}{first.pk}/"
    assert "disabled" in page(boss, f"{own}enable/", action="disable")
    assert "Replace key</a>" not in page(boss, own)
    assert "in use" in page(boss, f"{own}enable/", action="enable")
    asked = page(boss, f"{own}replace/")
    assert 'value="168" id="id_grace_3" required checked' in asked
    new = page(boss, f"{own}replace/", grace="1")
    shop.refresh_from_db()
    assert shop.dsn in new
    assert shop.sentry_key != first.key
    assert "valid until" in page(boss, own)
    assert "Only a key that is in use" in page(boss, f"{own}replace/", grace="never")
    assert "Delete the key" in page(boss, f"{own}delete/")
    assert "is deleted" in page(boss, f"{own}delete/", any="")
    (left,) = ProjectKey.objects.all()
    assert "has one key at least" in page(boss, f"{LIST}{left.pk}/delete/", any="")


def test_members_read_and_change_nothing(bo: User, cy: User, first: ProjectKey, sign_in) -> None:
    member, stranger = sign_in(bo), sign_in(cy)
    own = f"{LIST}{first.pk}/"
    assert 'method="post"' not in page(member, LIST).partition("<main")[2]
    shown = page(member, own).partition("<main")[2]
    assert first.dsn in shown
    assert 'method="post"' not in shown
    assert "Replace" not in shown
    for url in (LIST, own, f"{own}enable/", f"{own}replace/", f"{own}delete/"):
        assert member.post(url, {"name": "x", "action": "disable", "grace": "0"}).status_code == 403
        assert stranger.post(url, {"name": "x"}).status_code == 404
    assert list(ProjectKey.objects.values_list("name", "is_enabled")) == [("Default", True)]


def test_a_key_of_another_project_is_not_found(boss: Client, first: ProjectKey, db: None) -> None:
    other = Project.objects.create(name="Other", slug="other")
    (theirs,) = keys.listed(other)
    for action in ("", "replace/", "delete/"):
        assert boss.get(f"{LIST}{theirs.pk}/{action}").status_code == 404
        assert boss.post(f"{LIST}{theirs.pk}/{action}", {"name": "x", "grace": "0"}).status_code == 404
    assert boss.post(f"{LIST}{theirs.pk}/enable/", {"action": "disable"}).status_code == 404
    assert keys.listed(other) == [theirs]
