from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from ingest.ledger import latest_requests
from issues import forgetting
from issues.forgetting import export
from issues.models import Event, Forgetting
from issues.record.writer import record
from tests.issues.forgetting.conftest import PERSON, ZELDA, event
from tests.lib.occurrences import NOW, occurrence

FORGET, EXPORT = (f"/projects/shop/people/{name}/?person={PERSON}" for name in ("forget", "export"))


@pytest.fixture
def met(shop: Project) -> Project:
    record(shop.pk, [occurrence(event(ZELDA))], NOW)
    return shop


@pytest.fixture
def boss(bo: User, sign_in) -> Client:
    Membership.objects.filter(user=bo).update(role="admin")
    client: Client = sign_in(bo)
    return client


def page(client: Client, url: str, **fields: str) -> str:
    answer = client.post(url, fields, follow=True) if fields else client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_person_is_forgotten_after_their_name_was_typed(met: Project, boss: Client) -> None:
    own = page(boss, f"/projects/shop/people/?person={PERSON}")
    assert "Forget this person" in own
    asked = page(boss, FORGET)
    assert "Forget <bdi>qxzelda@example.org</bdi>?" in asked
    wrong = page(boss, FORGET, name="zelda")
    assert "This is not their name." in wrong
    assert not Forgetting.objects.exists()
    begun = page(boss, FORGET, name=" QXzelda@example.org ")
    assert "0 of 1 event looked at, 0 deleted so far" in begun
    assert "<form" not in begun.partition("<main")[2].partition("</main>")[0]
    page(boss, FORGET, name="qxzelda@example.org")
    forgetting.run(latest_requests.forget)
    done = page(boss, FORGET)
    assert "This person is forgotten: 1 event deleted" in done
    assert "qxzelda" not in done
    assert boss.get(f"/projects/shop/people/?person={PERSON}").status_code == 404
    assert (Event.objects.count(), Forgetting.objects.count()) == (0, 1)


def test_the_export_is_a_file(met: Project, boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = boss.get(EXPORT)
    assert answer["Content-Disposition"] == 'attachment; filename="shop-person.zip"'
    assert "no-store" in answer["Cache-Control"]
    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert archive.read("events.jsonl").count(b"\n") == 1
    monkeypatch.setattr(export, "MOST_EXPORTED", 0)
    assert "use manage.py export_person" in boss.get(EXPORT, follow=True).content.decode()


def test_it_is_for_admins_of_the_project(met: Project, bo: User, cy: User, sign_in) -> None:
    member, stranger = sign_in(bo), sign_in(cy)
    assert "Forget this person" not in page(member, f"/projects/shop/people/?person={PERSON}")
    for url in (FORGET, EXPORT):
        assert (member.get(url).status_code, stranger.get(url).status_code) == (403, 404)
    for client, status in ((member, 403), (stranger, 404)):
        assert client.post(FORGET, {"name": "qxzelda@example.org"}).status_code == status
    assert not Forgetting.objects.exists()


@pytest.mark.parametrize("person", ["1", "x", "", "9" * 30])
def test_nobody(met: Project, boss: Client, person: str) -> None:
    for name in ("forget", "export"):
        assert boss.get(f"/projects/shop/people/{name}/?person={person}").status_code == 404
