from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import Deploy
from issues.releases import rows
from tests.lib.release_pages import PAGE

pytestmark = pytest.mark.django_db
FORM = f"{PAGE}deploys/"


def test_a_member_records_a_deploy(bo_client: Client, bo: User, shop: Project) -> None:
    answer = bo_client.post(
        FORM, {"version": " shop@2.4.0 ", "to": "live", "url": "https://ci.example.org/7"}, follow=True
    )
    html = answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("/releases/one/?release=shop%402.4.0")
    assert "Deploy of shop@2.4.0 to live recorded." in html
    assert 'href="https://ci.example.org/7"' in html
    assert Deploy.objects.get().created_by == bo
    assert "shop@2.4.0" in bo_client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"version": "", "to": "live"}, "This field is required."),
        ({"version": "a", "to": "a/b"}, "has no “/”"),
        ({"version": "..", "to": "live"}, "one line of text"),
        ({"version": "a", "to": "live", "url": "javascript:alert(1)"}, "http:// or https://"),
    ],
    ids=["no release", "environment", "release", "address"],
)  # fmt: skip
def test_the_form_says_what_is_wrong(
    bo_client: Client, shop: Project, sent: dict[str, str], problem: str
) -> None:
    answer = bo_client.post(FORM, sent)
    assert answer.status_code == 400
    assert problem in answer.content.decode()
    assert not Deploy.objects.exists()


def test_archived_releases_are_behind_a_tab(bo_client: Client, shop: Project) -> None:
    for version in ("shop@1.1", "shop@1.2"):
        rows.create(shop, version)
    assert "Archived" not in bo_client.get(PAGE).content.decode()
    archive = f"{PAGE}archive/"
    assert bo_client.post(archive, {"release": "other"}).status_code == 404
    assert bo_client.post(archive, {"release": "shop@1.1"}).status_code == 302
    listed, archived = (bo_client.get(f"{PAGE}{query}").content.decode() for query in ("", "?archived=1"))
    assert ("<bdi>shop@1.1</bdi>" in listed, "<bdi>shop@1.1</bdi>" in archived) == (False, True)
    assert ("<bdi>shop@1.2</bdi>" in listed, "<bdi>shop@1.2</bdi>" in archived) == (True, False)
    bo_client.post(archive, {"release": "shop@1.1", "restore": "1"})
    assert "<bdi>shop@1.1</bdi>" in bo_client.get(PAGE).content.decode()
