from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Project
from issues.commits.code_mappings import bulk_set
from issues.models import CodeMapping, Repository

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/settings/repositories/"


@pytest.fixture(autouse=True)
def _admin(shop: Project, bo_client: Client) -> None:
    Membership.objects.update(role=Membership.Role.ADMIN)


def test_a_repository_is_added_changed_and_removed(shop: Project, bo_client: Client) -> None:
    assert "No repositories yet." in bo_client.get(PAGE).content.decode()
    bo_client.post(PAGE, {"name": "github.com/acme/shop", "url": "", "kind": ""})
    made = Repository.objects.get()
    assert made.url == "https://github.com/acme/shop"
    own = f"{PAGE}{made.pk}/"
    for data, problem in (
        ({"name": "x", "url": "javascript:alert(1)"}, "begins with https://"),
        ({"name": "", "url": ""}, "required"),
    ):
        answer = bo_client.post(PAGE, data)
        assert (answer.status_code, problem in answer.content.decode()) == (400, True)
    bo_client.post(PAGE, {"name": "github.com/acme/shop", "url": "https://gitlab.com/acme/shop"})
    assert Repository.objects.get().url == "https://gitlab.com/acme/shop"
    answer = bo_client.post(
        own, {"name": "acme/shop", "url": "https://git.example.com/acme/shop/", "kind": "gitea"}
    )
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (made.name, made.url, made.kind) == ("acme/shop", "https://git.example.com/acme/shop", "gitea")
    assert bo_client.post(own, {"name": "acme/shop", "kind": "svn"}).status_code == 400
    bo_client.post(own, {"remove": "1"})
    assert not Repository.objects.exists()


def test_code_mappings_are_added_changed_and_removed(shop: Project, bo_client: Client) -> None:
    bulk_set(shop, "acme/shop", "main", [("<b>app/", "src/")])
    own = f"{PAGE}{Repository.objects.get().pk}/"
    for page in (PAGE, own):
        assert "&lt;b&gt;app/" in bo_client.get(page).content.decode()
    given = {"map": "1", "stack_root": "lib/", "source_root": "", "default_branch": "dev"}
    bo_client.post(own, given)
    bo_client.post(own, {**given, "source_root": "pkg/"})
    assert list(CodeMapping.objects.values_list("stack_root", "source_root").order_by("pk")) == [
        ("<b>app/", "src/"),
        ("lib/", "pkg/"),
    ]
    answer = bo_client.post(own, {**given, "source_root": "../x"})
    assert (answer.status_code, "without “..”" in answer.content.decode()) == (400, True)
    bo_client.post(own, {"remove_mapping": str(CodeMapping.objects.get(stack_root="lib/").pk)})
    bo_client.post(own, {"remove_mapping": "x"})
    assert CodeMapping.objects.get().stack_root == "<b>app/"


def test_only_admins_of_the_project_change_them(shop: Project, bo_client: Client) -> None:
    blog = Project.objects.create(name="Blog", slug="blog")
    bulk_set(blog, "acme/blog", "main", [("", "")])
    assert bo_client.get(f"{PAGE}{Repository.objects.get().pk}/").status_code == 404
    Membership.objects.update(role=Membership.Role.MEMBER)
    assert "Add a repository" not in bo_client.get(PAGE).content.decode()
    assert bo_client.post(PAGE, {"name": "acme/shop"}).status_code == 403
