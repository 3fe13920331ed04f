from __future__ import annotations

import ipaddress

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import Project, User
from rustrak.proxies import PEER


def test_the_menu_lists_the_projects_that_the_user_may_see(
    shop: Project, ana: User, bo: User, cy: User, sign_in
) -> None:
    link = 'href="/projects/shop/issues/"'
    assert link in sign_in(ana).get("/profile/").content.decode()
    assert link in sign_in(bo).get("/profile/").content.decode()
    assert link not in sign_in(cy).get("/profile/").content.decode()


def test_the_404_page(bo: User, sign_in) -> None:
    for client in (Client(), sign_in(bo)):
        answer = client.get("/nowhere/")
        assert answer.status_code == 404
        assert "Page not found" in answer.content.decode()


def test_a_form_without_csrf_token(bo: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bo, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/profile/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "Your browser sent no cookie" in answer.content.decode()


def test_the_page_after_a_failure_needs_no_database(bo: User, sign_in, monkeypatch) -> None:
    client = sign_in(bo)
    client.raise_request_exception = False

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.pages.profile.render", fail)
    answer = client.get("/profile/")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()
    assert "broken" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/profile/", "/accounts/login/", "/nowhere/"])
def test_the_policy_allows_nothing_inline(bo: User, sign_in, path: str) -> None:
    policy = sign_in(bo).get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


FORWARDED = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}


@pytest.mark.parametrize("path", ["/", "/profile/"])
def test_an_undeclared_proxy_is_named_to_admins(
    ana: User, bo: User, sign_in, settings: LazySettings, path: str
) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    page = sign_in(ana).get(path, REMOTE_ADDR="192.0.2.1", **FORWARDED).content.decode()
    assert "TRUSTED_PROXIES=10.0.0.0/8,192.0.2.1" in page
    assert "TRUSTED_PROXIES" in sign_in(ana).get(path, HTTP_FORWARDED="for=198.51.100.7").content.decode()
    for answer in (
        sign_in(bo).get(path, REMOTE_ADDR="192.0.2.1", **FORWARDED),
        sign_in(ana).get(path, REMOTE_ADDR="10.1.2.3", **FORWARDED),
        sign_in(ana).get(path, REMOTE_ADDR="192.0.2.1"),
    ):
        assert "TRUSTED_PROXIES" not in answer.content.decode()


def test_the_client_that_a_declared_proxy_reports_is_no_proxy(ana: User, sign_in, settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    more = {**FORWARDED, PEER: "10.0.0.1"}
    assert "TRUSTED_PROXIES" not in sign_in(ana).get("/", REMOTE_ADDR="198.51.100.7", **more).content.decode()
