from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from accounts import projects
from accounts.models import Project, User
from issues.models import Issue
from tests.lib import builders

PAGES = [
    "issues/",
    "issues/?query=a%20b&sort=events",
    "setup/",
    "setup/?platform=go",
    "feedback/",
    "attachments/",
    "monitors/",
    "releases/",
]


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/projects/shop/issues/?q=a%20b", "/projects/shop/issues/%3Fq%3Da%2520b"),
        ("http://evil.example/projects/", "/"),
        ("http://testserver.evil.example/x", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(
    shop: Project, client: Client, referer: str, page: str
) -> None:
    headers = {"HTTP_REFERER": referer}
    answer = client.post("/projects/shop/issues/act/", {"action": "resolve"}, **headers)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={page}")
    assert "nothing was changed" in client.get(answer["Location"]).content.decode()
    assert client.get("/profile/?a=b")["Location"] == "/accounts/login/?next=/profile/%3Fa%3Db"


@pytest.fixture
def renamed(shop: Project) -> Project:
    for slug in ("store", "magazin"):
        projects.rename(shop, slug=slug)
    return shop


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("slug", ["shop", "store"])
def test_old_links_lead_to_the_same_page(renamed: Project, bo_client, slug: str, page: str) -> None:
    answer = bo_client.get(f"/projects/{slug}/{page}")
    assert (answer.status_code, answer["Location"]) == (302, f"/projects/magazin/{page}")
    assert bo_client.get(f"/projects/{slug}/{page}", follow=True).status_code == 200
    assert bo_client.head(f"/projects/{slug}/{page}").status_code == 302


def test_old_links_to_issues_and_events(renamed: Project, bo_client) -> None:
    issue = builders.issue(renamed)
    event = builders.event(issue)
    for page in (f"issues/{issue.pk}/", f"issues/{issue.pk}/events/{event.pk}/", f"issues/{issue.pk}/tags/"):
        assert bo_client.get(f"/projects/shop/{page}")["Location"] == f"/projects/magazin/{page}"
    assert bo_client.get(f"/projects/shop/issues/{uuid4()}/", follow=True).status_code == 404


def test_a_form_that_was_open_while_the_slug_changed(renamed: Project, bo_client) -> None:
    issue = builders.issue(renamed)
    bo_client.post("/projects/shop/issues/act/", {"action": "resolve", "issue": str(issue.pk)})
    assert Issue.objects.get().status == "resolved"


def test_links_tell_strangers_nothing(renamed: Project, cy: User, bo: User, sign_in) -> None:
    assert sign_in(cy).get("/projects/shop/issues/").status_code == 404
    assert sign_in(bo).get("/projects/shop/settings/").status_code == 302
    assert sign_in(bo).get("/projects/magazin/settings/delete/").status_code == 403


def test_the_project_that_took_the_slug_is_shown(renamed: Project, ana: User, cy: User, sign_in) -> None:
    projects.create("Taker", "shop", by=cy)
    page = sign_in(ana).get("/projects/shop/issues/")
    assert page.status_code == 200
    assert "Taker" in page.content.decode()
