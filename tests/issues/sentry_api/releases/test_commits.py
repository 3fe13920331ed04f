"""issues/sentry_api/releases/commits.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import CodeMapping, Release, Repository
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db
ORG = "/api/0/organizations/acme/"


def test_the_repository_that_is_asked_for_is_answered(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    [found] = caller.get(f"{ORG}repos/?per_page=100&query=acme%2Fapp")
    assert found["name"] == "acme/app"
    assert {"id", "url", "provider", "status", "dateCreated"} < set(found)
    assert caller.get(f"{ORG}repos/?cursor=") == []
    Repository.objects.create(project=shop, name="acme/shop")
    Repository.objects.create(project=Project.objects.create(name="Other", slug="other"), name="acme/other")
    assert [each["name"] for each in caller.get(f"{ORG}repos/?per_page=1")] == ["acme/shop"]
    assert caller("GET", f"{ORG}repos/?query={'x' * 201}").status_code == 400


def test_the_previous_release_with_commits(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    for address in (ORG, "/api/0/projects/acme/shop/"):
        assert caller.get(f"{address}releases/2.0/previous-with-commits/") == {}
    other = Project.objects.create(name="Other", slug="other")
    head = [{"repository": "acme/shop", "commit": "a" * 40}]
    Release.objects.create(project=shop, version="1.0", refs=head)
    Release.objects.create(project=shop, version="1.1")
    Release.objects.create(project=shop, version="2.0", refs=head)
    Release.objects.create(project=other, version="1.9", refs=head)
    for address in (ORG, "/api/0/projects/acme/shop/"):
        found = caller.get(f"{address}releases/2.0/previous-with-commits/")
        assert (found["version"], found["lastCommit"]["id"]) == ("1.0", "a" * 40)
    assert caller.get(f"{ORG}releases/3.0/previous-with-commits/")["version"] == "2.0"


def test_code_mappings(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    mapping = {"stackRoot": "app://", "sourceRoot": "src"}
    body = {"project": "shop", "repository": "acme/shop", "defaultBranch": "main", "mappings": [mapping]}
    answer = caller("POST", f"{ORG}code-mappings/bulk/", body).json()
    assert answer == {
        "created": 1, "updated": 0, "errors": 0, "mappings": [{**mapping, "status": "created"}],
    }  # fmt: skip
    assert caller("POST", f"{ORG}code-mappings/bulk/", body).json()["updated"] == 1
    assert CodeMapping.objects.get().repository.name == "acme/shop"
    wrong = body | {"mappings": [{"stackRoot": "", "sourceRoot": "../x"}]}
    assert caller("POST", f"{ORG}code-mappings/bulk/", wrong).json()["errors"] == 1
    assert caller("POST", f"{ORG}code-mappings/bulk/", body | {"project": "other"}).status_code == 404
