"""What holds for every change: sessions need a CSRF token, tokens do not, and unknown or read-only fields change nothing."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Membership, Project, User
from rustrak.api.whole import document
from tests.lib import builders
from tests.lib.api_routes import PUBLIC, filled
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

CHANGES = [
    (method, path)
    for path, methods in document("/")["paths"].items()
    for method in methods
    if method != "get" and path not in PUBLIC
]
#: What only Rustrak writes.
READ_ONLY = {
    "id",
    "created_at",
    "updated_at",
    "created_by",
    "short_id",
    "digest_order",
    "is_admin",
    "role_in",
}


def test_a_session_needs_a_csrf_token_and_a_token_does_not(ana: User) -> None:
    Project.objects.create(pk=1, name="Shop", slug="shop")
    session, token = Caller(ana), Caller(ana, token=True)
    del session.headers["X-CSRFToken"]
    assert len(CHANGES) > 50
    for method, path in CHANGES:
        answer = session(method, filled(path), {})
        assert error_of(answer) == (403, "Forbidden"), (method, path)
        assert "CSRF" in answer.json()["error"]["message"], (method, path)
        assert b"CSRF" not in token(method, filled(path), {}).content, (method, path)
    assert Caller(ana)("POST", "/api/projects", {"name": "Bank"}).status_code == 201


def test_no_body_names_what_only_rustrak_writes() -> None:
    schemas = document("/")["components"]["schemas"]
    bodies = [
        schemas[reference.rpartition("/")[2]]
        for methods in document("/")["paths"].values()
        for details in methods.values()
        if (
            schema := details.get("requestBody", {})
            .get("content", {})
            .get("application/json", {})
            .get("schema")
        )
        and (reference := (schema.get("anyOf") or [schema])[0].get("$ref", ""))
    ]
    assert len(bodies) > 30
    for body in bodies:
        assert not READ_ONLY & set(body["properties"])
        assert body.get("additionalProperties", False) is False


def other(value: Any) -> Any:
    """A value of the same kind that is not `value`."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    return f"{value}x" if isinstance(value, str) else "x"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", {"name", "slug", "grouping"}),
        (
            "/issues/{issue}",
            {"status", "is_resolved", "is_muted", "assignee", "mute", "resolution", "release"},
        ),
        ("/filters", None),
        ("/limits", {"max_events_per_minute", "max_events_per_hour", "retain_days", "retain_events"}),
    ],
)
def test_fields_that_are_read_only_or_unknown_change_nothing(
    bo: User, shop: Project, path: str, allowed: set[str] | None
) -> None:
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    caller = Caller(bo, token=True)
    address = f"/api/projects/{shop.pk}" + path.replace("{issue}", str(builders.issue(shop).pk))
    before = caller.get(address)
    kept = set(before) if allowed is None else allowed | {"noisy_issue_percent"}
    sent = {name: other(value) for name, value in before.items() if name not in kept}
    sent |= {"project": 2, "project_id": 2, "user_id": 1, "role": "owner", "is_staff": True, "__class__": "x"}
    assert caller("PATCH", address, sent).status_code == 200
    after = caller.get(address)
    assert {name: value for name, value in after.items() if name != "updated_at"} == {
        name: value for name, value in before.items() if name != "updated_at"
    }
