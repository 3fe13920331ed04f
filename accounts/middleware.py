"""Middleware for sign-ins: has browsers remembered, and turns refusals into pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.sign_in import browsers
from accounts.sign_in.sessions import SIGNED_IN
from rustrak.lib import problems


class SignInMiddleware:
    """Set the cookie of a known browser after a sign-in; answer problems that a page raises with a page.

    The API answers its problems itself (rustrak.lib.jsonapi).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if (user := request.META.get(SIGNED_IN)) is not None:
            browsers.remember(request, response, user)
        return response

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
