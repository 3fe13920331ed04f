"""/api/invitations"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import Invitation, Membership, Project, User
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

PATH = "/api/invitations"


def test_a_link_is_made_listed_renewed_and_revoked(shop: Project, bo: User, ana: User, cy: User) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    caller = Caller(bo)
    sent = {"email": "Eve@example.org", "projects": [{"project_id": shop.pk, "role": "viewer"}], "days": 3}
    made = caller("POST", PATH, sent)
    assert made.status_code == 201, made.content
    invitation = made.json()
    link = invitation.pop("link")
    assert Client().get(urlsplit(link).path).status_code == 200
    assert (invitation["email"], invitation["state"], invitation["invited_by"]) == (
        "eve@example.org",
        "open",
        "bo@example.org",
    )
    assert invitation["projects"] == [{"project_id": shop.pk, "slug": "shop", "role": "viewer"}]
    assert caller.get(f"{PATH}?project_id={shop.pk}") == [invitation]
    assert Caller(ana).get(PATH) == [invitation]
    assert link.rsplit("/", 2)[1] not in str(list(Invitation.objects.values()))
    one = f"{PATH}/{invitation['id']}"
    assert error_of(Caller(cy)("DELETE", one))[0] == 403
    renewed = caller("POST", f"{one}/renew", {}).json()["link"]
    assert Client().get(urlsplit(link).path).status_code == 404
    assert Client().get(urlsplit(renewed).path).status_code == 200
    assert caller("DELETE", one).status_code == 204
    assert error_of(caller("DELETE", one)) == (409, "Conflict")
    assert Client().get(urlsplit(renewed).path).status_code == 404
    assert caller.get(f"{PATH}?project_id={shop.pk}")[0]["state"] == "revoked"


def test_nobody_gives_more_than_they_have(shop: Project, bo: User, ana: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.filter(user=bo).update(role="admin")
    caller, to_shop = Caller(bo), [{"project_id": shop.pk}]
    assert error_of(caller("POST", PATH, {})) == (400, "ValidationError")
    assert error_of(caller("POST", PATH, {"projects": to_shop, "role": "admin"})) == (403, "Forbidden")
    assert error_of(caller("POST", PATH, {"projects": [*to_shop, {"project_id": other.pk}]})) == (
        404,
        "NotFound",
    )
    Membership.objects.create(user=bo, project=other, role="member")
    assert error_of(caller("POST", PATH, {"projects": [{"project_id": other.pk}]})) == (403, "Forbidden")
    Caller(ana)("POST", PATH, {"projects": [{"project_id": other.pk}]})
    assert caller.get(PATH) == caller.get(f"{PATH}?project_id={other.pk}") == []
    made = Caller(ana)("POST", PATH, {"role": "auditor"}).json()
    assert error_of(caller("DELETE", f"{PATH}/{made['id']}")) == (404, "NotFound")
    assert error_of(caller("POST", f"{PATH}/{made['id']}/renew", {})) == (404, "NotFound")
    for bad in (
        {"email": "x y"},
        {"days": 0},
        {"days": 91},
        {"role": "king"},
        {"projects": [{"project_id": 0}]},
    ):
        assert error_of(Caller(ana)("POST", PATH, bad))[0] == 400, bad
    assert Invitation.objects.count() == 2
