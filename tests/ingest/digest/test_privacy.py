"""What a policy removes is nowhere in the database, whatever an SDK sends it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.models import IntakeRequest
from issues.models import Event, IssueText, Person, PrivacyRules, UserReport
from issues.privacy.addresses import Addresses
from issues.record import references
from issues.render import notes
from tests.lib import spooled

pytestmark = pytest.mark.django_db
SECRET = "hunter2zq9"
CARD = "4111 1111 1111 1111"
CLIENT = "192.0.2.1"


def _texts() -> str:
    """Everything that the database holds, as one text: every table, with the payloads of events decoded."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += (f"{table} {row}" for row in cursor.fetchall())
    assert len(found) > 20
    found += (str(references.read_one(event.payload)) for event in Event.objects.all())
    return "\n".join(found)


def _digest(directory: Path, *records: spool.Record) -> None:
    spool.write_sealed(directory, records)
    assert loop.drain(directory) == len(records)


def _event(**more: Any) -> dict[str, Any]:
    return {
        "platform": "python",
        "transaction": f"/login?password={SECRET}",
        "release": f"shop@1+https://u:{SECRET}@h",
        "server_name": f"redis://:{SECRET}@cache",
        "logger": f"a token={SECRET}",
        "fingerprint": ["{{ default }}", f"https://u:{SECRET}@h"],
        "user": {"id": f"Bearer {SECRET}", "username": f"token={SECRET}", "email": "bo@example.org"},
        "tags": {"session_id": SECRET, "link": f"https://u:{SECRET}@h", "card": CARD},
        "exception": {"values": [{"type": f"Denied:token={SECRET}", "value": f"no entry for postgres://a:{SECRET}@h with {CARD}",
                                  "stacktrace": {"frames": [{"function": "f", "vars": {"secret": SECRET}}]}}]},
        "extra": {f"https://u:{SECRET}@h": 1, "body": f"--form pwd={SECRET}", "environ": {"DB_PASS": SECRET}, "bad\x00": f"secret={SECRET}"},
        "request": {"url": f"https://h/?token={SECRET}", "headers": [["Cookie", f"a={SECRET}"]], "data": {"csrf": SECRET}},
        "breadcrumbs": [{"message": f"GET https://u:{SECRET}@h"}],
        "environment": f"api_key={SECRET}",
        **more,
    }  # fmt: skip


def test_no_secret_of_any_item_is_in_any_table(shop: Project, tmp_path: Path) -> None:
    feedback = {
        "contexts": {
            "feedback": {
                "message": f"my password={SECRET}",
                "url": f"https://h/?token={SECRET}",
                "contact_email": "a@example.org",
            }
        }
    }
    check_in = {
        "check_in_id": spooled.hex_id(1),
        "monitor_slug": f"job?token={SECRET}",
        "status": "error",
        "environment": f"pwd={SECRET}",
    }
    _digest(
        tmp_path,
        spooled.event(shop.pk, 1, payload=_event()),
        spooled.event(shop.pk, 2, payload={"message": f"Login with --password {SECRET} failed", "level": f"pwd={SECRET}", "sdk": {}},
                      meta={"sdk": {"name": f"token={SECRET}"}}),
        spooled.spooled(shop.pk, "user_report", {"event_id": spooled.hex_id("event", 1), "name": f"token={SECRET}", "email": "x",
                                                 "comments": f"it says postgres://a:{SECRET}@h"}, 3),
        spooled.spooled(shop.pk, "feedback", feedback, 4),
        spooled.spooled(shop.pk, "check_in", check_in, 5),
        spooled.session(shop.pk, 6, attrs={"release": f"shop@1?token={SECRET}", "environment": f"pwd={SECRET}"}),
        spooled.attachment(shop.pk, 1, meta={"id": spooled.hex_id("file", 1), "filename": f"log?token={SECRET}.txt"}),
    )  # fmt: skip
    assert UserReport.objects.count() == 2
    assert Event.objects.count() == 3  # one of the check-in
    assert IssueText.objects.exists()
    held = _texts()
    assert SECRET not in held.lower()
    assert CARD not in held
    event = Event.objects.get(event_id=spooled.hex_id("event", 1))
    shown = notes.remarks(event.notes, {})
    said = [remark.text for remark in (*shown.first, *shown.folded)]
    assert "Removed before the event was stored: card number." in said
    assert references.read_one(event.payload)["user"]["email"] == "bo@example.org"


def test_rules_of_a_project_count_for_its_events_only(shop: Project, tmp_path: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    PrivacyRules.objects.create(
        project=shop, removed_names="customer", patterns="ORD-[0-9]+", default_rules=False
    )
    body = {"message": "ORD-12 is late", "extra": {"customer": "Ana", "password": "x1"}}
    _digest(tmp_path, spooled.event(shop.pk, 1, payload=body), spooled.event(other.pk, 2, payload=body))
    stored = {event.project_id: references.read_one(event.payload) for event in Event.objects.all()}
    assert stored[shop.pk] == {
        "message": "[removed] is late",
        "extra": {"customer": "[removed]", "password": "x1"},
    }
    assert stored[other.pk] == {**body, "extra": {"customer": "Ana", "password": "[removed: password]"}}
    shown = notes.remarks(Event.objects.get(project=shop).notes, {})
    assert {remark.field: remark.text for remark in shown.first} == {
        "extra.customer": "Removed before the event was stored, by the privacy rule “customer”.",
        "message": "Removed before the event was stored, by the privacy rule “ORD-[0-9]+”.",
    }


@pytest.mark.parametrize(("how", "stored"), [(Addresses.TRUNCATE, "192.0.2.0"), (Addresses.REMOVE, "")])
def test_addresses_are_stored_as_far_as_they_are_kept(
    shop: Project, tmp_path: Path, how: Addresses, stored: str
) -> None:
    PrivacyRules.objects.create(addresses=how)
    sent = {
        "message": "m",
        "user": {"ip_address": CLIENT},
        "request": {"headers": {"X-Real-IP": CLIENT}, "env": {"REMOTE_ADDR": CLIENT}},
    }
    _digest(
        tmp_path,
        spooled.event(shop.pk, 1, payload=sent),
        spooled.event(shop.pk, 2, payload={"message": "m", "platform": "javascript"}),
        spooled.event(shop.pk, 3, payload={"message": "m", "user": {"ip_address": "{{auto}}"}}),
        spooled.edge_counts(4, shop.pk),
    )
    assert CLIENT not in _texts()
    assert {row.remote_addr for row in IntakeRequest.objects.all()} == {stored}
    assert {person.ip_address for person in Person.objects.all()} == ({stored} if stored else set())


def test_an_event_that_is_cut_or_costs_too_much_is_scrubbed_all_the_same(
    shop: Project, tmp_path: Path, settings: Any
) -> None:
    settings.MAX_EVENT_BYTES = 4000
    many = {f"n{number}": f"https://u:{SECRET}@h/{number}" + "x" * 40 for number in range(200)}
    _digest(tmp_path, spooled.event(shop.pk, 1, payload=_event(extra=many)))
    assert SECRET not in _texts().lower()
    assert len(Event.objects.get().notes) <= 102
