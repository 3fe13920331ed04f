from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.sign_in import browsers
from tests.lib.growth import assert_linear


def remembered(user: User, value: str = "") -> str:
    request, response = HttpRequest(), HttpResponse()
    request.COOKIES[browsers.COOKIE] = value
    browsers.remember(request, response, user)
    cookie = response.cookies[browsers.COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert cookie["max-age"] > 300 * 24 * 3600
    return str(cookie.value)


def known(user: User | None, value: str) -> str | None:
    request = HttpRequest()
    request.COOKIES[browsers.COOKIE] = value
    return browsers.known_browser(request, user)


def test_a_browser_is_known_for_the_accounts_that_signed_in(bo: User, cy: User, ana: User) -> None:
    value = remembered(cy, remembered(bo))
    assert known(bo, value) == known(cy, value) == value.split(".")[0]
    assert known(ana, value) is None
    assert known(None, value) is None
    assert remembered(bo, value).count(".") == 2


def test_two_browsers_are_told_apart(bo: User) -> None:
    one, other = remembered(bo), remembered(bo)
    assert known(bo, one) != known(bo, other)
    assert known(bo, f"{one.split('.')[0]}.{other.split('.')[1]}") is None


def test_a_new_password_revokes_it(bo: User) -> None:
    value = remembered(bo)
    bo.set_password("another good password")
    bo.save()
    assert known(bo, value) is None


@pytest.mark.parametrize(
    "value",
    ["", ".", "x", "0" * 16, f"{'0' * 16}.{'0' * 32}", "é" * 16, f"{'٠' * 16}.{'0' * 32}", "." * 4000],
)
def test_anything_else_is_unknown(bo: User, value: str) -> None:
    assert known(bo, value) is None
    assert known(bo, remembered(bo, value)) is not None


def test_the_cookie_does_not_grow_without_end(db) -> None:
    value = ""
    for number in range(12):
        value = remembered(User.objects.create_user(f"u{number}@example.org", "x"), value)
    assert len(value) < 200


@pytest.mark.parametrize("part", ["0", ".", "a.", f".{'0' * 32}", "é", "\0"])
def test_reading_a_cookie_takes_linear_time(part: str) -> None:
    def cookie(size: int) -> HttpRequest:
        request = HttpRequest()
        request.COOKIES[browsers.COOKIE] = f"{'0' * 16}.{'0' * 32}" + part * (size // len(part))
        return request

    assert_linear(cookie, browsers._read)
