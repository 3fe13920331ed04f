from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from django.test import Client

from accounts import invitations
from accounts.models import Project, ProviderIdentity, User
from accounts.oidc.people import connect
from accounts.sign_in import limits
from rustrak.openid import discovery
from rustrak.openid.identity import Identity
from rustrak.outbound import allow_list
from tests.conftest import PASSWORD
from tests.lib.openid_provider import ISSUER, OpenIdProvider, provider

CALLBACK = "/accounts/oidc/callback/"


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[OpenIdProvider]:
    found = OpenIdProvider()
    monkeypatch.setattr("rustrak.openid.asking.client.send", found.send)
    settings.OIDC = provider()
    discovery.forget()
    yield found
    discovery.forget()


@pytest.fixture
def known_bo(bo: User) -> User:
    return connect(bo, Identity(ISSUER, "7", "bo@example.org", True))


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def test_there_and_back(company: OpenIdProvider, known_bo: User) -> None:
    client = Client()
    page = client.get("/accounts/login/", {"next": "/profile/?a=1&b"}).content.decode()
    assert 'href="/accounts/oidc/start/?next=%2Fprofile%2F%3Fa%3D1%26b"' in page
    assert "Sign in with Company" in page
    assert company.sign_in(client, "/profile/")["Location"] == "/profile/"
    assert is_signed_in(client)
    # The state was good for one sign-in.
    assert client.get(CALLBACK, {"code": "a code", "state": "x"}).status_code == 400


def test_a_new_person_comes_in_from_an_invitation(company: OpenIdProvider, ana: User, shop: Project) -> None:
    link = urlsplit(invitations.link(invitations.create(ana, grants={shop: "viewer"})[1])).path
    company.claims.update(email="dee@example.org", sub="77")
    client = Client()
    assert company.sign_in(client, link)["Location"] == link
    assert User.objects.get(email="dee@example.org").memberships.get().role == "viewer"
    assert client.get(link)["Location"] == "/"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example.org/",
        "//evil.example.org",
        "/\\evil.example.org",
        "javascript:alert(1)",
        "/" + "x" * 2000,
    ],
)
def test_no_way_to_other_sites(company: OpenIdProvider, known_bo: User, page: str) -> None:
    assert company.sign_in(Client(), page)["Location"] == "/"


def test_an_answer_that_another_browser_has_begun(company: OpenIdProvider, known_bo: User) -> None:
    victim, attacker = Client(), Client()
    address = attacker.get("/accounts/oidc/start/")["Location"]
    state = re.search(r"state=([^&]+)", address)
    assert state is not None
    # A link of the attacker's, without and with a sign-in of the victim's own that has begun.
    sent = {"code": "of the attacker", "state": state[1]}
    assert victim.get(CALLBACK, sent).status_code == 400
    victim.get("/accounts/oidc/start/")
    assert victim.get(CALLBACK, sent).status_code == 400
    assert not is_signed_in(victim)
    assert "/token" not in company.asked


@pytest.mark.parametrize(
    "claims", [{"nonce": "another"}, {"aud": "other"}, {"iss": "https://evil.example.org"}, {"exp": 1}]
)
def test_a_token_for_something_else(company: OpenIdProvider, known_bo: User, claims: dict[str, Any]) -> None:
    company.claims = claims
    client = Client()
    answer = company.sign_in(client)
    assert answer.status_code == 400
    assert "does not prove who you are" in answer.content.decode()
    assert not is_signed_in(client)


def test_a_sign_in_gets_a_new_session(company: OpenIdProvider, known_bo: User, cy: User) -> None:
    client = Client()
    client.login(email="x", password="x")
    session = client.session
    session["planted"] = "yes"
    session.save()
    company.sign_in(client)
    assert client.session.session_key != session.session_key
    client.force_login(cy, backend="allauth.account.auth_backends.AuthenticationBackend")
    company.sign_in(client)
    assert client.get("/auth/me").json()["email"] == "bo@example.org"


def test_refusals_are_readable(company: OpenIdProvider, known_bo: User) -> None:
    User.objects.filter(pk=known_bo.pk).update(is_active=False)
    answer = company.sign_in(Client())
    assert answer.status_code == 403
    assert "Your account here is disabled." in answer.content.decode()
    answer = company.sign_in(Client(), error="access_denied")
    assert "Company did not let you in" in answer.content.decode()


