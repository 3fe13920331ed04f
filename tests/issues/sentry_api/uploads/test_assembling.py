"""issues/sentry_api/uploads/assembling.py: bundles and debug files that are assembled"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues.artifacts.content import Content
from issues.models import Artifact, Upload
from tests.lib.artifacts import BundleFile, bundle
from tests.lib.sentry_uploads import bearer, post_chunks
from tests.lib.uploads import sha1

pytestmark = pytest.mark.django_db
BUNDLE = "/api/0/organizations/o/artifactbundle/assemble/"
DIFS = "/api/0/projects/o/shop/files/difs/assemble/"
DATA = bundle([BundleFile("~/app.js", b"app()")])


def post(client: Client, address: str, body: object) -> Any:
    return client.post(address, body, content_type="application/json")


def asked(data: bytes = DATA, **more: object) -> dict[str, object]:
    return {"checksum": sha1(data), "chunks": [sha1(data)], "projects": ["shop"], **more}


def test_a_bundle_is_asked_for_sent_and_stored(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    body = asked(version="app@1.0.0", dist="7")
    assert post(client, BUNDLE, body).json() == {
        "state": "not_found",
        "missingChunks": [sha1(DATA)],
        "detail": None,
    }
    post_chunks(client, DATA)
    for _ in range(2):
        assert post(client, BUNDLE, body).json() == {"state": "ok", "missingChunks": [], "detail": None}
    found = Artifact.objects.get()
    assert (found.name, found.release, found.dist) == ("~/app.js", "app@1.0.0", "7")
    assert list(shop.releases.values_list("version", flat=True)) == ["app@1.0.0"]
    assert (found.upload.client, found.upload.by, found.upload.size) == ("sentry-cli/3.8.0", bo, len(DATA))
    assert post(client, BUNDLE, asked(version=None, dist=None)).json()["state"] == "ok"


def test_a_bundle_may_be_for_several_projects(bo: User, shop: Project, stored: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    client = Client(headers=bearer(bo))
    post_chunks(client, DATA)
    refused = post(client, BUNDLE, asked(projects=["shop", "other"]))
    assert (refused.status_code, Upload.objects.count()) == (400, 0)
    assert "no project “other”" in refused.json()["detail"]
    Membership.objects.create(user=bo, project=other)
    assert post(client, BUNDLE, asked(projects=["shop", other.pk])).json()["state"] == "ok"
    assert {found.project for found in Artifact.objects.all()} == {shop, other}


def test_a_bundle_of_a_release_of_older_clients(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    post_chunks(client, DATA)
    body = {"checksum": sha1(DATA), "chunks": [sha1(DATA)]}
    address = "/api/0/organizations/o/releases/app@1.0/2/assemble/"
    assert post(client, address, body).json()["state"] == "ok"
    assert Artifact.objects.get().release == "app@1.0/2"
    Membership.objects.create(user=bo, project=Project.objects.create(name="Other", slug="other"))
    assert "name the project" in post(client, address, body).json()["detail"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (asked(checksum="x"), "checksum: must be a SHA-1"),
        (asked(chunks=["x"]), "must be a SHA-1"),
        (asked(chunks=["0" * 40] * 20_001), "chunks"),
        (asked(version="v" * 201), "version"),
        (asked(version="\0"), "NUL"),
        (asked(version="a\nb"), "version: The name of a release is one line"),
        ([], "JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(bo: User, body: object, why: str) -> None:
    answer = post(Client(headers=bearer(bo)), BUNDLE, body)
    assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.json()


def test_a_debug_file(bo: User, shop: Project, stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def identify(file: Any, name: str, debug_id: str) -> list[Content]:
        details = {"format": "elf", "features": ["debug"]}
        return [Content("native", name, file, 3, debug_id, arch="x86_64", details=details)]

    monkeypatch.setattr("issues.artifacts.debug_files.identify", identify)
    client = Client(headers=bearer(bo))
    debug_id = "dfb8e43a-f242-3d73-a453-aeb6a777ef75"
    body = {sha1(b"elf"): {"name": "app.debug", "debug_id": debug_id, "chunks": [sha1(b"elf")]}}
    body |= {sha1(b"no"): {"name": "no", "chunks": [sha1(b"no")]}}
    post_chunks(client, b"elf")
    answer = post(client, DIFS, body).json()
    assert answer[sha1(b"no")] == {"state": "not_found", "missingChunks": [sha1(b"no")], "detail": None}
    found = answer[sha1(b"elf")]
    assert (found["state"], found["missingChunks"]) == ("ok", [])
    expected = {"debugId": debug_id, "cpuName": "x86_64", "objectName": "app.debug", "sha1": sha1(b"elf")}
    assert expected.items() <= found["dif"].items()
    assert found["dif"]["data"] == {"type": None, "features": ["debug"]}
    assert post(client, DIFS, {"x": {"name": "n", "chunks": []}}).status_code == 400
    listed = client.get("/api/0/projects/o/shop/files/dsyms/", {"debug_id": debug_id.upper()}).json()
    assert [each["debugId"] for each in listed] == [debug_id]
    assert client.get("/api/0/projects/o/shop/files/dsyms/", {"query": "nothing"}).json() == []
    unknown = "/api/0/projects/o/shop/files/dsyms/unknown/"
    asked_for = {"checksums": [sha1(b"elf"), sha1(b"no")]}
    assert client.get(unknown, asked_for).json() == {"missing": [sha1(b"no")]}
    assert post(client, unknown, asked_for).json() == {"missing": [sha1(b"no")]}
    assert client.delete(f"/api/0/projects/o/shop/files/dsyms/?id={listed[0]['id']}").status_code == 204
    assert client.delete(f"/api/0/projects/o/shop/files/dsyms/?id={listed[0]['id']}").status_code == 404
    assert Upload.objects.count() == 0


def test_many_debug_files_that_are_to_be_sent_take_few_queries(
    bo: User, shop: Project, django_assert_max_num_queries: Any
) -> None:
    client = Client(headers=bearer(bo))
    asked = {f"{number:040x}": {"name": "a", "chunks": [f"{number:040x}"] * 2} for number in range(600)}
    asked["f" * 40] = {"name": "b", "chunks": []}
    with django_assert_max_num_queries(14):
        found = post(client, DIFS, asked).json()
    assert found["f" * 40] == {"state": "not_found", "missingChunks": [], "detail": None}
    assert found[f"{7:040x}"]["missingChunks"] == [f"{7:040x}"]
    refused = post(client, DIFS, {"A" * 40: {"name": "a", "chunks": []}})
    assert (refused.status_code, Upload.objects.count()) == (400, 0)
