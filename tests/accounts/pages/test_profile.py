from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import Project, User


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


def test_the_address_of_an_answer_can_be_opened_again(shop: Project, ana: User, sign_in) -> None:
    client, path = sign_in(ana), "/projects/shop/settings/members/invitations/"
    assert client.post(path, {"email": "no address"}).status_code == 200
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/projects/shop/settings/members/")


def test_a_name_is_text_and_never_markup(bo: User, sign_in) -> None:
    client = sign_in(bo)
    page = client.post("/profile/", {"name": "<b>Bo</b>", "theme": "system"}, follow=True).content.decode()
    assert "<b>Bo</b>" not in page
    assert "&lt;b&gt;Bo&lt;/b&gt;" in page
