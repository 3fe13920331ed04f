"""Middleware for people: their local times; for sign-ins, has browsers remembered, and turns refusals into pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts import bootstrap
from accounts.models import User
from accounts.sign_in import browsers
from accounts.sign_in.sessions import SIGNED_IN, note_seen
from rustrak.lib import problems
from rustrak.local_times import current, zones
from rustrak.local_times.style import Style

#: The browser's time zone, which static/js/times.js writes.
ZONE_COOKIE = "rustrak_zone"
# The names of allauth's pages that only make sense with passwords.
_PASSWORD_FORMS = {
    "account_signup",
    "account_reset_password",
    "account_reset_password_from_key",
    "account_change_password",
    "account_set_password",
}


def local_times(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware that shows the times of pages as their reader chose, or in the browser's zone. The API's stay in UTC.

    The user is not loaded for an answer without times.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/api/"):
            return get_response(request)
        with current.shown_as(partial(_style, request)):
            return get_response(request)

    return middleware


def _style(request: HttpRequest) -> Style:
    user = getattr(request, "user", None)
    chosen, form = (user.time_zone, user.date_format) if isinstance(user, User) else ("", "")
    return Style(zones.zone(chosen or request.COOKIES.get(ZONE_COOKIE, "")), form)


class SignInMiddleware:
    """Set the cookie of a known browser after a sign-in, note the use of sessions; answer problems that a page raises with
    a page.

    The API answers its problems itself (rustrak.lib.jsonapi).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        # Only where something asked for the user: most answers to programs do not load a session.
        if isinstance(getattr(request, "_cached_user", None), User) and request.session.session_key:
            note_seen(request)
        if (user := request.META.get(SIGNED_IN)) is not None:
            browsers.remember(request, response, user)
        return response

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        """A page instead of the forms for passwords, where there are none."""
        name = request.resolver_match.url_name if request.resolver_match else None
        asks = name in _PASSWORD_FORMS or (name == "account_login" and request.method == "POST")
        if not asks or bootstrap.passwords_are_used():
            return None
        return render(request, "accounts/no_passwords.html", {"provider": settings.OIDC}, status=403)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (problems.TooMany, problems.Unavailable)):
            return None
        response = render(
            request,
            "429.html",
            {"message": error.message, "busy": error.status == 503, "seconds": error.retry_after},
            status=error.status,
        )
        response["Retry-After"] = str(error.retry_after)
        return response
