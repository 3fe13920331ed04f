"""The API's form of errors, and its addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson
from django.http import HttpResponse
from django.urls import URLPattern

from accounts.credentials import TOKEN_OR_SESSION
from rustrak.lib import problems
from rustrak.lib.http.view_limits import BodyLimit
from rustrak.lib.jsonapi import JsonApi


class SentryApi(JsonApi):
    """Routes are written without a slash at the end, and are reached with it: rustrak.lib.http.slashes adds it to what clients send.

    `bodies` says how large the bodies of some routes may be. Errors are `{"detail", "error": {"type", "message"}}`: the clients print `detail`.
    """

    def __init__(self, bodies: Mapping[str, BodyLimit]) -> None:
        super().__init__(title="Sentry's web API", auth=TOKEN_OR_SESSION, urls_namespace="sentry-api")
        self._bodies = bodies

    def answer(self, problem: problems.Problem) -> HttpResponse:
        return error(problem)

    def _patterns(self) -> Iterator[URLPattern]:
        # Without it, the slash at the end of an address would be taken for a part of the version before it.
        for pattern in super()._patterns():
            route = str(pattern.pattern)
            if route.endswith("/"):
                if route in self._bodies:
                    pattern.callback.body_limit = self._bodies[route]  # type: ignore[attr-defined]
                yield pattern


def error(problem: problems.Problem) -> HttpResponse:
    """The response for `problem`."""
    answer = problems.answer(problem)
    answer.content = orjson.dumps(
        {"detail": problem.message, "error": {"type": problem.type, "message": problem.message}}
    )
    return answer
