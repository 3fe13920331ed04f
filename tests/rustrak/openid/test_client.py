from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rustrak.openid import client, discovery
from rustrak.openid.client import Failed, Pending
from rustrak.openid.roles import Grants
from rustrak.outbound.messages import Response, Unreachable
from tests.lib.openid_provider import ISSUER, OpenIdProvider, provider, public, signed

BACK = "https://errors.example.org/accounts/oidc/callback/"
PENDING = Pending("state", "nonce", "verifier")


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    found = OpenIdProvider(nonce="nonce")
    monkeypatch.setattr("rustrak.openid.asking.client.send", found.send)
    discovery.forget()
    yield found
    discovery.forget()


def finish(more: dict[str, str] | None = None, **about: Any) -> client.Identity:
    return client.finish(provider(**about), PENDING, {"state": "state", "code": "code", **(more or {})}, BACK)


def test_the_link_has_a_challenge_a_state_and_a_nonce(company: OpenIdProvider) -> None:
    address, pending = client.begin(provider(), BACK)
    assert address.startswith(f"{ISSUER}/authorize?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["redirect_uri"] == [BACK]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["state"] == [pending.state]
    assert asked["nonce"] == [pending.nonce]
    assert pending.verifier not in address
    assert client.begin(provider(), BACK)[1] != pending


def test_who_comes_back(company: OpenIdProvider) -> None:
    found = finish()
    assert (found.subject, found.email, found.is_verified, found.name) == ("7", "bo@example.org", True, "Bo")
    assert company.posted[0]["code_verifier"] == "verifier"
    finish()
    assert company.asked.count("/keys") == 1


@pytest.mark.parametrize(
    ("sent", "metadata"),
    [
        ({"state": "another"}, {}),
        ({"state": ""}, {}),
        ({"iss": "https://evil.example.org"}, {}),
        ({}, {"authorization_response_iss_parameter_supported": True}),
        ({"code": ""}, {}),
        ({"code": "x" * 5000}, {}),
        ({"error": "access_denied"}, {}),
        ({"error": "server_error", "error_description": "<b>words of a stranger</b>"}, {}),
    ],
)
def test_answers_that_are_not_for_us_ask_for_no_token(
    company: OpenIdProvider, sent: dict[str, str], metadata: dict[str, Any]
) -> None:
    company.metadata = metadata
    with pytest.raises(Failed) as failed:
        finish(sent)
    assert "/token" not in company.asked
    assert "stranger" not in failed.value.message


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": ISSUER + "/"},
        {"issuer": None},
        {"token_endpoint": "http://id.example.org/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_says_something_else_than_the_settings(
    company: OpenIdProvider, metadata: dict[str, Any]
) -> None:
    company.metadata = metadata
    with pytest.raises(Failed):
        client.begin(provider(), BACK)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/token", {"error": "invalid_grant"}),
        ("/token", {"access_token": "only"}),
        ("/token", []),
        ("/token", Response(200, {}, b"[" * 60_000)),
        ("/token", Response(500)),
        ("/keys", {"keys": "none"}),
        ("/keys", Response(200, {}, b"{")),
    ],
)
def test_answers_of_any_kind_sign_nobody_in(company: OpenIdProvider, path: str, answer: Any) -> None:
    company.answers[path] = answer
    with pytest.raises(Failed):
        finish()


def test_a_new_key_is_looked_for_at_most_once_a_minute(company: OpenIdProvider) -> None:
    finish()
    company.write = lambda claims: signed(claims, "second")
    with pytest.raises(Failed):
        finish()
    assert company.asked.count("/keys") == 1
    discovery.forget()
    company.keys = [public(), public("second")]
    assert finish().subject == "7"


def test_a_provider_that_is_down_is_not_asked_again_at_once(
    company: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def down(request: Any, seconds: float = 10.0) -> Response:
        asked.append(request)
        raise Unreachable("id.example.org does not answer.")

    monkeypatch.setattr("rustrak.openid.asking.client.send", down)
    for _ in range(5):
        with pytest.raises(Failed, match="does not answer"):
            client.begin(provider(), BACK)
    assert len(asked) == 1


def test_what_only_the_user_info_has(company: OpenIdProvider) -> None:
    company.claims = {"email": None, "email_verified": None}
    company.user_info = {"sub": "7", "email": "bo@example.org", "email_verified": True, "aud": "x"}
    assert finish().email == "bo@example.org"
    company.user_info["sub"] = "1"
    with pytest.raises(Failed):
        finish()


def test_the_secret_is_sent_as_the_provider_wants_it(company: OpenIdProvider) -> None:
    finish()
    assert "client_secret" not in company.posted[-1]
    discovery.forget()
    company.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    finish()
    assert company.posted[-1]["client_secret"] == "a secret of the client"


def test_github(company: OpenIdProvider) -> None:
    emails = [
        {"email": "old@example.org", "primary": False, "verified": True},
        {"email": "Bo@Example.org", "primary": True, "verified": True},
    ]
    company.answers = {
        "/login/oauth/access_token": {"access_token": "access"},
        "/user": {"id": 7, "login": "bo", "name": None},
        "/user/emails": emails,
        "/user/orgs": [{"login": "acme"}],
        "/user/teams": [{"slug": "ops", "organization": {"login": "acme"}}],
    }
    about = {"issuer": "", "grants": Grants({"acme/ops": (("", "admin"),)})}
    found = finish(kind="github", **about)
    assert (found.issuer, found.subject, found.email) == ("https://github.com", "7", "bo@example.org")
    assert found.is_verified
    assert found.groups == {"acme", "acme/ops"}
    emails[1]["verified"] = False
    assert not finish(kind="github", **about).is_verified
    company.answers["/user"] = {"message": "Bad credentials"}
    with pytest.raises(Failed):
        finish(kind="github", **about)


def test_nothing_secret_is_in_a_failure(company: OpenIdProvider) -> None:
    company.answers["/token"] = {"error": "invalid_client", "error_description": "no"}
    with pytest.raises(Failed) as failed:
        finish()
    said = json.dumps([failed.value.message, failed.value.detail])
    assert "secret" not in said
    assert "verifier" not in said
