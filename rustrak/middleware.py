"""What is around all pages and API calls: the Server-Timing header, headers of every answer, the page of an error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from rustrak.lib.database import trouble
from rustrak.lib.http import response_headers
from rustrak.proxies import BARE

# The files that whitenoise serves, with years in their Cache-Control. A prefix of PUBLIC_URL is not in `path_info`.
_STATIC = "/static/"

log = logging.getLogger("rustrak.pages")

Handler = Callable[[HttpRequest], HttpResponseBase]


class QueryTimer:
    """An execute wrapper that counts queries and the seconds they take."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - begun


def server_timing(get_response: Handler) -> Handler:
    """Middleware that tells signed-in users, by session or token, how long a response took and its number of queries.

    `Server-Timing: db;desc="3 queries";dur=1.2, total;dur=8.4`, in milliseconds. The outermost middleware, so that it
    measures everything.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        timer = QueryTimer()
        with connection.execute_wrapper(timer):
            response = get_response(request)
        if _signed_in(request):
            total = time.perf_counter() - begun
            response["Server-Timing"] = (
                f'db;desc="{timer.count} queries";dur={timer.seconds * 1000:.1f}, total;dur={total * 1000:.1f}'
            )
        return response

    return middleware


def headers(get_response: Handler) -> Handler:
    """Middleware that adds the security headers that an answer lacks, keeps all but static files out of caches, and cookies
    below PUBLIC_URL's path.

    What an answer depends on is not asked: a page for strangers has a CSRF token, too.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in response_headers.SECURITY.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_PATH != "/":
            # Django's cookie of messages has no setting for its path: another installation would take it for its own.
            path = "/" if request.META.get(BARE) else settings.SESSION_COOKIE_PATH
            for cookie in response.cookies.values():
                if cookie["path"] in {"/", settings.SESSION_COOKIE_PATH}:
                    cookie["path"] = path
        if not (request.path_info.startswith(_STATIC) and response.status_code in {200, 206, 304}):
            response["Cache-Control"] = response_headers.UNCACHED
            patch_vary_headers(response, ["Cookie", "Authorization"])
        return response

    return middleware


def nothing_loads(get_response: Handler) -> Handler:
    """Middleware that gives answers which are no pages a policy by which a browser loads and runs nothing in them.

    Inside the one that writes the policy of pages, which leaves an answer alone that has a policy.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Security-Policy", response_headers.NOTHING_LOADS)
        return response

    return middleware


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an exception that nothing handles: a 503 when the database cannot be used, as while it is locked.

    Django calls it while it handles the exception. It must not use the database itself.
    """
    error = sys.exc_info()[1]
    if not trouble.is_trouble(error):
        return render(None, "500.html", status=500)
    log.error("%s %s failed: %s", request.method, request.path, " ".join(str(error).split()))
    response = render(None, "500.html", {"database": trouble.words(error)}, status=503)
    response["Retry-After"] = str(trouble.RETRY_SECONDS)
    # Django would log it again, with a traceback that explains nothing.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _signed_in(request: HttpRequest) -> bool:
    """Whether the view has loaded a signed-in user. Does not load the user itself, which would be a query."""
    if getattr(request, "auth", None):  # set by the API for a bearer token
        return True
    user = request.__dict__.get("user")
    if isinstance(user, SimpleLazyObject) or user is None:
        user = request.__dict__.get("_cached_user")
    return user is not None and not isinstance(user, AnonymousUser)
