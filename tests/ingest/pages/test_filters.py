from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from ingest.models import InboundFilters, OutcomeCount
from rustrak.lib import clock

SignIn = Callable[[User], Client]
URL = "/projects/shop/settings/filters/"


def page(client: Client, **data: Any) -> str:
    return unescape(client.get(URL, data).content.decode())


def test_only_members_read_them(shop: Project, ana: User, bo: User, cy: User, sign_in: SignIn) -> None:
    assert Client().get(URL).status_code == 302
    assert sign_in(cy).get(URL).status_code == 404
    assert sign_in(cy).post(URL).status_code == 404
    assert sign_in(bo).get(URL).status_code == 200
    assert sign_in(ana).get(URL).status_code == 200


def test_members_read_and_admins_change(shop: Project, bo: User, sign_in: SignIn) -> None:
    client = sign_in(bo)
    assert "Only admins of Shop can change the filters." in page(client)
    assert "disabled" in page(client)
    assert client.post(URL, {"localhost": "on"}).status_code == 403
    assert not InboundFilters.objects.exists()
    Membership.objects.update(role=Membership.Role.ADMIN)
    assert "disabled" not in page(client)
    assert client.post(URL, {"localhost": "on"}).status_code == 302
    assert InboundFilters.objects.get().localhost


def test_what_is_saved_is_shown_and_can_be_taken_back(shop: Project, ana: User, sign_in: SignIn) -> None:
    client = sign_in(ana)
    sent = {
        "web_crawlers": "on",
        "error_messages": "\r\n *Failed to fetch* \r\n\r\nChunkLoadError*\r\n",
        "allowed_origins": "https://shop.example.org\r\n*.example.org",
        "blocked_addresses": "203.0.113.9\r\n2001:db8::/32",
    }
    answer = client.post(URL, sent, follow=True)
    assert "Saved." in answer.content.decode()
    stored = InboundFilters.objects.get(project=shop)
    assert (stored.web_crawlers, stored.localhost) == (True, False)
    assert stored.error_messages == "*Failed to fetch*\nChunkLoadError*"
    assert stored.blocked_addresses.splitlines() == ["203.0.113.9", "2001:db8::/32"]
    html = page(client)
    assert "*Failed to fetch*\nChunkLoadError*</textarea>" in html
    assert re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', html) == ["web_crawlers"]
    client.post(URL, {})
    stored.refresh_from_db()
    assert (stored.web_crawlers, stored.error_messages, stored.allowed_origins) == (False, "", "")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "blocked_addresses",
            "\r\n203.0.113.9\r\nelsewhere",
            "Line 3, 'elsewhere': is not an address or network",
        ),
        ("allowed_origins", "https://example.org/path", "an origin has no path"),
        ("error_messages", "*", "matches every event"),
        ("releases", "x" * 300, "is longer than 250 characters"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_saved(
    name: str, text: str, problem: str, shop: Project, ana: User, sign_in: SignIn
) -> None:
    InboundFilters.objects.create(project=shop, localhost=True)
    answer = sign_in(ana).post(URL, {name: text})
    html = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert problem in html
    assert 'aria-invalid="true"' in html
    assert text.splitlines()[-1] in html
    assert InboundFilters.objects.get().localhost


def test_hostile_lines_are_escaped(shop: Project, ana: User, sign_in: SignIn) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    client = sign_in(ana)
    assert client.post(URL, {"error_messages": hostile}).status_code == 302
    assert "<script>alert" not in client.get(URL).content.decode()
    refused = client.post(URL, {"blocked_addresses": hostile})
    assert refused.status_code == 200
    assert "<script>alert" not in refused.content.decode()


def test_each_rule_says_what_it_dropped(shop: Project, ana: User, sign_in: SignIn) -> None:
    now = int(clock.now().timestamp()) // 60
    other = Project.objects.create(name="Blog", slug="blog")
    for project, minute, reason, quantity in (
        (shop, now, "web_crawlers", 1200),
        (shop, now - 1440 * 29, "web_crawlers", 4),
        (shop, now - 1440 * 31, "web_crawlers", 50),
        (shop, now, "allowed_origins", 7),
        (shop, now, "fingerprint_rule", 31),
        (other, now, "localhost", 9),
    ):
        OutcomeCount.objects.create(
            project=project,
            minute=minute,
            category="error",
            outcome="filtered",
            reason=reason,
            quantity=quantity,
        )
    html = page(sign_in(ana))
    assert html.count("1,204 discarded") == 1
    assert html.count("7 discarded") == 1
    assert "can discard events as well: 31 in the last" in html
    assert len(re.findall(r">0 discarded<", html)) == 6
