from __future__ import annotations

from typing import Any

import pytest

from rustrak.openid import provider
from rustrak.openid.roles import Grants

REGISTERED = {"client_id": "rustrak", "client_secret": "secret"}
TENANT = "https://login.microsoftonline.com/0f/v2.0"


def test_without_a_provider_there_is_none() -> None:
    assert provider.configured("") is None


@pytest.mark.parametrize("kind", ["google", "github", "gitlab"])
def test_some_need_no_issuer(kind: str) -> None:
    found = provider.configured(kind, **REGISTERED)
    assert found is not None
    assert found.issuer.startswith("https://")
    assert found.name == provider.PRESETS[kind].name


@pytest.mark.parametrize(
    ("kind", "more", "named"),
    [
        ("", {"is_only_way": True}, "OIDC_PROVIDER"),
        ("", {"issuer": "https://id.example.org"}, "OIDC_PROVIDER"),
        ("keycloak", REGISTERED, "OIDC_ISSUER"),
        ("okta", REGISTERED, "OIDC_ISSUER"),
        ("microsoft", REGISTERED, "OIDC_ISSUER"),
        (
            "microsoft",
            {**REGISTERED, "issuer": "https://login.microsoftonline.com/common/v2.0"},
            "your own tenant",
        ),
        ("google", {"client_id": "rustrak"}, "OIDC_CLIENT_SECRET"),
        ("google", {"client_secret": "rustrak"}, "OIDC_CLIENT_ID"),
        ("google", {**REGISTERED, "grants": Grants({"a": (("", "admin"),)})}, "OIDC_GROUPS_CLAIM"),
    ],
)
def test_settings_that_do_not_fit_are_named(kind: str, more: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        provider.configured(kind, **more)


def test_a_tenant_of_ones_own_is_accepted_and_the_secret_is_not_shown() -> None:
    found = provider.configured("microsoft", issuer=TENANT, client_id="rustrak", client_secret="hush")
    assert found is not None
    assert "hush" not in repr(found)


def test_groups_are_asked_for_only_when_they_have_roles() -> None:
    plain = provider.configured("github", **REGISTERED)
    mapped = provider.configured("github", **REGISTERED, grants=Grants({"a": (("", "admin"),)}))
    assert plain is not None
    assert mapped is not None
    assert "read:org" not in plain.scopes
    assert "read:org" in mapped.scopes


@pytest.mark.parametrize(
    "raw",
    ["id.example.org", "ftp://id.example.org", "https://a@b.example", "https://a.example/?x", "https://"],
)
def test_an_issuer_is_an_address(raw: str) -> None:
    with pytest.raises(ValueError, match="must"):
        provider.issuer(raw)


def test_domains() -> None:
    assert provider.domains("Example.org, @example.com") == {"example.org", "example.com"}
    with pytest.raises(ValueError, match="domains"):
        provider.domains("bo@example.org")
