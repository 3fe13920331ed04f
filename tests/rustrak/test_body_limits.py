"""How much an address takes: bodies, fields, depth, and query strings. Generated from the URL configuration."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.models import Project, User
from rustrak.lib.http import view_limits
from tests.lib.addresses import Address, addresses, things
from tests.lib.asgi_client import Client as AsgiClient

MIB = 1024 * 1024
EVERY = addresses()
# What takes more than a form has, and is kept in memory: filters, rules, and lists of commits and files by clients.
LARGE = {
    "projects/<slug:slug>/settings/filters/",
    "projects/<slug:slug>/settings/grouping/rules/",
    "projects/<slug:slug>/settings/privacy/",
    "privacy/",
}


def size(at: Address) -> int:
    return view_limits.body_limit(at.view).size


def test_only_known_addresses_take_large_bodies() -> None:
    in_memory = {
        at.route: size(at)
        for at in EVERY
        if size(at) > view_limits.BODY_BYTES and view_limits.body_limit(at.view).may_send is None
    }
    assert max(in_memory.values()) <= 4 * MIB
    assert {route for route in in_memory if not route.startswith("api/0/")} == LARGE


def test_bodies_on_disk_are_those_of_uploads() -> None:
    on_disk = [at for at in EVERY if view_limits.body_limit(at.view).may_send is not None]
    assert on_disk
    assert all("0/" in at.route and ("files" in at.route or "chunk" in at.route) for at in on_disk), on_disk


def test_every_address_refuses_a_large_body_before_it_is_read() -> None:
    """Nothing of the body is sent here but its announced length: who waits for it would not answer."""
    others = [at for at in EVERY if view_limits.body_limit(at.view).may_send is None]
    assert len(others) > 200
    wrong = {}
    for at in others:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            client = AsgiClient()
            client.call(at.path, method=method, headers=[(b"content-length", b"%d" % (20 * MIB))])
            if client.status != 413:
                wrong[f"{method} {at.route}"] = client.status
    assert wrong == {}


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_very_many_fields_are_refused(bo_client: Client, content_type: str) -> None:
    many = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * many + b"--x--\r\n" if "multipart" in content_type else b"&".join([b"a=1"] * many)
    assert bo_client.post("/profile/", body, content_type=content_type).status_code == 400


DEEP = [b"[" * 60_000, b'{"name": ' + b"9" * 60_000 + b"}", b"\xff"]
ODD = {
    "page": "9" * 400, "cursor": "\0' OR 1=1", "q": "(" * 5000, "query": "is:" * 3000, "sort": "😀", "days": "-1",
    "limit": "1" * 30, "per_page": "0", "period": "9999w", "release": "\u202e" * 999, "project": "-1", "environment": "%",
}  # fmt: skip


def test_no_address_fails_for_odd_json_or_query_strings(
    shop: Project, ana: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(ana)
    client.raise_request_exception = False
    failed = {}
    for at in addresses(things(shop, ana)):
        if "logout" in at.path:
            continue
        with transaction.atomic():
            answer = client.get(at.path, ODD)
            b"".join(answer)  # a file is closed when it has been read
            if answer.status_code >= 500:
                failed[f"GET {at.route}"] = answer.status_code
            transaction.set_rollback(True)
        if not at.path.startswith(("/api/", "/auth/")):
            continue
        for method in ("post", "put", "patch"):
            for body in DEEP:
                with transaction.atomic():
                    answer = getattr(client, method)(at.path, body, content_type="application/json")
                    transaction.set_rollback(True)
                if answer.status_code >= 500:
                    failed[f"{method} {at.route} {body[:10]!r}"] = answer.status_code
                if answer.status_code == 405:
                    break
    assert failed == {}


def test_no_page_of_the_api_is_longer_than_its_limit(
    shop: Project, ana: User, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(ana)
    schema = json.loads(client.get("/api/openapi.json").content)
    limits = [
        parameter["schema"]
        for path in schema["paths"].values()
        for call in path.values()
        for parameter in call.get("parameters", ())
        if parameter["name"] in {"limit", "per_page"}
    ]
    assert limits
    assert all(1 <= limit.get("maximum", limit.get("le", 10**9)) <= 200 for limit in limits), limits
