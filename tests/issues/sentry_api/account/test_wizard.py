from __future__ import annotations

from django.test import Client

from accounts.models import Project, User
from accounts.tokens import wizard


def test_a_wizard_asks_until_somebody_has_agreed(client: Client, bo: User, shop: Project) -> None:
    code = client.get("/api/0/wizard/").json()["hash"]
    page = f"/api/0/wizard/{code}/"
    assert client.get(page).status_code == 404
    wizard.agree(bo, shop, code)
    told = client.get(page).json()
    (project,) = told["projects"]
    assert project["slug"] == "shop"
    assert project["keys"][0]["dsn"]["public"] == shop.dsn
    assert project["organization"]["slug"] == "rustrak"
    token = told["apiKeys"]["token"]
    listed = client.get("/api/0/projects/", headers={"Authorization": f"Bearer {token}"})
    assert [each["slug"] for each in listed.json()] == ["shop"]
    assert client.delete(page).status_code == 204
    assert client.get(page).status_code == 404


def test_a_wrong_code_is_not_found(client: Client, db: None) -> None:
    answer = client.get("/api/0/wizard/a:b:c/")
    assert answer.status_code == 404
    assert "not valid" in answer.json()["detail"]
    assert client.delete("/api/0/wizard/a:b:c/").status_code == 404
