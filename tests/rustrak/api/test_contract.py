"""What every route has in common: errors, methods, slashes, headers, and the OpenAPI description."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import DatabaseError
from django.urls import get_resolver, resolve
from django.urls.exceptions import Resolver404

from accounts.models import Project, User
from rustrak.api.whole import api
from tests.lib import builders
from tests.lib.api_routes import PUBLIC, filled
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db

ROUTES = {
    ("post", "/auth/login"),
    ("post", "/auth/register"),
    ("post", "/auth/logout"),
    ("get", "/auth/me"),
    ("get", "/api/audit"),
    ("get", "/api/projects"),
    ("post", "/api/projects"),
    ("get", "/api/projects/{project_id}"),
    ("patch", "/api/projects/{project_id}"),
    ("delete", "/api/projects/{project_id}"),
    ("get", "/api/projects/{project_id}/people"),
    ("get", "/api/projects/{project_id}/people/{person}/export"),
    ("get", "/api/projects/{project_id}/people/{person}/forget"),
    ("post", "/api/projects/{project_id}/people/{person}/forget"),
    ("get", "/api/projects/{project_id}/members"),
    ("post", "/api/projects/{project_id}/members"),
    ("patch", "/api/projects/{project_id}/members/{member_id}"),
    ("delete", "/api/projects/{project_id}/members/{member_id}"),
    ("get", "/api/invitations"),
    ("post", "/api/invitations"),
    ("post", "/api/invitations/{invitation_id}/renew"),
    ("delete", "/api/invitations/{invitation_id}"),
    ("get", "/api/users"),
    ("get", "/api/users/{user_id}"),
    ("patch", "/api/users/{user_id}"),
    ("get", "/api/projects/{project_id}/teams"),
    ("put", "/api/projects/{project_id}/teams/{team_id}"),
    ("delete", "/api/projects/{project_id}/teams/{team_id}"),
    ("get", "/api/projects/{project_id}/keys"),
    ("post", "/api/projects/{project_id}/keys"),
    ("get", "/api/projects/{project_id}/keys/{key_id}"),
    ("patch", "/api/projects/{project_id}/keys/{key_id}"),
    ("delete", "/api/projects/{project_id}/keys/{key_id}"),
    ("post", "/api/projects/{project_id}/keys/{key_id}/rotate"),
    ("get", "/api/issues"),
    ("get", "/api/projects/{project_id}/issues"),
    ("post", "/api/projects/{project_id}/issues/bulk"),
    ("get", "/api/bulk-actions/{action_id}"),
    ("post", "/api/bulk-actions/{action_id}/stop"),
    ("post", "/api/bulk-actions/{action_id}/undo"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}"),
    ("patch", "/api/projects/{project_id}/issues/{issue_id}"),
    ("delete", "/api/projects/{project_id}/issues/{issue_id}"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/events"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/events/{event_id}"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/tags"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/activity"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/comments"),
    ("post", "/api/projects/{project_id}/issues/{issue_id}/comments"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/comments/{comment_id}"),
    ("patch", "/api/projects/{project_id}/issues/{issue_id}/comments/{comment_id}"),
    ("delete", "/api/projects/{project_id}/issues/{issue_id}/comments/{comment_id}"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/watchers"),
    ("put", "/api/projects/{project_id}/issues/{issue_id}/watchers/me"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/groupings"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/merged"),
    ("post", "/api/projects/{project_id}/issues/{issue_id}/merge"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/look-alikes"),
    ("post", "/api/projects/{project_id}/merged-issues/{issue_id}/undo"),
    ("post", "/api/projects/{project_id}/groupings/{grouping_id}/split"),
    ("post", "/api/projects/{project_id}/groupings/{grouping_id}/move"),
    ("get", "/api/projects/{project_id}/look-alikes"),
    ("get", "/api/projects/{project_id}/not-the-same"),
    ("post", "/api/projects/{project_id}/not-the-same"),
    ("delete", "/api/projects/{project_id}/not-the-same/{issue_id}/{other_id}"),
    ("post", "/api/projects/{project_id}/issues/{issue_id}/external-issues"),
    ("delete", "/api/projects/{project_id}/issues/{issue_id}/external-issues/{link_id}"),
    ("get", "/api/projects/{project_id}/issue-tracker"),
    ("put", "/api/projects/{project_id}/issue-tracker"),
    ("delete", "/api/projects/{project_id}/issue-tracker"),
    ("get", "/api/projects/{project_id}/owners"),
    ("put", "/api/projects/{project_id}/owners"),
    ("get", "/api/projects/{project_id}/attachments/{attachment_id}"),
    ("get", "/api/projects/{project_id}/feedback"),
    ("patch", "/api/projects/{project_id}/feedback/{feedback_id}"),
    ("delete", "/api/projects/{project_id}/feedback/{feedback_id}"),
    ("get", "/api/projects/{project_id}/feedback/{feedback_id}"),
    ("get", "/api/projects/{project_id}/filters"),
    ("patch", "/api/projects/{project_id}/filters"),
    ("get", "/api/projects/{project_id}/limits"),
    ("patch", "/api/projects/{project_id}/limits"),
    ("get", "/api/projects/{project_id}/ledger"),
    ("get", "/api/projects/{project_id}/requests"),
    ("get", "/api/projects/{project_id}/monitors"),
    ("get", "/api/projects/{project_id}/monitors/{slug}"),
    ("patch", "/api/projects/{project_id}/monitors/{slug}"),
    ("delete", "/api/projects/{project_id}/monitors/{slug}"),
    ("patch", "/api/projects/{project_id}/monitors/{slug}/environments/{environment_id}"),
    ("delete", "/api/projects/{project_id}/monitors/{slug}/environments/{environment_id}"),
    ("get", "/api/projects/{project_id}/monitors/{slug}/check-ins"),
    ("get", "/api/projects/{project_id}/sessions"),
    ("get", "/api/projects/{project_id}/release-health/{version}"),
    ("get", "/api/projects/{project_id}/releases"),
    ("post", "/api/projects/{project_id}/releases"),
    ("get", "/api/projects/{project_id}/releases/{version}"),
    ("patch", "/api/projects/{project_id}/releases/{version}"),
    ("delete", "/api/projects/{project_id}/releases/{version}"),
    ("get", "/api/projects/{project_id}/releases/{version}/deploys"),
    ("get", "/api/projects/{project_id}/releases/{version}/remap"),
    ("post", "/api/projects/{project_id}/releases/{version}/remap"),
    ("post", "/api/projects/{project_id}/releases/{version}/deploys"),
    ("get", "/api/projects/{project_id}/releases/{version}/commits"),
    ("put", "/api/projects/{project_id}/releases/{version}/commits"),
    ("get", "/api/projects/{project_id}/repositories"),
    ("post", "/api/projects/{project_id}/repositories"),
    ("patch", "/api/projects/{project_id}/repositories/{repository_id}"),
    ("delete", "/api/projects/{project_id}/repositories/{repository_id}"),
    ("post", "/api/projects/{project_id}/repositories/{repository_id}/code-mappings"),
    ("delete", "/api/projects/{project_id}/repositories/{repository_id}/code-mappings/{mapping_id}"),
    ("get", "/api/projects/{project_id}/issues/{issue_id}/suspect-commits"),
    ("get", "/api/projects/{project_id}/saved-searches"),
    ("post", "/api/projects/{project_id}/saved-searches"),
    ("get", "/api/projects/{project_id}/saved-searches/{search_id}"),
    ("patch", "/api/projects/{project_id}/saved-searches/{search_id}"),
    ("delete", "/api/projects/{project_id}/saved-searches/{search_id}"),
    ("get", "/api/saved-searches"),
    ("post", "/api/saved-searches"),
    ("get", "/api/saved-searches/{search_id}"),
    ("patch", "/api/saved-searches/{search_id}"),
    ("delete", "/api/saved-searches/{search_id}"),
    ("get", "/api/audit"),
    ("get", "/api/privacy"),
    ("put", "/api/privacy"),
    ("post", "/api/privacy/try"),
    ("get", "/api/projects/{project_id}/privacy"),
    ("put", "/api/projects/{project_id}/privacy"),
    ("post", "/api/projects/{project_id}/privacy/try"),
    ("get", "/api/projects/{project_id}/fingerprint-rules"),
    ("put", "/api/projects/{project_id}/fingerprint-rules"),
    ("post", "/api/projects/{project_id}/fingerprint-rules/preview"),
    ("get", "/api/projects/{project_id}/fingerprint-rules/stored"),
    ("post", "/api/projects/{project_id}/fingerprint-rules/bindings"),
    ("get", "/api/projects/{project_id}/fingerprint-rules/versions"),
    ("get", "/api/projects/{project_id}/fingerprint-rules/versions/{version}"),
    ("get", "/api/projects/{project_id}/alert-rules"),
    ("post", "/api/projects/{project_id}/alert-rules"),
    ("post", "/api/projects/{project_id}/alert-rules/preview"),
    ("get", "/api/projects/{project_id}/alert-rules/{rule_id}"),
    ("patch", "/api/projects/{project_id}/alert-rules/{rule_id}"),
    ("delete", "/api/projects/{project_id}/alert-rules/{rule_id}"),
    ("post", "/api/projects/{project_id}/alert-rules/{rule_id}/preview"),
    ("get", "/api/projects/{project_id}/alert-history"),
    ("get", "/api/alert-channels"),
    ("post", "/api/alert-channels"),
    ("get", "/api/alert-channels/kinds"),
    ("get", "/api/alert-channels/{channel_id}"),
    ("patch", "/api/alert-channels/{channel_id}"),
    ("delete", "/api/alert-channels/{channel_id}"),
    ("post", "/api/alert-channels/{channel_id}/test"),
    ("post", "/api/alert-channels/{channel_id}/resume"),
    ("get", "/api/tokens"),
    ("post", "/api/tokens"),
    ("delete", "/api/tokens/{token_id}"),
    ("get", "/api/teams"),
    ("post", "/api/teams"),
    ("get", "/api/teams/{team_id}"),
    ("patch", "/api/teams/{team_id}"),
    ("delete", "/api/teams/{team_id}"),
    ("get", "/api/alert-preferences"),
    ("patch", "/api/alert-preferences"),
}


def test_the_description_lists_the_contracts_routes(bo: User) -> None:
    for caller in (Caller(bo), Caller(bo, token=True)):
        description = caller.get("/api/openapi.json")
        assert description["openapi"].startswith("3.")
        found = {(method, path) for path, methods in description["paths"].items() for method in methods}
        assert found == ROUTES
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    issue = description["components"]["schemas"]["IssueOut"]["properties"]
    assert issue["first_seen"] == {
        "type": "string",
        "format": "date-time",
        "examples": ["2026-11-23T19:04:11.123456Z"],
        "title": "First Seen",
    }


def test_the_description_and_its_page_are_for_people_signed_in(bo: User) -> None:
    assert error_of(Caller()("GET", "/api/openapi.json")) == (401, "Unauthorized")
    answer = Caller()("GET", "/api/docs")
    assert answer.status_code == 302
    assert "next=/api/docs" in answer["Location"]


@pytest.mark.parametrize(("method", "route"), sorted(ROUTES))
def test_anonymous_requests_are_refused_with_and_without_a_slash(method: str, route: str) -> None:
    for path in (filled(route), filled(route) + "/"):
        answer = Caller()(method, path)
        if route == "/auth/logout":
            assert answer.status_code == 204
        elif route in PUBLIC:
            assert error_of(answer) == (415, "ValidationError")
        else:
            assert error_of(answer) == (401, "Unauthorized")
        assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api", "/api/nothing/x", "/api/a%0Ab/c", "/api/projects/1%0A"])
def test_what_is_no_route_is_answered_in_json(ana: User, path: str) -> None:
    for method in ("GET", "POST"):
        assert error_of(Caller(ana)(method, path)) == (404, "NotFound")


@pytest.mark.parametrize("route", sorted({route for _, route in ROUTES}))
def test_other_methods_are_refused_in_json(ana: User, route: str) -> None:
    allowed = {method.upper() for method, path in ROUTES if path == route}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - allowed:
        answer = Caller(ana)(method, filled(route))
        assert error_of(answer) == (405, "MethodNotAllowed")
        assert set(answer["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/x", "/api/projects/1/x", "/auth", "/auth/x", "/api/x\n", "/api//projects"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route_is_a_404_in_json(path: str, method: str) -> None:
    assert error_of(Caller()(method, path)) == (404, "NotFound")


@pytest.mark.parametrize("path", ["/apis", "/authors", "/xapi/"])
def test_other_addresses_are_not_the_apis(path: str) -> None:
    with pytest.raises(Resolver404):
        resolve(path, urlconf=get_resolver("rustrak.api.urls").urlconf_name)


def test_head_is_get_without_its_body(bo: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}"
    whole = Caller(bo)("GET", path)
    head = Caller(bo)("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(whole.content))


def test_an_internal_error_reveals_nothing_of_the_database(
    bo: User, shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    broken = mock.patch(
        "issues.api.issues.look_up", side_effect=DatabaseError('relation "secret" does not exist')
    )
    with broken:
        answer = Caller(bo)("GET", f"/api/projects/{shop.pk}/issues")
    assert error_of(answer) == (500, "InternalError")
    assert b"secret" not in answer.content
    assert "secret" in caplog.text


def test_a_body_that_is_too_large_is_a_413(bo: User) -> None:
    answer = Caller(bo)("POST", "/api/projects", {"name": "x" * 3_000_000})
    assert error_of(answer) == (413, "PayloadTooLarge")


def test_a_form_is_not_json(bo: User) -> None:
    for caller in (Caller(bo), Caller(bo, token=True)):
        answer = caller.client.post("/api/projects", {"name": "x"}, headers=caller.headers)
        assert error_of(answer) == (400, "ValidationError")


def test_answers_have_server_timing_for_signed_in_people(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    for caller in (Caller(bo), Caller(bo, token=True)):
        answer = caller("GET", f"/api/projects/{shop.pk}/issues/{issue.pk}")
        assert answer["Server-Timing"].startswith('db;desc="')
    assert "Server-Timing" not in Caller()("GET", "/api/projects")


def test_the_error_names_what_is_wrong(bo: User, shop: Project) -> None:
    base = f"/api/projects/{shop.pk}"
    for answer, said in (
        (Caller(bo)("GET", f"{base}/issues?limit=0"), "limit: "),
        (Caller(bo)("GET", f"{base}/issues?sort=x"), "sort: "),
        (Caller(bo)("GET", f"{base}/issues?limit=x"), "limit: must be a whole number"),
        (Caller(bo)("POST", "/api/projects", {}), "name: "),
        (Caller(bo)("POST", "/api/projects", {"name": ""}), "name: must have at least 1 character"),
        (Caller(bo)("POST", "/api/projects", {"name": "x" * 101}), "name: must have at most 100 characters"),
        (Caller(bo)("POST", "/api/projects", b"{"), "The body is not valid JSON."),
        (Caller(bo)("POST", "/api/projects", []), "body: must be a JSON object"),
        (Caller(bo)("PATCH", f"{base}/issues/{builders.issue(shop).pk}", {"is_muted": 1}), "is_muted: "),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].startswith(said)


def test_every_route_says_who_may_enter() -> None:
    for pattern in api.patterns:
        assert getattr(pattern.callback, "access", None)
