"""What an entry of the audit log says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from accounts import audit, projects
from accounts.audit import writing
from accounts.audit.actions import WORDS, Action
from accounts.models import ApiToken, AuditEntry, Project, User
from tests.lib.json_api import Caller


def latest() -> AuditEntry:
    return AuditEntry.objects.latest("id")


@pytest.mark.django_db
def test_a_person_a_program_a_command_and_rustrak_itself_are_told_apart(ana: User, shop: Project) -> None:
    path = f"/api/projects/{shop.pk}"
    Caller(ana)("PATCH", path, {"name": "Store"})
    entry = latest()
    assert (entry.action, entry.actor_kind, entry.actor_id, entry.actor_name) == (
        "project.change", "person", ana.pk, "ana@example.org",
    )  # fmt: skip
    assert (entry.ip, entry.token, entry.project_id, entry.project_name) == ("127.0.0.1", "", shop.pk, "Shop")
    assert entry.details == {"name": {"was": "Shop", "is": "Store"}}
    Caller(ana, token=True)("PATCH", path, {"name": "Kiosk"})
    entry = latest()
    assert (entry.actor_kind, entry.actor_id, entry.token) == ("token", ana.pk, str(ApiToken.objects.get()))
    call_command("create_project", "Warehouse")
    entry = latest()
    assert (entry.actor_kind, entry.actor_name, entry.ip) == ("command", "manage.py create_project", "")
    projects.delete(shop)
    assert (latest().actor_kind, latest().actor_name) == ("rustrak", "Rustrak")


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_written_in_the_transaction_of_its_change_or_not_at_all(ana: User) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        audit.record(Action.PERSON_CHANGE, ana)
    with transaction.atomic():
        audit.record(Action.PERSON_CHANGE, ana)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_details_are_cut_to_bounds_and_hold_no_secret(ana: User) -> None:
    details: dict[str, Any] = {
        "password": "correct horse", "text": "x" * 9999, "name": "\0" + "y" * 9999, "members": ["z" * 9999] * 999,
        "odd": {"nested": {"deep": ["a"] * 999}},
    } | {f"more_{number}": "w" * 9999 for number in range(99)}  # fmt: skip
    audit.record(Action.PERSON_CHANGE, ana, name="n" * 999, details=details)
    text = json.dumps(latest().details)
    assert "correct horse" not in text
    assert "xx" not in text
    assert "\\u0000" not in text
    most = (writing.MOST_DETAILS + writing.MOST_ITEMS) * (writing.MOST_TEXT + 60)
    assert len(text) < most
    assert len(latest().target_name) == 254


@pytest.mark.django_db
def test_what_does_not_change_is_not_recorded(bo: User, shop: Project) -> None:
    projects.rename(shop, name="Shop", slug="shop")
    projects.set_role(shop, shop.memberships.get().pk, "member")
    assert not AuditEntry.objects.exists()


def test_every_action_has_words() -> None:
    assert set(WORDS) == set(Action)
    assert len(set(WORDS.values())) == len(WORDS)
