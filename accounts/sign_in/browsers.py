"""Browsers in which an account has signed in before: strangers cannot slow down sign-ins there.

The cookie holds a random id of the browser and one signature for each account, the latest five. A signature is bound to
the account's `sign_in_key` or password, so that a change of the password revokes it.
"""

from __future__ import annotations

import re
import secrets

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

COOKIE = "known_browser"
_AGE_SECONDS = 365 * 24 * 3600
_MOST_ACCOUNTS = 5
_VALUE = re.compile(r"[0-9a-f]{16}(?:\.[0-9a-f]{32}){1,5}", re.ASCII)


def known_browser(request: HttpRequest, user: User | None) -> str | None:
    """The id of the browser that sent `request`, if `user` has signed in there before; else None."""
    if user is None:
        return None
    browser, signatures = _read(request)
    expected = _signature(browser, user)
    return browser if any(constant_time_compare(one, expected) for one in signatures) else None


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Set the cookie by which `known_browser` recognizes the browser that sent `request`."""
    browser, signatures = _read(request)
    browser = browser or secrets.token_hex(8)
    own = _signature(browser, user)
    kept = [own, *(one for one in signatures if one != own)][:_MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        ".".join([browser, *kept]),
        max_age=_AGE_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's id and its signatures; an empty id when there is no valid cookie."""
    value = request.COOKIES.get(COOKIE, "")
    if not _VALUE.fullmatch(value):
        return "", []
    browser, *signatures = value.split(".")
    return browser, signatures


def _signature(browser: str, user: User) -> str:
    text = f"{browser}:{user.pk}:{user.get_session_auth_hash()}"
    return salted_hmac("accounts.known_browser", text, algorithm="sha256").hexdigest()[:32]
