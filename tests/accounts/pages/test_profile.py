from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime

import pytest

from accounts.models import ApiToken, Project, User


@pytest.mark.parametrize("theme", ["dark", "light", "system"])
def test_the_theme_applies_from_the_next_page_on(bo: User, sign_in, theme: str) -> None:
    client = sign_in(bo)
    answer = client.post(
        "/profile/", {"name": "Bo", "theme": theme, "single_key_shortcuts": "on"}, follow=True
    )
    assert f'<html lang="en" data-theme="{theme}">' in answer.content.decode()
    bo.refresh_from_db()
    assert (bo.name, bo.theme, bo.single_key_shortcuts) == ("Bo", theme, True)


def test_an_unknown_theme_is_refused(bo: User, sign_in) -> None:
    answer = sign_in(bo).post("/profile/", {"theme": "pink"})
    assert answer.status_code == 200
    bo.refresh_from_db()
    assert bo.theme == "system"


def test_the_time_zone_and_the_form_of_dates(bo: User, sign_in) -> None:
    client = sign_in(bo)
    User.objects.filter(pk=bo.pk).update(date_joined=datetime(2024, 7, 1, 22, 30, tzinfo=UTC))
    sent = {"theme": "system", "time_zone": "Asia/Kolkata", "date_format": "iso"}
    page = client.post("/profile/", sent, follow=True).content.decode()
    assert (
        '<time datetime="2024-07-01T22:30:00Z" title="2024-07-02 04:00:00 UTC+5:30 (2024-07-01 22:30:00 UTC)" data-ago>2024-07-02</time>'
        in page
    )
    assert "js/times.js" not in page
    client.post("/profile/", {"theme": "dark"})
    bo.refresh_from_db()
    assert (bo.time_zone, bo.date_format) == ("Asia/Kolkata", "iso")
    page = client.post("/profile/", {**sent, "time_zone": ""}, follow=True).content.decode()
    assert 'title="2024-07-01 22:30:00 UTC"' in page
    assert "js/times.js" in page


@pytest.mark.parametrize("name", ["Mars/Base", "../../etc/passwd", "Europe"])
def test_an_unknown_zone_is_refused(bo: User, sign_in, name: str) -> None:
    client = sign_in(bo)
    assert (
        "Select a valid choice"
        in client.post("/profile/", {"theme": "dark", "time_zone": name}).content.decode()
    )
    # One that a later database of zones no longer has is shown as UTC, and stays chosen.
    User.objects.filter(pk=bo.pk).update(time_zone="Old/Zone")
    page = client.get("/profile/").content.decode()
    assert '<option value="Old/Zone" selected>' in page
    assert "UTC+" not in page


def test_shortcuts_can_be_switched_off(bo: User, sign_in) -> None:
    client = sign_in(bo)
    page = client.get("/profile/").content.decode()
    assert 'id="keys"' in page
    page = client.post("/profile/", {"theme": "system"}, follow=True).content.decode()
    assert 'data-keys="off"' in page
    assert 'id="keys"' not in page


def test_nothing_else_can_be_changed(bo: User, sign_in) -> None:
    sign_in(bo).post("/profile/", {"theme": "system", "role": "owner", "email": "x@example.org"})
    bo.refresh_from_db()
    assert (bo.email, bo.role) == ("bo@example.org", "member")


def test_a_tokens_text_is_shown_once(bo: User, sign_in) -> None:
    client = sign_in(bo)
    answer = client.post("/profile/tokens/", {"description": "CI"})
    texts = re.findall(r">([0-9a-f]{40})<", answer.content.decode())
    assert len(texts) == 1
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.find(texts[0])
    assert token is not None
    assert (token.user, token.description) == (bo, "CI")
    page = client.get("/profile/").content.decode()
    assert texts[0] not in page
    assert token.prefix in page


def test_a_token_for_upload_clients(bo: User, shop: Project, sign_in) -> None:
    client = sign_in(bo)
    html = client.post("/profile/tokens/", {"description": "CI", "form": "sentry"}).content.decode()
    (text,) = re.findall(r"sntrys_[\w+/=]+_[\w+/]+", html)
    token = ApiToken.objects.find(text)
    assert token is not None
    assert (token.user, token.project) == (bo, None)
    ApiToken.objects.filter(pk=token.pk).update(project=shop)
    assert "<bdi>Shop</bdi> only" in client.get("/profile/").content.decode()
    named = {"form": "sentry", "organization": "acme-inc"}
    (text,) = re.findall(
        r"sntrys_([\w+/=]+)_[\w+/]+", client.post("/profile/tokens/", named).content.decode()
    )
    assert json.loads(base64.b64decode(text))["org"] == "acme-inc"
    refused = client.post("/profile/tokens/", {"form": "sentry", "organization": "Acme Inc."})
    assert "The organization is a slug" in refused.content.decode()
    assert "Select a valid choice" in client.post("/profile/tokens/", {"form": "x"}).content.decode()
    assert ApiToken.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/profile/tokens/", "/profile/"),
        ("/projects/shop/settings/members/", "/projects/shop/settings/"),
    ],
)
def test_the_address_of_an_answer_can_be_opened_again(
    shop: Project, ana: User, sign_in, path: str, page: str
) -> None:
    client = sign_in(ana)
    assert client.post(path, {"email": "no address"}).status_code == 200
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, page)


def test_a_token_is_deleted_by_its_owner_only(bo: User, cy: User, sign_in) -> None:
    token, text = ApiToken.objects.issue(bo)
    assert sign_in(cy).post(f"/profile/tokens/{token.pk}/delete/").status_code == 404
    assert ApiToken.objects.find(text) == token
    assert sign_in(bo).post(f"/profile/tokens/{token.pk}/delete/").status_code == 302
    assert ApiToken.objects.find(text) is None


def test_a_name_is_text_and_never_markup(bo: User, sign_in) -> None:
    client = sign_in(bo)
    page = client.post("/profile/", {"name": "<b>Bo</b>", "theme": "system"}, follow=True).content.decode()
    assert "<b>Bo</b>" not in page
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page
