from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, User


def test_a_role_is_given(bo: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("set_role", "bo@example.org", "auditor")
    assert capsys.readouterr().out == "bo@example.org has the role auditor.\n"
    assert User.objects.get(pk=bo.pk).role == "auditor"
    assert AuditEntry.objects.get().actor_name == "manage.py set_role"


@pytest.mark.parametrize(("email", "role"), [("x@example.org", "admin"), ("bo@example.org", "boss")])
def test_unknown_addresses_and_roles_are_errors(bo: User, email: str, role: str) -> None:
    with pytest.raises(CommandError):
        call_command("set_role", email, role)
