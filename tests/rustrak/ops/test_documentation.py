from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from rustrak.lib.version import version
from rustrak.ops import documentation


def _ids(html: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', html))


@pytest.mark.parametrize("name", sorted(documentation.documents()))
def test_links_of_a_document_lead_to_pages_and_their_headings(name: str) -> None:
    html = documentation.document(name).html
    assert "<h1" in html
    for link in re.findall(r'href="([^"]+)"', html):
        path, _, anchor = unescape(link).partition("#")
        if path.startswith(("http:", "https:")):
            continue
        if path == "/docs/":
            continue
        target = documentation.document(path.removeprefix("/docs/").rstrip("/")) if path else None
        assert not anchor or anchor in _ids(target.html if target else html), link


def test_a_reader_finds_every_document(ana: User, sign_in: Callable[[User], Client]) -> None:
    client = sign_in(ana)
    html = client.get("/docs/").content.decode()
    assert f"Rustrak {version()}" in html
    for name in documentation.documents():
        assert f'href="/docs/{name}/"' in html
        assert client.get(f"/docs/{name}/").status_code == 200


def test_every_page_leads_to_the_documents_and_says_the_version(
    ana: User, sign_in: Callable[[User], Client]
) -> None:
    html = sign_in(ana).get("/profile/").content.decode()
    foot = html[html.index("<footer") : html.index("</footer>")]
    assert f"Rustrak {version()}" in foot
    assert 'href="/docs/"' in foot
    assert 'href="/api/docs"' in foot


@pytest.mark.django_db
def test_strangers_learn_neither(client: Client) -> None:
    assert client.get("/docs/operations/").status_code == 302
    assert "<footer" not in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize(
    "name", ["nothing", "../README", "..%2f..%2fpyproject", "decisions/../operations", "operations.md"]
)
def test_only_documents_are_served(name: str, ana: User, sign_in: Callable[[User], Client]) -> None:
    assert sign_in(ana).get(f"/docs/{name}/").status_code == 404
    with pytest.raises(KeyError):
        documentation.document(name)


def test_wide_tables_can_be_scrolled_with_the_keyboard() -> None:
    page = documentation.document("alerts")
    assert page
    assert page.html.count("<table") == page.html.count('<table class="table" tabindex="0">') > 0
