from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from accounts.models import Membership, Project, User
from ingest.ledger import latest_requests
from issues import forgetting
from issues.models import Event
from issues.record.writer import record
from tests.issues.forgetting.conftest import LINK, PERSON, ZELDA, event
from tests.lib.json_api import Caller, error_of
from tests.lib.occurrences import NOW, occurrence


@pytest.fixture
def base(shop: Project) -> str:
    record(shop.pk, [occurrence(event(user)) for user in (ZELDA, LINK)], NOW)
    return f"/api/projects/{shop.pk}/people"


def test_a_person_is_found_given_out_and_forgotten(base: str, bo: User) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    boss = Caller(bo, token=True)
    assert len(boss.all(base, limit=1)) == 2
    for name in ("qxacc-778", "QXZELDA@example.org", "qxzel", "203.0.113.77"):
        (found,) = boss.all(f"{base}?name={name}")
        assert (found["person"], found["email"]) == (str(PERSON), "qxzelda@example.org")
    path = f"{base}/{PERSON}"
    answer = boss("GET", f"{path}/export")
    archive = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
    assert b"qxacc-778" in archive.read("events.jsonl")
    assert error_of(boss("GET", f"{path}/forget")) == (404, "NotFound")
    assert error_of(boss("POST", f"{path}/forget", {"name": "zelda"})) == (400, "ValidationError")
    begun = boss("POST", f"{path}/forget", {"name": "qxzelda@example.org"})
    assert (begun.status_code, begun.json()["state"], begun.json()["total"]) == (202, "waiting", 2)
    forgetting.run(latest_requests.forget)
    done = boss.get(f"{path}/forget")
    assert (done["state"], done["done"], done["deleted"], done["trouble"]) == ("done", 2, 1, None)
    assert [found["id"] for found in boss.all(base)] == ["wvacc-112"]
    assert error_of(boss("POST", f"{path}/forget", {"name": str(PERSON)})) == (404, "NotFound")
    assert error_of(boss("GET", f"{path}/export")) == (404, "NotFound")


def test_members_see_people_and_forget_nobody(base: str, bo: User, cy: User) -> None:
    assert len(Caller(bo).all(base)) == 2
    for method, path, body in (
        ("POST", f"{base}/{PERSON}/forget", {"name": "qxzelda@example.org"}),
        ("GET", f"{base}/{PERSON}/forget", None),
        ("GET", f"{base}/{PERSON}/export", None),
    ):
        assert error_of(Caller(bo)(method, path, body)) == (403, "Forbidden")
        assert error_of(Caller(cy)(method, path, body)) == (404, "NotFound")
    assert error_of(Caller(cy)("GET", base)) == (404, "NotFound")
    assert Event.objects.count() == 2


@pytest.mark.parametrize("person", ["1", "x", "9" * 30])
def test_nobody(base: str, ana: User, person: str) -> None:
    assert error_of(Caller(ana)("GET", f"{base}/{person}/export")) == (404, "NotFound")
    assert error_of(Caller(ana)("POST", f"{base}/{person}/forget", {"name": person})) == (404, "NotFound")
