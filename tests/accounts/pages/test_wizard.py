from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from accounts.models import Project, User
from accounts.tokens import wizard


def test_who_agrees_gives_the_wizard_a_token_for_one_project(bo_client: Client, shop: Project) -> None:
    code = wizard.new_code()
    page = f"/account/settings/wizard/{code}/"
    asked = bo_client.get(page, {"project_slug": "shop", "org_slug": "acme"})
    assert b'<option value="shop" selected>' in asked.content
    assert wizard.granted(code) is None
    assert b"has its token" in bo_client.post(page, {"project": "shop"}).content
    found = wizard.granted(code)
    assert found is not None
    assert found[0].projects.get() == shop
    assert found[0].capabilities == ["org:read", "project:releases"]
    assert b"has been used" in bo_client.post(page, {"project": "shop"}).content


def test_only_ones_own_projects_and_signed_in(
    shop: Project, cy: User, sign_in: Callable[[User], Client]
) -> None:
    code = wizard.new_code()
    page = f"/account/settings/wizard/{code}/"
    assert "/accounts/login/" in Client().post(page, {"project": "shop"})["Location"]
    assert b"member of no project" in sign_in(cy).get(page).content
    sign_in(cy).post(page, {"project": "shop"})
    assert wizard.granted(code) is None


def test_an_old_page_says_so(bo_client: Client) -> None:
    answer = bo_client.get("/account/settings/wizard/a:b:c/")
    assert answer.status_code == 404
    assert b"no longer valid" in answer.content
