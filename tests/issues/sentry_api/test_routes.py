"""issues/sentry_api/routes.py: what holds for every address"""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.models import ApiToken, Project, User
from issues.models import Monitor, Release
from issues.sentry_api.issues.named import number_of
from issues.sentry_api.routes import api
from tests.lib import builders
from tests.lib.asgi_client import Client
from tests.lib.json_api import Caller

ODD = (
    "/api/0", "//api/0//projects", "/api/0/projects/o/shop", "/api/0/nothing", "/api/0/projects/o/shop/releases/a//b",
    "/api/0/organizations/o/releases/../", "/api/0/\x00", "/api/0/organizations/ü%/",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
# What clients refuse to live without, by address. Source: docs/sentry-api.md, "Answers".
ORGANIZATION = {"id": str, "slug": str, "name": str, "dateCreated": str, "isEarlyAdopter": bool, "require2FA": bool,
                "requireEmailVerification": bool, "features": list, "links": dict}  # fmt: skip
PROJECT = {"id": str, "slug": str, "name": str}
ISSUE = {"id": str, "shortId": str, "title": str, "firstSeen": str, "lastSeen": str, "status": str, "level": str, "count": str,
         "userCount": int, "permalink": str, "project": dict, "metadata": dict}  # fmt: skip
RELEASE = {"version": str, "dateCreated": str, "newGroups": int, "projects": list, "lastCommit": dict}
EVENT = {"id": str, "eventID": str, "title": str, "dateCreated": str, "tags": list, "platform": str}
MINIMA: dict[str, dict[str, Any]] = {
    "": {"user": dict, "auth": dict},
    "auth": {"id": str, "email": str, "name": str, "username": str},
    "users/me/regions": {"regions": list},
    "organizations": ORGANIZATION,
    "organizations/acme": ORGANIZATION,
    "organizations/acme/projects": PROJECT,
    "organizations/acme/members": {"id": str, "email": str, "user": dict},
    "projects": PROJECT,
    "projects/acme/shop": PROJECT | {"organization": dict},
    "projects/acme/shop/keys": {"id": str, "name": str, "isActive": bool, "dsn": dict, "dateCreated": str},
    "projects/acme/shop/environments": {"id": str, "name": str},
    "organizations/acme/repos?query=acme%2Fapp": {
        "id": str,
        "name": str,
        "provider": dict,
        "status": str,
        "dateCreated": str,
    },
    "organizations/acme/releases": RELEASE,
    "organizations/acme/releases/app@1.0": RELEASE,
    "organizations/acme/releases/app%401.0": RELEASE,
    "projects/acme/shop/releases": RELEASE,
    "organizations/acme/monitors": {"id": str, "slug": str, "name": str, "status": str},
    "organizations/acme/issues": ISSUE,
    "projects/acme/shop/issues": ISSUE,
    "organizations/acme/issues/SHOP-1": ISSUE,
    "organizations/acme/shortids/SHOP-1": {"groupId": str, "group": dict, "shortId": str, "projectSlug": str},
    "projects/acme/shop/events": EVENT,
    "organizations/acme/issues/SHOP-1/events/latest": EVENT
    | {"entries": list, "contexts": dict, "type": str},
}


@pytest.fixture
def token(bo: User) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {ApiToken.objects.issue(bo)[1]}".encode())]


def fill(route: str) -> str:
    """An address of the route."""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: {"project": "shop"}.get(found[1], "x"), route)


@pytest.mark.django_db
def test_no_address_redirects_or_answers_html(token: list[tuple[bytes, bytes]], shop: Project) -> None:
    known = [f"/{fill(str(pattern.pattern))}" for pattern in api.patterns]
    for path in (*ODD, *known):
        for method in METHODS:
            answer = Client().call(path, b"{}", method=method, headers=token)
            assert not 300 <= answer.status < 400, (method, path)
            assert answer.status < 500, (method, path)
            if answer.status != 204:
                assert answer.headers[b"content-type"].startswith(b"application/json"), (method, path)
            if answer.status >= 400:
                assert set(json.loads(answer.body)) == {"detail"}, (method, path)


@pytest.mark.django_db
def test_strangers_learn_nothing(shop: Project) -> None:
    for pattern in api.patterns:
        for method in METHODS:
            status = Client().call(f"/{fill(str(pattern.pattern))}", b"{}", method=method).status
            # sentry-wizard has no token yet.
            is_open = str(pattern.pattern).startswith("api/0/wizard/")
            assert status in ({200, 404, 405} if is_open else {401, 405}), (method, pattern.pattern)


@pytest.mark.django_db
def test_answers_have_what_clients_need(bo: User, shop: Project) -> None:
    issue = builders.issue(shop, event_count=7, user_count=2)
    builders.event(issue, event_id=UUID(int=1), environment="production")
    release = Release.objects.create(
        project=shop, version="app@1.0", refs=[{"repository": "a/b", "commit": "a" * 40}]
    )
    release.environments.create(
        environment="production", first_seen=issue.first_seen, last_seen=issue.last_seen
    )
    Monitor.objects.create(project=shop, slug="nightly")
    caller = Caller(bo, token=True)
    for path, fields in MINIMA.items():
        address, _, query = path.partition("?")
        found = caller.get(f"/api/0/{address}/?{query}".replace("0//", "0/"))
        one = found[0] if isinstance(found, list) else found
        for name, kind in fields.items():
            assert isinstance(one[name], kind), (path, name, one[name])
        assert "email" not in one or one["email"], path
    assert number_of(issue).isdigit()


def test_the_page_lists_every_address() -> None:
    page = (settings.BASE_DIR / "docs" / "sentry-api.md").read_text()
    listed = set(re.findall(r"^\| `([^`]*)` \| ([A-Z, ]+) \| \S.* \|$", page, re.MULTILINE))
    short = {"organization": "o", "project": "p"}
    known = set()
    for pattern in api.patterns:
        route = re.sub(
            r"<(?:\w+:)?(\w+)>", lambda found: f"{{{short.get(found[1], found[1])}}}", str(pattern.pattern)
        )
        answer = pattern.callback(RequestFactory().generic("FROBNICATE", "/"))
        known.add((route.removeprefix("api/0/") or "/", frozenset(answer["Allow"].split(", "))))
    assert {(address, frozenset(methods.split(", "))) for address, methods in listed} == known
