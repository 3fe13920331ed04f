from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.commits.recorded import SentCommit, set_commits, set_refs
from issues.models import Release, Repository
from issues.releases import rows
from tests.lib import builders
from tests.lib.release_pages import PAGE

pytestmark = pytest.mark.django_db
ONE, COMMITS = f"{PAGE}one/?release=shop%401.1", f"{PAGE}commits/?release=shop%401.1"


def release(project: Project, count: int = 60) -> Release:
    one, _ = rows.create(project, "shop@1.1")
    sent = [
        SentCommit(f"{number:040x}", "acme/shop", f"<b>Change</b> {number}\n\nMore", "Ana", "ana@x.y", files=((f"a/{number % 7}.ts", "M"),))
        for number in range(count)
    ]  # fmt: skip
    set_commits(project, one, sent, by=None)
    return one


def html(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_release_says_which_commits_it_has(shop: Project, bo_client: Client) -> None:
    release(shop)
    Repository.objects.update(url="https://github.com/acme/shop")
    page = html(bo_client, ONE)
    for words in (
        "60 commits</a>",
        "7 files changed",
        "&lt;b&gt;Change&lt;/b&gt; 0",
        "Head commit",
        f"/commit/{0:040x}",
    ):
        assert words in page, words
    assert page.count("<bdi>&lt;b&gt;") == 5


def test_all_commits_and_files_have_pages(shop: Project, bo_client: Client) -> None:
    one = release(shop)
    assert html(bo_client, COMMITS).count("&lt;b&gt;Change") == 50
    assert html(bo_client, f"{COMMITS}&page=2").count("&lt;b&gt;Change") == 10
    files = html(bo_client, f"{COMMITS}&show=files")
    assert files.count("a/") - files.count("</a/") >= 7
    assert "a/6.ts" in files
    Release.objects.update(commit_count=99)
    assert "The newest 60 of 99 commits are stored." in html(bo_client, COMMITS)
    one.commits.all().delete()
    Release.objects.update(commit_bytes=0)
    assert "no longer stored" in html(bo_client, COMMITS)
    assert "no longer stored" in html(bo_client, ONE)
    assert bo_client.get(f"{PAGE}commits/?release=other").status_code == 404


def test_a_release_with_only_a_head_commit(shop: Project, bo_client: Client) -> None:
    one, _ = rows.create(shop, "shop@1.1")
    assert "Head commit" not in html(bo_client, ONE)
    set_refs(shop, one, [{"repository": "acme/shop", "commit": "1f0c2ab", "previousCommit": "0e"}], by=None)
    assert "Only the head commit is known." in (page := html(bo_client, ONE))
    assert "acme/shop" in page
    set_refs(shop, one, [{"repository": "origin", "commit": "1f0c2ab"}], by=None)
    assert "origin" not in html(bo_client, ONE)


def test_issues_say_which_commit_resolved_them(shop: Project, bo: User, bo_client: Client) -> None:
    issue = builders.issue(shop, 1, last_release="shop@1.1")
    one, _ = rows.create(shop, "shop@1.1")
    set_commits(shop, one, [SentCommit("1f0c2ab", "acme/shop", "fixes SHOP-1")], by=bo)
    page = html(bo_client, f"{ONE}&only=resolved")
    assert "by commit" in page
    assert page.count("1f0c2ab</code>") >= 2
    issue.refresh_from_db()
    assert issue.is_resolved
