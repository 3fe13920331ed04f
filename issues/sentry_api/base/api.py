"""The API's form of errors, and its addresses."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from django.http import HttpResponse
from django.urls import URLPattern
from ninja import Router

from accounts.credentials import UNDECLARED, policy
from rustrak.lib import problems
from rustrak.lib.http import view_limits
from rustrak.lib.http.view_limits import BodyLimit
from rustrak.lib.jsonapi import JsonApi


class SentryApi(JsonApi):
    """Routes are written without a slash at the end, and are reached with it: rustrak.lib.http.slashes adds it to what clients send.

    Errors are `{"detail"}` and nothing else: sentry-cli prints it only if it is alone. An operation may have the decorators of
    rustrak.lib.http.view_limits.
    """

    def __init__(self) -> None:
        super().__init__(
            title="Sentry's web API", auth=UNDECLARED, policy=policy, urls_namespace="sentry-api"
        )
        self._limits: dict[str, BodyLimit] = {}

    def mount(self, router: Router) -> None:
        """Add the routes of `router`. Of two that a path matches the first one counts."""
        for path, view in router.path_operations.items():
            limits = [view_limits.body_limit(operation.view_func) for operation in view.operations]
            self._limits[_pattern(path)] = max(limits, key=lambda limit: limit.size)
        self.add_router("", router)

    def answer(self, problem: problems.Problem) -> HttpResponse:
        return error(problem)

    def _patterns(self) -> Iterator[URLPattern]:
        for pattern in super()._patterns():
            route = str(pattern.pattern)
            # Without it, the slash at the end of an address would be taken for a part of the version before it.
            if route.endswith("/"):
                vars(pattern.callback)["body_limit"] = self._limits[route.rstrip("/")]
                yield pattern


def _pattern(path: str) -> str:
    """A route as Django writes it."""
    return path.lstrip("/").replace("{", "<").replace("}", ">")


def error(problem: problems.Problem) -> HttpResponse:
    """The response for `problem`."""
    answer = problems.answer(problem)
    answer.content = orjson.dumps({"detail": problem.message})
    return answer
