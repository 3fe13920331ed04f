from __future__ import annotations

import logging

import pytest

from accounts import bootstrap
from accounts.models import User


@pytest.mark.parametrize(
    ("value", "email", "password"),
    [
        (" Ana@Example.org :pass:with:colons", "ana@example.org", "pass:with:colons"),
        ("ana@example.org:weak", "ana@example.org", "weak"),
    ],
)
def test_creates_the_admin_it_names(db, settings, value: str, email: str, password: str) -> None:
    settings.CREATE_SUPERUSER = value
    bootstrap.bootstrap()
    user = User.objects.get()
    assert (user.email, user.is_superuser, user.is_staff) == (email, True, True)
    assert user.check_password(password)


@pytest.mark.parametrize(
    "value", ["ana@example.org", "ana@example.org:", "not-an-address:password", ":password"]
)
def test_a_bad_value_is_logged_and_start_goes_on(db, settings, caplog, value: str) -> None:
    settings.CREATE_SUPERUSER = value
    with caplog.at_level(logging.ERROR):
        bootstrap.bootstrap()
    assert not User.objects.exists()
    assert "CREATE_SUPERUSER is ignored" in caplog.text


def test_does_nothing_once_there_is_a_user(bo: User, settings) -> None:
    settings.CREATE_SUPERUSER = "ana@example.org:correct horse"
    bootstrap.bootstrap()
    assert list(User.objects.all()) == [bo]


def test_setup_link_is_there_until_the_first_user(db, settings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org/rustrak"
    link = bootstrap.setup_link()
    assert link is not None
    assert link.startswith("https://errors.example.org/rustrak/setup/")
    assert link == bootstrap.setup_link()
    User.objects.create_user("first@example.org", "x")
    assert bootstrap.setup_link() is None


def test_no_setup_link_when_a_superuser_is_set(db, settings) -> None:
    settings.CREATE_SUPERUSER = "bad"
    assert bootstrap.setup_link() is None


def test_the_token_depends_on_the_secret_key(db, settings) -> None:
    before = bootstrap.setup_link()
    settings.SECRET_KEY = "another secret key that is long enough to be one"
    assert bootstrap.setup_link() != before
