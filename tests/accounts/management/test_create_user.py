from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.conftest import PASSWORD


def _run(monkeypatch, *arguments: str, password: str = PASSWORD) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    call_command("create_user", *arguments, stdout=out)
    return out.getvalue()


def test_the_password_comes_from_stdin(db, monkeypatch) -> None:
    assert "dee@example.org" in _run(monkeypatch, " Dee@Example.org")
    user = User.objects.get()
    assert (user.email, user.role) == ("dee@example.org", "member")
    assert user.check_password(PASSWORD)


def test_admin(db, monkeypatch) -> None:
    _run(monkeypatch, "dee@example.org", "--admin")
    user = User.objects.get()
    assert user.role == "owner"


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("dee", PASSWORD, "not an e-mail address"),
        ("dee@example.org", "", "too short"),
        ("dee@example.org", "password", "too common"),
        ("d" * 250 + "@example.org", PASSWORD, "longer than 254"),
        ("BO@example.org", PASSWORD, "already"),
    ],
)
def test_errors_are_explained(bo: User, monkeypatch, email: str, password: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        _run(monkeypatch, email, password=password)
    assert User.objects.count() == 1
