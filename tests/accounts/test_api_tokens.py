"""/api/tokens"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine

from accounts.models import ApiToken, AuditEntry, Project, User
from accounts.tokens import issuing
from rustrak.lib import clock
from tests.lib import builders
from tests.lib.json_api import Caller, bearer, error_of

pytestmark = pytest.mark.django_db


def test_a_new_token_is_shown_once_and_works(bo: User) -> None:
    caller = Caller(bo)
    answer = caller("POST", "/api/tokens", {"description": "deploys"})
    assert answer.status_code == 201
    made = answer.json()
    limits = {"capabilities": None, "projects": None, "expires_at": None}
    about = {"id", "token_prefix", "description", "created_at", *limits}
    assert set(made) == about | {"token"}
    assert limits.items() <= made.items()
    assert re.fullmatch("[0-9a-f]{40}", made["token"])
    assert made["token"].startswith(made["token_prefix"])
    assert made["created_at"].endswith("Z")
    assert made["token"] not in str(ApiToken.objects.values())
    assert Caller()("GET", "/auth/me", Authorization=f"Bearer {made['token']}").json()["id"] == bo.pk
    [listed] = caller.all("/api/tokens")
    assert set(listed) == about | {"last_used_at"}
    assert (listed["description"], listed["token_prefix"]) == ("deploys", made["token_prefix"])


def test_the_description_may_be_left_out(bo: User) -> None:
    assert Caller(bo)("POST", "/api/tokens", {}).json()["description"] == ""


@pytest.mark.parametrize(
    "body", [[], "x", b"null", b"{", {"description": 7}, {"description": None}, {"description": "x" * 201}]
)
def test_a_bad_description_is_refused(bo: User, body: object) -> None:
    caller = Caller(bo)
    assert error_of(caller("POST", "/api/tokens", body)) == (400, "ValidationError")
    assert not ApiToken.objects.exists()


def test_the_list_has_the_users_own_tokens_newest_first_in_pages(bo: User, cy: User) -> None:
    ApiToken.objects.issue(cy)
    own = [ApiToken.objects.issue(bo)[0].pk for _ in range(5)]
    assert [token["id"] for token in Caller(bo).all("/api/tokens", limit=2)] == own[::-1]


def test_a_deleted_token_is_refused_at_once(bo: User) -> None:
    with_token = Caller(bo, token=True)
    with_token.get("/auth/me")
    answer = Caller(bo)("DELETE", f"/api/tokens/{ApiToken.objects.get().pk}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert error_of(with_token("GET", "/auth/me")) == (401, "Unauthorized")


def test_the_token_of_another_user_is_a_404(bo: User, cy: User, ana: User) -> None:
    token, _ = ApiToken.objects.issue(bo)
    for caller in (Caller(cy), Caller(ana)):
        assert error_of(caller("DELETE", f"/api/tokens/{token.pk}")) == (404, "NotFound")
        assert caller.all("/api/tokens") == []
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_a_token_may_have_the_form_of_sentrys_clients(bo: User) -> None:
    made = Caller(bo)("POST", "/api/tokens", {"form": "sentry"}).json()
    assert made["token"].startswith("sntrys_")
    assert made["token"].rpartition("_")[2].startswith(made["token_prefix"])
    assert Caller()("GET", "/auth/me", Authorization=f"Bearer {made['token']}").json()["id"] == bo.pk
    assert error_of(Caller(bo)("POST", "/api/tokens", {"form": "x"})) == (400, "ValidationError")


def test_a_token_may_be_for_some_projects(ana: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    made = Caller(ana)("POST", "/api/tokens", {"projects": [shop.pk]}).json()
    assert made["projects"] == [shop.pk]
    caller = bearer(made["token"])
    assert [each["id"] for each in caller.all("/api/projects")] == [shop.pk]
    assert caller.get(f"/api/projects/{shop.pk}/issues")["items"] == []
    for path in (f"/api/projects/{other.pk}", f"/api/projects/{other.pk}/issues"):
        assert error_of(caller("GET", path)) == (404, "NotFound")
    # Nor is it for what projects share.
    for method, path in (
        ("POST", "/api/projects"), ("GET", "/api/teams"), ("GET", "/api/alert-channels"), ("GET", "/api/audit"),
        ("PATCH", "/api/alert-preferences"), ("PUT", "/api/privacy"), ("GET", "/metrics"),
    ):  # fmt: skip
        assert error_of(caller(method, path, None if method == "GET" else {})) == (403, "Forbidden"), path
    assert Caller(ana).get(f"/api/projects/{other.pk}")["id"] == other.pk


def test_a_bulk_action_elsewhere_is_not_there_for_the_token(ana: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    issue = builders.issue(other)
    body = {"action": "resolve", "ids": [str(issue.pk)]}
    action = Caller(ana)("POST", f"/api/projects/{other.pk}/issues/bulk", body).json()["id"]
    for project, status in ((shop, 404), (other, 201)):
        caller = bearer(issuing.issue(ana, projects=[project])[1])
        assert caller("POST", f"/api/bulk-actions/{action}/undo").status_code == status


def test_a_token_ends(bo: User) -> None:
    made = Caller(bo)("POST", "/api/tokens", {"expires_in_days": 30}).json()
    caller = bearer(made["token"])
    assert caller.get("/auth/me")["id"] == bo.pk
    with time_machine.travel(clock.now() + timedelta(days=30)):
        answer = caller("GET", "/auth/me")
        assert error_of(answer) == (401, "Unauthorized")
        assert "expired at" in answer.json()["error"]["message"]
        assert error_of(caller("GET", "/api/tokens")) == (401, "Unauthorized")
    for wrong in (0, -1, 10**30, "30", 1.5):
        assert error_of(Caller(bo)("POST", "/api/tokens", {"expires_in_days": wrong})) == (
            400,
            "ValidationError",
        )


def test_the_last_use_is_written_once_a_minute(bo: User, django_assert_num_queries: Any) -> None:
    caller = Caller(bo, token=True)
    caller.get("/auth/me")
    with django_assert_num_queries(1):  # the token with its user
        caller.get("/auth/me")


@pytest.mark.parametrize(
    "body",
    [
        {"capabilities": []},
        {"capabilities": ["event:everything"]},
        {"capabilities": "event:read"},
        {"capabilities": ["event:read", 7]},
        # More than a member can have.
        {"capabilities": ["event:read", "org:write"]},
        {"capabilities": ["audit:read"]},
        {"projects": []},
        {"projects": ["shop"]},
        # What is not known must not make a token that is less limited than was meant.
        {"capabilites": ["event:read"]},
        {"project": 1},
        {"user_id": 1},
        {"expires_at": "2030-01-01T00:00:00Z"},
    ],
)
def test_limits_that_cannot_be_are_refused(bo: User, body: dict[str, Any]) -> None:
    assert error_of(Caller(bo)("POST", "/api/tokens", body)) == (400, "ValidationError")
    assert not ApiToken.objects.exists()


def test_a_token_for_a_project_that_is_not_visible_is_refused(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for projects in ([other.pk], [shop.pk, other.pk]):
        assert error_of(Caller(bo)("POST", "/api/tokens", {"projects": projects})) == (404, "NotFound")
    assert error_of(Caller(bo)("POST", "/api/tokens", {"projects": [10**30]})) == (400, "ValidationError")
    assert not ApiToken.objects.exists()


def test_a_token_for_a_project_ends_with_the_membership(bo: User, shop: Project) -> None:
    caller = bearer(issuing.issue(bo, projects=[shop])[1])
    assert len(caller.all("/api/projects")) == 1
    bo.memberships.all().delete()
    assert caller.all("/api/projects") == []
    User.objects.filter(pk=bo.pk).update(is_active=False)
    assert error_of(caller("GET", "/api/projects")) == (401, "Unauthorized")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", "/1")])
def test_a_session_is_required(bo: User, method: str, path: str) -> None:
    body = {} if method == "POST" else None
    assert error_of(Caller(bo, token=True)(method, f"/api/tokens{path}", body)) == (403, "Forbidden")
    assert error_of(Caller()(method, f"/api/tokens{path}", body)) == (401, "Unauthorized")
    bad = Caller(bo)(method, f"/api/tokens{path}", body, Authorization="Bearer x")
    assert error_of(bad) == (401, "Unauthorized")


def test_changes_need_the_csrf_token(bo: User) -> None:
    token, _ = ApiToken.objects.issue(bo)
    caller = Caller(bo)
    for wrong in ("d" * 32, ""):
        caller.headers["X-CSRFToken"] = wrong
        assert error_of(caller("POST", "/api/tokens", {})) == (403, "Forbidden")
        assert error_of(caller("DELETE", f"/api/tokens/{token.pk}")) == (403, "Forbidden")
    assert len(caller.all("/api/tokens")) == 1


def test_the_text_of_a_token_is_in_no_log_and_no_answer(
    bo: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not when an operation fails, nor when a token is refused."""
    caplog.set_level(logging.DEBUG)
    _, text = issuing.issue(bo, form="sentry")
    caller, shown = bearer(text), []
    monkeypatch.setattr("accounts.api.UserOut.of", mock.Mock(side_effect=RuntimeError("broken")))
    caller.client.raise_request_exception = False
    shown.append(caller("GET", "/auth/me"))
    assert shown[-1].status_code == 500
    shown += [caller("GET", path) for path in ("/metrics", "/api/tokens", "/api/audit")]
    ApiToken.objects.update(expires_at=clock.now())
    shown += [caller("GET", path) for path in ("/api/projects", "/metrics")]
    assert [answer.status_code for answer in shown[1:]] == [403, 403, 403, 401, 401]
    shown.append(Caller(bo)("GET", "/api/tokens"))
    secrets = (text, text.rpartition("_")[2], ApiToken.objects.get().digest)
    assert "broken" in caplog.text
    for said in (
        caplog.text,
        str(AuditEntry.objects.values()),
        *(answer.content.decode() for answer in shown),
    ):
        assert [secret for secret in secrets if secret in said] == []
