"""Every operation of the JSON API and of Sentry's API, asked with tokens: what `needs` says is what a token must have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.access import READS, Capability, with_implied
from accounts.credentials import _Needs
from accounts.models import Project, User
from accounts.tokens import issuing
from issues.sentry_api.routes import api as sentry_api
from rustrak.api.whole import api
from tests.lib.json_api import Caller, bearer

SAFE = {"GET", "HEAD"}
_CHANGES_NOTHING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "PRAGMA")


def _operations() -> Iterator[tuple[str, str, Capability | None]]:
    """Method, path with parameters and what a token needs, of all operations that take credentials."""
    for one in (api, sentry_api):
        for route, operation in one.operations():
            for each in operation.auth_callbacks:
                if isinstance(each, _Needs):
                    for method in operation.methods:
                        yield method, f"/{route}", each.needs[0] if method in SAFE else each.needs[1]
                    break


ALL = list(_operations())
# Tokens manage no tokens.
NEEDING = [(method, route, needed) for method, route, needed in ALL if needed and "/tokens" not in route]
IN_PROJECT = [each for each in NEEDING if re.search("[<:](project_id|project)>", each[1])]


def _path(route: str, project: Project) -> str:
    """An address of the route in the project: of nothing that exists there."""
    values = {"project_id": str(project.pk), "project": project.slug, "organization": "o"}

    def value(found: re.Match[str]) -> str:
        kind, name = found.group(1), found.group(2)
        return values.get(name, "999999" if kind == "int:" else "0" * 32)

    return re.sub(r"<(\w+:)?(\w+)>", value, route) + "/"


def _ask(caller: Caller, method: str, path: str) -> tuple[Any, list[str]]:
    """The answer, and the statements that changed something, apart from the note of the token's use. Everything is taken back."""
    changed: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.startswith(_CHANGES_NOTHING) and "last_used_at" not in sql:
            changed.append(sql)
        return execute(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(note):
        answer = caller(method, path, None if method in SAFE else {})
        transaction.set_rollback(True)
    return answer, changed


def _everything_without(needed: Capability) -> set[Capability]:
    return {each for each in Capability if needed not in with_implied([each])}


def test_there_are_operations_of_both_apis() -> None:
    assert len([route for _, route, _ in NEEDING if route.startswith("/api/0/")]) > 30
    assert len(NEEDING) > 120
    assert len(IN_PROJECT) > 80


def test_a_token_opens_what_its_capability_is_for_and_nothing_else(ana: User, shop: Project) -> None:
    """Ana may everything. A token with the one capability is let in; one with all that do not include it is refused."""
    wrong = []
    with_one = {each: bearer(issuing.issue(ana, capabilities=[each])[1]) for each in Capability}
    without = {
        each: bearer(issuing.issue(ana, capabilities=_everything_without(each))[1])
        for each in {needed for _, _, needed in NEEDING}
    }
    for method, route, needed in NEEDING:
        path = _path(route, shop)
        answer, _ = _ask(with_one[needed], method, path)
        if answer.status_code in {401, 403, 500}:
            wrong.append((method, route, needed, answer.status_code))
        answer, changed = _ask(without[needed], method, path)
        if answer.status_code != 403 or changed:
            wrong.append((method, route, f"not {needed}", answer.status_code, changed))
    assert wrong == [], wrong


def test_a_token_that_reads_changes_nothing(ana: User, shop: Project) -> None:
    caller = bearer(issuing.issue(ana, capabilities=READS)[1])
    wrong = []
    for method, route, needed in NEEDING:
        if method not in SAFE:
            answer, changed = _ask(caller, method, _path(route, shop))
            if changed or (answer.status_code != 403 and needed not in READS):
                wrong.append((method, route, answer.status_code, changed))
    assert wrong == [], wrong


def test_a_project_that_the_token_is_not_for_is_not_there(ana: User, shop: Project) -> None:
    """Ana sees both; all that is told is what is said of a project that does not exist."""
    other = Project.objects.create(name="Other", slug="other")
    caller = bearer(issuing.issue(ana, projects=[other])[1])
    nowhere = Project(pk=777_777, slug="nowhere")
    wrong = []
    for method, route, _ in IN_PROJECT:
        answer, changed = _ask(caller, method, _path(route, shop))
        missing, _ = _ask(caller, method, _path(route, nowhere))
        said = answer.content.decode().replace("shop", "nowhere")
        if changed or answer.status_code != missing.status_code or said != missing.content.decode():
            wrong.append((method, route, answer.status_code, changed))
        if answer.status_code not in {400, 403, 404} and method not in SAFE:
            wrong.append((method, route, answer.status_code))
    assert wrong == [], wrong


def test_what_is_about_the_credentials_themselves_needs_no_capability(bo: User) -> None:
    anything = {route for _, route, needed in ALL if needed is None}
    assert anything == {
        "/auth/me",
        "/api/tokens",
        "/api/0",
        "/api/0/auth",
        "/api/0/users/me",
        "/api/0/users/me/regions",
    }
    caller = bearer(issuing.issue(bo, capabilities=["event:read"])[1])
    assert caller.get("/api/0/")["auth"]["scopes"] == ["event:read"]
    assert caller("GET", "/api/tokens").status_code == 403


@pytest.mark.parametrize("route", ["/api/projects", "/api/tokens"])
def test_a_refusal_says_what_is_missing(bo: User, shop: Project, route: str) -> None:
    caller = bearer(issuing.issue(bo, capabilities=["event:read"])[1])
    said = caller("GET", route).json()["error"]["message"]
    assert said in {
        "This API token does not have the capability project:read.",
        "Tokens cannot manage tokens. Sign in instead.",
    }
