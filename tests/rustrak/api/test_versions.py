"""ETag and If-Match of everything that people edit: who has not seen the latest change changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import keys, teams
from accounts.models import Membership, Project, User
from issues.alerts import stored_channels
from issues.alerts.rules import stored
from issues.alerts.rules.values import RuleValues
from issues.models import Monitor, SavedSearch
from issues.trackers import external_issues
from rustrak.api.whole import document
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

PRIVACY = {"default_rules": None, "removed_names": "", "kept_names": "", "addresses": "keep"}
TRACKER = {"kind": "other", "template": "https://c.example/?t={title}"}

#: By the address, under that of a project where it does not begin with /api: how it is changed, a change, and another one.
KINDS: dict[str, tuple[str, Any, Any]] = {
    "": ("PATCH", {"name": "Shop 2"}, {"name": "Shop 3"}),
    "/filters": ("PATCH", {"localhost": True}, {"web_crawlers": True}),
    "/limits": ("PATCH", {"retain_days": 3}, {"retain_days": 4}),
    "/owners": ("PUT", {"text": "* bo@example.org"}, {"text": ""}),
    "/privacy": ("PUT", PRIVACY | {"patterns": "aa+"}, PRIVACY | {"patterns": "bb+"}),
    "/fingerprint-rules": ("PUT", {"text": "type:A -> a"}, {"text": "type:B -> b"}),
    "/keys/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/issue-tracker": ("PUT", TRACKER | {"template": "https://a.example/?t={title}"}, TRACKER),
    "/alert-rules/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/saved-searches/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/monitors/{id}": ("PATCH", {"is_muted": True}, {"is_muted": False}),
    "/api/saved-searches/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/api/alert-channels/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/api/teams/{id}": ("PATCH", {"name": "A"}, {"name": "B"}),
    "/api/privacy": ("PUT", PRIVACY | {"patterns": "aa+"}, PRIVACY | {"patterns": "bb+"}),
}
#: What has no version, because each change says all that it is about, or is made by one person only, or by tools.
WITHOUT = {
    "/alert-preferences", "/comments/{comment_id}", "/issues/{issue_id}", "/feedback/{feedback_id}",
    "/releases/{version}", "/commits",
}  # fmt: skip


def made(kind: str, shop: Project, bo: User) -> Any:
    """The id of what `kind` is about; None where the project has one of it."""
    match kind:
        case "/alert-rules/{id}":
            return stored.create(shop, RuleValues(name="R", triggers=("new",), to_members=True), bo).pk
        case "/keys/{id}":
            return keys.create(shop, "K").pk
        case "/saved-searches/{id}":
            return SavedSearch.objects.create(owner=bo, project=shop, name="S", status="open").pk
        case "/api/saved-searches/{id}":
            return SavedSearch.objects.create(owner=bo, name="S", status="open").pk
        case "/api/alert-channels/{id}":
            options = {"url": "https://example.org/"}
            return stored_channels.create(kind="webhook", name="W", values=options, project=shop, by=bo).pk
        case "/api/teams/{id}":
            return teams.create("T", by=bo, members=[bo]).pk
        case "/monitors/{id}":
            return Monitor.objects.create(project=shop, slug="nightly").slug
        case "/issue-tracker":
            external_issues.set_tracker(shop, "other", "https://b.example/?t={title}")
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_who_has_not_seen_the_latest_change_changes_nothing(
    kind: str, ana: User, bo: User, shop: Project
) -> None:
    Membership.objects.filter(user=bo).update(role=Membership.Role.ADMIN)
    caller = Caller(ana if kind == "/api/privacy" else bo)
    method, change, other = KINDS[kind]
    path = kind.format(id=made(kind, shop, bo))
    path = path if path.startswith("/api") else f"/api/projects/{shop.pk}{path}"
    seen = caller("GET", path)["ETag"]
    first = caller(method, path, change, **{"If-Match": seen})
    assert first.status_code == 200, first.content
    assert first["ETag"] == caller("GET", path)["ETag"] != seen
    late = caller(method, path, other, **{"If-Match": seen})
    assert error_of(late) == (412, "PreconditionFailed")
    assert "Somebody has changed this" in late.json()["error"]["message"]
    if "DELETE" in late_methods(caller, path):
        assert caller("DELETE", path, **{"If-Match": seen}).status_code == 412
        assert caller("DELETE", path, **{"If-Match": first["ETag"]}).status_code == 204


def late_methods(caller: Caller, path: str) -> str:
    """The methods that an address knows."""
    return str(caller("TRACE", path)["Allow"])


def test_everything_that_is_read_and_changed_at_one_address_has_a_version() -> None:
    without = set()
    for path, operations in document("/")["paths"].items():
        if "get" in operations:
            for method in {"put", "patch", "delete"} & set(operations):
                named = {each["name"] for each in operations[method]["parameters"]}
                if "If-Match" not in named:
                    without.add(path)
    assert {path for path in without if not path.endswith(tuple(WITHOUT))} == set()
