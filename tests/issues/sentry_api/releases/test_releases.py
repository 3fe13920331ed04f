"""issues/sentry_api/releases/releases.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.models import Commit, Release
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

ORG, SHOP = "/api/0/organizations/acme/releases/", "/api/0/projects/acme/shop/releases/"
VERSION = "app@4.0.0+b/1"


def versions(answer: list[dict[str, str]]) -> list[str]:
    return [each["version"] for each in answer]


@pytest.mark.parametrize("address", [ORG, SHOP])
def test_a_release_from_its_creation_to_its_end(bo: User, address: str) -> None:
    caller = Caller(bo, token=True)
    body = {"version": VERSION, "projects": ["shop"], "dateStarted": None}
    assert caller("POST", address, body).status_code == 201
    assert caller("POST", address, body).status_code == 208
    one = f"{address}{VERSION}/"
    made = caller.get(one)
    assert (made["version"], made["dateReleased"], made["status"]) == (VERSION, None, "open")
    assert [each["slug"] for each in made["projects"]] == ["shop"]
    finalized = caller("PUT", one, {"projects": ["shop"], "dateReleased": "2026-11-26T06:16:43.225Z"})
    assert (finalized.status_code, finalized.json()["dateReleased"]) == (200, "2026-11-26T06:16:43.225000Z")
    assert versions(caller.get(address)) == [VERSION]
    assert caller("DELETE", one).status_code == 204
    assert caller("DELETE", one).status_code == 404


def test_a_release_is_archived_and_restored_without_naming_projects(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    Release.objects.create(project=shop, version="1.0")
    for status, listed in (("archived", []), ("open", ["1.0"])):
        answer = caller("POST", ORG, {"version": "1.0", "projects": [], "status": status})
        assert (answer.status_code, answer.json()["status"]) == (208, status)
        assert versions(caller.get(ORG)) == versions(caller.get(SHOP)) == listed
        assert versions(caller.get(f"{SHOP}?status=all")) == ["1.0"]
    assert caller("GET", f"{SHOP}?status=x").status_code == 400


def test_who_names_no_project_means_those_that_have_the_release(ana: User, shop: Project) -> None:
    web = Project.objects.create(name="Web", slug="web")
    caller = Caller(ana, token=True)
    assert caller("POST", ORG, {"version": "1.0"}).status_code == 400
    assert caller("PUT", f"{ORG}1.0/", {"status": "archived"}).status_code == 404
    assert caller("POST", ORG, {"version": "1.0", "projects": ["shop", web.pk]}).status_code == 201
    assert caller("POST", ORG, {"version": "1.0"}).status_code == 208
    changed = caller("PUT", f"{ORG}1.0/", {"ref": "main"}).json()
    assert [each["slug"] for each in changed["projects"]] == ["shop", "web"]
    assert set(Release.objects.values_list("ref", flat=True)) == {"main"}
    assert versions(caller.get(f"{ORG}?project={web.pk}&query=1")) == ["1.0"]


def test_the_only_project_is_meant(bo: User, shop: Project) -> None:
    assert Caller(bo, token=True)("POST", ORG, {"version": "1.0"}).status_code == 201
    assert Release.objects.get().project == shop


def test_commits_and_heads(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    Release.objects.create(project=shop, version="1.0")
    commit = {
        "id": "a" * 40, "repository": "acme/shop", "author_name": "Ana", "author_email": "ana@example.org",
        "timestamp": "2026-11-26T06:16:43+01:00", "message": "Mend it", "patch_set": [{"path": "src/a.ts", "type": "M"}],
    }  # fmt: skip
    answer = caller("PUT", f"{ORG}1.0/", {"commits": [commit]})
    assert answer.json()["lastCommit"]["id"] == "a" * 40
    assert Commit.objects.get().files.get().path == "src/a.ts"
    [told] = caller.get(f"{ORG}1.0/commits/")
    assert (told["id"], told["author"]["email"]) == ("a" * 40, "ana@example.org")
    head = {"repository": "acme/shop", "commit": "b" * 40, "previousCommit": None}
    assert caller("PUT", f"{ORG}1.0/", {"refs": [head]}).status_code == 200
    assert Release.objects.get().refs == [{"repository": "acme/shop", "commit": "b" * 40}]
    assert caller("PUT", f"{ORG}1.0/", {"refs": []}).json()["lastCommit"] is None
    assert not Commit.objects.exists()


def test_nothing_of_others_is_read_or_changed(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Release.objects.create(project=other, version="1.0")
    caller = Caller(bo, token=True)
    for method, path, body in (
        ("GET", f"{ORG}1.0/", None),
        ("PUT", f"{ORG}1.0/", {"status": "archived"}),
        ("DELETE", f"{ORG}1.0/", None),
        ("GET", "/api/0/projects/o/other/releases/", None),
        ("GET", f"{ORG}?project={other.pk}", None),
    ):
        assert caller(method, path, body).status_code == 404, (method, path)
    for method, path, body in (
        ("PUT", f"{ORG}1.0/", {"projects": ["other"]}),
        ("POST", ORG, {"version": "2.0", "projects": ["shop", "other"]}),
    ):
        answer = caller(method, path, body)
        assert (answer.status_code, "no project “other”" in answer.json()["detail"]) == (400, True)
    assert [(each.version, each.archived_at) for each in Release.objects.all()] == [("1.0", None)]


def test_what_is_wrong_is_said(bo: User, shop: Project) -> None:
    caller = Caller(bo, token=True)
    for body in (
        {}, [], {"version": ""}, {"version": ".."}, {"version": "x" * 201}, {"version": "a\nb"}, {"version": "1", "projects": 7},
        {"version": "1", "dateReleased": "soon"}, {"version": "1", "commits": [{}]}, {"version": "1", "refs": [{"commit": "x y"}]},
        {"version": "1", "status": "gone"},
    ):  # fmt: skip
        answer = caller("POST", SHOP, body)
        assert (answer.status_code, set(answer.json())) == (400, {"detail"}), body
    assert not Release.objects.exists()


def test_a_release_of_events_is_not_deleted(bo: User, shop: Project) -> None:
    Release.objects.create(project=shop, version="1.0", event_count=1)
    answer = Caller(bo, token=True)("DELETE", f"{ORG}1.0/")
    assert answer.status_code == 409
    assert "cannot be deleted" in answer.json()["detail"]
