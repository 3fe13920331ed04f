"""The API's form of errors, and its addresses."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from django.http import HttpResponse
from django.urls import URLPattern

from accounts.credentials import TOKEN_OR_SESSION
from rustrak.lib import problems
from rustrak.lib.jsonapi import JsonApi


class SentryApi(JsonApi):
    """Routes are written without a slash at the end, and are reached with it: rustrak.lib.http.slashes adds it to what clients send.

    Errors are `{"detail", "error": {"type", "message"}}`: the clients print `detail`.
    """

    def __init__(self) -> None:
        super().__init__(title="Sentry's web API", auth=TOKEN_OR_SESSION, urls_namespace="sentry-api")

    def answer(self, problem: problems.Problem) -> HttpResponse:
        return error(problem)

    def _patterns(self) -> Iterator[URLPattern]:
        # Without it, the slash at the end of an address would be taken for a part of the version before it.
        return (pattern for pattern in super()._patterns() if str(pattern.pattern).endswith("/"))


def error(problem: problems.Problem) -> HttpResponse:
    """The response for `problem`."""
    answer = problems.answer(problem)
    answer.content = orjson.dumps(
        {"detail": problem.message, "error": {"type": problem.type, "message": problem.message}}
    )
    return answer
