from __future__ import annotations

from typing import Any

import pytest

from rustrak.openid import discovery, roles
from rustrak.ops.doctor import Level
from rustrak.ops.doctor.outgoing import identity_provider
from tests.lib.openid_provider import OpenIdProvider, provider


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch, settings: Any) -> OpenIdProvider:
    found = OpenIdProvider()
    monkeypatch.setattr("rustrak.openid.asking.client.send", found.send)
    settings.OIDC = provider()
    settings.PUBLIC_URL = "https://errors.example.org"
    return found


def findings() -> list[tuple[Level, str]]:
    found = [(one.level, one.text) for one in identity_provider.check()]
    discovery.forget()
    return found


def test_without_a_provider_nothing_is_said(settings: Any) -> None:
    settings.OIDC = None
    assert findings() == []


def test_a_provider_that_answers(company: OpenIdProvider) -> None:
    assert findings() == [(Level.OK, "Company answers")]


def test_what_is_wrong(company: OpenIdProvider, settings: Any) -> None:
    company.keys = []
    assert findings()[0][0] == Level.PROBLEM
    company.metadata = {"issuer": "https://id.example.org/"}
    (level, text), *_ = findings()
    assert level == Level.PROBLEM
    assert "'https://id.example.org/'" in text


@pytest.mark.django_db
def test_roles_in_projects_that_do_not_exist(company: OpenIdProvider, settings: Any) -> None:
    settings.OIDC = provider(grants=roles.read({"shop": "shop:member"}), groups_claim="groups")
    assert findings() == [(Level.WARNING, "OIDC_ROLES names projects that do not exist: shop")]


def test_addresses_without_tls(company: OpenIdProvider, settings: Any) -> None:
    settings.PUBLIC_URL = "http://errors.example.org"
    assert findings()[0][0] == Level.WARNING
