from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client

from accounts import bootstrap
from accounts.models import User
from tests.conftest import PASSWORD


def _path() -> str:
    link = bootstrap.setup_link()
    assert link is not None
    return urlsplit(link).path


def test_creates_the_first_admin_and_redirects_to_the_first_project(db) -> None:
    client, path = Client(), _path()
    assert client.get(path).status_code == 200
    answer = client.post(path, {"email": "Ana@Example.org", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/projects/new/")
    user = User.objects.get()
    assert (user.email, user.role) == ("ana@example.org", "owner")
    assert client.get("/projects/new/").status_code == 200


def test_is_there_until_there_is_an_admin(db, settings) -> None:
    settings.REGISTRATION = "open"
    path = _path()
    User.objects.create_user("stranger@example.org", PASSWORD)
    assert Client().get(path).status_code == 200
    answer = Client().post(path, {"email": "stranger@example.org", "password": "another good password"})
    assert answer.status_code == 302
    user = User.objects.get()
    assert (user.role, user.check_password("another good password")) == ("owner", True)


def test_is_gone_once_an_admin_exists(db) -> None:
    path = _path()
    User.objects.create_superuser("first@example.org", PASSWORD)
    page = Client().get(path)
    assert page.status_code == 404
    assert "This set-up link has been used" in page.content.decode()
    assert "not a member" not in page.content.decode()
    assert Client().post(path, {"email": "ana@example.org", "password": PASSWORD}).status_code == 404
    assert User.objects.count() == 1


def test_a_wrong_token_is_a_404(db) -> None:
    page = Client().get("/setup/0000/")
    assert page.status_code == 404
    assert "This set-up link is not valid" in page.content.decode()
    assert "manage.py create_user EMAIL --admin" in page.content.decode()
    assert Client().post("/setup/ü/", {"email": "a@example.org", "password": PASSWORD}).status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("email", "password"), [("nobody", PASSWORD), ("ana@example.org", "short"), ("", "")]
)
def test_says_what_is_wrong(db, email: str, password: str) -> None:
    answer = Client().post(_path(), {"email": email, "password": password})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_submits_at_once_create_one_admin() -> None:
    path = _path()

    def submit(name: str) -> int:
        try:
            return Client().post(path, {"email": f"{name}@example.org", "password": PASSWORD}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(submit, "abcd"))
    assert User.objects.count() == 1
    assert statuses == [302, 404, 404, 404]


def test_needs_the_csrf_token(db) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(_path(), {"email": "ana@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert not User.objects.exists()


def test_the_sign_in_page_says_where_the_link_is(db, settings) -> None:
    page = Client().get("/accounts/login/").content.decode()
    for words in ("no admin yet", "manage.py up", "manage.py create_user EMAIL --admin"):
        assert words in page
    assert bootstrap.setup_link() not in page
    settings.CREATE_SUPERUSER = "bad"
    page = Client().get("/accounts/login/").content.decode()
    assert "why <code>CREATE_SUPERUSER</code> has not created one" in page
    assert "manage.py up" not in page
    User.objects.create_superuser("first@example.org", PASSWORD)
    assert "no admin yet" not in Client().get("/accounts/login/").content.decode()
