from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, AuditEntry, Project, User
from rustrak.lib import clock

PAGE = "/profile/tokens/"


def made(client: Client, **sent: Any) -> ApiToken:
    """The token that the form makes."""
    html = client.post(PAGE, sent).content.decode()
    (text,) = re.findall(r">([0-9a-f]{40})<", html)
    token = ApiToken.objects.find(text)
    assert token is not None
    return token


def test_a_tokens_text_is_shown_once(bo: User, bo_client: Client) -> None:
    answer = bo_client.post(PAGE, {"description": "CI"})
    (text,) = re.findall(r">([0-9a-f]{40})<", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.find(text)
    assert token is not None
    # What is not sent does not limit it.
    assert (token.user, token.description) == (bo, "CI")
    assert (token.capabilities, token.project_ids(), token.expires_at) == (None, None, None)
    page = bo_client.get(PAGE).content.decode()
    assert text not in page
    assert token.prefix in page
    assert text not in str(AuditEntry.objects.values())


def test_a_token_with_every_limit(bo_client: Client, shop: Project) -> None:
    token = made(
        bo_client,
        access="own",
        capabilities=["event:write", "alerts:read"],
        which="some",
        projects=[shop.pk],
        life="30",
    )
    assert (token.capabilities, token.project_ids()) == (["alerts:read", "event:write"], {shop.pk})
    assert token.expires_at is not None
    assert token.expires_at - clock.now() == pytest.approx(timedelta(days=30), abs=timedelta(minutes=1))
    page = re.sub(r"\s+", " ", bo_client.get(PAGE).content.decode())
    assert "alerts:read, event:write, in <bdi>Shop</bdi>" in page
    assert '<span class="badge">expired</span>' not in page
    ApiToken.objects.update(expires_at=clock.now())
    assert '<span class="badge">expired</span>' in bo_client.get(PAGE).content.decode()
    entry = AuditEntry.objects.get(action="token.create")
    assert entry.project_id == shop.pk
    assert entry.details["capabilities"] == ["alerts:read", "event:write"]
    assert entry.details["projects"] == ["shop"]


@pytest.mark.parametrize(
    ("access", "capabilities"),
    [
        ("read", ["alerts:read", "event:read", "member:read", "org:read", "project:read", "team:read"]),
        ("uploads", ["org:read", "project:releases"]),
        ("everything", None),
    ],
)
def test_presets(bo_client: Client, access: str, capabilities: list[str] | None) -> None:
    # What is checked without being chosen does not count.
    assert made(bo_client, access=access, capabilities=["event:admin"]).capabilities == capabilities


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"access": "own"}, "Check at least one"),
        ({"access": "own", "capabilities": ["org:write"]}, "org:write is not one of the available choices"),
        ({"access": "own", "capabilities": ["event:all"]}, "event:all is not one of the available choices"),
        ({"access": "root"}, "root is not one of the available choices"),
        ({"which": "some"}, "Check at least one"),
        ({"which": "some", "projects": ["OTHER"]}, "is not one of the available choices"),
        ({"which": "some", "projects": ["x"]}, "is not a valid value"),
        ({"life": "40000"}, "40000 is not one of the available choices"),
        ({"form": "x"}, "x is not one of the available choices"),
        ({"form": "sentry", "organization": "Acme Inc."}, "The organization is a slug"),
    ],
)
def test_mistakes_and_what_is_more_than_ones_own(bo_client: Client, sent: dict[str, Any], said: str) -> None:
    other = Project.objects.create(name="Other", slug="other")
    if sent.get("projects") == ["OTHER"]:
        sent = {**sent, "projects": [other.pk]}
    html = bo_client.post(PAGE, sent).content.decode()
    assert said in html
    assert "There is no new token yet" in html
    assert not ApiToken.objects.exists()


def test_the_form_offers_what_one_may_oneself(bo_client: Client, ana: User, sign_in) -> None:
    assert 'value="org:write"' not in (html := bo_client.get(PAGE).content.decode())
    assert 'value="event:admin"' in html
    assert 'value="org:write"' in sign_in(ana).get(PAGE).content.decode()


def test_a_token_for_upload_clients(bo_client: Client) -> None:
    html = bo_client.get(PAGE, {"for": "uploads"}).content.decode()
    assert re.search(r'value="uploads"[^>]* checked', html)
    assert re.search(r'value="sentry"[^>]* checked', html)
    sent = {"form": "sentry", "access": "uploads", "organization": "acme-inc"}
    (text,) = re.findall(r"sntrys_[\w+/=]+_[\w+/]+", bo_client.post(PAGE, sent).content.decode())
    assert json.loads(base64.b64decode(text.split("_")[1]))["org"] == "acme-inc"
    assert ApiToken.objects.find(text) == ApiToken.objects.get()


def test_deleting_asks_first_and_is_for_ones_own(bo: User, cy: User, sign_in) -> None:
    token, text = ApiToken.objects.issue(bo, "CI")
    page = f"{PAGE}{token.pk}/delete/"
    for method in ("get", "post"):
        assert getattr(sign_in(cy), method)(page).status_code == 404
    client = sign_in(bo)
    assert "Programs that use it lose access" in client.get(page).content.decode()
    assert ApiToken.objects.find(text) == token
    answer = client.post(f"{page}?project=nowhere&tool=webpack")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert ApiToken.objects.find(text) is None
