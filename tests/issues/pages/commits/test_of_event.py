from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Project, User
from issues.commits.code_mappings import bulk_set
from issues.commits.recorded import SentCommit, set_commits
from issues.models import Issue, Repository
from issues.releases import rows
from tests.lib import builders

pytestmark = pytest.mark.django_db

FRAMES = [
    {"filename": "src/main.ts", "in_app": True, "lineno": 3, "function": "main"},
    {"filename": "src/cart.ts", "in_app": True, "lineno": 7, "function": "total"},
    {"filename": "src/lib.ts", "in_app": False, "lineno": 9, "function": "lib"},
]
PAYLOAD = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": FRAMES}}]}}


def page(client: Client, issue: Issue) -> str:
    return client.get(f"/projects/shop/issues/{issue.pk}/").content.decode()


def event(project: Project, **fields: Any) -> Issue:
    issue = builders.issue(project, first_release="shop@1.1")
    builders.event(issue, 1, PAYLOAD, release="shop@1.1", platform="javascript", **fields)
    return issue


def test_suspects_are_shown_with_their_reason_and_their_author_can_be_assigned(
    shop: Project, bo: User, bo_client: Client
) -> None:
    issue = event(shop)
    assert "Suspect commits" not in page(bo_client, issue)
    release, _ = rows.create(shop, "shop@1.1")
    set_commits(shop, release, [SentCommit("e" * 40, "acme/shop", "Old")], by=bo)
    assert "came without the files that they changed" in page(bo_client, issue)
    message = builders.issue(shop, 2)
    builders.event(message, 2, {"message": "no frames"}, release="shop@1.1")
    assert "came without" not in page(bo_client, message)
    sent = [
        SentCommit(f"{number:040x}", "acme/shop", "Old", files=(("src/main.ts", "M"),))
        for number in range(20)
    ]
    mine = SentCommit(
        "f" * 40,
        "acme/shop",
        "<b>Mend</b> it\n\nLong",
        "Bo Li",
        "bo@example.org",
        files=(("src/cart.ts", "M"),),
    )
    set_commits(shop, release, [mine, *sent], by=bo)
    Repository.objects.update(url="https://github.com/acme/shop")
    html = page(bo_client, issue)
    section = html[html.index('<section id="suspect-commits">') :]
    section = section[: section.index("</section>")]
    assert f'href="https://github.com/acme/shop/commit/{"f" * 40}"' in section
    assert "<bdi>&lt;b&gt;Mend&lt;/b&gt; it</bdi>" in section
    assert "Changed src/cart.ts, the file of the raising frame." in section
    assert section.count("<li>") == 13
    assert "8 older ones are not listed" in section
    form = dict(re.findall(r'<input type="hidden" name="(issue|to|next)" value="([^"]*)">', section))
    answer = bo_client.post("/projects/shop/issues/act/", {**form, "action": "assign"})
    assert answer.status_code == 302
    issue.refresh_from_db()
    assert issue.assignee == bo
    assert (
        'name="to" value'
        not in page(bo_client, issue).partition('id="suspect-commits"')[2].partition("</section>")[0]
    )


def test_frames_of_the_application_link_into_the_repository(shop: Project, bo_client: Client) -> None:
    issue = event(shop)
    assert "Open in repository" not in page(bo_client, issue)
    bulk_set(shop, "github.com/acme/shop", "main", [("src/", "web/")])
    links = re.findall(r'<a href="([^"]*)"[^>]*>Open in repository', page(bo_client, issue))
    github = "https://github.com/acme/shop/blob"
    assert links == [f"{github}/main/web/cart.ts#L7", f"{github}/main/web/main.ts#L3"]
    release, _ = rows.create(shop, "shop@1.1")
    set_commits(shop, release, [SentCommit("1f0c2ab", "github.com/acme/shop")], by=None)
    assert f"{github}/1f0c2ab/web/cart.ts#L7" in page(bo_client, issue)


def test_the_page_has_few_queries_more_and_none_without_commits(shop: Project, bo_client: Client) -> None:
    issue = event(shop)
    page(bo_client, issue)
    with CaptureQueriesContext(connection) as before:
        page(bo_client, issue)
    bulk_set(shop, "acme/shop", "main", [("src/", "src/")])
    release, _ = rows.create(shop, "shop@1.1")
    set_commits(
        shop, release, [SentCommit("1f0c2ab", files=(("src/cart.ts", "M"),), author_email="x@y.z")], by=None
    )
    with CaptureQueriesContext(connection) as after:
        assert "Suspect commits" in page(bo_client, issue)
    assert len(after) - len(before) == 2
