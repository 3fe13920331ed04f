"""Errors of the JSON API and their one form, `{"error": {"type", "message"}}`.

docs/api.md, "Errors", lists types and statuses. Code below the API raises a Problem, which rustrak.lib.jsonapi answers.
"""

from __future__ import annotations

from django.http import JsonResponse


class Problem(Exception):
    """An error for a program: its status and type. `message` is for people and never quotes the database."""

    status = 500
    type = "InternalError"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(Problem):
    status = 400
    type = "ValidationError"


class UnsupportedMediaType(BadInput):
    status = 415


class Unauthorized(Problem):
    status = 401
    type = "Unauthorized"


class Forbidden(Problem):
    status = 403
    type = "Forbidden"


class NotFound(Problem):
    status = 404
    type = "NotFound"


class MethodNotAllowed(Problem):
    status = 405
    type = "MethodNotAllowed"


class Conflict(Problem):
    status = 409
    type = "Conflict"


class PreconditionFailed(Problem):
    """What is to be changed is another version than the caller has seen."""

    status = 412
    type = "PreconditionFailed"


class PayloadTooLarge(Problem):
    status = 413
    type = "PayloadTooLarge"


class TooMany(Problem):
    """Too many attempts. `retry_after` is the number of whole seconds to wait."""

    status = 429
    type = "TooManyRequests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Problem):
    """The server is busy. `retry_after` is the number of whole seconds to wait."""

    status = 503
    type = "ServiceUnavailable"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Internal(Problem):
    """An unexpected error; the details are in the log."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on the server; its log has the details.")


def answer(problem: Problem) -> JsonResponse:
    """The response for `problem`. A 401 names the authentication scheme, as RFC 9110 requires."""
    if isinstance(problem, TooMany):
        return too_many(problem.retry_after)
    response = JsonResponse(
        {"error": {"type": problem.type, "message": problem.message}}, status=problem.status
    )
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, Unavailable):
        response["Retry-After"] = str(problem.retry_after)
    return response


def too_many(retry_after: int) -> JsonResponse:
    """The 429 that asks the client to retry after `retry_after` whole seconds."""
    return JsonResponse(
        {"error": "rate_limit_exceeded", "retry_after": retry_after},
        status=429,
        headers={"Retry-After": str(retry_after)},
    )
