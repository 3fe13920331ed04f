from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.fingerprint_rules import versions

PATH = "/projects/shop/settings/grouping/rules/"


@pytest.fixture
def client(ana: User, shop: Project, sign_in: Callable[[User], Client]) -> Client:
    for text in ("type:A -> a\ntype:B -> b", "type:A -> a\ntype:B -> <b>"):
        versions.save(shop, text, ana, seen=None)
    return sign_in(ana)


def test_versions_are_listed_and_compared(client: Client) -> None:
    html = client.get(f"{PATH}versions/").content.decode()
    assert html.index("Version 2</a>") < html.index("in use") < html.index("Version 1</a>")
    html = client.get(f"{PATH}versions/2/").content.decode()
    assert "<del>- type:B -&gt; b</del>" in html
    assert "<ins>+ type:B -&gt; &lt;b&gt;</ins>" in html
    assert "Restore</a>" not in html
    assert client.get(f"{PATH}versions/3/").status_code == 404


def test_an_older_version_is_restored_through_the_editor(client: Client) -> None:
    assert f'href="{PATH}?version=1">Restore</a>' in client.get(f"{PATH}versions/1/").content.decode()
    html = client.get(f"{PATH}?version=1").content.decode()
    assert "This is the text of version 1." in html
    assert "type:B -&gt; b</textarea>" in html
    assert 'name="version" value="2"' in html


def test_members_see_versions_without_restoring(client: Client, bo_client: Client) -> None:
    html = bo_client.get(f"{PATH}versions/1/").content.decode()
    assert "type:B -&gt; b" in html
    assert "Restore</a>" not in html
