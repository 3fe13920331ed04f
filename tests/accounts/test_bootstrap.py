from __future__ import annotations

import logging

import pytest

from accounts import bootstrap
from accounts.models import User
from tests.lib.json_api import Caller


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
    assert (user.email, user.role) == (email, "owner")
    assert user.check_password(password)


@pytest.mark.parametrize(
    "value",
    [
        "ana@example.org",
        "ana@example.org:",
        "not-an-address:hunter2",
        ":hunter2",
        "hunter2",
        "hunter2:ana@example.org",
        "ana@example.org:hunter2\0",
        "ana@example.org:hunter2\udcff",
        "ana@example.org:" + "hunter2" * 1000,
        "a" * 300 + "@example.org:hunter2",
        "ana@example\n.org:hunter2",
    ],
)
def test_a_bad_value_is_logged_and_start_goes_on(db, settings, caplog, value: str) -> None:
    settings.CREATE_SUPERUSER = value
    with caplog.at_level(logging.ERROR):
        bootstrap.bootstrap()
    assert not User.objects.exists()
    assert "CREATE_SUPERUSER is ignored" in caplog.text
    assert "hunter2" not in caplog.text


def test_does_nothing_once_there_is_an_admin(ana: User, settings) -> None:
    settings.CREATE_SUPERUSER = "cy@example.org:correct horse"
    bootstrap.bootstrap()
    assert list(User.objects.all()) == [ana]


def test_other_users_do_not_matter(bo: User, settings) -> None:
    assert bootstrap.setup_link() is not None
    settings.CREATE_SUPERUSER = "ana@example.org:correct horse"
    bootstrap.bootstrap()
    assert User.objects.get(email="ana@example.org").role == "owner"


def test_an_account_with_the_address_becomes_the_admin_and_loses_its_access(bo: User, settings) -> None:
    stranger = Caller(bo), Caller(bo, token=True)
    settings.CREATE_SUPERUSER = "bo@example.org:correct horse"
    bootstrap.bootstrap()
    bo.refresh_from_db()
    assert (bo.role, bo.check_password("correct horse")) == ("owner", True)
    assert {caller("GET", "/auth/me").status_code for caller in stranger} == {401}


def test_setup_link_is_there_until_the_first_admin(db, settings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org/rustrak"
    link = bootstrap.setup_link()
    assert link is not None
    assert link.startswith("https://errors.example.org/rustrak/setup/")
    User.objects.create_user("first@example.org", "x")
    assert link == bootstrap.setup_link()
    User.objects.create_superuser("second@example.org", "x")
    assert bootstrap.setup_link() is None


def test_the_link_works_once(db) -> None:
    link = bootstrap.setup_link()
    token = str(link).rstrip("/").rsplit("/", 1)[1]
    assert bootstrap.opens_setup(token)
    bootstrap.create_first_admin("ana@example.org", "x")
    assert not bootstrap.opens_setup(token)
    # Without an active admin there is another link.
    User.objects.update(is_active=False)
    assert not bootstrap.opens_setup(token)
    assert bootstrap.setup_link() not in {link, None}


def test_no_setup_link_when_a_superuser_is_set(db, settings) -> None:
    settings.CREATE_SUPERUSER = "bad"
    assert bootstrap.setup_link() is None


def test_the_token_depends_on_the_secret_key(db, settings) -> None:
    before = bootstrap.setup_link()
    settings.SECRET_KEY = "another secret key that is long enough to be one"
    assert bootstrap.setup_link() != before
