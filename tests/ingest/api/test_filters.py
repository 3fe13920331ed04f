"""/api/projects/{id}/filters"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Membership, Project, User
from ingest.models import InboundFilters
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(bo: User, shop: Project) -> Caller:
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    return Caller(bo, token=True)


def test_a_change_changes_what_it_names(admin: Caller, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/filters"
    assert admin.get(path)["error_messages"] == []
    body = {"web_crawlers": True, "error_messages": ["*fetch*", " *fetch* ", "Chunk*"]}
    changed = admin("PATCH", path, body).json()
    assert changed == admin.get(path)
    assert changed["error_messages"] == ["*fetch*", "Chunk*"]
    again = admin("PATCH", path, {"blocked_addresses": ["203.0.113.0/24"]}).json()
    assert again == changed | {"blocked_addresses": ["203.0.113.0/24"]}
    stored = InboundFilters.objects.get(project=shop)
    assert (stored.web_crawlers, stored.error_messages) == (True, "*fetch*\nChunk*")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error_messages": ["a", "*"]}, "error_messages: Line 2, '*': matches every event"),
        ({"releases": ["a\nb"]}, "releases: a pattern must not contain a line break"),
        ({"blocked_addresses": ["x"]}, "blocked_addresses: Line 1"),
        ({"releases": [str(number) for number in range(201)]}, "releases: There are 201 lines"),
        ({"web_crawlers": "true"}, "web_crawlers: "),
    ],
)
def test_what_is_wrong_is_named_and_nothing_saved(
    admin: Caller, shop: Project, body: dict[str, Any], said: str
) -> None:
    answer = admin("PATCH", f"/api/projects/{shop.pk}/filters", {"localhost": True} | body)
    assert error_of(answer) == (400, "ValidationError")
    assert answer.json()["error"]["message"].startswith(said)
    assert not InboundFilters.objects.exists()


def test_members_read_and_admins_change(bo: User, cy: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}/filters"
    assert Caller(bo).get(path)["localhost"] is False
    assert error_of(Caller(bo)("PATCH", path, {"localhost": True})) == (403, "Forbidden")
    for method in ("GET", "PATCH"):
        assert error_of(Caller(cy)(method, path, {})) == (404, "NotFound")
    assert not InboundFilters.objects.exists()
