from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.oidc import keeping
from rustrak.lib import clock


def cookie(name: str = keeping.BEGUN) -> str:
    response = HttpResponse()
    keeping.keep(RequestFactory().get("/", secure=True), response, name, {"state": "secret state"})
    found = response.cookies[name]
    assert (found["httponly"], found["samesite"], found["secure"]) == (True, "Lax", True)
    assert found["path"] == "/accounts/oidc/"
    return found.value


def kept(value: str, name: str = keeping.BEGUN) -> dict[str, str] | None:
    request = RequestFactory().get("/")
    request.COOKIES[name] = value
    return keeping.kept(request, name)


def test_what_is_kept_comes_back_for_a_while() -> None:
    value = cookie()
    assert (kept(value) or {})["state"] == "secret state"
    with time_machine.travel(clock.now() + keeping.VALID + timedelta(seconds=1), tick=False):
        assert kept(value) is None


@pytest.mark.parametrize(
    "spoil", [lambda v: "", lambda v: v[:-8], lambda v: "é" + v, lambda v: v * 100, lambda v: "AAAA"]
)
def test_other_cookies_are_nothing(spoil: object) -> None:
    assert callable(spoil)
    assert kept(spoil(cookie())) is None


def test_what_is_kept_for_one_purpose_is_nothing_for_another() -> None:
    assert kept(cookie(keeping.WAITING), keeping.BEGUN) is None