def test_an_account_with_a_password_is_connected_by_it(company: OpenIdProvider, bo: User) -> None:
    client = Client()
    assert company.sign_in(client, "/profile/")["Location"] == "/accounts/oidc/connect/"
    assert not is_signed_in(client)
    page = client.post("/accounts/oidc/connect/", {"password": "wrong"})
    assert "Incorrect password." in page.content.decode()
    assert not ProviderIdentity.objects.exists()
    done = client.post("/accounts/oidc/connect/", {"password": PASSWORD})
    assert done["Location"] == "/accounts/oidc/start/?next=%2Fprofile%2F"
    assert company.sign_in(client, "/profile/")["Location"] == "/profile/"
    assert is_signed_in(client)
    # What waited is gone, and nothing waits in another browser.
    assert client.get("/accounts/oidc/connect/").status_code == 400
    assert Client().post("/accounts/oidc/connect/", {"password": PASSWORD}).status_code == 400


def test_connecting_guesses_no_passwords(company: OpenIdProvider, bo: User) -> None:
    client = Client()
    company.sign_in(client)
    for _ in range(limits.FAILURES):
        client.post("/accounts/oidc/connect/", {"password": "wrong"})
    assert client.post("/accounts/oidc/connect/", {"password": PASSWORD}).status_code == 429


def test_sign_ins_that_lead_nowhere_are_limited(
    company: OpenIdProvider, known_bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.sign_in.limits.PROVIDER_FAILURES", 2)
    assert [company.sign_in(Client()).status_code for _ in range(3)] == [302] * 3
    assert [company.sign_in(Client(), code="").status_code for _ in range(3)] == [400, 400, 429]


def test_without_passwords_there_are_no_forms_for_them(
    company: OpenIdProvider, known_bo: User, settings: Any
) -> None:
    settings.OIDC = provider(is_only_way=True)
    settings.REGISTRATION = "open"
    page = Client().get("/accounts/login/").content.decode()
    assert "Sign in with Company" in page
    assert "password" not in page.lower()
    assert "Sign up" not in page
    credentials = {"login": "bo@example.org", "password": PASSWORD}
    assert Client().post("/accounts/login/", credentials).status_code == 403
    for path in ("/accounts/signup/", "/accounts/password/reset/"):
        assert Client().get(path).status_code == 403
        assert Client().post(path, {"email": "bo@example.org"}).status_code == 403
    for path in ("/auth/login", "/auth/register"):
        body = {"email": "bo@example.org", "password": PASSWORD}
        answer = Client().post(path, body, content_type="application/json")
        assert answer.status_code == 403
        assert "sign in with Company" in answer.content.decode()
    client = Client()
    company.sign_in(client)
    assert is_signed_in(client)
    assert client.get("/accounts/password/change/").status_code == 403


def test_without_a_provider_there_is_nothing(db: None) -> None:
    for page in ("start", "callback", "connect"):
        assert Client().get(f"/accounts/oidc/{page}/").status_code == 404
    assert "oidc" not in Client().get("/accounts/login/").content.decode()


@pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
def test_a_real_provider(shop: Project, ana: User, settings: Any) -> None:
    """oidc-provider-mock over HTTP on loopback, which the guard of connections must be told of."""
    discovery.forget()
    with oidc_provider_mock.run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        settings.OIDC = provider(issuer=issuer, creates_accounts=True)
        refused = Client().get("/accounts/oidc/start/")
        assert "OUTBOUND_ALLOW" in refused.content.decode()
        discovery.forget()
        settings.OUTBOUND_ALLOW = allow_list.parse(f"localhost:{server.server_port}")
        claims = {"email": "new@example.org", "email_verified": True, "name": "New"}
        requests.put(f"{issuer}/users/42", json=claims, timeout=5).raise_for_status()
        client = Client()
        asked = client.get("/accounts/oidc/start/", {"next": "/profile/"})["Location"]
        back = requests.post(asked, data={"sub": "42"}, allow_redirects=False, timeout=5).headers["Location"]
        parts = urlsplit(back)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"http://testserver{CALLBACK}"
        answer = client.get(f"{parts.path}?{parts.query}")
        assert answer["Location"] == "/profile/"
        assert client.get("/auth/me").json()["email"] == "new@example.org"
        # The same answer again: the cookie is gone, and the code is used up.
        assert client.get(f"{parts.path}?{parts.query}").status_code == 400
    discovery.forget()
