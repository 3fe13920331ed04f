from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, User


def test_access_is_taken_and_given_back(bo: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("deactivate_user", " BO@example.org")
    call_command("deactivate_user", "bo@example.org", "--undo")
    assert capsys.readouterr().out == "bo@example.org is deactivated.\nbo@example.org is active again.\n"
    assert {entry.actor_name for entry in AuditEntry.objects.all()} == {"manage.py deactivate_user"}


def test_an_unknown_address_is_an_error(db: None) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("deactivate_user", "x@example.org")
