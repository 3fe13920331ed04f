"""issues/sentry_api/uploads/release_file_list.py: files of a release that are sent one by one"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues.models import Artifact, Release, StoredFile, Upload
from tests.lib.remote_storage import Elsewhere
from tests.lib.sentry_uploads import bearer, form
from tests.lib.uploads import sha1

pytestmark = pytest.mark.django_db
FILES = "/api/0/projects/o/shop/releases/app@1.0/files/"
OF_ORGANIZATION = "/api/0/organizations/o/releases/app%401.0/files/"
SCRIPT = b"app()\n"


def uploaded(client: Client, address: str = FILES, data: bytes = SCRIPT, **fields: str) -> dict[str, object]:
    answer = client.post(address, *form(("file", "app.js", data), **{"name": "~/app.js", **fields}))
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_file_is_sent_listed_read_and_deleted(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    made = uploaded(client, header="Sourcemap: app.js.map", dist="7")
    expected = {"name": "~/app.js", "dist": "7", "size": len(SCRIPT), "sha1": sha1(SCRIPT)}
    assert expected.items() <= made.items()
    assert {name.lower(): value for name, value in made["headers"].items()} == {"sourcemap": "app.js.map"}
    assert client.get(FILES).json() == [made]
    assert client.get(FILES, {"query": "APP"}).json() == [made]
    assert client.get(FILES, {"checksum": sha1(SCRIPT)}).json() == [made]
    assert client.get(FILES, {"query": "other"}).json() == []
    assert client.get(f"{FILES}{made['id']}/").json() == made
    assert client.get(f"{FILES}{made['id']}/?download=1").getvalue() == SCRIPT
    assert client.delete(f"{FILES}{made['id']}/").status_code == 204
    assert client.get(f"{FILES}{made['id']}/").status_code == 404
    assert (Upload.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_file_of_the_same_name_takes_the_place_of_the_first(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    first = uploaded(client)
    assert uploaded(client) == first
    second = uploaded(client, data=b"changed()\n")
    assert client.get(FILES).json() == [second]
    uploaded(client, dist="7")
    assert len(client.get(FILES).json()) == 2


def test_the_organizations_address_means_the_projects_that_have_the_release(
    bo: User, shop: Project, stored: Path
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    hidden = Project.objects.create(name="Hidden", slug="hidden")
    Membership.objects.create(user=bo, project=other)
    client = Client(headers=bearer(bo))
    assert client.post(OF_ORGANIZATION, *form(("file", "a.js", b"a"))).status_code == 400
    for project in (shop, hidden):
        Release.objects.create(project=project, version="app@1.0")
    uploaded(client, OF_ORGANIZATION)
    assert set(Artifact.objects.values_list("project", flat=True)) == {shop.pk}
    assert len(client.get(OF_ORGANIZATION).json()) == 1


def test_another_project_sees_nothing_of_it(bo: User, cy: User, shop: Project, stored: Path) -> None:
    made = uploaded(Client(headers=bearer(bo)))
    own = Project.objects.create(name="Own", slug="own")
    Membership.objects.create(user=cy, project=own)
    client = Client(headers=bearer(cy))
    for address in (FILES, f"{FILES}{made['id']}/", FILES.replace("shop", "own") + f"{made['id']}/"):
        assert client.get(address).status_code == 404
        assert client.delete(address).status_code in {404, 405}
    assert client.get(OF_ORGANIZATION).json() == []


def test_nothing_is_left_when_the_storage_is_away(
    bo: User, shop: Project, elsewhere: type[Elsewhere]
) -> None:
    client = Client(headers=bearer(bo))
    elsewhere.down = RuntimeError("no bucket")
    answer = client.post(FILES, *form(("file", "app.js", SCRIPT)))
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert (Upload.objects.count(), StoredFile.objects.count()) == (0, 0)
    elsewhere.down = None
    made = uploaded(client)
    elsewhere.down = RuntimeError("no bucket")
    assert client.get(f"{FILES}{made['id']}/?download=1").status_code == 503
    elsewhere.down = None
    elsewhere.kept.clear()
    assert client.get(f"{FILES}{made['id']}/?download=1").status_code == 404


def test_what_is_wrong_is_said(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    for body, why in (
        (form(("other", "a", b"")), "in the field `file`"),
        (form(("file", "a.js", b"a"), dist="d" * 65), "dist: must have at most 64"),
        (form(("file", "a.js", b"a"), name="n" * 1001), "name: must have at most 1000"),
    ):
        answer = client.post(FILES, *body)
        assert (answer.status_code, why in answer.json()["detail"]) == (400, True), answer.json()


def test_all_files_of_a_release_are_deleted(bo: User, shop: Project, stored: Path) -> None:
    client = Client(headers=bearer(bo))
    uploaded(client)
    uploaded(client, FILES.replace("1.0", "2.0"))
    assert client.delete("/api/0/projects/o/shop/files/source-maps/?name=app@1.0").status_code == 204
    assert [found.release for found in Artifact.objects.all()] == ["app@2.0"]
    assert client.delete("/api/0/projects/o/shop/files/source-maps/").status_code == 204
    assert Artifact.objects.count() == 1
