"""While another program holds a lock, such as a backup: what reads works, what writes says so, and events are accepted."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import ApiToken, Project, User
from issues.models import Issue, Monitor
from rustrak.checks import views
from rustrak.lib import clock
from rustrak.lib.database.sqlite3 import base as sqlite_base
from tests.lib import builders
from tests.lib.attachments import kept
from tests.lib.check_ins import NIGHTLY, check_in, send
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db(transaction=True)
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has one lock for writing")


@pytest.fixture
def names(shop: Project, bo: User, ana: User, settings: Any, tmp_path: Any) -> dict[str, str]:
    """What stands in the URLs of pages, all of it of the project Shop."""
    issue = builders.issue(shop)
    event = builders.event(issue, event_id=None)
    send(shop, check_in("ok", clock.now(), monitor_config=NIGHTLY))
    attachment = kept(shop, b"text", event_id=event.event_id.hex)
    return {
        "<slug:slug>": shop.slug,
        "<uuid:issue_id>": str(issue.pk),
        "<issue_id>": str(issue.pk),
        "<uuid:event_id>": str(event.pk),
        "<event_id>": str(event.event_id),
        "<uuid:attachment_id>": str(attachment.pk),
        "<attachment_id>": str(attachment.pk),
        "<int:project_id>": str(shop.pk),
        "<slug:monitor>": Monitor.objects.get().slug,
        "<int:membership_id>": "1",
        "<int:token_id>": "1",
        "<str:token>": "none",
    }


@pytest.fixture
def locked(request: Any) -> Iterator[None]:
    """Another program holds SQLite's write lock, as during a VACUUM; this process's own connection is new."""
    connection.close()
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    connection.close()


def addresses(names: dict[str, str]) -> Iterator[str]:
    for route, _ in views(get_resolver().url_patterns):
        for placeholder, value in names.items():
            route = route.replace(placeholder, value)
        if not set(route) & set("<^("):
            yield f"/{route}"
    yield "/admin/"
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_changelist")
        if (row := model._default_manager.first()) is not None:
            yield reverse(f"{base}_change", args=[row.pk])


@only_sqlite
def test_every_page_that_reads_is_shown_at_once(
    names: dict[str, str], ana: User, sign_in: Any, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    """Each on a new connection. With ten seconds to wait for a lock, waiting would show."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 10)
    client, stranger = sign_in(ana), Client()
    client.raise_request_exception = stranger.raise_request_exception = False
    token = Caller(ana, token=True)
    ApiToken.objects.update(last_used_at=None)
    # A wrong link of an invitation is counted, which writes.
    found = [address for address in addresses(names) if address != "/invitations/none/"]
    request.getfixturevalue("locked")
    assert len(found) > 80
    statuses: dict[str, int] = {}
    for address in found:
        for visit in (client.get, stranger.get, lambda path: token("GET", path)):
            connection.close()
            begun = time.monotonic()
            with closing(visit(address)) as answer:
                statuses[address] = answer.status_code
            assert statuses[address] < 500, address
            assert time.monotonic() - begun < 8, address
    issue = next(address for address in found if address.endswith("/json/"))
    assert client.get(issue).status_code == 200


@only_sqlite
def test_what_writes_is_refused_in_time_with_a_sentence(
    names: dict[str, str], bo: User, sign_in: Any, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.3)
    client, api = sign_in(bo), Caller(bo)
    client.raise_request_exception = False
    issue = Issue.objects.get()
    request.getfixturevalue("locked")
    page = client.post(f"/projects/shop/issues/{issue.pk}/", {"action": "resolve"})
    form = client.post("/projects/new/", {"name": "Other"})
    patch = api("PATCH", f"/api/projects/{issue.project_id}/issues/{issue.pk}", {"is_resolved": True})
    login = Client(raise_request_exception=False).post(
        "/accounts/login/", {"login": "bo@example.org", "password": "wrong"}
    )
    for answer in (form, login, patch):
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "has locked the database" in answer.content.decode()
    assert page.status_code in {200, 302, 405, 503}
    assert patch.json()["error"]["type"] == "ServiceUnavailable"


@only_sqlite
def test_only_one_writer_of_a_web_process_waits_for_long(
    names: dict[str, str], bo: User, monkeypatch: pytest.MonkeyPatch, request: Any
) -> None:
    """Otherwise four of them would take all threads, and pages that read would wait for them."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 2)
    monkeypatch.setattr(sqlite_base._Hurry, "enabled", True)
    api = Caller(bo)
    issue = Issue.objects.get()
    request.getfixturevalue("locked")
    try:
        took = []
        for _ in range(3):
            begun = time.monotonic()
            answer = api(
                "PATCH", f"/api/projects/{issue.project_id}/issues/{issue.pk}", {"is_resolved": True}
            )
            took.append(time.monotonic() - begun)
            assert answer.status_code == 503
        assert took[0] > 1.5
        assert max(took[1:]) < 1.5
    finally:
        sqlite_base._Hurry.until = 0.0


def test_a_locked_table_of_postgresql_is_a_503_in_time(names: dict[str, str], bo: User, sign_in: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's readers wait for nobody")
    client, api = sign_in(bo), Caller(bo, token=True)
    client.raise_request_exception = False
    params = connection.get_connection_params()
    with psycopg.connect(**{name: params[name] for name in ("host", "port", "user", "dbname")}) as other:
        other.execute("LOCK TABLE issues_issue, accounts_apitoken IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 300")
        answer = client.get("/projects/shop/issues/")
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert b"has locked the database" in answer.content
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 300")
        assert api("GET", f"/api/projects/{names['<int:project_id>']}/issues").status_code == 503
        other.rollback()
    assert client.get("/projects/shop/issues/").status_code == 200
